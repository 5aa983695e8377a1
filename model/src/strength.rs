//! How good a new passphrase is: a hint while it is typed, and what is not taken at all.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use crate::SecretText;
use crate::screen::Strength;
use crate::vault::Passphrase;

/// The fewest characters of a new passphrase (NIST SP 800-63B-4 section 3.1.1.2).
pub const FEWEST_CHARACTERS: usize = 8;

/// Why a new passphrase was not taken, as the person reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewPassphraseError {
    /// Nothing was typed.
    #[error("There is no passphrase yet; type one.")]
    Empty,
    /// Fewer than [`FEWEST_CHARACTERS`].
    #[error("The passphrase has fewer than 8 characters; add some words.")]
    TooShort,
    /// Among the first that anyone would try.
    #[error("This passphrase is among the first that anyone would try; choose another.")]
    Common,
    /// It has a letter that the keyboards here may not hand on another day.
    #[error(
        "The passphrase has a letter or sign that may not be there to type on this phone again; use a to z, digits and the signs beside them."
    )]
    NotPlain,
    /// The memory to judge it is not to be had now.
    #[error("There is not enough free memory to set a passphrase; close other programs.")]
    OutOfMemory,
    /// The two fields differ.
    #[error("The two passphrases differ; type the same one twice.")]
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
    if !has_room() {
        return None;
    }
    let score = score(typed);
    if is_famous(typed) {
        let sentence = "Well known: make up words of your own instead of a famous example.";
        return Some(Strength { score, sentence: sentence.to_owned() });
    }
    let sentence = match score {
        0 => "Guessed at once: it is among the first that anyone would try.",
        1 => "Very weak: add words that have nothing to do with each other.",
        2 => "Weak: one or two more words make it good.",
        3 => "Good: hard to guess.",
        _ => "Very good: very hard to guess.",
    };
    Some(Strength { score, sentence: sentence.to_owned() })
}

/// Takes a new passphrase that was typed twice.
pub fn accept(typed: &SecretText, again: &SecretText) -> Result<Passphrase, NewPassphraseError> {
    check(typed)?;
    if typed != again {
        return Err(NewPassphraseError::Differs);
    }
    Ok(Passphrase::new(typed.as_str()))
}

/// Whether a new passphrase is good enough, before it is typed again.
pub fn check(typed: &SecretText) -> Result<(), NewPassphraseError> {
    if typed.is_empty() {
        return Err(NewPassphraseError::Empty);
    }
    if typed.as_str().chars().count() < FEWEST_CHARACTERS {
        return Err(NewPassphraseError::TooShort);
    }
    if !has_room() {
        return Err(NewPassphraseError::OutOfMemory);
    }
    if score(typed) == 0 { Err(NewPassphraseError::Common) } else { Ok(()) }
}

/// The estimator looks at this many characters: its time grows with their square, and what is
/// longer is strong already.
const LOOKED_AT: usize = 64;

/// Takes a new passphrase that was typed twice, on a device whose keyboards hand on nothing but plain
/// letters, digits and signs.
pub fn accept_plain(
    typed: &SecretText,
    again: &SecretText,
) -> Result<Passphrase, NewPassphraseError> {
    let plain = |letter: u8| letter == b' ' || letter.is_ascii_graphic();
    if !typed.as_str().bytes().all(plain) {
        return Err(NewPassphraseError::NotPlain);
    }
    accept(typed, again)
}

/// More than the estimator's lists of words take.
const ROOM: usize = 16 * 1024 * 1024;

/// Whether the estimator can load its lists, which it does at its first use: it cannot say that there is no
/// memory for them, and would end the program.
fn has_room() -> bool {
    static LOADED: AtomicBool = AtomicBool::new(false);
    if !LOADED.load(Ordering::Relaxed) {
        let mut room: Vec<u8> = Vec::new();
        let there = room.try_reserve_exact(ROOM).is_ok();
        // Or it would not be asked for at all.
        black_box(&mut room);
        LOADED.store(there, Ordering::Relaxed);
    }
    LOADED.load(Ordering::Relaxed)
}

fn score(typed: &SecretText) -> u8 {
    let text = typed.as_str();
    let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| at);
    let score = zxcvbn::zxcvbn(&text[..end], &["holdfast", "authenticator"]).score();
    if is_famous(typed) { u8::from(score).min(FAMOUS_SCORE) } else { score.into() }
}

/// What a famous example is worth, however many words it has: very weak.
const FAMOUS_SCORE: u8 = 1;

/// Passphrases that are printed as examples or quoted everywhere, without blanks and punctuation.
/// The estimator counts their words and finds them good; whoever guesses begins with them.
const FAMOUS: [&str; 12] = [
    "correcthorsebattery",
    "horsebatterystaple",
    "tobeornottobe",
    "thequickbrownfox",
    "loremipsumdolor",
    "maytheforcebewithyou",
    "itwasthebestoftimes",
    "inthebeginningwastheword",
    "callmeishmael",
    "alliswellthatendswell",
    "openthepodbaydoors",
    "speakfriendandenter",
];

/// Whether a famous example is in it, and besides it less than a passphrase of its own.
fn is_famous(typed: &SecretText) -> bool {
    let letters = typed.as_str().chars().filter(|c| c.is_alphanumeric());
    let folded: Zeroizing<String> = Zeroizing::new(letters.flat_map(char::to_lowercase).collect());
    FAMOUS.iter().any(|phrase| {
        folded.contains(phrase) && folded.chars().count() - phrase.len() < FEWEST_CHARACTERS
    })
}
