//! The outbox as columns, the same for every database.

use holdfast_otp::UnixTime;

use super::row::{RowError, signed, unsigned};
use crate::domain::ids::AccountId;
use crate::domain::letter::{Body, Claimed, Fate, LONGEST_PAUSE, Letter, LetterId, Progress, Way};
use crate::keyring::Keyring;
use crate::random::system_random;

/// Seconds for which a claimed letter is left to whoever claimed it.
pub const LEASE: u64 = 120;
/// Seconds for which is remembered how a letter came out.
pub const KEPT: u64 = 7 * 86_400;
const BODY: &str = "letter";

/// A letter whose body is sealed.
pub struct SealedLetter {
    pub id: LetterId,
    pub way: Way,
    pub body: Vec<u8>,
    pub made: i64,
    pub until: i64,
}

/// A claimed letter as it stands in its row.
pub struct Claim {
    pub id: Vec<u8>,
    pub way: String,
    pub body: Vec<u8>,
    pub made: i64,
    pub until: i64,
    pub attempts: i64,
}

impl SealedLetter {
    /// Seals it, bound to its own name.
    pub fn of(letter: &Letter, keyring: &Keyring) -> Result<SealedLetter, RowError> {
        let plain = serde_json::to_vec(&letter.body).map(zeroize::Zeroizing::new);
        let plain = plain.map_err(|_| RowError::Column(BODY))?;
        let body = keyring.seal(&row_of(&letter.id), BODY, &plain, &mut system_random())?;
        let (made, until) = (signed(letter.made.0), signed(letter.until.0));
        Ok(SealedLetter { id: letter.id, way: letter.way, body, made, until })
    }
}

impl Claim {
    /// The letter in it.
    pub fn open(self, keyring: &Keyring) -> Result<Claimed, RowError> {
        let id = LetterId::from_bytes(&self.id).ok_or(RowError::Column("id"))?;
        let plain = keyring.open(&row_of(&id), BODY, &self.body)?;
        let body: Body = serde_json::from_slice(&plain).map_err(|_| RowError::Column(BODY))?;
        let way = [Way::Mail, Way::Sms].into_iter().find(|way| way_text(*way) == self.way);
        Ok(Claimed {
            letter: Letter {
                id,
                way: way.ok_or(RowError::Column("way"))?,
                body,
                made: UnixTime(unsigned(self.made, "made")?),
                until: UnixTime(unsigned(self.until, "until")?),
            },
            attempt: u32::try_from(self.attempts).map_err(|_| RowError::Column("attempts"))?,
        })
    }
}

/// The letters in them. One that does not open is left, and keeps no other from leaving.
pub fn opened(claims: Vec<Claim>, keyring: &Keyring) -> Vec<Claimed> {
    let opened = claims.into_iter().filter_map(|claim| {
        let opened = claim.open(keyring);
        opened.inspect_err(|error| tracing::error!(%error, "a letter does not open")).ok()
    });
    opened.collect()
}

/// What the row of a letter says of it.
///
/// # Errors
/// The row has a word that means nothing, or a moment before 1970.
pub fn fate(word: &str, due: i64) -> Result<Fate, RowError> {
    let progress = Progress::of(word).ok_or(RowError::Column("progress"))?;
    let is_done_with = !progress.is_open();
    let done = is_done_with.then(|| unsigned(due, "due").map(UnixTime)).transpose()?;
    Ok(Fate { progress, done })
}

/// How a way is written.
pub fn way_text(way: Way) -> &'static str {
    match way {
        Way::Mail => "mail",
        Way::Sms => "sms",
    }
}

/// What a letter's seal is bound to: like an account, it is named by 16 random bytes.
fn row_of(id: &LetterId) -> AccountId {
    AccountId::from(*id.as_bytes())
}

/// When the last letter is due that was put off by a clock like this one.
pub fn latest(now: UnixTime) -> i64 {
    signed(now.0.saturating_add(LONGEST_PAUSE))
}
