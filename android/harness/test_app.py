#!/usr/bin/env python3
"""The app itself in the harness: its first start, driven and photographed.

HOLDFAST_ANDROID_APP names its x86_64 library; what is photographed goes to HOLDFAST_ANDROID_SHOTS.
"""

import os
import tempfile
import unittest
from pathlib import Path

from phone import Phone, build

APP = Path(os.environ["HOLDFAST_ANDROID_APP"])
SHOTS = Path(os.environ["HOLDFAST_ANDROID_SHOTS"])
MAGENTA = (255, 0, 255)
SECURE = 0x2000


class FirstStart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.work = Path(folder.name)
        SHOTS.mkdir(parents=True, exist_ok=True)
        cls.jvm = build(APP, cls.work)

    def setUp(self):
        data = Path(tempfile.mkdtemp(dir=self.work))
        self.phone = Phone(APP, self.work, data, self.jvm)
        self.addCleanup(self.phone.close)
        self.phone.do("show")
        self.phone.until("a frame", lambda: self.phone.facts()["frames"] > 0)
        # The first page follows the answer that there is no vault.
        self.phone.wait(2)

    def photographed(self, name):
        screen = self.phone.shot(SHOTS / name)
        self.assertNotIn(bytes(MAGENTA), screen.colours(), "a part of the window was left undrawn")
        return screen

    def test_it_draws_all_of_the_window_and_hides_it_from_pictures(self):
        screen = self.photographed("first-start")
        self.assertEqual((screen.width, screen.height), (1080, 2340))
        self.assertGreater(len(screen.colours()), 2, "there is nothing on the page")
        self.assertTrue(self.phone.facts()["flags"] & SECURE)

    def test_it_follows_the_dark(self):
        light = self.photographed("light")
        self.phone.do("configure 440 1")
        self.phone.wait(1)
        dark = self.photographed("dark")
        middle = (light.width // 2, light.height - 200)
        self.assertGreater(sum(light.pixel(*middle)), sum(dark.pixel(*middle)))

    def test_it_turns(self):
        self.phone.do("size 2340 1080")
        self.phone.wait(1)
        screen = self.photographed("turned")
        self.assertEqual((screen.width, screen.height), (2340, 1080))

    def test_a_field_that_is_entered_brings_the_keyboard(self):
        self.assertEqual(self.phone.java("keyboard"), "shown")

    def test_it_rests_while_nobody_sees_it(self):
        self.phone.do("hide")
        self.phone.wait(1)
        before = self.phone.facts()
        self.phone.wait(5)
        after = self.phone.facts()
        self.assertEqual(after["wakeups"], before["wakeups"])
        self.assertEqual(after["frames"], before["frames"])

    def test_back_on_the_first_page_is_the_systems(self):
        self.phone.key("back")
        self.phone.until("the key given back", lambda: self.phone.facts()["back"] == 1, 10)

    def test_it_ends(self):
        self.phone.do("hide")
        self.assertEqual(self.phone.destroy(), 0)


if __name__ == "__main__":
    unittest.main()
