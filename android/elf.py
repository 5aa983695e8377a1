"""What a shared library asks of others, as binutils' readelf tells it."""

import re
import subprocess
from typing import NamedTuple


class Wanted(NamedTuple):
    name: str
    version: str


def undefined_symbols(library):
    """The symbols that somebody else must have, each with its version."""
    table = readelf("--dyn-syms", library)
    found = re.findall(r"(?:GLOBAL|WEAK)\s+DEFAULT\s+UND\s+(\S+)", table)
    return sorted({Wanted(*(name.split("@", 1) + [""])[:2]) for name in found})


def defined_symbols(library):
    table = readelf("--dyn-syms", library)
    return set(re.findall(r"(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+([^@\s]+)", table))


def needed_libraries(library):
    return re.findall(r"NEEDED.*\[(.*)\]", readelf("-d", library))


def machine(library):
    """The processor that it is for: x86_64 or aarch64."""
    return "aarch64" if "AArch64" in readelf("-h", library) else "x86_64"


def readelf(what, library):
    return subprocess.run(
        ["readelf", "-W", what, library], check=True, capture_output=True, text=True
    ).stdout
