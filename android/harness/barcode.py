"""Barcodes as a camera of the harness sees them."""

import subprocess

# The picture of the camera, and how large a module of the barcode is in it.
WIDTH, HEIGHT, MODULE = 1280, 720, 12
PAPER, INK, TABLE = 215, 40, 120


def photograph(text, path):
    """A barcode of this text on a sheet that lies on a grey table, as a PGM file."""
    drawn = subprocess.run(
        ["qrencode", "-t", "ASCII", "-m", "4", text], check=True, capture_output=True, text=True
    ).stdout
    modules = [[line[at] == "#" for at in range(0, len(line), 2)] for line in drawn.splitlines()]
    rows = [bytearray([TABLE]) * WIDTH for _ in range(HEIGHT)]
    left, top = (WIDTH - MODULE * len(modules)) // 2, (HEIGHT - MODULE * len(modules)) // 2
    assert left >= 0 and top >= 0, "the barcode is larger than the picture"
    for y, line in enumerate(modules):
        for x, dark in enumerate(line):
            for row in rows[top + y * MODULE:top + (y + 1) * MODULE]:
                at = left + x * MODULE
                row[at:at + MODULE] = bytes([INK if dark else PAPER]) * MODULE
    path.write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + b"".join(rows))
