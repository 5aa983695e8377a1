"""Lets a decoder from outside read grey planes: `peers.py zxing|zbar`.

In: a line "width height", then the bytes. Out: a line of JSON with the thread's CPU milliseconds and
the texts. Says "ready" and its version first, or ends at once where the decoder is not installed.
"""

import ctypes
import ctypes.util
import json
import sys
import time


def zxing():
    import importlib.metadata

    import zxingcpp

    def read(width, height, pixels):
        plane = memoryview(pixels).cast("B", shape=[height, width])
        # The text as it stands in the code; by default control characters are spelt out.
        codes = zxingcpp.read_barcodes(
            plane, formats=zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain
        )
        return [code.text for code in codes]

    return "zxing-cpp " + importlib.metadata.version("zxing-cpp"), read


def zbar():
    library = ctypes.CDLL(ctypes.util.find_library("zbar") or "libzbar.so.0")
    pointer = ctypes.c_void_p
    for name in ["zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol",
                 "zbar_symbol_next"]:
        getattr(library, name).restype = pointer
    # Not as a C string, which would end at the first NUL.
    library.zbar_symbol_get_data.restype = pointer
    library.zbar_symbol_get_data_length.restype = ctypes.c_uint
    major, minor, patch = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    library.zbar_version(ctypes.byref(major), ctypes.byref(minor), ctypes.byref(patch))
    scanner = pointer(library.zbar_image_scanner_create())
    library.zbar_image_scanner_set_config(scanner, 0, 0, 0)  # everything off
    library.zbar_image_scanner_set_config(scanner, 64, 0, 1)  # QR codes on
    grey = int.from_bytes(b"Y800", "little")

    def read(width, height, pixels):
        image = pointer(library.zbar_image_create())
        library.zbar_image_set_format(image, ctypes.c_ulong(grey))
        library.zbar_image_set_size(image, width, height)
        library.zbar_image_set_data(image, pixels, ctypes.c_ulong(len(pixels)), None)
        library.zbar_scan_image(scanner, image)
        texts = []
        symbol = library.zbar_image_first_symbol(image)
        while symbol:
            length = library.zbar_symbol_get_data_length(pointer(symbol))
            data = ctypes.string_at(library.zbar_symbol_get_data(pointer(symbol)), length)
            texts.append(data.decode("utf-8", "replace"))
            symbol = library.zbar_symbol_next(pointer(symbol))
        library.zbar_image_destroy(image)
        return texts

    return f"ZBar {major.value}.{minor.value}.{patch.value}", read


def main():
    name, read = {"zxing": zxing, "zbar": zbar}[sys.argv[1]]()
    print("ready", name, flush=True)
    while header := sys.stdin.buffer.readline():
        width, height = map(int, header.split())
        pixels = sys.stdin.buffer.read(width * height)
        start = time.thread_time()
        texts = read(width, height, pixels)
        spent = (time.thread_time() - start) * 1000
        print(json.dumps({"ms": spent, "texts": texts}), flush=True)


main()
