//! One person's account: the unit that changes in one step.

use std::fmt;

use holdfast_otp::UnixTime;

use super::email::Email;
use super::enrolment::Enrolment;
use super::handover::Handover;
use super::ids::{AccountId, TokenDigest};
use super::number::Number;

/// What does not change for [`BARRED_SECONDS`], as people read it after "Until …, ".
pub const BARRED: &str = "two-factor authentication, the phone, the number for SMS, the recovery codes and \
    the e-mail address stay as they are, no key for SSH is added, and the account is not deleted";

/// What goes on meanwhile, as people read it.
pub const NOT_BARRED: &str = "Everything that logs in goes on doing so. The password can be changed, a key \
    for SSH removed, and a new API key made.";

/// Seconds for which no factor may be changed after its owner said "that was not me" (L2).
pub const BARRED_SECONDS: u64 = 24 * 3600;

/// Everything that is written together.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name for ever.
    pub id: AccountId,
    /// The person's name at log-in.
    pub email: Email,
    /// The addresses before, the first one first, which are told of everything for some days more.
    pub former: Vec<Former>,
    /// The password, as Argon2id in PHC form.
    pub password: String,
    /// When it was made.
    pub created: UnixTime,
    /// The API key's digest and when it was made, if the person has one.
    pub api_key: Option<ApiKey>,
    /// The second factor.
    pub enrolment: Enrolment,
    /// A change of phone under way; the phone in `enrolment` guards until it is done.
    pub handover: Option<Handover>,
    /// When its owner last said that something was not her doing; see [`Account::barred_until`].
    pub barred: Option<UnixTime>,
    /// What recovery codes are sealed to, from the moment in which the second factor is begun.
    pub copy_key: Option<CopyKey>,
    /// The phone that codes can be sent to by SMS.
    pub phone: Option<Phone>,
    /// Where there is no number since one was taken away: when that was, roughly. The next one waits like
    /// one that takes another's place, or to take it away first would be the way round the wait
    /// (requirement 25).
    pub number_gone: Option<UnixTime>,
}

impl Account {
    /// A new one that a password guards and nothing else yet.
    pub fn new(id: AccountId, email: Email, password: String, created: UnixTime) -> Account {
        Account {
            id,
            email,
            password,
            created,
            api_key: None,
            enrolment: Enrolment::Off,
            handover: None,
            barred: None,
            copy_key: None,
            phone: None,
            number_gone: None,
            former: Vec::new(),
        }
    }

    /// Until when no factor may be changed, if that is so now; a clock set back does not prolong it.
    pub fn barred_until(&self, now: UnixTime) -> Option<UnixTime> {
        let barred = self.barred?;
        let is_now = now.0.abs_diff(barred.0) < BARRED_SECONDS;
        is_now.then_some(UnixTime(barred.0.saturating_add(BARRED_SECONDS)))
    }

    /// The addresses that are told of what happens now; a clock set back does not prolong it.
    pub fn told(&self, now: UnixTime) -> Vec<&Email> {
        let mut told = vec![&self.email];
        for former in self.former.iter().filter(|former| former.is_told(now)) {
            if !told.contains(&&former.email) {
                told.push(&former.email);
            }
        }
        told
    }

    /// Whether codes, of the app and by SMS, are switched off after too many wrong ones.
    pub fn codes_are_off(&self) -> bool {
        matches!(&self.enrolment, Enrolment::Active(active) if active.is_off())
    }

    /// Takes another address.
    pub fn move_to(&mut self, email: Email, now: UnixTime) {
        let email = std::mem::replace(&mut self.email, email);
        self.former.retain(|former| former.is_told(now));
        self.former.push(Former { email, since: now });
        self.former.truncate(MOST_FORMER);
    }

    /// Whether a new phone has waited for long enough.
    pub fn is_handover_due(&self, now: UnixTime) -> bool {
        self.handover.as_ref().and_then(Handover::due).is_some_and(|due| now >= due)
    }
}

/// Seconds for which an address that was given up is told of what happens to the account: as long as a
/// mail's link is good. Whoever changes the address first would else be the only one who hears of the rest.
pub const FORMER_TOLD_SECONDS: u64 = 7 * 86_400;

/// Most addresses that are kept so. The first ones are: whoever changes it often pushes nobody out.
const MOST_FORMER: usize = 10;

/// An address that was an account's.
#[derive(Clone, Debug)]
pub struct Former {
    /// The address.
    pub email: Email,
    /// When it was given up.
    pub since: UnixTime,
}

impl Former {
    fn is_told(&self, now: UnixTime) -> bool {
        now.0.abs_diff(self.since.0) < FORMER_TOLD_SECONDS
    }
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
