//! Programs that the operator trusts, each with a token of its own and with named rights.

use holdfast_otp::UnixTime;

use super::ids::TokenDigest;
use super::unseen::is_unseen;

/// What stands before a service's token.
pub const SERVICE_PREFIX: &str = "hf_service_";
/// Most characters of a service's name.
const MOST: usize = 40;

/// What a service may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Right {
    /// Ask whether password and code are somebody's.
    Verify,
    /// Ask whether a code is somebody's, having checked the password itself.
    VerifyCode,
    /// Read people's public SSH keys.
    AuthorizedKeys,
}

/// Every right.
pub const RIGHTS: [Right; 3] = [Right::Verify, Right::VerifyCode, Right::AuthorizedKeys];

impl Right {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Right::Verify => "verify",
            Right::VerifyCode => "verify-code",
            Right::AuthorizedKeys => "authorized-keys",
        }
    }

    /// The one of that word.
    pub fn of(word: &str) -> Option<Right> {
        RIGHTS.into_iter().find(|right| right.word() == word)
    }
}

/// A service as it is kept; its token was shown once.
#[derive(Clone, Debug)]
pub struct Service {
    /// What the operator calls it; no two are called alike.
    pub name: String,
    /// The digest of its token.
    pub digest: TokenDigest,
    /// What it may do.
    pub rights: Vec<Right>,
    /// When its token was made.
    pub made: UnixTime,
}

/// A text that is no name of a service.
#[derive(Debug, thiserror::Error)]
#[error("That is no name for a service. Use 1 to 40 characters that can be seen, without spaces.")]
pub struct ServiceNameError;

/// Reads a service's name.
pub fn service_name(text: &str) -> Result<String, ServiceNameError> {
    let fits = (1..=MOST).contains(&text.chars().count());
    let plain = !text.chars().any(|c| is_unseen(c) || c.is_whitespace());
    if fits && plain { Ok(text.to_owned()) } else { Err(ServiceNameError) }
}
