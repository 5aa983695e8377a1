#!/usr/bin/env python3
"""What must be true of an APK before anybody installs it: check.py APK. Prints what is not."""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from elf import defined_symbols, needed_libraries, readelf, undefined_symbols
from symbols import LEAST_API, read_symbols

PERMISSIONS = ["android.permission.CAMERA"]
# The links that it opens, and what may be shared to it.
TAKEN = ["otpauth", "image/*", "text/plain"]
ABIS = {"arm64-v8a": "AArch64", "x86_64": "Advanced Micro Devices X86-64"}
# What Android calls: the activity, and what android-activity looks up in it.
ENTRY = "ANativeActivity_onCreate"
PAGE = 16384


def main():
    apk = Path(sys.argv[1])
    found = faults(apk)
    for sentence in found:
        print(f"{apk.name}: {sentence}", file=sys.stderr)
    sys.exit(1 if found else 0)


def faults(apk):
    """What is wrong with the APK, one sentence each."""
    return [*manifest(apk), *packing(apk), *signature(apk), *libraries(apk)]


def said(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode == 0 else None


def manifest(apk):
    """The permissions, the versions of Android, and that nothing is backed up."""
    asked = re.findall(r"uses-permission.*?name='(.*?)'", said("aapt", "dump", "permissions", apk) or "")
    if asked != PERMISSIONS:
        yield f"it asks for {asked}, not {PERMISSIONS}"
    badging = said("aapt", "dump", "badging", apk) or ""
    for expected in (
        "package: name='app.holdfast'", f"sdkVersion:'{LEAST_API}'", "targetSdkVersion:'35'",
        "application-label:'Holdfast'", "launchable-activity: name='app.holdfast.Door'",
        "native-code: 'arm64-v8a' 'x86_64'",
    ):
        if expected not in badging:
            yield f"its badging lacks {expected}"
    if "debuggable" in badging:
        yield "it can be debugged by whoever holds the phone"
    tree = said("aapt2", "dump", "xmltree", "--file", "AndroidManifest.xml", apk) or ""
    for attribute, value in (
        ("allowBackup", "false"), ("fullBackupContent", "false"), ("extractNativeLibs", "false"),
        ("launchMode", "1"), ("dataExtractionRules", r"@0x\w+"), ("configChanges", "0x5000ffff"),
    ):
        if not re.search(rf":{attribute}\(0x\w+\)={value}\b", tree):
            yield f"its manifest does not say {attribute}={value}"
    taken = re.findall(r':(?:scheme|mimeType)\(0x\w+\)="(.*?)"', tree)
    if taken != TAKEN:
        yield f"it takes {taken}, not {TAKEN}"
    rules = re.search(r":dataExtractionRules\(0x\w+\)=@0x(\w+)", tree)
    if rules and not excludes_all(apk):
        yield "its extraction rules do not exclude everything"


def excludes_all(apk):
    tree = said("aapt2", "dump", "xmltree", "--file", "res/xml/stays_here.xml", apk) or ""
    domains = ["root", "file", "database", "sharedpref", "external"]
    parts = re.split(r"E: (?=cloud-backup|device-transfer)", tree)[1:]
    return len(parts) == 2 and all(re.findall(r'domain="(\w+)"', part) == domains for part in parts)


def packing(apk):
    if said("zipalign", "-c", PAGE, apk) is None:
        yield f"its libraries do not begin at pages of {PAGE} bytes"
    with zipfile.ZipFile(apk) as packed:
        if "classes.dex" not in packed.namelist():
            yield "the activity's class is missing"
        for entry in packed.infolist():
            stored = entry.compress_type == zipfile.ZIP_STORED
            if entry.filename.endswith((".so", ".arsc")) and not stored:
                yield f"{entry.filename} is compressed"


def signature(apk):
    verified = said("apksigner", "verify", "--verbose", "--min-sdk-version", LEAST_API, apk)
    if verified is None:
        yield "its signature is not valid"
    elif not re.search(r"v[23] scheme.*: true", verified):
        yield "it is not signed by scheme 2 or 3"


def libraries(apk):
    with zipfile.ZipFile(apk) as packed, tempfile.TemporaryDirectory() as work:
        present = {name for name in packed.namelist() if name.startswith("lib/")}
        expected = {f"lib/{abi}/libholdfast.so": machine for abi, machine in ABIS.items()}
        if present != expected.keys():
            yield f"its libraries are {sorted(present)}, not {sorted(expected)}"
        for name in sorted(present & expected.keys()):
            yield from library(Path(packed.extract(name, work)), expected[name])


def library(path, machine):
    """One library: made for its machine, and asking only for what an old Android has."""
    if machine not in readelf("-h", path):
        yield f"{path.parent.name} is not for {machine}"
    if ENTRY not in defined_symbols(path):
        yield f"{path.parent.name} has no {ENTRY}"
    known = {symbol.name: symbol for symbol in read_symbols()}
    needed = set(needed_libraries(path))
    for wanted in undefined_symbols(path):
        symbol = known.get(wanted.name)
        if symbol is None or wanted.version not in ("", symbol.version):
            yield f"{path.parent.name} wants {wanted.name}, which symbols.tsv does not have"
        elif symbol.api > LEAST_API:
            yield f"{path.parent.name} wants {wanted.name}, which is there since level {symbol.api}"
        elif f"{symbol.library}.so" not in needed:
            yield f"{path.parent.name} wants {wanted.name} and not {symbol.library}"
    for align in re.findall(r"LOAD\s.*\s(0x\w+)$", readelf("-l", path), re.MULTILINE):
        if int(align, 16) < PAGE:
            yield f"{path.parent.name} has segments for pages smaller than {PAGE} bytes"
    if "(RELR)" in readelf("-d", path):
        yield f"{path.parent.name} names its addresses in a way that only Android 11 reads"
    if "TEXTREL" in readelf("-d", path):
        yield f"{path.parent.name} is changed when it is loaded"


if __name__ == "__main__":
    main()
