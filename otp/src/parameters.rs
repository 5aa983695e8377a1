//! How codes are made from a secret: kind, hash, number of digits, time step.

use std::fmt;

use crate::{Code, Secret, TimeStep, UnixTime, hotp, steam, totp};

/// The hash inside the HMAC (RFC 6238 section 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// HMAC-SHA-1: the default, and what nearly every service uses.
    #[default]
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// The number of digits of a code, 6 to 10 (RFC 4226 section 5.3 demands at least 6; the truncated
/// value has at most 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits(u8);

/// The time step in seconds, 1 to 86,400 (a day).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u32);

/// What moves a code on: the time, or a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RFC 6238: a new code each `period`.
    Totp {
        /// The time step.
        period: Period,
    },
    /// RFC 4226: a new code for each value of the counter.
    Hotp {
        /// The counter that the next code is made from.
        counter: u64,
    },
    /// Steam Guard: TOTP of 30 seconds and SHA-1, written as five letters and digits.
    Steam,
}

/// Everything but the secret that a code depends on.
///
/// For [`Kind::Steam`] the algorithm and the digits are fixed, and those given here are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// What moves the code on.
    pub kind: Kind,
    /// The hash.
    pub algorithm: Algorithm,
    /// The length of the code.
    pub digits: Digits,
}

/// A number outside what codes can be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Not 6 to 10 digits.
    #[error("Codes have 6 to 10 digits; ask the service for another barcode.")]
    Digits,
    /// Not 1 to 86,400 seconds.
    #[error("Codes last from 1 second to a day; ask the service for another barcode.")]
    Period,
}

impl Algorithm {
    /// The name in a key URI: `SHA1`, `SHA256`, `SHA512`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// Reads a name in the spellings that services use: `SHA1`, `sha-256`, `HMACSHA512`,
    /// `HmacSHA1`, `HMAC-SHA-256`, `SHA_512`.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|character| character.to_ascii_uppercase())
            .collect();
        match plain.strip_prefix("HMAC").unwrap_or(&plain) {
            "SHA1" => Some(Self::Sha1),
            "SHA256" => Some(Self::Sha256),
            "SHA512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Digits {
    /// Six digits, the default everywhere.
    pub const SIX: Self = Self(6);

    /// Takes a number of digits.
    ///
    /// # Errors
    /// [`ParameterError::Digits`] outside 6 to 10.
    pub const fn new(digits: u8) -> Result<Self, ParameterError> {
        match digits {
            6..=10 => Ok(Self(digits)),
            _ => Err(ParameterError::Digits),
        }
    }

    /// The number itself.
    pub const fn count(self) -> u8 {
        self.0
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::SIX
    }
}

impl Period {
    /// Thirty seconds, the default everywhere (requirement row 4).
    pub const THIRTY: Self = Self(30);

    /// Takes a number of seconds.
    ///
    /// # Errors
    /// [`ParameterError::Period`] outside 1 to 86,400.
    pub const fn new(seconds: u32) -> Result<Self, ParameterError> {
        match seconds {
            1..=86_400 => Ok(Self(seconds)),
            _ => Err(ParameterError::Period),
        }
    }

    /// The number of seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::THIRTY
    }
}

impl Kind {
    /// The time step of the kinds that follow the clock; none for HOTP.
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Totp { period } => Some(period),
            Self::Steam => Some(steam::PERIOD),
            Self::Hotp { .. } => None,
        }
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self::Totp { period: Period::THIRTY }
    }
}

impl Default for Parameters {
    /// What a key URI without any parameter means: TOTP, 30 seconds, SHA-1, 6 digits.
    fn default() -> Self {
        Self { kind: Kind::default(), algorithm: Algorithm::Sha1, digits: Digits::SIX }
    }
}

impl Parameters {
    /// The code at a time. For HOTP the time does not matter: it is the code of the counter.
    pub fn code(&self, secret: &Secret, now: UnixTime) -> Code {
        self.code_ahead(secret, now, 0)
    }

    /// The code after the one of [`Parameters::code`]: of the next time step, or the next counter.
    pub fn next_code(&self, secret: &Secret, now: UnixTime) -> Code {
        self.code_ahead(secret, now, 1)
    }

    fn code_ahead(&self, secret: &Secret, now: UnixTime, ahead: u64) -> Code {
        let later = |step: TimeStep| TimeStep(step.0.wrapping_add(ahead));
        match self.kind {
            Kind::Totp { period } => {
                totp::code(secret, self.algorithm, self.digits, later(totp::step(now, period)))
            }
            Kind::Steam => steam::code(secret, later(totp::step(now, steam::PERIOD))),
            Kind::Hotp { counter } => {
                hotp::code(secret, self.algorithm, self.digits, counter.wrapping_add(ahead))
            }
        }
    }
}
