//! How good a new passphrase is: a hint while it is typed, and what is not taken at all.

use crate::SecretText;
use crate::screen::Strength;
use crate::vault::Passphrase;

/// The fewest characters of a new passphrase (NIST SP 800-63B-4 section 3.1.1.2).
pub const FEWEST_CHARACTERS: usize = 8;

/// Why a new passphrase was not taken, as the person reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewPassphraseError {
    /// Nothing was typed.
    #[error("There is no passphrase yet; type one into both fields.")]
    Empty,
    /// Fewer than [`FEWEST_CHARACTERS`].
    #[error("The passphrase has fewer than 8 characters; add some words.")]
    TooShort,
    /// Among the first that anyone would try.
    #[error("This passphrase is among the first that anyone would try; choose another.")]
    Common,
    /// The two fields differ.
    #[error("The two passphrases differ; type the same one into both fields.")]
    Differs,
}

/// How strong a passphrase typed so far is; `None` before the first character.
pub fn of(typed: &SecretText) -> Option<Strength> {
    let characters = typed.as_str().chars().count();
    if characters == 0 {
        return None;
    }
    if characters < FEWEST_CHARACTERS {
        let sentence = "Too short: it needs at least 8 characters.".to_owned();
        return Some(Strength { score: 0, sentence });
    }
    let score = score(typed);
    let sentence = match score {
        0 => "Guessed at once: it is among the first that anyone would try.",
        1 => "Very weak: add words that have nothing to do with each other.",
        2 => "Weak: one or two more words make it good.",
        3 => "Good: it would take years to guess.",
        _ => "Very good: nobody will guess it.",
    };
    Some(Strength { score, sentence: sentence.to_owned() })
}

/// Takes a new passphrase that was typed twice.
pub fn accept(typed: &SecretText, again: &SecretText) -> Result<Passphrase, NewPassphraseError> {
    if typed.is_empty() {
        return Err(NewPassphraseError::Empty);
    }
    if typed.as_str().chars().count() < FEWEST_CHARACTERS {
        return Err(NewPassphraseError::TooShort);
    }
    if typed != again {
        return Err(NewPassphraseError::Differs);
    }
    if score(typed) == 0 {
        return Err(NewPassphraseError::Common);
    }
    Ok(Passphrase::new(typed.as_str()))
}

/// The estimator looks at this many characters: its time grows with their square, and what is
/// longer is strong already.
const LOOKED_AT: usize = 64;

fn score(typed: &SecretText) -> u8 {
    let text = typed.as_str();
    let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| at);
    u8::from(zxcvbn::zxcvbn(&text[..end], &["holdfast", "authenticator"]).score())
}
