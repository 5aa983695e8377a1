//! A password as typed, and which ones are refused when they are chosen (requirement 35).

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Fewest characters of a chosen password.
pub const FEWEST: usize = 8;
/// Most characters of a chosen password; longer ones are a mistake or an attack.
pub const MOST: usize = 1000;
/// Most bytes that [`MOST`] characters have.
const MOST_BYTES: usize = MOST * 4;
/// A guesser who tries 10⁶ passwords in the best order must not find this one.
const GUESSES_LOG10: f64 = 6.0;

/// What was typed, normalised (NFC), so that two keyboards agree. Erased when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a password cannot be chosen.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer than [`FEWEST`] characters.
    #[error("That password is too short. Use at least 8 characters; a few words are fine.")]
    Short,
    /// More than [`MOST`] characters.
    #[error("That password is too long. Use at most 1,000 characters.")]
    Long,
    /// Among the first that a guesser tries.
    #[error("That password is easy to guess. Use a few words that do not belong together.")]
    Common,
}

impl Password {
    /// A password to be compared. Whatever was typed is taken; rules hold only when choosing.
    pub fn typed(text: &str) -> Password {
        let mut normal = Zeroizing::new(String::with_capacity(text.len() * 2));
        normal.extend(text.nfc());
        Password(normal)
    }

    /// A password to be kept; `about` are words an attacker knows of the person.
    pub fn choose(text: &str, about: &[&str]) -> Result<Password, PasswordError> {
        let password = Password::typed(text);
        let characters = password.0.chars().count();
        if characters < FEWEST {
            return Err(PasswordError::Short);
        }
        if characters > MOST {
            return Err(PasswordError::Long);
        }
        if zxcvbn::zxcvbn(&password.0, about).guesses_log10() < GUESSES_LOG10 {
            return Err(PasswordError::Common);
        }
        Ok(password)
    }

    /// The bytes to hash, at most 4,001 (longer ones match nothing that was chosen).
    pub fn as_bytes(&self) -> &[u8] {
        let bytes = self.0.as_bytes();
        &bytes[..bytes.len().min(MOST_BYTES + 1)]
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_35_common_and_short_passwords_are_refused() {
        for text in ["password", "12345678", "qwertyuiop", "iloveyou1", "aaaaaaaaaaaa", "Passw0rd"]
        {
            assert_eq!(Password::choose(text, &[]).err(), Some(PasswordError::Common), "{text}");
        }
        assert_eq!(Password::choose("k3lp&!x", &[]).err(), Some(PasswordError::Short));
        for letter in ["kelp ", "приливы "] {
            let long: String = letter.chars().cycle().take(MOST + 1).collect();
            assert_eq!(Password::choose(&long, &[]).err(), Some(PasswordError::Long));
        }
    }

    #[test]
    fn row_35_the_persons_own_address_is_refused() {
        let about = ["ann.holdfast@example.org", "ann.holdfast"];
        assert_eq!(Password::choose("ann.holdfast", &about).err(), Some(PasswordError::Common));
    }

    #[test]
    fn row_35_long_and_strange_ones_are_welcome() {
        for text in
            ["kelp on a cold rock", "приливы и отливы", "🌊 tide 🌊 rock", &"ab cdx".repeat(20)]
        {
            assert!(Password::choose(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn row_35_the_limit_is_counted_in_characters_as_it_says() {
        let long: String = "🌊 прилив и отлив ".chars().cycle().take(MOST).collect();
        let chosen = Password::choose(&long, &[]).expect("1,000 characters");
        assert_eq!(chosen.as_bytes(), long.as_bytes(), "all of it is hashed");
        let longest = "🌊".repeat(MOST);
        assert_eq!(Password::typed(&longest).as_bytes().len(), MOST_BYTES);
        assert_eq!(Password::typed(&longest.repeat(3)).as_bytes().len(), MOST_BYTES + 1);
    }

    #[test]
    fn row_35_the_services_own_name_is_refused() {
        let about = ["Holdfast"];
        for text in ["holdfast", "Holdfast", "holdfast1", "HOLDFAST"] {
            assert_eq!(Password::choose(text, &about).err(), Some(PasswordError::Common), "{text}");
        }
    }

    #[test]
    fn two_keyboards_type_the_same_password() {
        assert_eq!(
            Password::typed("caf\u{e9}").as_bytes(),
            Password::typed("cafe\u{301}").as_bytes()
        );
    }
}
