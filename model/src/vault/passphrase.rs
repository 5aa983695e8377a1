//! The passphrase as typed, normalised so that every keyboard spells it alike.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A passphrase in Unicode NFC (requirement 44): an `é` typed as one character on a phone and as
/// two on a desktop opens the same vault. Erased from memory when dropped; never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase as typed, of any length and with any characters; white space counts.
    pub fn new(typed: &str) -> Self {
        // NFC makes UTF-8 at most three times longer. Reserving that much at once keeps the string
        // from moving while it grows, which would leave a copy behind.
        let mut normal = Zeroizing::new(String::with_capacity(typed.len().saturating_mul(3)));
        normal.extend(typed.nfc());
        Self(normal)
    }

    /// Whether nothing was typed; no vault can be made with such a passphrase.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that go into Argon2id: UTF-8 in NFC.
    pub(super) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_44_composed_and_decomposed_are_one_passphrase() {
        let composed = Passphrase::new("caf\u{e9} \u{ac00}");
        let decomposed = Passphrase::new("cafe\u{301} \u{1100}\u{1161}");
        assert_eq!(composed.expose(), decomposed.expose());
        assert_ne!(composed.expose(), Passphrase::new("cafe \u{ac00}").expose());
    }

    #[test]
    fn compatibility_characters_stay_apart() {
        // NFKC would fold these; NFC must not.
        assert_ne!(Passphrase::new("\u{fb01}").expose(), Passphrase::new("fi").expose());
    }

    #[test]
    fn the_string_never_moves_while_it_is_normalised() {
        // U+FB2C is the worst case known to Unicode: 3 bytes become 6 in NFC; U+0390 stays at 2.
        for typed in ["\u{fb2c}".repeat(50), "\u{390}".repeat(50), "\u{1d160}".repeat(50)] {
            let reserved = typed.len() * 3;
            let passphrase = Passphrase::new(&typed);
            assert!(passphrase.0.len() <= reserved);
            assert_eq!(passphrase.0.capacity(), reserved);
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Passphrase::new("hunter2")), "Passphrase(redacted)");
    }
}
