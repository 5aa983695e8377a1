#!/usr/bin/env python3
"""The app itself in the harness: its first start, and a person's first day with it.

HOLDFAST_ANDROID_APP names its x86_64 library; what is photographed goes to HOLDFAST_ANDROID_SHOTS.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from barcode import photograph
from phone import Phone, build

APP = Path(os.environ["HOLDFAST_ANDROID_APP"])
SHOTS = Path(os.environ["HOLDFAST_ANDROID_SHOTS"])
MAGENTA = (255, 0, 255)
SECURE = 0x2000
PASSPHRASE = "seven boats wait below the tower"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Harbour:ada@example.org?secret={SECRET}&issuer=Harbour"
# Where things are on a phone of 1080 by 2340 pixels (shots/): the round button that adds an account,
# the camera on the page that follows, the one account in the list.
ADD, CAMERA, ACCOUNT = (959, 2098), (540, 620), (400, 480)


# How much longer a machine that is busy with something else may take.
SLOW = 5


class App(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.work = Path(folder.name)
        SHOTS.mkdir(parents=True, exist_ok=True)
        cls.machine = build(APP, cls.work)

    def setUp(self):
        self.data = Path(tempfile.mkdtemp(dir=self.work))
        self.start()

    def start(self):
        self.phone = Phone(APP, self.work, self.data, *self.machine)
        self.addCleanup(self.phone.close)
        self.phone.do("show")
        self.phone.until("a frame", lambda: self.phone.facts()["frames"] > 0)
        self.phone.still()

    def photographed(self, name):
        screen = self.phone.shot(SHOTS / name)
        self.assertNotIn(bytes(MAGENTA), screen.colours(), "a part of the window was left undrawn")
        return screen


class FirstStart(App):
    def test_it_draws_all_of_the_window_and_hides_it_from_pictures(self):
        screen = self.photographed("first-start")
        self.assertEqual((screen.width, screen.height), (1080, 2340))
        self.assertGreater(len(screen.colours()), 2, "there is nothing on the page")
        self.assertTrue(self.phone.facts()["flags"] & SECURE)

    def test_it_is_there_at_once_and_small(self):
        facts = self.phone.facts()
        print(f"first frame after {facts['first']} ms, {facts['resident']} KiB of memory")
        self.assertLess(facts["first"], 100 * SLOW, "milliseconds until the first frame")
        self.assertLess(facts["resident"], 60 * 1024, "KiB in memory")

    def test_it_follows_the_dark(self):
        light = self.photographed("light")
        self.phone.do("configure 440 1")
        self.phone.wait(1)
        dark = self.photographed("dark")
        middle = (light.width // 2, light.height - 200)
        self.assertGreater(sum(light.pixel(*middle)), sum(dark.pixel(*middle)))

    def test_it_turns_and_keeps_what_is_typed(self):
        self.phone.type("seven boats")
        self.phone.still()
        upright = self.photographed("typed")
        self.phone.do("size 2340 1080")
        self.phone.still()
        screen = self.photographed("turned")
        self.assertEqual((screen.width, screen.height), (2340, 1080))
        self.phone.do("size 1080 2340")
        self.phone.still()
        again = self.photographed("turned-back")
        self.assertEqual(upright.rows, again.rows)

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


class FirstDay(App):
    def test_from_the_passphrase_to_a_code_that_is_right(self):
        phone = self.phone
        self.make_a_vault()
        self.photographed("empty-list")
        self.assertIn("vault", os.listdir(self.data))

        # The camera is asked for when it is first needed, and there is a way on without it.
        phone.tap(*ADD)
        self.phone.still()
        self.photographed("ways-in")
        phone.tap(*CAMERA)
        phone.until("the question", lambda: phone.java("asked") == "1 android.permission.CAMERA", 10)
        phone.wait(1)
        self.photographed("camera-refused")
        self.assertEqual(phone.facts()["cameras"], 0)
        phone.permit_camera(True)
        phone.until("pictures", lambda: phone.facts()["pictures"] > 2, 15)
        self.photographed("camera-runs")
        # Continuous autofocus, as pictures want it (ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE).
        self.assertEqual(phone.facts()["focus"], 4)
        barcode = self.work / "barcode.pgm"
        photograph(URI, barcode)
        phone.do(f"play {barcode}")
        phone.until("the barcode read", lambda: phone.facts()["cameras"] == 0, 20)
        self.phone.still()
        self.photographed("save")
        phone.key("enter")
        self.phone.still()
        self.photographed("list")
        self.code_is_right()

        # Paused, with another app in front that leaves it in sight, it goes on as it was.
        phone.do("pause")
        phone.do("lowmemory")
        phone.wait(1)
        phone.do("resume")
        self.phone.still()
        self.code_is_right()
        phone.do("size 2340 1080")
        self.phone.still()
        self.photographed("list-turned")
        phone.do("size 1080 2340")
        self.phone.still()

        # Out of sight it locks, and what it drew is gone.
        phone.do("hide")
        phone.wait(1)
        phone.do("show")
        self.phone.still()
        self.photographed("locked")
        phone.java("copy", "something else")
        phone.tap(*ACCOUNT)
        phone.wait(1)
        self.assertEqual(phone.java("clipboard"), "plain something else")
        self.unlock()
        self.code_is_right()

        # The next start finds what this one saved.
        phone.do("hide")
        self.assertEqual(phone.destroy(), 0)
        self.start()
        self.unlock()
        self.photographed("second-start")
        self.code_is_right()

    def make_a_vault(self):
        for _ in range(2):
            self.phone.type(PASSPHRASE)
            self.phone.key("enter")
        self.phone.until("the vault", lambda: (self.data / "vault").exists(), 60)
        self.phone.still()

    def unlock(self):
        self.phone.type(PASSPHRASE)
        self.phone.key("enter")
        self.phone.wait(3)
        self.phone.still()

    def code_is_right(self):
        """What a touch copies is what oathtool computes, now or a moment before."""
        self.phone.java("copy", "nothing yet")
        before = self.oathtool()
        self.phone.tap(*ACCOUNT)
        self.phone.until("a code", lambda: self.phone.java("clipboard") != "plain nothing yet", 10)
        self.assertIn(self.phone.java("clipboard"), {f"sensitive {before}", f"sensitive {self.oathtool()}"})

    @staticmethod
    def oathtool():
        return subprocess.run(
            ["oathtool", "--base32", "--totp", SECRET], check=True, capture_output=True, text=True
        ).stdout.strip()


if __name__ == "__main__":
    unittest.main()
