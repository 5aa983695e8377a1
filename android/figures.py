#!/usr/bin/env python3
"""How large the app's libraries are on a phone and as a download, and what takes the room.

figures.py [--most INSTALLED COMPRESSED] APK-OR-LIBRARY...: prints one line each, in megabytes of a million
bytes, and fails where one is larger than that. A library lies in the APK as it is installed; whoever delivers it
compresses it on the way, here with gzip.
"""

import re
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from elf import machine, readelf

# What a library consists of, by its sections.
PARTS = {
    "code": (".text", ".plt"),
    "constants": (".rodata",),
    "unwinding": (".eh_frame", ".eh_frame_hdr", ".gcc_except_table"),
    "tables of addresses": (".rela.dyn", ".relr.dyn", ".rela.plt", ".data.rel.ro", ".got"),
}


def sections(library):
    """The size of each section in the file."""
    found = re.findall(r"\]\s+(\.\S+)\s+(\w+)\s+\w+\s+\w+\s+(\w+)", readelf("-S", library))
    return {name: int(size, 16) for name, kind, size in found if kind != "NOBITS"}


def line(library, most):
    content, sizes = library.read_bytes(), sections(library)
    compressed = zlib.compress(content, 9)
    parts = {part: sum(sizes.get(name, 0) for name in names) for part, names in PARTS.items()}
    parts["else"] = len(content) - sum(parts.values())
    told = ", ".join(f"{part} {size / 1e6:.1f}" for part, size in parts.items())
    installed, download = len(content) / 1e6, len(compressed) / 1e6
    print(f"{machine(library)}: {installed:.1f} MB installed, {download:.1f} MB compressed ({told})")
    if most and (installed > most[0] or download > most[1]):
        sys.exit(f"That is more than {most[0]:g} MB installed or {most[1]:g} MB compressed.")


def main():
    given, most = sys.argv[1:], None
    if given[:1] == ["--most"]:
        most, given = (float(given[1]), float(given[2])), given[3:]
    for given in map(Path, given):
        if given.suffix != ".apk":
            line(given, most)
            continue
        with zipfile.ZipFile(given) as packed, tempfile.TemporaryDirectory() as work:
            for name in sorted(packed.namelist()):
                if name.endswith(".so"):
                    line(Path(packed.extract(name, work)), most)


if __name__ == "__main__":
    main()
