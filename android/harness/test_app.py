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
from phone import Phone, build, write_png

APP = Path(os.environ["HOLDFAST_ANDROID_APP"])
SHOTS = Path(os.environ["HOLDFAST_ANDROID_SHOTS"])
MAGENTA = (255, 0, 255)
SECURE = 0x2000
PASSPHRASE = "seven boats wait below the tower"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Harbour:ada@example.org?secret={SECRET}&issuer=Harbour"
# How high the bars of the system are at the top and at the foot (host.c).
BARS = (96, 132)
CAMERA_GROUND = (0x0C, 0x16, 0x17)
# Where things are on a phone of 1080 by 2340 pixels (shots/): the round button that adds an account,
# the camera and the choice of a picture on the page that follows, the one account in the list.
ADD, CAMERA, PICTURE, ACCOUNT = (959, 2098), (540, 620), (540, 850), (400, 480)
# On the camera's page, at the right above.
LAMP = (993, 184)


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

    def start(self, begun=None):
        """Starts the app, with an intent other than the first where one is `begun` with."""
        self.phone = Phone(self.work, self.data, *self.machine)
        self.addCleanup(self.phone.close)
        if begun:
            self.phone.java("begin", begun)
        self.phone.do("show")
        self.phone.until("a frame", lambda: self.phone.facts()["frames"] > 0)
        self.phone.still()

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

        def copied():
            # On a busy machine the vault may still be opening.
            self.phone.tap(*ACCOUNT)
            self.phone.wait(1)
            return self.phone.java("clipboard") != "plain nothing yet"

        self.phone.until("a code", copied, 30)
        self.assertIn(self.phone.java("clipboard"), {f"sensitive {before}", f"sensitive {self.oathtool()}"})

    @staticmethod
    def oathtool():
        return subprocess.run(
            ["oathtool", "--base32", "--totp", SECRET], check=True, capture_output=True, text=True
        ).stdout.strip()

    def photographed(self, name):
        screen = self.phone.shot(SHOTS / name)
        self.assertNotIn(bytes(MAGENTA), screen.colours(), "a part of the window was left undrawn")
        return screen

    def shows_again(self, name, before):
        """The cursor blinks, so more than one look may be needed."""
        self.phone.until(f"{name}: what was there before", lambda: self.photographed(name).rows == before.rows, 20)


class FirstStart(App):
    def test_it_draws_all_of_the_window_and_hides_it_from_pictures(self):
        screen = self.photographed("first-start")
        self.assertEqual((screen.width, screen.height), (1080, 2340))
        self.assertGreater(len(screen.colours()), 2, "there is nothing on the page")
        self.assertTrue(self.phone.facts()["flags"] & SECURE)

    def test_it_is_there_at_once_and_small(self):
        facts = self.phone.facts()
        print(
            f"first frame after {facts['first']} ms, {facts['busy']} of them of a processor's time; "
            f"{facts['resident']} KiB of memory"
        )
        # Another program's load does not count.
        self.assertLess(facts["busy"], 100, "milliseconds of a processor until the first frame")
        self.assertLess(facts["resident"], 60 * 1024, "KiB in memory")

    def test_it_follows_the_dark(self):
        light = self.photographed("light")
        self.phone.do("configure 440 1")
        self.phone.wait(1)
        dark = self.photographed("dark")
        middle = (light.width // 2, light.height - 200)
        self.assertGreater(sum(light.pixel(*middle)), sum(dark.pixel(*middle)))

    def test_it_follows_the_size_of_texts(self):
        plain = self.photographed("texts-plain")
        sizes = {}
        # The last is as narrow as a page can be: there the texts grow alone.
        phone, turned, narrow = (1080, 2340), (2340, 1080), (880, 1562)
        asked = (("1.15", phone), ("2", phone), ("2", turned), ("1", narrow), ("2", narrow))
        for scale, size in asked:
            self.phone.do("size %d %d" % size)
            self.phone.java("texts", scale)
            self.phone.do("configure 440 0")
            self.phone.still()
            sizes[scale, size] = self.photographed(f"texts-{scale}-{size[0]}").rows
        self.assertNotEqual(sizes["1.15", phone], plain.rows)
        self.assertNotEqual(sizes["2", phone], sizes["1.15", phone])
        self.assertNotEqual(sizes["2", narrow], sizes["1", narrow])
        self.phone.do("size 1080 2340")
        self.phone.java("texts", "1")
        self.phone.do("configure 440 0")
        self.phone.still()
        self.shows_again("texts-plain-again", plain)

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
        self.shows_again("turned-back", upright)

    def test_a_field_that_is_entered_brings_the_keyboard(self):
        self.assertEqual(self.phone.java("keyboard"), "shown")

    def test_it_rests_while_nobody_sees_it(self):
        self.phone.do("hide")
        self.phone.wait(1)
        before = self.phone.facts()
        self.phone.wait(5)
        after = self.phone.facts()
        print(f"{after['wakeups'] - before['wakeups']} wake-ups within 5 s out of sight")
        self.assertEqual(after["wakeups"], before["wakeups"])
        self.assertEqual(after["frames"], before["frames"])

    def test_it_rests_while_it_is_locked_and_nobody_sees_it(self):
        self.make_a_vault()
        # Twice: the page that asks for the passphrase is entered out of sight, and left with its field entered.
        for _ in range(2):
            self.phone.do("hide")
            self.phone.wait(2)
            before = self.phone.facts()
            self.phone.wait(5)
            after = self.phone.facts()
            self.assertEqual(after["wakeups"], before["wakeups"])
            self.phone.do("show")
            self.phone.still()

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
        # Whoever comes back to it is asked anew, and not while they stay.
        phone.wait(3)
        self.assertEqual(phone.java("asked"), "1 android.permission.CAMERA")
        phone.key("back")
        phone.still()
        phone.tap(*CAMERA)
        phone.until("another question", lambda: phone.java("asked") == "2 android.permission.CAMERA", 10)
        phone.permit_camera(True)
        phone.until("pictures", lambda: phone.facts()["pictures"] > 2, 15)
        seen = lambda: self.photographed("camera-runs").pixel(540, 400) != CAMERA_GROUND  # noqa: E731
        phone.until("what the camera sees", seen, 20)
        runs = self.photographed("camera-runs")
        # Under the bars is the dark ground of the camera's page, whatever the camera sees.
        for y in (BARS[0] // 2, runs.height - BARS[1] // 2):
            self.assertEqual(runs.pixel(540, y), CAMERA_GROUND)
        # Continuous autofocus, as pictures want it (ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE).
        self.assertEqual(phone.facts()["focus"], 4)
        # On and off (ACAMERA_FLASH_MODE_TORCH and _OFF).
        for lit in (2, 0):
            phone.tap(*LAMP)
            phone.until("the lamp", lambda: phone.facts()["lamp"] == lit, 10)
        resident = phone.facts()["resident"]
        print(f"{resident} KiB of memory while the camera runs")
        self.assertLess(resident, 60 * 1024, "KiB in memory while the camera runs")
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


class HandedOver(App):
    """Links and pictures of other apps, and the system's own pages."""

    def come_back_with(self, order, what):
        """The app is left, and another one opens it with something."""
        self.phone.do("hide")
        self.phone.java(order, what)
        self.phone.do("show")
        self.phone.still()

    def test_a_link_waits_until_the_vault_is_open(self):
        self.make_a_vault()
        self.come_back_with("view", URI)
        self.photographed("link-waits")
        self.unlock()
        self.photographed("link-opened")
        self.phone.key("enter")
        self.phone.still()
        self.code_is_right()

    def test_a_link_begins_the_app_once(self):
        self.make_a_vault()
        self.phone.do("hide")
        self.assertEqual(self.phone.destroy(), 0)
        self.start(f"recent {URI}")
        self.unlock()
        nothing = self.photographed("link-of-long-ago")
        self.phone.do("hide")
        self.assertEqual(self.phone.destroy(), 0)
        self.start(f"new {URI}")
        self.unlock()
        self.assertNotEqual(self.photographed("link-begun").rows, nothing.rows)
        self.phone.key("enter")
        self.phone.still()
        self.code_is_right()
        # Left and shown again, it does not ask for the same account once more.
        self.phone.do("hide")
        self.phone.do("show")
        self.phone.still()
        self.unlock()
        self.code_is_right()

    def test_a_second_activity_is_the_app_and_the_first_one_ends(self):
        # So Android does where the app that hands a link over opens it in a task of its own.
        self.make_a_vault()
        self.phone.do("hide")
        self.phone.do("another")
        self.phone.java("begin", f"new {URI}")
        self.phone.do("show")
        self.phone.still()
        self.photographed("second-activity")
        self.phone.until("the first one's end", lambda: self.phone.do("ended") == "yes", 20)
        self.unlock()
        self.phone.key("enter")
        self.phone.still()
        self.code_is_right()

    def test_a_copied_code_is_cleared_once_somebody_is_back_and_nothing_else(self):
        self.make_a_vault()
        self.phone.java("copy", URI)
        self.phone.command("v")
        self.phone.still()
        self.phone.key("enter")
        self.phone.still()
        for copied_since, then in ((None, "empty"), ("something else", "plain something else")):
            self.code_is_right()
            self.photographed("copied")
            self.phone.do("hide")
            if copied_since:
                self.phone.java("copy", copied_since)
            self.phone.wait(33)
            self.phone.do("show")
            self.phone.until(then, lambda: self.phone.java("clipboard") == then, 5)
            self.phone.still()
            self.unlock()
            self.phone.wait(2)
            self.assertEqual(self.phone.java("clipboard"), then)

    def test_a_shared_picture_and_a_shared_text_are_read(self):
        for kind, what in (("image/png", self.picture()), ("text/plain", URI)):
            with self.subTest(kind):
                self.data = Path(tempfile.mkdtemp(dir=self.work))
                self.start()
                self.make_a_vault()
                self.come_back_with("share", f"{kind} {what}")
                self.unlock()
                self.phone.key("enter")
                self.phone.still()
                self.photographed(f"shared-{kind.split('/')[0]}")
                self.code_is_right()

    def test_a_copied_picture_is_read(self):
        self.make_a_vault()
        self.phone.java("copyPicture", self.picture())
        self.phone.command("v")
        self.phone.still()
        self.phone.key("enter")
        self.phone.still()
        self.code_is_right()

    def test_a_path_in_the_place_of_a_picture_is_not_read(self):
        self.make_a_vault()
        empty = self.photographed("before-a-path")
        path = self.picture().removeprefix("content://harness")
        self.phone.do("pause")
        self.phone.java("share", f"image/png file://{path}")
        self.phone.do("resume")
        self.phone.still()
        self.shows_again("after-a-path", empty)

    def test_a_picture_is_chosen_on_the_systems_page(self):
        phone = self.phone
        self.make_a_vault()
        phone.tap(*ADD)
        phone.still()
        ways_in = self.photographed("before-choosing")
        phone.tap(*PICTURE)
        phone.until("the system's page", lambda: phone.java("page") != "none", 10)
        self.assertEqual(
            phone.java("page"),
            "android.intent.action.GET_CONTENT image/* [android.intent.category.OPENABLE] {}",
        )
        # It stands in front, and that does not lock.
        phone.do("hide")
        phone.java("choose", "")
        phone.do("show")
        phone.still()
        self.shows_again("nothing-chosen", ways_in)
        phone.tap(*PICTURE)
        phone.until("the system's page", lambda: phone.java("page") != "none", 10)
        phone.do("hide")
        phone.java("choose", self.picture())
        phone.do("show")
        phone.still()
        phone.key("enter")
        phone.still()
        self.code_is_right()

    def test_a_phone_without_such_a_page_takes_a_path(self):
        self.make_a_vault()
        self.phone.java("pages", "false")
        self.phone.tap(*ADD)
        self.phone.still()
        ways_in = self.photographed("with-a-page")
        self.phone.tap(*PICTURE)
        self.phone.still()
        self.assertNotEqual(self.photographed("without-a-page").rows, ways_in.rows)

    def picture(self):
        """The address of a picture of the barcode, as another app has it."""
        grey, path = self.work / "shared.pgm", self.work / "shared.png"
        photograph(URI, grey)
        head, size, most, pixels = grey.read_bytes().split(b"\n", 3)
        width, height = (int(side) for side in size.split())
        rows = [
            bytes(value for value in pixels[y * width:(y + 1) * width] for _ in range(3))
            for y in range(height)
        ]
        write_png(path, width, height, rows)
        return f"content://harness{path}"


if __name__ == "__main__":
    unittest.main()
