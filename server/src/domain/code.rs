//! What a person typed where a code is asked for, read at the door (requirement 13).

use std::fmt;

use zeroize::Zeroizing;

use super::recovery::RecoveryCode;

/// Digits of a code of ours.
const DIGITS: usize = 6;
/// More characters than this are no slip of the finger.
const MOST_CHARS: usize = 64;

/// Six digits, as the app shows them; spaces, dashes and other writings of digits are gone.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

/// What the one field takes: the app's code, or a recovery code (R5).
#[derive(Clone, Debug)]
pub enum Entered {
    /// Six digits.
    Code(Code),
    /// One of the ten.
    Recovery(RecoveryCode),
}

impl Entered {
    /// Reads either; the two cannot be mistaken for each other, being of different length.
    pub fn parse(text: &str) -> Result<Entered, EnteredError> {
        if text.chars().count() > MOST_CHARS {
            return Err(EnteredError);
        }
        if let Ok(code) = Code::parse(text) {
            return Ok(Entered::Code(code));
        }
        RecoveryCode::parse(text).map(Entered::Recovery).ok_or(EnteredError)
    }
}

/// What was typed is neither kind of code; nothing has been compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "That is not a code. Enter the 6 digits that your app shows, or a recovery code of 16 letters \
     and digits."
)]
pub struct EnteredError;

/// What was typed is no code of any kind we give out; nothing has been compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("That is not a code. Enter the 6 digits that your app shows.")]
pub struct CodeError;

impl Code {
    /// Reads a code however it was spaced: `123456`, `123 456`, `123-456`, `１２３４５６`.
    pub fn parse(text: &str) -> Result<Code, CodeError> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
        for (count, c) in text.chars().enumerate() {
            if count >= MOST_CHARS {
                return Err(CodeError);
            }
            if is_spacing(c) {
                continue;
            }
            if digits.len() == DIGITS {
                return Err(CodeError);
            }
            digits.push(ascii_digit(c).ok_or(CodeError)?);
        }
        if digits.len() == DIGITS { Ok(Code(digits)) } else { Err(CodeError) }
    }

    /// The six ASCII digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

pub(super) fn is_spacing(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// The digit that a keyboard of another script means.
fn ascii_digit(c: char) -> Option<char> {
    /// Where each script's zero stands: ASCII, Arabic, Persian, Devanagari, Bengali, Thai, full width.
    const ZEROS: [u32; 7] = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];
    let point = u32::from(c);
    ZEROS
        .iter()
        .find_map(|zero| point.checked_sub(*zero).filter(|digit| *digit < 10))
        .and_then(|digit| char::from_digit(digit, 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn row_13_every_writing_of_a_code_is_that_code() {
        for text in ["123456", "123 456", " 12-34 56\t", "１２３４５６", "۱۲۳۴۵۶", "123\u{a0}456"]
        {
            assert_eq!(Code::parse(text).map(|c| c.as_str().to_owned()), Ok("123456".to_owned()));
        }
    }

    #[test]
    fn row_13_what_is_no_code_is_not_compared() {
        for text in ["", "12345", "1234567", "12345a", "O23456", "      ", &" ".repeat(100)] {
            assert!(Code::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_typed_is_six_digits_or_nothing(text in "\\PC*") {
            if let Ok(code) = Code::parse(&text) {
                prop_assert!(code.as_str().len() == 6);
                prop_assert!(code.as_str().bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
