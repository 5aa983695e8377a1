#!/usr/bin/env python3
"""The library for a phone's processor, under qemu, shows the same pixels as this machine's own.

HOLDFAST_ANDROID_APP names the library for x86_64, HOLDFAST_ANDROID_APP_ARM64 that for arm64; what they
show is left in HOLDFAST_ANDROID_SHOTS.
"""

import os
import random
import tempfile
import time
import unittest
from pathlib import Path

from phone import Phone, build

LIBRARIES = {"x86_64": "HOLDFAST_ANDROID_APP", "arm64": "HOLDFAST_ANDROID_APP_ARM64"}
SHOTS = Path(os.environ["HOLDFAST_ANDROID_SHOTS"])


class BothProcessors(unittest.TestCase):
    def setUp(self):
        SHOTS.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.phones = {name: self.start(name, Path(folder.name, name)) for name in LIBRARIES}

    def start(self, name, work):
        data = work / "data"
        data.mkdir(parents=True)
        library = Path(os.environ[LIBRARIES[name]])
        phone = Phone(work, data, *build(library, work))
        self.addCleanup(phone.close)
        phone.do("show")
        phone.until("a frame", lambda: phone.facts()["frames"] > 0)
        phone.still()
        return phone

    def both(self, act):
        for phone in self.phones.values():
            act(phone)
            phone.still()

    def same(self, what):
        """The cursor blinks in each at its own time, so more than one look may be needed."""
        here = self.phones["x86_64"].shot(SHOTS / f"{what}-x86_64")
        self.assertGreater(len(here.colours()), 2, "there is nothing on the page")
        end = time.monotonic() + 20
        while (there := self.phones["arm64"].shot(SHOTS / f"{what}-arm64")).rows != here.rows:
            self.assertLess(time.monotonic(), end, f"{what}: the pixels differ")
            # Not always the same, or each look could come while the cursor is there.
            self.phones["arm64"].wait(random.uniform(0.1, 0.9))

    def test_a_first_start_shows_the_same_pixels(self):
        self.same("light")
        self.both(lambda phone: phone.do("configure 440 1"))
        self.same("dark")
        self.both(lambda phone: phone.type("seven boats"))
        self.same("typed")
        self.both(lambda phone: phone.do("size 2340 1080"))
        self.same("turned")
        for phone in self.phones.values():
            phone.do("hide")
            self.assertEqual(phone.destroy(), 0)


if __name__ == "__main__":
    unittest.main()
