#!/usr/bin/env python3
"""Packing, signing and the checks of an APK, with small libraries in the app's place.

Every check is shown an APK or a library that it must refuse. HOLDFAST_LLD names rustup's lld, and
HOLDFAST_ANDROID_LIBS the stub libraries, as toolchain.sh sets them.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

import check
import pack

HERE = Path(__file__).parent
LLD = [os.environ["HOLDFAST_LLD"], "-flavor", "gnu"]
STUBS = Path(os.environ["HOLDFAST_ANDROID_LIBS"], "x86_64-linux-android")
# Little code for any processor: nobody runs it.
BODY = b"\0" * 64


def library(work, name, emulation, *options):
    """A library that has the entry and does nothing; `options` are the linker's."""
    body, out = work / "body", work / name
    body.write_bytes(BODY)
    marks = str(body).translate(str.maketrans({c: "_" for c in "/.-"}))
    subprocess.run(
        [*LLD, "-m", emulation, "-shared", "-z", "max-page-size=16384", "-o", out]
        + [f"--defsym={check.ENTRY}=_binary_{marks}_start", *options, "--format=binary", body],
        check=True,
    )
    return out


def calling(work, *names):
    """A library of x86_64 that calls these functions."""
    source, out = work / "calls.c", work / "calls.so"
    declared = "".join(f"void {name}(void);\n" for name in names)
    calls = "".join(f"{name}();" for name in names)
    source.write_text(f"{declared}void {check.ENTRY}(void) {{ {calls} }}\n")
    subprocess.run(
        ["gcc", "-shared", "-nostdlib", "-fPIC", "-fno-stack-protector", "-w", "-o", out, source]
        + ["-Wl,-z,max-page-size=16384", f"-L{STUBS}", "-lc", "-landroid", "-Wl,--no-as-needed"],
        check=True,
    )
    return out


class Packing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name)
        cls.libraries = {
            "arm64-v8a": library(cls.work, "arm64.so", "aarch64linux"),
            "x86_64": library(cls.work, "x86_64.so", "elf_x86_64"),
        }
        cls.apk = cls.made("whole")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def packed(cls, name, app=None, libraries=None):
        """Packs the libraries, in the order given, with the resources of `app`."""
        out = cls.work / f"{name}-unsigned.apk"
        given = [f"{abi}={path}" for abi, path in (libraries or cls.libraries).items()]
        scripts = HERE
        if app:
            scripts = cls.work / f"{name}-scripts"
            shutil.copytree(HERE, scripts, dirs_exist_ok=True)
            shutil.rmtree(scripts / "app")
            shutil.copytree(app, scripts / "app")
        subprocess.run([scripts / "pack.py", out, "1.2.3", *given], check=True)
        return out

    @classmethod
    def signed(cls, unsigned, name):
        out = cls.work / f"{name}.apk"
        script = f'. "{HERE}/../scripts/say.sh"; . "{HERE}/sign.sh"; sign_apk "{unsigned}" "{out}"'
        environment = {**os.environ, "HOLDFAST_ANDROID_KEY_DIR": str(cls.work / "key"), "least_api": "29"}
        subprocess.run(["bash", "-euc", script], check=True, env=environment, stdout=subprocess.DEVNULL)
        return out

    @classmethod
    def made(cls, name, **how):
        return cls.signed(cls.packed(name, **how), name)

    def refused(self, found, word):
        """A check names what is wrong, in a sentence with this word."""
        found = list(found)
        self.assertTrue(any(word in sentence for sentence in found), f"{word} not in {found}")

    def with_app(self, name, change):
        """An APK whose resources were changed by `change(folder)`."""
        app = self.work / f"{name}-app"
        shutil.copytree(HERE / "app", app)
        change(app)
        return self.packed(name, app=app)

    def with_manifest(self, name, old, new):
        def change(app):
            manifest = app / "AndroidManifest.xml"
            text = manifest.read_text()
            self.assertIn(old, text)
            manifest.write_text(text.replace(old, new, 1))

        return self.with_app(name, change)

    def test_a_whole_apk_is_let_through(self):
        self.assertEqual(check.faults(self.apk), [])

    def test_the_same_inputs_give_the_same_bytes(self):
        other_way = dict(reversed(self.libraries.items()))
        again = self.made("again", libraries=other_way)
        self.assertEqual(again.read_bytes(), self.apk.read_bytes())

    def test_the_key_stays(self):
        key = (self.work / "key/key.p12").read_bytes()
        self.made("later")  # an update in place
        self.assertEqual((self.work / "key/key.p12").read_bytes(), key)
        self.assertEqual((self.work / "key/password").stat().st_mode & 0o077, 0)

    def test_a_version_counts_up(self):
        self.assertLess(pack.version_code("0.9.12"), pack.version_code("0.10.0"))
        self.assertLess(pack.version_code("0.999.999"), pack.version_code("1.0.0"))

    def test_another_permission_is_refused(self):
        camera = '<uses-permission android:name="android.permission.CAMERA"/>'
        network = camera.replace("CAMERA", "INTERNET")
        self.refused(check.manifest(self.with_manifest("network", camera, camera + network)), "INTERNET")

    def test_a_backup_is_refused(self):
        off = 'android:allowBackup="false"'
        backup = self.with_manifest("backup", off, off.replace("false", "true"))
        self.refused(check.manifest(backup), "allowBackup")
        rules = 'android:dataExtractionRules="@xml/stays_here"'
        self.refused(check.manifest(self.with_manifest("rules", rules, "")), "dataExtractionRules")

        def include(app):
            path = app / "res/xml/stays_here.xml"
            path.write_text(path.read_text().replace('<exclude domain="file"/>', "", 1))

        self.refused(check.manifest(self.with_app("leak", include)), "exclude everything")

    def test_an_apk_that_begins_anew_when_texts_become_bold_is_refused(self):
        bold = "fontWeightAdjustment|"
        self.refused(check.manifest(self.with_manifest("bold", bold, "")), "configChanges")

    def test_an_apk_to_be_debugged_is_refused(self):
        label = 'android:label="@string/name"'
        debuggable = f'{label} android:debuggable="true"'
        self.refused(check.manifest(self.with_manifest("debug", label, debuggable)), "debugged")

    def test_an_apk_that_takes_other_links_or_files_is_refused(self):
        link, file = 'android:scheme="otpauth"', 'android:mimeType="image/*"'
        self.refused(check.manifest(self.with_manifest("web", link, 'android:scheme="https"')), "https")
        self.refused(check.manifest(self.with_manifest("any", file, 'android:mimeType="*/*"')), "*/*")

    def test_an_apk_without_the_activitys_class_is_refused(self):
        bare = self.work / "bare.apk"
        with zipfile.ZipFile(self.apk) as whole, zipfile.ZipFile(bare, "w") as out:
            for part in whole.infolist():
                if part.filename != "classes.dex":
                    out.writestr(part, whole.read(part))
        self.refused(check.packing(bare), "class is missing")

    def test_a_new_android_as_the_least_is_refused(self):
        least = 'android:minSdkVersion="29"'
        newer = self.with_manifest("least", least, 'android:minSdkVersion="31"')
        self.refused(check.manifest(newer), "sdkVersion")

    def test_a_library_that_is_missing_or_strange_is_refused(self):
        one = {"x86_64": self.libraries["x86_64"]}
        self.refused(check.libraries(self.packed("one", libraries=one)), "arm64-v8a")
        swapped = {"arm64-v8a": one["x86_64"], "x86_64": self.libraries["arm64-v8a"]}
        self.refused(check.libraries(self.packed("swapped", libraries=swapped)), "is not for")

    def test_an_unsigned_or_changed_apk_is_refused(self):
        self.refused(check.signature(self.packed("bare")), "signature")
        changed = self.work / "changed.apk"
        shutil.copy(self.apk, changed)
        with zipfile.ZipFile(changed, "a") as packed:
            packed.writestr("assets/more", "x")
        self.refused(check.signature(changed), "signature")

    def test_a_compressed_or_shifted_library_is_refused(self):
        worse = self.work / "compressed.apk"
        with zipfile.ZipFile(self.apk) as packed, zipfile.ZipFile(worse, "w") as out:
            for name in packed.namelist():
                out.writestr(name, packed.read(name), zipfile.ZIP_DEFLATED)
        self.refused(check.packing(worse), "compressed")
        shifted = self.work / "shifted.apk"
        with zipfile.ZipFile(self.apk) as packed, zipfile.ZipFile(shifted, "w") as out:
            for name in packed.namelist():
                out.writestr(name, packed.read(name), zipfile.ZIP_STORED)
        self.refused(check.packing(shifted), "pages")


class Libraries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)

    def refused(self, path, word):
        found = list(check.library(path, check.ABIS["x86_64"]))
        self.assertTrue(any(word in sentence for sentence in found), f"{word} not in {found}")

    def test_what_an_old_android_has_may_be_called(self):
        path = calling(self.work, "malloc", "ANativeWindow_lock")
        self.assertEqual(list(check.library(path, check.ABIS["x86_64"])), [])

    def test_a_function_that_is_unknown_or_too_new_is_refused(self):
        # The link itself refuses both; here the linker is told to let them pass.
        self.refused(calling(self.work, "malloc", "no_such_function"), "no_such_function")
        self.refused(calling(self.work, "malloc", "preadv64v2"), "since level 33")

    def test_a_library_without_entry_is_refused(self):
        body = self.work / "body"
        body.write_bytes(BODY)
        out = self.work / "mute.so"
        subprocess.run(
            [*LLD, "-m", "elf_x86_64", "-shared", "-z", "max-page-size=16384", "-o", out]
            + ["--format=binary", body],
            check=True,
        )
        self.refused(out, check.ENTRY)

    def test_a_list_of_addresses_that_an_old_android_does_not_read_is_refused(self):
        source, code = self.work / "table.c", self.work / "table.o"
        source.write_text(f"void {check.ENTRY}(void) {{}}\nvoid (*table[])(void) = {{{check.ENTRY}}};\n")
        subprocess.run(["gcc", "-c", "-fPIC", "-fvisibility=protected", "-o", code, source], check=True)
        for tags, refused in (("--use-android-relr-tags", False), ("--no-use-android-relr-tags", True)):
            out = self.work / "table.so"
            subprocess.run(
                [*LLD, "-m", "elf_x86_64", "-shared", "-z", "max-page-size=16384", "-o", out, code]
                + ["--pack-dyn-relocs=relr", tags],
                check=True,
            )
            found = [one for one in check.library(out, check.ABIS["x86_64"]) if "Android 11" in one]
            self.assertEqual(len(found), int(refused), tags)

    def test_small_pages_are_refused(self):
        small = library(self.work, "small.so", "elf_x86_64", "-z", "max-page-size=4096")
        self.refused(small, "pages smaller")


if __name__ == "__main__":
    unittest.main()
