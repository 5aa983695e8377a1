#!/usr/bin/env python3
"""What is typed on a phone: with the app's own keys, and on keyboards that send what cannot be read.

HOLDFAST_ANDROID_APP names the app's library for x86_64, HOLDFAST_ANDROID_SHOTS where its pictures go.
"""

import unittest

from test_app import ADD, SECRET, App

# A keyboard's text that it has no keys for: no key at all, many times (android.view.KeyEvent.ACTION_MULTIPLE).
MANY, NO_KEY = 2, 0
# On a phone of 1080 by 2340 pixels with 440 to the inch: the row that leads to the typing of a key, and the
# app's own keys, six in a line.
BY_HAND = (540, 1310)
SCALE, BOTTOM, WIDTH, CAP, EDGE = 2.75, 2340 - 132, 1080, 48, 4
CAPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def cap(place):
    """Where the key at this place is."""
    across = (WIDTH / SCALE - 2 * EDGE) / 6
    x = EDGE + (place % 6 + 0.5) * across
    y = EDGE + (place // 6 + 0.5) * CAP - (6 * CAP + 2 * EDGE)
    return int(x * SCALE), int(BOTTOM + y * SCALE)


class Typing(App):
    def at_the_key(self):
        """On the page where a key is typed, in its field."""
        self.make_a_vault()
        self.phone.tap(*ADD)
        self.phone.still()
        self.phone.tap(*BY_HAND)
        self.phone.still()
        self.phone.type("harbour")
        self.phone.key("enter")
        self.phone.type("ada")
        self.assertEqual(self.phone.java("keyboard"), "shown")
        self.phone.key("enter")
        self.phone.still()

    def test_a_key_is_typed_with_the_apps_own_keys(self):
        self.at_the_key()
        self.photographed("own-keys")
        self.assertEqual(self.phone.java("keyboard"), "hidden")
        for letter in SECRET + "A":
            self.phone.tap(*cap(CAPS.index(letter)))
        delete = cap(32)
        self.phone.tap(*delete)
        self.phone.still()
        self.photographed("own-keys-typed")
        self.phone.key("enter")
        self.phone.still()
        self.photographed("own-keys-save")
        self.phone.key("enter")
        self.phone.still()
        self.code_is_right()

    def test_back_puts_the_own_keys_away_and_then_leaves_the_page(self):
        self.at_the_key()
        shown = self.photographed("own-keys-before-back")
        self.phone.key("back")
        self.phone.still()
        away = self.photographed("own-keys-away")
        self.assertNotEqual(shown.pixel(*cap(0)), away.pixel(*cap(0)))
        self.assertEqual(self.phone.java("keyboard"), "hidden")
        self.phone.key("back")
        self.phone.still()
        self.assertNotEqual(self.photographed("own-keys-page-left").rows, away.rows)
        self.assertEqual(self.phone.facts()["back"], 0)

    def test_what_cannot_be_read_is_said_until_something_is_typed(self):
        plain = self.photographed("readable")
        self.phone.do(f"key {MANY} {NO_KEY} 0")
        self.phone.still()
        said = self.photographed("unreadable")
        self.assertNotEqual(said.rows, plain.rows)
        self.phone.type("a")
        self.phone.key("delete")
        self.shows_again("readable-again", plain)

    def test_a_passphrase_that_could_not_be_typed_again_makes_no_vault(self):
        self.phone.java("copy", "caf\u00e9 seven boats wait below")
        for _ in range(2):
            self.phone.command("v")
            self.phone.key("enter")
        self.phone.still()
        self.photographed("passphrase-not-plain")
        self.assertFalse((self.data / "vault").exists())


if __name__ == "__main__":
    unittest.main()
