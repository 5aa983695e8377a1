//! What leaves the server for a person: a mail or an SMS, written with the step that it tells of and
//! sent afterwards, once.

use std::fmt;

use data_encoding::HEXLOWER;
use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Seconds before the second try; each further one waits twice as long.
const FIRST_PAUSE: u64 = 10;
/// The longest pause between two tries, in seconds. A letter that is due later than that was put off by
/// a clock that has been set back since.
pub const LONGEST_PAUSE: u64 = 3600;
/// How long a notice is tried: long enough for a mail server that is mended on Monday.
pub const NOTICE_SECONDS: u64 = 3 * 86_400;

/// Names one letter for ever; the receiving side sees it too, so that a letter handed over twice can
/// be known as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LetterId([u8; 16]);

impl LetterId {
    /// A new name.
    pub fn random(rng: &mut dyn CryptoRng) -> LetterId {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        LetterId(bytes)
    }

    /// The name as stored; `None` if it is not 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<LetterId> {
        bytes.try_into().ok().map(LetterId)
    }

    /// The name to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name as text.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The name that [`LetterId::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<LetterId> {
        LetterId::from_bytes(&HEXLOWER.decode(text.as_bytes()).ok()?)
    }
}

/// By which way a letter goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// E-mail.
    Mail,
    /// SMS.
    Sms,
}

/// A letter that is to be sent.
#[derive(Clone)]
pub struct Letter {
    /// Its name.
    pub id: LetterId,
    /// How it goes.
    pub way: Way,
    /// What is in it.
    pub body: Body,
    /// When it was written.
    pub made: UnixTime,
    /// When it is of no use any more.
    pub until: UnixTime,
}

/// What is in a letter; at rest it is sealed, and it is erased once sent.
#[derive(Clone, Serialize, Deserialize)]
pub struct Body {
    /// The address or the number.
    pub to: Zeroizing<String>,
    /// A mail's subject.
    pub subject: String,
    /// The text.
    pub text: Zeroizing<String>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).field("way", &self.way).finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

/// A letter taken from the outbox by one process, which alone may say how it came out.
#[derive(Debug)]
pub struct Claimed {
    /// The letter.
    pub letter: Letter,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// How far a letter has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It was not tried yet.
    Waiting,
    /// The other side could not be reached; it is tried again.
    Down,
    /// The other side has taken it.
    Sent,
    /// The other side has taken it, and says that it goes out later.
    Queued,
    /// The phone has it.
    Delivered,
    /// The other side will not have it.
    Refused,
    /// It was tried for as long as it was of use.
    Late,
}

/// How far a letter has come, and when it came there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fate {
    /// How far.
    pub progress: Progress,
    /// When there was no more to be done with it here; `None` while there is.
    pub done: Option<UnixTime>,
}

impl Progress {
    /// Whether there is more to be done with it here.
    pub const fn is_open(self) -> bool {
        matches!(self, Progress::Waiting | Progress::Down)
    }

    /// The word that is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Progress::Waiting => "waiting",
            Progress::Down => "down",
            Progress::Sent => "sent",
            Progress::Queued => "queued",
            Progress::Delivered => "delivered",
            Progress::Refused => "refused",
            Progress::Late => "late",
        }
    }

    /// The one of that word.
    pub fn of(word: &str) -> Option<Progress> {
        [
            Progress::Waiting,
            Progress::Down,
            Progress::Sent,
            Progress::Queued,
            Progress::Delivered,
            Progress::Refused,
            Progress::Late,
        ]
        .into_iter()
        .find(|one| one.word() == word)
    }
}

/// When a letter is tried again after its `attempt`-th try has failed; `None` if that is too late.
pub fn next_try(attempt: u32, now: UnixTime, until: UnixTime) -> Option<UnixTime> {
    let pause = FIRST_PAUSE
        .checked_shl(attempt.saturating_sub(1).min(20))
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE));
    let next = UnixTime(now.0.saturating_add(pause));
    (next < until).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_26_tries_are_made_at_growing_pauses_until_the_letter_is_of_no_use() {
        let pauses: Vec<_> = (1..=11)
            .map(|attempt| next_try(attempt, UnixTime(0), UnixTime(1 << 40)).map(|next| next.0))
            .collect();
        let expected = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600];
        assert_eq!(pauses, expected.map(Some));
        assert_eq!(next_try(3, UnixTime(100), UnixTime(140)), None);
        assert_eq!(next_try(3, UnixTime(100), UnixTime(141)), Some(UnixTime(140)));
    }
}
