//! An e-mail address as a person's name here: trimmed, lower case, of a plausible form.

use std::fmt;

use super::unseen::is_unseen;

/// A plausible address, at most 254 characters (RFC 5321, 4.5.3.1.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("That is not an e-mail address. Write it as name@example.org.")]
pub struct EmailError;

impl Email {
    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Email, EmailError> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let plain = |part: &str| {
            !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || is_unseen(c))
        };
        let dotted = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains("..");
        if text.len() > 254 || !plain(local) || !plain(domain) || !dotted || local.contains('@') {
            return Err(EmailError);
        }
        Ok(Email(text))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_name() {
        assert_eq!(Email::parse(" Ann@Example.ORG "), Email::parse("ann@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "ann", "@example.org", "ann@", "a b@c.d", "a@b@c.d", "a@.d", "a@b..c"] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text}");
        }
        for unseen in
            ['\u{202e}', '\u{200b}', '\u{200d}', '\u{2066}', '\u{feff}', '\u{ad}', '\u{7}']
        {
            assert_eq!(Email::parse(&format!("a{unseen}nn@example.org")), Err(EmailError));
            assert_eq!(Email::parse(&format!("ann@exa{unseen}mple.org")), Err(EmailError));
        }
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(250))), Err(EmailError));
    }
}
