//! What a time barcode says of this device's clock, and whether it is to be believed
//! (`docs/time-barcode.md`).
//!
//! A barcode cannot be made before its time, so one that is ahead of the clock proves the device slow.
//! One that is behind is either a sign of a fast clock or old: only a second one, which has moved on
//! as the device's own clock has, tells that it is live.

use holdfast_otp::{TimeBarcode, TimeBarcodeError, UnixTime};

use crate::vault::{Correction, EntryId, MOST_OFFSET, Vault};

/// What happens about the clock: part of [`crate::Msg`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMsg {
    /// Open the page of the clock.
    Open,
    /// Correct the codes as the page in front offers.
    Correct,
    /// Correct them no longer.
    Remove,
}

/// A clock that is off by so few seconds is right: so much lies between a page and a camera.
pub const CLOSE: u64 = 5;
/// A second barcode tells from when on: what moves on for so many seconds is no picture.
const LIVE: u64 = 3;
/// By so many seconds it may differ from how far the device's clock has moved on.
const JITTER: u64 = 2;
/// A barcode that has not changed for so long stands still.
const STILL: u64 = 10;

/// A barcode that was seen, and what the device's clock said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The barcode's time.
    pub time: UnixTime,
    /// The device's.
    pub at: UnixTime,
}

/// What a barcode comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The clock is right, and the codes are too.
    Right(EntryId),
    /// The clock is off, and the correction fits.
    Fits(EntryId),
    /// The codes are to be corrected, if the person confirms.
    Off(Off),
    /// The clock is fast, or the barcode is old by so many seconds: another look will tell.
    Unsure {
        /// How many.
        seconds: u64,
        /// What to compare the next barcode with.
        look: Look,
    },
}

/// A correction that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Off {
    /// The account whose barcode it was.
    pub by: EntryId,
    /// The offset that makes the codes right; 0 where the device's own clock is right again.
    pub offset: i32,
    /// The barcode's time.
    pub time: UnixTime,
}

/// Why a time barcode moves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// See [`TimeBarcodeError`].
    #[error(transparent)]
    Barcode(#[from] TimeBarcodeError),
    /// No secret here made it.
    #[error(
        "This time barcode belongs to no account on this device; open the page of a service whose \
         codes are here."
    )]
    Unknown,
    /// It was confirmed before.
    #[error("This time barcode was used already; scan the one that is on the screen now.")]
    Used,
    /// A newer one was confirmed before.
    #[error(
        "This time barcode is older than one that was used before; load its page again and scan the \
         new one."
    )]
    Old,
    /// It does not move on.
    #[error(
        "This time barcode stands still, so it may be an old picture; load its page again and scan \
         the new one."
    )]
    StandsStill,
    /// The device is slower than may be corrected, by so many seconds.
    #[error(
        "This device is {} slow, and Holdfast corrects 10 minutes at most, lest a stranger has it show \
         the codes of tomorrow; set the date and time of the device.",
        span(*.0)
    )]
    TooSlow(u64),
    /// The device is faster than may be corrected, or the barcode is older.
    #[error(
        "This device is {} fast, or the barcode is that old, and Holdfast corrects 10 minutes at most; \
         load its page again, or set the date and time of the device.",
        span(*.0)
    )]
    TooFast(u64),
}

/// Judges a barcode that was read while the device's clock said `now`; `before` is the one that was
/// unsure.
///
/// # Errors
/// A [`ClockError`]: nothing is to be moved.
pub fn judge(
    vault: &Vault,
    barcode: &TimeBarcode,
    before: Option<Look>,
    now: UnixTime,
) -> Result<Finding, ClockError> {
    let (by, time) = vault.proved(barcode).ok_or(ClockError::Unknown)?;
    let Correction { offset, newest, .. } = vault.correction();
    match newest {
        Some(newest) if time == newest => return Err(ClockError::Used),
        Some(newest) if time < newest => return Err(ClockError::Old),
        _ => {}
    }
    let away = time.0.abs_diff(now.0);
    let seconds = i32::try_from(away).ok().filter(|_| away <= MOST_OFFSET.into());
    let ahead = match seconds {
        Some(seconds) if time >= now => seconds,
        Some(seconds) => -seconds,
        None if time >= now => return Err(ClockError::TooSlow(away)),
        None => return Err(ClockError::TooFast(away)),
    };
    let shift = ahead - offset;
    if u64::from(shift.unsigned_abs()) <= CLOSE {
        return Ok(if offset == 0 { Finding::Right(by) } else { Finding::Fits(by) });
    }
    let offset = if away <= CLOSE { 0 } else { ahead };
    let off = Finding::Off(Off { by, offset, time });
    if shift > 0 {
        return Ok(off);
    }
    let look = Look { time, at: now };
    let unsure = |look: Look| {
        let seconds = vault.corrected(look.at).0.saturating_sub(look.time.0);
        Ok(Finding::Unsure { seconds, look })
    };
    let first = before.filter(|first| first.time <= time && first.at <= now);
    let Some(first) = first else { return unsure(look) };
    let (moved, passed) = (time.0 - first.time.0, now.0 - first.at.0);
    let in_step = moved.abs_diff(passed) <= JITTER;
    match (moved, passed) {
        (LIVE.., LIVE..) if in_step => Ok(off),
        (0, STILL..) => Err(ClockError::StandsStill),
        (0, _) => unsure(first),
        _ if in_step => unsure(first),
        // The first one was old, or this one is: compare with this one from now on.
        _ => unsure(look),
    }
}

/// A length of time as people say it: seconds as far as they can be corrected, and coarser beyond.
pub fn span(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=600 => (seconds, "second"),
        // What is beyond the ten minutes that can be corrected is never called ten minutes.
        601..10_800 => (seconds.div_ceil(60), "minute"),
        10_800..259_200 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// How a device stands whose codes are corrected so: `74 seconds slow`.
pub fn standing(offset: i32) -> String {
    let side = if offset < 0 { "fast" } else { "slow" };
    format!("{} {side}", span(offset.unsigned_abs().into()))
}

/// That the codes of a vault are corrected, and by how much the device is off; `None` where they are
/// not.
pub fn corrected(vault: &Vault) -> Option<String> {
    let offset = vault.correction().offset;
    (offset != 0).then(|| format!("This device is {}; its codes are corrected.", standing(offset)))
}

/// How codes are moved: `74 seconds forwards`.
pub fn moved(offset: i32) -> String {
    let side = if offset < 0 { "backwards" } else { "forwards" };
    format!("{} {side}", span(offset.unsigned_abs().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_said_as_people_do() {
        for (seconds, said) in [
            (1, "1 second"),
            (74, "74 seconds"),
            (600, "600 seconds"),
            (601, "11 minutes"),
            (10_799, "180 minutes"),
            (10_800, "3 hours"),
            (86_400 * 3, "3 days"),
        ] {
            assert_eq!(span(seconds), said);
        }
        assert_eq!(
            (standing(74).as_str(), standing(-9).as_str()),
            ("74 seconds slow", "9 seconds fast")
        );
    }
}
