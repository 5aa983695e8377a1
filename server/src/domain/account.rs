//! One person's account: the unit that changes in one step.

use std::fmt;

use holdfast_otp::UnixTime;

use super::email::Email;
use super::enrolment::Enrolment;
use super::ids::{AccountId, TokenDigest};
use super::number::Number;

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
    /// What recovery codes are sealed to, from the moment in which the second factor is begun.
    pub copy_key: Option<CopyKey>,
    /// The phone that codes can be sent to by SMS.
    pub phone: Option<Phone>,
}

/// A phone number that was validated (R1).
#[derive(Clone, Debug)]
pub struct Phone {
    /// The number.
    pub number: Number,
    /// Since when.
    pub since: UnixTime,
    /// From when on a code sent to it logs in: at once, or 24 hours after it took another's place
    /// (requirement 25).
    pub from: UnixTime,
}

/// A key pair of the account (requirement 20): anything can be sealed to it at any time, and only
/// the password *and* the server's key open that again. See `copies`.
#[derive(Clone)]
pub struct CopyKey {
    /// The public key (X25519).
    pub public: [u8; 32],
    /// The salt under which the password is stretched for it.
    pub salt: [u8; 16],
    /// The private key, sealed under the stretched password; at rest once more under the server's.
    pub wrapped: Vec<u8>,
}

impl fmt::Debug for CopyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyKey(..)")
    }
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
