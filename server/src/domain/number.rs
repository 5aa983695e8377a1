//! A telephone number as gateways take it: `+`, country, number (ITU-T E.164).

use std::fmt;

use zeroize::Zeroizing;

/// Digits of a number, the country's included.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A number with its country. Erased when dropped; shown in full to nobody but its owner's phone.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Zeroizing<String>);

/// Why a text is no number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "That is not a phone number with its country. Write it as +49 151 23456789: a plus, the \
     country, the number without its first zero."
)]
pub struct NumberError;

impl Number {
    /// Reads what a person typed: spaces, dashes, dots, brackets are gone, `00` is `+`.
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        let spaceless: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect());
        // `+49 (0)151 …`: one zero too many for a gateway in most countries and not in all (Italy keeps
        // it), and with it the SMS would go to somebody else.
        if spaceless.contains("(0)") {
            return Err(NumberError);
        }
        let mut bare: Zeroizing<String> = Zeroizing::new(
            text.chars().filter(|c| !c.is_whitespace() && !"-./()\u{a0}".contains(*c)).collect(),
        );
        if let Some(rest) = bare.strip_prefix("00") {
            bare = Zeroizing::new(format!("+{rest}"));
        }
        let digits = bare.strip_prefix('+').ok_or(NumberError)?;
        let fits = DIGITS.contains(&digits.len()) && !digits.starts_with('0');
        if !fits || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(NumberError);
        }
        Ok(Number(bare))
    }

    /// The number for a gateway.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as its owner recognises it and nobody learns it: `+49 … 89`.
    pub fn hint(&self) -> String {
        let (start, end) = (self.0.get(..3).unwrap_or("+"), self.0.len().saturating_sub(2));
        format!("{start} … {}", self.0.get(end..).unwrap_or(""))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_a_number_is_read_however_it_is_written() {
        let number = Number::parse("+4915123456789").expect("a number");
        for text in ["+49 151 23456789", "0049 (151) 234-567-89", " +49.151/23456789 "] {
            assert_eq!(Number::parse(text).as_ref(), Ok(&number), "{text}");
        }
        assert_eq!(number.hint(), "+49 … 89");
        for text in
            ["", "0151 23456789", "+0151 23456789", "+49 151 ABC", "+123456", "+1234567890123456"]
        {
            assert_eq!(Number::parse(text), Err(NumberError), "{text}");
        }
        for text in ["+49 (0)151 23456789", "0049(0) 151 23456789", "+49 ( 0 ) 151 23456789"] {
            assert_eq!(Number::parse(text), Err(NumberError), "{text}");
        }
    }
}
