//! The service's name as an app shows it, and as the key URI can carry it.

use std::ops::Deref;

use super::unseen::is_unseen;

/// Most characters of a name; a phone shows fewer.
const MOST: usize = 64;

/// A name of 1 to 64 characters, without a colon: in a key URI the colon ends the issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer(String);

/// Why a text cannot be the service's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "The name given with --issuer cannot be shown in an app. Use 1 to 64 characters that can be \
     seen, and no colon."
)]
pub struct IssuerError;

impl Issuer {
    /// Reads what the operator gave.
    pub fn parse(text: &str) -> Result<Issuer, IssuerError> {
        let text = text.trim();
        let fits = (1..=MOST).contains(&text.chars().count());
        if !fits || text.contains(':') || text.chars().any(is_unseen) {
            return Err(IssuerError);
        }
        Ok(Issuer(text.to_owned()))
    }
}

impl Deref for Issuer {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_an_app_can_show_is_taken() {
        for text in ["Holdfast", "Kelp & Tide Bank", "Прилив", &"k".repeat(MOST)] {
            assert_eq!(Issuer::parse(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_name_that_would_break_the_barcode_or_nobody_could_see_is_refused() {
        let long = "k".repeat(MOST + 1);
        for text in ["", "  ", "Kelp: Bank", "Kelp\nBank", "Kelp\u{202e}knaB", "\u{200b}", &long] {
            assert_eq!(Issuer::parse(text), Err(IssuerError), "{text:?}");
        }
    }
}
