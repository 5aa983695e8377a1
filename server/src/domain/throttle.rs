//! How fast and how often somebody may guess (requirements 10 to 12).
//!
//! A try is charged before it is compared. The charge is written durably, and only then does the
//! caller hold a [`Charge`]: a comparison asks for one. A right answer gives it back.

use holdfast_otp::UnixTime;

/// Tries that need no wait.
const FREE: u32 = 3;
/// The first wait in seconds; each further failure doubles it.
const FIRST_WAIT: u64 = 30;
/// The longest wait in seconds.
const LONGEST_WAIT: u64 = 3600;
/// Failures in a row from everywhere after which a password is guessed at with breathers.
const MANY: u32 = 30;
/// A breather in seconds.
const BREATHER: u64 = 5;
/// Consecutive failures after which codes are off until the phone is set up anew.
const MOST_CONSECUTIVE: u32 = 50;
/// Failures within [`WINDOW_DAYS`] after which codes are off, whatever succeeded in between.
const MOST_IN_WINDOW: u32 = 100;
/// Length of the window in days.
const WINDOW_DAYS: u64 = 30;
/// Seconds within which a try that was charged is compared.
const SETTLING: u64 = 1;
/// Seconds by which the clocks of servers on one store may differ. A try charged later than that from
/// now was charged by a clock that has been set back since.
const APART: u64 = 10;
const DAY: u64 = 86_400;

/// Failures so far of one kind of secret of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Failures since the last success.
    pub consecutive: u32,
    /// When the last try was charged, in Unix seconds; 0 for never.
    pub last: u64,
    /// Failures per day (days since 1970), oldest first, none older than the window.
    pub days: Vec<(u64, u32)>,
}

/// Whether failures end in waits only, or in the way being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Waits only: for passwords, which anybody can guess at from outside.
    Waits,
    /// Waits of a few seconds after many failures: for a password guessed at from everywhere, so
    /// that strangers together cannot keep its owner out.
    Breathers,
    /// No guesses but messages: so many a day, with a pause between two (requirement 24).
    Sends {
        /// Most within a day (UTC).
        a_day: u32,
        /// Seconds between two.
        pause: u64,
    },
    /// Off after 50 consecutive or 100 in 30 days: for codes.
    Off,
}

/// Proof that a try has been charged; made only by [`Throttle::charge`].
#[derive(Debug)]
pub struct Charge {
    day: u64,
}

/// Why no try is taken now.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// Too soon; the moment from which a try is taken again.
    #[error("Too many tries. Wait a little, then try again.")]
    Wait(UnixTime),
    /// Closed until the phone is set up anew.
    #[error(
        "Codes are switched off after too many wrong ones. Use a recovery code, then change the phone: with its \
         new barcode they work again."
    )]
    Off,
}

impl Refused {
    /// Seconds to wait from `now`, at least one; `None` if waiting does not help.
    pub fn retry_after(&self, now: UnixTime) -> Option<u64> {
        match self {
            Refused::Wait(until) => Some(until.0.saturating_sub(now.0).max(1)),
            Refused::Off => None,
        }
    }
}

impl Throttle {
    /// Charges one try at `now`, or says when the next is taken. The caller writes the throttle
    /// durably before it compares anything.
    pub fn charge(&mut self, limit: Limit, now: UnixTime) -> Result<Charge, Refused> {
        let day = now.0 / DAY;
        // By the window as it was at the last try: what is off is not on again when that is forgotten.
        if limit == Limit::Off && self.is_off() {
            return Err(Refused::Off);
        }
        self.days_are_past(day);
        self.days.retain(|(old, _)| *old + WINDOW_DAYS >= day);
        if let Limit::Sends { a_day, .. } = limit
            && self.days.iter().any(|(counted, sent)| *counted == day && *sent >= a_day)
        {
            return Err(Refused::Wait(UnixTime((day + 1) * DAY)));
        }
        let wait = limit.wait_after(self.consecutive);
        let until = self.last.saturating_add(wait);
        // A clock set back must not turn a wait of an hour into one of a year. Nobody knows how much of
        // it is over, so that the next try is taken, and the wait after it is by the clock as it is now.
        let was_set_back = self.last > now.0.saturating_add(APART);
        if now.0 < until && !was_set_back {
            return Err(Refused::Wait(UnixTime(until.min(now.0.saturating_add(wait)))));
        }
        self.consecutive = self.consecutive.saturating_add(1);
        self.last = now.0;
        match self.days.last_mut() {
            Some((last, count)) if *last >= day => *count = count.saturating_add(1),
            _ => self.days.push((day, 1)),
        }
        Ok(Charge { day })
    }

    /// The try was right: the failures in a row are forgotten, those of the window are not.
    pub fn succeeded(&mut self, charge: &Charge) {
        self.uncount(charge);
        self.consecutive = 0;
    }

    /// The try was no guess (a code used before): it counts neither way.
    pub fn not_counted(&mut self, charge: &Charge) {
        self.uncount(charge);
        self.consecutive = self.consecutive.saturating_sub(1);
    }

    /// Whether the newest try may still be being compared: then a wait is not the last word, for a
    /// right answer gives its charge back.
    pub fn is_unsettled(&self, now: UnixTime) -> bool {
        now.0.abs_diff(self.last) <= SETTLING
    }

    /// Whether codes are off until the phone is set up anew.
    pub fn is_off(&self) -> bool {
        let within: u32 = self.days.iter().map(|(_, count)| *count).sum();
        self.consecutive >= MOST_CONSECUTIVE || within >= MOST_IN_WINDOW
    }

    /// What a clock that was ahead has counted for days to come is counted for today: else it would
    /// count for nothing until they come, and then for too long.
    fn days_are_past(&mut self, today: u64) {
        let to_come = self.days.iter().filter(|(day, _)| *day >= today).map(|(_, count)| *count);
        let count = to_come.fold(0_u32, u32::saturating_add);
        self.days.retain(|(day, _)| *day < today);
        if count > 0 {
            self.days.push((today, count));
        }
    }

    fn uncount(&mut self, charge: &Charge) {
        if let Some((_, count)) = self.days.iter_mut().rev().find(|(day, _)| *day <= charge.day) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Limit {
    /// Seconds to wait after so many failures in a row.
    fn wait_after(self, failures: u32) -> u64 {
        match self {
            Limit::Breathers => return if failures < MANY { 0 } else { BREATHER },
            Limit::Sends { pause, .. } => return pause,
            Limit::Waits | Limit::Off => {}
        }
        match failures.checked_sub(FREE) {
            None => 0,
            Some(doublings) => FIRST_WAIT
                .checked_shl(doublings.min(20))
                .map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)),
        }
    }
}
