#!/usr/bin/env python3
"""Makes the stub libraries that the app is linked with: symbols.tsv's names, and no code.

stubs.py LLD OUT: writes OUT/<target>/lib*.so for both targets. A name that the list does not have,
or that is newer than LEAST_API, is missing in them, and then the link fails.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from symbols import LEAST_API, read_symbols

EMULATIONS = {"aarch64-linux-android": "aarch64linux", "x86_64-linux-android": "elf_x86_64"}


def make(lld, library, symbols, emulation, out):
    """One shared object whose symbols are bare numbers: enough for a linker."""
    versions = defaultdict(list)
    for symbol in symbols:
        versions[symbol.version].append(symbol.name)
    # The first version also hides what the linker adds by itself.
    hide = " local: *;"
    script = ""
    for version, names in versions.items():
        script += f"{version} {{ global: {' '.join(name + ';' for name in names)}{hide} }};\n"
        hide = ""
    with tempfile.TemporaryDirectory() as work:
        map_file, empty = Path(work, "map"), Path(work, "empty")
        map_file.write_text(script)
        empty.write_bytes(b"")
        subprocess.run(
            [lld, "-flavor", "gnu", "-m", emulation, "-shared", "-soname", f"{library}.so"]
            + [f"--defsym={symbol.name}=1" for symbol in symbols]
            + ["--version-script", str(map_file), "-o", str(out / f"{library}.so")]
            + ["--format=binary", str(empty)],
            check=True,
        )


def main():
    lld, out = sys.argv[1], Path(sys.argv[2])
    libraries = defaultdict(list)
    for symbol in read_symbols():
        if symbol.api <= LEAST_API:
            libraries[symbol.library].append(symbol)
    for target, emulation in EMULATIONS.items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for library, symbols in libraries.items():
            make(lld, library, symbols, emulation, folder)


if __name__ == "__main__":
    main()
