#!/usr/bin/env python3
"""The phone's own lock, which opens the vault once that is wanted, in the harness.

The library and the pictures are named as for test_app.py.
"""

import unittest

from test_app import URI, App

# On a phone of 1080 by 2340 pixels: the settings above the list, and the switch on their page.
SETTINGS, DEVICE_ON = (850, 185), (783, 1219)


class DeviceLock(App):
    """The phone's own lock, which opens the vault once that is wanted. The store of keys really encrypts,
    and refuses whoever has not opened the lock a moment before."""

    def asked(self):
        """Waits until the system asks the person, who then sees that page and not the app's."""
        page = lambda: self.phone.java("page")  # noqa: E731
        self.phone.until("the system's page", lambda: page() != "none", 20)
        self.assertIn("CONFIRM_DEVICE_CREDENTIAL", page())
        self.phone.do("hide")

    def proved(self, opened):
        self.phone.java("prove", str(opened).lower())
        self.phone.do("show")
        self.phone.wait(1)
        self.phone.still()

    def switch(self, place):
        """On the page of the settings, by a touch."""
        self.phone.tap(*SETTINGS)
        self.phone.still()
        self.phone.tap(*place)

    def unlock_by_device(self):
        """From the field on: past the eye and the button for the passphrase."""
        for _ in range(3):
            self.phone.key("tab")
        self.phone.key("enter")

    def lock(self):
        self.phone.do("hide")
        self.phone.wait(1)
        self.phone.do("show")
        self.phone.still()

    def add_an_account(self):
        self.phone.java("copy", URI)
        self.phone.command("v")
        self.phone.still()
        self.phone.key("enter")
        self.phone.still()

    def test_its_key_lies_in_the_chip_for_keys_where_there_is_one(self):
        self.make_a_vault()
        self.phone.java("chip", "true")
        self.switch(DEVICE_ON)
        self.asked()
        self.proved(True)
        self.assertEqual(self.phone.java("place"), "chip")
        self.lock()
        self.phone.wait(11)
        self.unlock_by_device()
        self.asked()
        self.proved(True)
        self.add_an_account()
        self.code_is_right()

    def test_it_opens_the_vault_and_the_passphrase_does_too(self):
        phone = self.phone
        self.make_a_vault()
        self.add_an_account()
        self.assertEqual(phone.java("keys"), "0")

        # Whoever goes back has changed nothing.
        self.switch(DEVICE_ON)
        self.asked()
        self.proved(False)
        self.photographed("device-declined")
        self.assertEqual(phone.java("keys"), "0")
        phone.tap(*DEVICE_ON)
        self.asked()
        self.proved(True)
        self.photographed("device-on")
        self.assertEqual(phone.java("keys"), "1")
        self.assertEqual(phone.java("place"), "system")

        self.lock()
        self.photographed("device-locked")
        phone.wait(11)  # the lock counts as opened for ten seconds
        self.unlock_by_device()
        self.asked()
        self.proved(False)
        self.photographed("device-not-opened")
        self.unlock_by_device()
        self.asked()
        self.proved(True)
        self.code_is_right()

        # So it does after the app was ended; and the passphrase does as well.
        phone.do("hide")
        self.assertEqual(phone.destroy(), 0)
        self.start()
        phone = self.phone
        self.unlock_by_device()
        self.asked()
        self.proved(True)
        self.code_is_right()
        self.lock()
        self.unlock()
        self.code_is_right()

        # A lock that was changed takes the key with it.
        self.lock()
        phone.java("spoil")
        self.unlock_by_device()
        phone.still()
        self.photographed("device-changed")
        self.unlock()
        self.code_is_right()


if __name__ == "__main__":
    unittest.main()
