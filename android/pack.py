#!/usr/bin/env python3
"""Packs the app's libraries and resources into an APK that is aligned and not yet signed.

pack.py OUT VERSION ABI=LIBRARY...: the same inputs give the same bytes. ANDROID_JAR names the
framework's resources; without it Debian's are used, which are of Android 10.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from symbols import LEAST_API

HERE = Path(__file__).parent
DEBIANS_FRAMEWORK = "/usr/share/android-framework-res/framework-res.apk"
# The oldest moment that a ZIP can name.
THEN = (1980, 1, 1, 0, 0, 0)
# Libraries are mapped from the file as it is, in pages of 16 KiB.
PAGE = "16384"


def version_code(version):
    """Ever larger numbers for ever newer versions: 1.2.3 is 1002003."""
    major, minor, patch = (int(part) for part in version.split("-")[0].split("."))
    return major * 1_000_000 + minor * 1_000 + patch


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def link_resources(work, version):
    framework = os.environ.get("ANDROID_JAR", DEBIANS_FRAMEWORK)
    frameworks = ["-I", framework]
    if framework == DEBIANS_FRAMEWORK:
        # It does not know the newest attributes; newer/ gives their names and numbers.
        newer, compiled = work / "newer.apk", work / "newer.zip"
        run("aapt2", "compile", "--dir", HERE / "newer/res", "-o", compiled)
        run("aapt2", "link", *frameworks, "--manifest", HERE / "newer/AndroidManifest.xml",
            "-o", newer, compiled)
        # First, since one of them has more values than it has there.
        frameworks = ["-I", newer, *frameworks]
    compiled, base = work / "resources.zip", work / "base.apk"
    run("aapt2", "compile", "--dir", HERE / "app/res", "-o", compiled)
    run("aapt2", "link", *frameworks, "--manifest", HERE / "app/AndroidManifest.xml",
        "--version-code", version_code(version), "--version-name", version,
        "--compile-sdk-version-code", 35, "--compile-sdk-version-name", 15,
        "-o", base, compiled)
    return base


def assemble(work):
    """The activity's own class."""
    code = work / "classes.dex"
    run("smali", "assemble", "--api", LEAST_API, "-o", code, HERE / "door/Door.smali")
    return code


def add_parts(base, code, libraries, out):
    """The linked resources, the class and the libraries, in one order and of one moment."""
    with zipfile.ZipFile(base) as linked, zipfile.ZipFile(out, "w") as packed:
        for name in sorted(linked.namelist()):
            # Android maps the table of resources, so it must not be compressed.
            kind = zipfile.ZIP_STORED if name == "resources.arsc" else zipfile.ZIP_DEFLATED
            packed.writestr(entry(name, kind), linked.read(name), compresslevel=9)
        packed.writestr(entry(code.name, zipfile.ZIP_DEFLATED), code.read_bytes(), compresslevel=9)
        for abi, library in sorted(libraries.items()):
            name = f"lib/{abi}/libholdfast.so"
            packed.writestr(entry(name, zipfile.ZIP_STORED), Path(library).read_bytes())


def entry(name, kind):
    info = zipfile.ZipInfo(name, THEN)
    info.compress_type = kind
    info.create_system = 0
    info.external_attr = 0
    return info


def main():
    out, version = Path(sys.argv[1]), sys.argv[2]
    libraries = dict(argument.split("=", 1) for argument in sys.argv[3:])
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        packed = work / "packed.apk"
        add_parts(link_resources(work, version), assemble(work), libraries, packed)
        run("zipalign", "-f", PAGE, packed, out)


if __name__ == "__main__":
    main()
