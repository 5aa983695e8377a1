//! The key URI, `otpauth://totp/Issuer:account?secret=…`: what a service's barcode says (spec E3).
//!
//! Reading is strict where a mistake would be dangerous (another scheme, hidden characters, two
//! secrets, numbers no code can be made with) and lenient in everything that real services get
//! wrong without harm; what was noticed on the way is told in [`Remark`]s.

mod name;
mod read;

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

pub use name::is_hidden;

use crate::{Kind, ParameterError, Parameters, Secret, SecretError, steam};

/// The longest text read, in bytes: a barcode cannot hold half as much.
pub const MAX_URI_BYTES: usize = 8192;

/// The longest issuer or account name accepted, in characters.
pub const MAX_NAME_CHARS: usize = 256;

/// RFC 3986: everything but the unreserved characters is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What one key URI says. `Debug` shows the names and never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUri {
    /// The service, where it is named.
    pub issuer: Option<String>,
    /// The account at the service; may be empty, since some services name none.
    pub account: String,
    /// How codes are made.
    pub parameters: Parameters,
    /// What codes are made from.
    pub secret: Secret,
}

/// A key URI that was read, and what was noticed while reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it says.
    pub uri: KeyUri,
    /// What the person may want to know; nothing of it stands in the way.
    pub remarks: Vec<Remark>,
}

/// Something unusual about a key URI that still gives codes. Its `Display` is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// The secret has fewer bits than RFC 4226 demands (requirement row 2).
    #[error(
        "The key has only {bits} bits, fewer than the 128 of the standard; it works all the same."
    )]
    ShortSecret {
        /// Its length in bits.
        bits: usize,
    },
    /// The secret has fewer bits than any that services are known to give out (requirement row 2).
    #[error(
        "The key has only {bits} bits, fewer than services give out, and is easily guessed: see \
         whether a part of it is missing, and ask the service for a new one."
    )]
    CutSecret {
        /// Its length in bits.
        bits: usize,
    },
    /// The label names another issuer than the parameter, which was taken.
    #[error(
        "The barcode or link names two services, “{label}” and “{parameter}”; the second was taken."
    )]
    IssuerMismatch {
        /// The issuer before the colon of the label.
        label: String,
        /// The `issuer` parameter.
        parameter: String,
    },
    /// A parameter that the format does not have.
    #[error(
        "The barcode or link says something about “{name}” that has no meaning here; it was ignored."
    )]
    UnknownParameter {
        /// The parameter's name as written.
        name: String,
    },
    /// A name was escaped twice, and read accordingly.
    #[error(
        "A name in the barcode or link was written in a garbled way; check that it reads well."
    )]
    DoubleEncoded,
    /// A name is not valid UTF-8; what cannot be read is shown as �.
    #[error(
        "A name in the barcode or link cannot be read in full; rename the account if you like."
    )]
    NotUtf8,
    /// HOTP without its counter, taken as zero.
    #[error("The barcode or link does not say which code is the first; counting starts at zero.")]
    CounterMissing,
}

impl Remark {
    /// What is to be said of a secret's length, if anything.
    pub fn of_length(secret: &Secret) -> Option<Self> {
        let bits = secret.bits();
        if secret.is_cut() {
            Some(Self::CutSecret { bits })
        } else {
            secret.is_short().then_some(Self::ShortSecret { bits })
        }
    }
}

/// Why a text is not a key URI that codes can be made from. Never holds any part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyUriError {
    /// It does not begin with `otpauth://`, and is no `steam://` with a key.
    #[error("This is not a two-factor barcode; scan the one that the service shows.")]
    WrongScheme,
    /// Longer than [`MAX_URI_BYTES`].
    #[error("The text is longer than any two-factor barcode; copy only the address itself.")]
    TooLong,
    /// A control character, or one that changes the direction of the text around it.
    #[error(
        "The barcode or link holds hidden characters that could disguise a name; it was not added."
    )]
    HiddenCharacter,
    /// A type other than `totp`, `hotp` and `steam`.
    #[error("The barcode or link asks for a kind of code that this app does not make.")]
    UnknownType,
    /// No secret.
    #[error("The barcode or link holds no key; ask the service for a new one.")]
    MissingSecret,
    /// More than one `secret`.
    #[error("The barcode or link holds two keys; ask the service for a new one.")]
    RepeatedSecret,
    /// A parameter given twice with different values.
    #[error(
        "The barcode or link contradicts itself about “{parameter}”; ask the service for a new one."
    )]
    Contradiction {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter that must be a number, and is not or is too large.
    #[error(
        "The barcode or link has no usable number for “{parameter}”; ask the service for a new one."
    )]
    NotANumber {
        /// Its name.
        parameter: &'static str,
    },
    /// A hash other than SHA-1, SHA-256 and SHA-512.
    #[error("The barcode or link asks for a way of calculating codes that this app does not know.")]
    UnknownAlgorithm,
    /// Longer than [`MAX_NAME_CHARS`].
    #[error("A name in the barcode or link is longer than any real one; it was not added.")]
    NameTooLong,
    /// The secret is unusable.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Digits or period out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

impl KeyUri {
    /// Reads a key URI.
    ///
    /// # Errors
    /// A [`KeyUriError`] whose text can be shown as it is.
    pub fn parse(text: &str) -> Result<Parsed, KeyUriError> {
        read::read(text)
    }

    /// Writes the key URI, every parameter spelled out, with `%20` for a space: what every
    /// authenticator reads alike. [`KeyUri::parse`] gives the same back, unless a name has blanks
    /// at its ends or looks escaped itself, like `100%25`.
    pub fn to_uri(&self) -> Zeroizing<String> {
        let secret = self.secret.to_base32();
        let names = self.account.len() + 2 * self.issuer.as_ref().map_or(0, String::len);
        let mut uri = Zeroizing::new(String::with_capacity(128 + secret.len() + 3 * names));
        let kind = match self.parameters.kind {
            Kind::Totp { .. } => "totp",
            Kind::Hotp { .. } => "hotp",
            Kind::Steam => "steam",
        };
        let account = utf8_percent_encode(&self.account, ESCAPED);
        let issuer = self.issuer.as_deref().map(|name| utf8_percent_encode(name, ESCAPED));
        // Writing into a `String` cannot fail.
        let _ = write!(uri, "otpauth://{kind}/");
        match &issuer {
            Some(issuer) => _ = write!(uri, "{issuer}:{account}"),
            // An empty issuer keeps a colon in the account from being read as the end of one.
            None if self.account.contains(':') => _ = write!(uri, ":{account}"),
            None => _ = write!(uri, "{account}"),
        }
        let _ = write!(uri, "?secret={}", secret.as_str());
        if let Some(issuer) = &issuer {
            let _ = write!(uri, "&issuer={issuer}");
        }
        let Parameters { algorithm, digits, .. } = self.parameters;
        let _ = match self.parameters.kind {
            Kind::Totp { period } => write!(
                uri,
                "&algorithm={algorithm}&digits={}&period={}",
                digits.count(),
                period.seconds()
            ),
            Kind::Hotp { counter } => {
                write!(uri, "&algorithm={algorithm}&digits={}&counter={counter}", digits.count())
            }
            Kind::Steam => write!(
                uri,
                "&algorithm=SHA1&digits={}&period={}",
                steam::LENGTH,
                steam::PERIOD.seconds()
            ),
        };
        uri
    }
}
