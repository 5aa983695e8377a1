"""Which symbols of Android the app may use: the names in symbols.tsv, each with its library, its
version and the Android API level since which it is there (developer.android.com and the map files
of the platform say so)."""

from pathlib import Path
from typing import NamedTuple

# The oldest Android that the app runs on: 10.
LEAST_API = 29


class Symbol(NamedTuple):
    library: str
    version: str
    name: str
    api: int


def read_symbols(path=Path(__file__).with_name("symbols.tsv")):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [Symbol(*fields[:3], int(fields[3])) for fields in (line.split("\t") for line in lines)]
