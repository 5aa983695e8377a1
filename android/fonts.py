#!/usr/bin/python3
"""The app's two typefaces, as far as a phone needs them: fonts.py OUT writes OUT/text.ttf and OUT/digits.ttf.

Every character of the text face stays, and of the other those that codes and keys consist of. What goes is
what no page asks for: the slanted and the thinnest and heaviest letters, other forms of them, and hints for
rasters that the app does not use (half a megabyte in each library). It needs Debian's fontTools, and so
Debian's Python.
"""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.otlLib.optimize import compact
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Where each face comes from: the package and the file in it (build.rs names the same).
FACES = {
    "text.ttf": ("ttf-inter", "ttf/Inter-V.otf"),
    "digits.ttf": ("truce-font", "fonts/JetBrainsMono-Regular.ttf"),
}
# What stands in digits of equal width: codes and keys, hidden and cut short too. Whatever else is typed into a
# field for a key is taken from another face.
DIGITS = {*range(0x20, 0x7F), *map(ord, "\N{NO-BREAK SPACE}·–•…●")}
# Of what a face says about itself: whose it is, under which licence, and what it is called.
NAMES = [*range(7), 13, 14, 16, 17, 25]
MOST_COMPACT = 9
# The weights that ui/ uses, upright.
AXES = {"slnt": 0, "wght": (400, 600)}
# Where marks and letters stand to each other. Not what draws letters in another form.
FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk"]


def packages():
    """The folder of each package that Cargo.lock names."""
    told = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"], check=True, capture_output=True
    )
    return {one["name"]: Path(one["manifest_path"]).parent for one in json.loads(told.stdout)["packages"]}


def written_and_read(font):
    """The subsetter does not take a face that was just made."""
    whole = io.BytesIO()
    font.save(whole)
    return TTFont(whole, recalcTimestamp=False)


def smaller(source, out):
    # Its date stays that of the face, so that the same face gives the same bytes.
    font = TTFont(source, recalcTimestamp=False)
    characters = set(font.getBestCmap())
    if out.name == "digits.ttf":
        characters &= DIGITS
    if "fvar" in font:
        font = written_and_read(instancer.instantiateVariableFont(font, AXES))
    options = subset.Options(
        layout_features=FEATURES, name_IDs=NAMES, notdef_outline=True, glyph_names=False, hinting=False,
        recalc_timestamp=False,
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    # One list of characters, where the face has four, and distances without those that are nothing.
    font["cmap"].tables = [max(font["cmap"].tables, key=lambda table: (len(table.cmap), -table.format))]
    compact(font, MOST_COMPACT)
    font.save(out)
    if set(TTFont(out).getBestCmap()) != characters:
        sys.exit(f"fonts.py: characters of {source.name} are gone.")


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    folders = packages()
    for name, (package, file) in FACES.items():
        source, face, stamp = folders[package] / file, out / name, out / f"{name}.of"
        made_of = hashlib.sha256(source.read_bytes() + Path(__file__).read_bytes()).hexdigest()
        # What was not changed must not look new to Cargo.
        if not face.exists() or not stamp.exists() or stamp.read_text() != made_of:
            smaller(source, face)
            stamp.write_text(made_of)


if __name__ == "__main__":
    main()
