"""Android's short list of addresses (DT_ANDROID_RELR), written out at length for a system that has it not.

The app's library names each address that depends on where it is loaded as a bit (a tenth of the size).
glibc knows that list under another number and only for libraries that name glibc; so the harness runs a
copy in which it is the ordinary list (DT_RELA), and in which nothing else differs.
"""

import struct
from pathlib import Path

LOAD, DYNAMIC, NOTE = 1, 2, 4
RELA, RELA_SIZE, RELA_ENTRY = 7, 8, 9
PACKED, PACKED_SIZE, PACKED_ENTRY = 0x6FFFE000, 0x6FFFE001, 0x6FFFE003
# "This address plus where the library is": its number for each machine (e_machine).
RELATIVE = {62: 8, 183: 1027}
PAGE = 16384
READABLE = 4


class Library:
    """A library in 64 bits, little end first."""

    def __init__(self, path):
        self.bytes = bytearray(Path(path).read_bytes())
        self.machine = struct.unpack_from("<H", self.bytes, 18)[0]
        table, = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        self.headers = [table + at * size for at in range(count)]

    def header(self, at):
        """Kind, flags, place in the file, address, physical address, size in the file, in memory, alignment."""
        return struct.unpack_from("<IIQQQQQQ", self.bytes, at)

    def of_kind(self, kind):
        return [at for at in self.headers if self.header(at)[0] == kind]

    def place(self, address):
        """Where in the file the byte of this address is."""
        for at in self.of_kind(LOAD):
            _, _, place, start, _, size, _, _ = self.header(at)
            if start <= address < start + size:
                return place + address - start
        raise ValueError(f"nothing is loaded at {address:#x}")

    def dynamic(self):
        """What the dynamic linker is told: where in the file each number stands, and the number."""
        _, _, place, _, _, size, _, _ = self.header(self.of_kind(DYNAMIC)[0])
        told = {}
        for at in range(place, place + size, 16):
            tag, value = struct.unpack_from("<QQ", self.bytes, at)
            told.setdefault(tag, (at + 8, value))
        return told

    def read(self, address, size):
        place = self.place(address)
        return bytes(self.bytes[place:place + size])


def addresses(words):
    """Those that a list of words names: an even word is an address, an odd one marks which of the 63
    words after the last one are addresses too."""
    at = 0
    for word in words:
        if word & 1 == 0:
            yield word
            at = word + 8
        else:
            for bit in range(63):
                if word >> (bit + 1) & 1:
                    yield at + 8 * bit
            at += 63 * 8


def written_out(path, out):
    """Writes the library with its list at length to `out`."""
    library = Library(path)
    told = library.dynamic()
    if PACKED in told:
        (_, start), (_, size) = told[PACKED], told[PACKED_SIZE]
        words = struct.unpack(f"<{size // 8}Q", library.read(start, size))
        kind = RELATIVE[library.machine]
        entries = b"".join(
            struct.pack("<QQQ", at, kind, struct.unpack("<Q", library.read(at, 8))[0]) for at in addresses(words)
        )
        if RELA in told:
            entries += library.read(told[RELA][1], told[RELA_SIZE][1])
        append(library, told, entries)
    Path(out).write_bytes(library.bytes)


def append(library, told, entries):
    """The list goes to the end of the file, and the header of the first note becomes that of its place."""
    library.bytes += bytes(-len(library.bytes) % PAGE)
    place = len(library.bytes)
    end = max(start + size for _, _, _, start, _, _, size, _ in map(library.header, library.of_kind(LOAD)))
    address = end + -end % PAGE
    struct.pack_into(
        "<IIQQQQQQ", library.bytes, library.of_kind(NOTE)[0],
        LOAD, READABLE, place, address, address, len(entries), len(entries), PAGE,
    )
    library.bytes += entries
    for tag, instead, value in (
        (RELA, PACKED, address), (RELA_SIZE, PACKED_SIZE, len(entries)), (RELA_ENTRY, PACKED_ENTRY, 24),
    ):
        at, _ = told[tag] if tag in told else told[instead]
        struct.pack_into("<QQ", library.bytes, at - 8, tag, value)
