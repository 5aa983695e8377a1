#!/usr/bin/env python3
"""The harness itself, with a small C library in the app's place: what it shows must be so, on this
machine's processor and on a phone's.

HOLDFAST_LLD names rustup's lld, and HOLDFAST_ANDROID_LIBS the stub libraries, as toolchain.sh sets
them.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from phone import Phone, build
from shims import COMPILERS

HERE = Path(__file__).parent
STUBS = Path(os.environ["HOLDFAST_ANDROID_LIBS"])
GREEN, MAGENTA = (0, 255, 0), (255, 0, 255)
SECURE = 0x2000


class OnThisProcessor(unittest.TestCase):
    processor, emulation = "x86_64", "elf_x86_64"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.work = Path(folder.name)
        cls.app = cls.work / "libapp.so"
        subprocess.run(
            [COMPILERS[cls.processor], "-c", "-fPIC", "-fno-stack-protector", "-Wall", "-o", cls.work / "app.o"]
            + [HERE / "test_app.c"],
            check=True,
        )
        subprocess.run(
            [os.environ["HOLDFAST_LLD"], "-flavor", "gnu", "-m", cls.emulation, "-shared", "-z", "defs"]
            + ["--build-id=sha1", "--pack-dyn-relocs=relr", "--use-android-relr-tags"]
            + ["-o", cls.app, cls.work / "app.o", f"-L{STUBS / cls.processor}-linux-android", "-landroid", "-llog", "-lc"],
            check=True,
        )
        cls.machine = build(cls.app, cls.work)

    def setUp(self):
        data = self.work / "data"
        data.mkdir(exist_ok=True)
        self.phone = Phone(self.work, data, *self.machine)
        self.addCleanup(self.phone.close)
        self.phone.do("show")

    def test_a_picture_shows_what_was_drawn(self):
        screen = self.phone.shot(self.work / "first")
        self.assertEqual((screen.width, screen.height), (1080, 2340))
        self.assertEqual(set(screen.colours()), {bytes(GREEN)})
        self.assertEqual((self.work / "first.png").read_bytes()[:4], b"\x89PNG")
        self.assertIn(b"created", (self.work / "log").read_bytes())

    def test_what_an_app_leaves_undrawn_is_seen(self):
        self.phone.do("size 800 600")
        screen = self.phone.shot(self.work / "half")
        self.assertEqual((screen.width, screen.height), (800, 600))
        # A new window asks for all of it, and the app drew the upper half.
        self.assertEqual(screen.pixel(700, 299), GREEN)
        self.assertEqual(screen.pixel(700, 301), MAGENTA)

    def test_outside_of_what_is_drawn_the_last_picture_stays(self):
        self.phone.do("size 800 600")
        before = self.phone.facts()
        self.phone.do("redraw")
        after = self.phone.facts()
        self.assertEqual(after["frames"] - before["frames"], 1)
        self.assertEqual(after["drawn"] - before["drawn"], 100 * 100)
        screen = self.phone.shot(self.work / "again")
        self.assertEqual(screen.pixel(50, 49), GREEN)
        self.assertEqual(screen.pixel(50, 51), MAGENTA)
        self.assertEqual(screen.pixel(700, 299), GREEN)

    def test_a_key_that_the_app_does_not_take_is_counted(self):
        self.assertEqual(self.phone.facts()["back"], 0)
        self.phone.key("back")
        self.phone.until("the key given back", lambda: self.phone.facts()["back"] == 1, 10)

    def test_flags_and_end(self):
        self.assertTrue(self.phone.facts()["flags"] & SECURE)
        self.phone.do("hide")
        self.assertEqual(self.phone.destroy(), 0)

    def test_the_clipboard_holds_what_another_app_copied(self):
        self.assertEqual(self.phone.java("clipboard"), "empty")
        self.phone.java("copy", "a word or two")
        self.assertEqual(self.phone.java("clipboard"), "plain a word or two")

    def test_a_command_that_is_unknown_or_fails_is_an_error(self):
        for command in ("dance", "shot /nowhere/x", "java no_such_method x"):
            with self.assertRaises(AssertionError):
                self.phone.do(command)


class OnAPhonesProcessor(OnThisProcessor):
    processor, emulation = "aarch64", "aarch64linux"


if __name__ == "__main__":
    unittest.main()
