//! What refused codes tell of the phone's clock: far beyond the window each is wrong and stays wrong,
//! and what the newest of them says is told only to somebody who has signed in another way.

use holdfast_otp::{Period, TimeStep, UnixTime};
use serde::{Deserialize, Serialize};

/// Steps on either side of the present among which a refused code is looked for (10 minutes).
pub const REACH: i64 = 20;
/// Steps behind the present after which none can come into the window any more: as far as a drift is
/// followed, and the window with what is searched beyond it.
const GONE: i64 = 16;
/// Seconds after which what was seen of a clock may have been mended.
const OUTDATED: u64 = 86_400;

/// The phone's clock as a refused code showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockOff {
    /// Seconds by which it was ahead or, negative, behind; to within half a step.
    pub ahead: i64,
    /// When that was seen, in Unix seconds.
    pub at: u64,
}

/// Codes refused so far whose time is about now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Their steps: burnt, for whoever watched one being typed must have no use for it when its time
    /// comes.
    pub(crate) burnt: Vec<TimeStep>,
    /// What the newest one showed, until it is told or outdated.
    pub(crate) seen: Option<ClockOff>,
}

impl ClockOff {
    /// Of a code of that step entered at `now`, taken from the middle of its time.
    pub(super) fn of(step: TimeStep, now: UnixTime) -> ClockOff {
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let period = u64::from(Period::default().seconds());
        let middle = step.0.saturating_mul(period).saturating_add(period / 2);
        ClockOff { ahead: signed(middle) - signed(now.0), at: now.0 }
    }

    /// As people say it: `about 330 seconds ahead`.
    pub fn words(&self) -> String {
        let side = if self.ahead < 0 { "behind" } else { "ahead" };
        format!("about {} seconds {side}", self.ahead.unsigned_abs())
    }
}

impl Strays {
    /// Whether a code of that step was refused before.
    pub(super) fn has(&self, step: TimeStep) -> bool {
        self.burnt.contains(&step)
    }

    /// Burns a step, and notes what it shows.
    pub(super) fn burn(&mut self, step: TimeStep, now: UnixTime) {
        self.forget_past(now);
        if !self.has(step) {
            self.burnt.push(step);
        }
        self.seen = Some(ClockOff::of(step, now));
    }

    /// What is to be told; it is told once.
    pub(super) fn take(&mut self, now: UnixTime) -> Option<ClockOff> {
        self.seen.take().filter(|seen| now.0.abs_diff(seen.at) < OUTDATED)
    }

    /// The phone showed a right code: its clock is well.
    pub(super) fn is_well(&mut self, now: UnixTime) {
        self.forget_past(now);
        self.seen = None;
    }

    fn forget_past(&mut self, now: UnixTime) {
        let present = now.0 / u64::from(Period::default().seconds());
        self.burnt.retain(|step| step.0.saturating_add(GONE.unsigned_abs()) >= present);
    }
}
