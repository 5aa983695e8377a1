//! One person's account: the unit that changes in one step.

use holdfast_otp::UnixTime;

use super::email::Email;
use super::enrolment::Enrolment;
use super::ids::{AccountId, TokenDigest};

/// Everything that is written together.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name for ever.
    pub id: AccountId,
    /// The person's name at log-in.
    pub email: Email,
    /// The password, as Argon2id in PHC form.
    pub password: String,
    /// When it was made.
    pub created: UnixTime,
    /// The API key's digest and when it was made, if the person has one.
    pub api_key: Option<ApiKey>,
    /// The second factor.
    pub enrolment: Enrolment,
}

/// A key that lets a program act as the person; the key itself was shown once.
#[derive(Clone, Copy, Debug)]
pub struct ApiKey {
    /// The digest of the key.
    pub digest: TokenDigest,
    /// When it was made.
    pub made: UnixTime,
}

/// What stands before an API key.
pub const API_KEY_PREFIX: &str = "hf_api_";
