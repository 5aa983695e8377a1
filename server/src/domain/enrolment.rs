//! The second factor of one account, as states whose steps consume them.
//!
//! `Off → Pending → Active → Off`. A wrong order does not compile: only [`Pending::confirm`] makes
//! an [`Active`], only [`Active::verify`] makes a [`Verified`], and a comparison asks for the
//! [`Charge`] that paid for it. Refusals give the state back, changed where the try left a trace.

use holdfast_otp::{Algorithm, Digits, Period, Secret, TimeStep, UnixTime, totp};
use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::clock::{ClockOff, REACH, Strays};
use super::code::Code;
use super::ids::TokenDigest;
use super::throttle::{Charge, Limit, Refused, Throttle};

/// Seconds after which an unfinished enrolment is forgotten (requirement 17).
pub const PENDING_SECONDS: u64 = 15 * 60;
/// Steps searched on either side of the present when a phone is confirmed, and beyond the window
/// when two consecutive codes show that it has drifted on (requirement 5).
const SEARCH: i64 = 2;
/// Steps whose codes are right at one moment: the present one and the one before (requirement 4).
pub const RIGHT_AT_ONCE: u32 = 2;
/// The most a phone's clock may be followed, in steps (5 minutes).
const MOST_DRIFT: i64 = 10;

/// What guards an account besides the password.
#[derive(Clone, Debug, Default)]
pub enum Enrolment {
    /// Nothing.
    #[default]
    Off,
    /// Nothing yet: a barcode is on the screen of one session.
    Pending(Pending),
    /// The phone.
    Active(Active),
}

/// A barcode shown and not yet proved. It guards nothing.
#[derive(Clone, Debug)]
pub struct Pending {
    pub(crate) secret: Secret,
    pub(crate) began: UnixTime,
    pub(crate) session: TokenDigest,
}

/// A proved phone.
#[derive(Clone, Debug)]
pub struct Active {
    pub(crate) secret: Secret,
    pub(crate) since: UnixTime,
    /// The newest step accepted; it and all older ones are spent.
    pub(crate) last_step: TimeStep,
    /// How many steps the phone's clock is ahead (or, negative, behind).
    pub(crate) drift: i64,
    /// The step of the last refused code that was just outside the window. It is burnt, and the
    /// code of the next step shows that the phone has drifted.
    pub(crate) missed: Option<TimeStep>,
    /// Refused codes that were right a few minutes earlier or later.
    pub(crate) strays: Strays,
    pub(crate) throttle: Throttle,
}

/// Proof that the second factor was shown; made only here and where recovery codes are spent.
#[derive(Debug)]
pub struct Verified {
    at: UnixTime,
    by_sms: bool,
}

impl Verified {
    /// For what else proves the person in the domain.
    pub(super) fn at_moment(now: UnixTime) -> Verified {
        Verified { at: now, by_sms: false }
    }

    /// For what is worth no more than a code that was sent by SMS.
    pub(super) fn by_sms(now: UnixTime) -> Verified {
        Verified { at: now, by_sms: true }
    }

    /// Whether it is worth no more than a code that was sent by SMS (requirement 25).
    pub fn is_by_sms(&self) -> bool {
        self.by_sms
    }

    /// When the code was accepted.
    pub fn at(&self) -> UnixTime {
        self.at
    }
}

/// How a compared code came out. Each carries the state to store.
#[derive(Debug)]
pub enum Verdict {
    /// Right, now spent.
    Accepted(Active, Verified),
    /// Wrong; the charge stands.
    Wrong(Active),
    /// Right, and not taken; not counted as a failure.
    Replayed(Active, NotFresh),
}

/// Why a right code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFresh {
    /// It, or a newer one, was accepted before.
    #[error("That code has been used already. Wait for the next code in your app.")]
    Used,
    /// The server's clock was ahead when a code was accepted, and has been set back since: until it is
    /// there again no code is newer than that one. Minutes until then.
    #[error(
        "No code of your app is taken for {}: the clock of this server was ahead when you used your last \
         one. Come in another way, and set up your phone anew if you cannot wait; or ask whoever runs the \
         server.",
        roughly(*.0)
    )]
    ClockSetBack(u64),
}

/// So many minutes in the unit that fits, rounded up.
fn roughly(minutes: u64) -> String {
    match minutes {
        0..=120 => format!("{minutes} minutes"),
        121..=2_880 => format!("{} hours", minutes.div_ceil(60)),
        _ => format!("{} days", minutes.div_ceil(1_440)),
    }
}

/// The code did not prove the phone.
#[derive(Debug, thiserror::Error)]
pub enum Unconfirmed {
    /// Not a code of this secret within two steps of now; the barcode stays. With how far the phone's
    /// clock is off, if that is why: whoever sees the barcode learns nothing by it.
    #[error("That code is not right. Wait for the next code in your app and enter that one.")]
    Wrong(Pending, Option<ClockOff>),
    /// The barcode is older than 15 minutes, or belongs to another session.
    #[error("This barcode has expired. Start again to get a new one.")]
    Expired,
}

impl Pending {
    /// A new secret for the session that asked for it.
    pub fn begin(session: TokenDigest, now: UnixTime, rng: &mut dyn CryptoRng) -> Pending {
        Pending { secret: Secret::generate(rng), began: now, session }
    }

    /// The secret to show, to nobody but the session that began.
    pub fn secret_for(&self, session: &TokenDigest, now: UnixTime) -> Option<&Secret> {
        (self.session == *session && !self.is_expired(now)).then_some(&self.secret)
    }

    /// Whether the person took too long; a clock set back does not prolong it.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        now.0.abs_diff(self.began.0) >= PENDING_SECONDS
    }

    /// The first code proves the phone; how far its clock is off is learned here, once.
    pub fn confirm(
        self,
        session: &TokenDigest,
        code: &Code,
        now: UnixTime,
    ) -> Result<Active, Unconfirmed> {
        if self.secret_for(session, now).is_none() {
            return Err(Unconfirmed::Expired);
        }
        let present = step_of(now);
        let Some(step) = newest_match(&self.secret, code, present - SEARCH, present + SEARCH)
        else {
            let stray = newest_match(&self.secret, code, present - REACH, present + REACH);
            let off = stray.map(|step| ClockOff::of(step_from(step), now));
            return Err(Unconfirmed::Wrong(self, off));
        };
        Ok(Active {
            secret: self.secret,
            since: now,
            last_step: step_from(step),
            drift: drift_towards(0, step - present),
            missed: None,
            strays: Strays::default(),
            throttle: Throttle::default(),
        })
    }
}

impl Active {
    /// When the phone was proved.
    pub fn since(&self) -> UnixTime {
        self.since
    }

    /// See [`Throttle::is_unsettled`].
    pub fn is_unsettled(&self, now: UnixTime) -> bool {
        self.throttle.is_unsettled(now)
    }

    /// See [`Throttle::is_off`].
    pub fn is_off(&self) -> bool {
        self.throttle.is_off()
    }

    /// Charges one try. Store the state durably before handing the charge to [`Active::verify`].
    pub fn charge(mut self, now: UnixTime) -> Result<(Active, Charge), Refused> {
        let charge = self.throttle.charge(Limit::Off, now)?;
        Ok((self, charge))
    }

    /// Compares a code that has been paid for.
    pub fn verify(mut self, charge: &Charge, code: &Code, now: UnixTime) -> Verdict {
        let present = step_of(now);
        let newest = present + self.drift;
        let oldest = newest + 1 - i64::from(RIGHT_AT_ONCE);
        let last = i64_of(self.last_step);
        // Every try computes the same codes, whatever comes out.
        let inside = newest_match(&self.secret, code, oldest, newest);
        let outside = newest_match(&self.secret, code, oldest - SEARCH, newest + SEARCH);
        let stray = newest_match(&self.secret, code, present - REACH, present + REACH);
        let spent = newest_match(&self.secret, code, last, last);
        let missed = self.missed.map(i64_of);
        let is_burnt = |step: i64| missed == Some(step) || self.strays.has(step_from(step));
        let is_new = |step: &i64| *step > last && !is_burnt(*step);
        let (fresh, outside, stray) =
            (inside.filter(is_new), outside.filter(is_new), stray.filter(is_new));

        if let Some(step) = fresh {
            return self.accept(charge, step, now);
        }
        if inside.is_some() || spent.is_some() {
            self.throttle.not_counted(charge);
            // A step more may be the drift that was followed; what was spent is spent.
            let until = (last - newest) * i64::from(Period::default().seconds());
            let why = match u64::try_from(until) {
                Ok(seconds) if spent.is_none() && seconds > 60 => {
                    NotFresh::ClockSetBack(seconds.div_ceil(60))
                }
                _ => NotFresh::Used,
            };
            return Verdict::Replayed(self, why);
        }
        if let Some(step) = outside {
            let drift = drift_towards(self.drift, step - present);
            if missed == Some(step - 1) && drift.abs() <= MOST_DRIFT {
                self.drift = drift;
                return self.accept(charge, step, now);
            }
            self.missed = Some(step_from(step));
        }
        if let Some(step) = outside.or(stray) {
            self.strays.burn(step_from(step), now);
        }
        Verdict::Wrong(self)
    }

    /// Lets in by a code that was sent and compared elsewhere: it shares this throttle (requirement
    /// 22), and spends no step.
    pub fn accept_sent(mut self, charge: &Charge, now: UnixTime) -> (Active, Verified) {
        self.throttle.succeeded(charge);
        (self, Verified::by_sms(now))
    }

    /// What refused codes have shown of the phone's clock: for the person who has now signed in
    /// another way, once. Told earlier it would tell a guesser when his guess becomes right.
    pub fn clock_to_tell(&mut self, _: &Verified, now: UnixTime) -> Option<ClockOff> {
        self.strays.take(now)
    }

    /// Wrong codes since the last right one.
    pub fn failures(&self) -> u32 {
        self.throttle.consecutive
    }

    fn accept(mut self, charge: &Charge, step: i64, now: UnixTime) -> Verdict {
        self.last_step = step_from(step);
        self.missed = None;
        self.strays.is_well(now);
        self.throttle.succeeded(charge);
        Verdict::Accepted(self, Verified::at_moment(now))
    }
}

/// The step of a moment; both sides count 30 s from 1970 (requirement 4).
fn step_of(now: UnixTime) -> i64 {
    i64_of(totp::step(now, Period::default()))
}

fn step_from(step: i64) -> TimeStep {
    TimeStep(step.unsigned_abs())
}

fn i64_of(step: TimeStep) -> i64 {
    i64::try_from(step.0).unwrap_or(i64::MAX)
}

/// The smallest move of the window {−1, 0} + `drift` that takes in a code `offset` steps from now.
fn drift_towards(drift: i64, offset: i64) -> i64 {
    drift.clamp(offset, offset + 1)
}

/// The newest step from `oldest` to `newest` whose code this is; all are computed and compared in
/// constant time.
fn newest_match(secret: &Secret, code: &Code, oldest: i64, newest: i64) -> Option<i64> {
    let mut found = Choice::from(0);
    let mut newest_found = 0_i64;
    for step in oldest..=newest {
        let Ok(counted) = u64::try_from(step) else { continue };
        let ours = totp::code(secret, Algorithm::Sha1, Digits::default(), TimeStep(counted));
        let same = ours.as_str().as_bytes().ct_eq(code.as_str().as_bytes());
        newest_found = i64::conditional_select(&newest_found, &step, same);
        found |= same;
    }
    bool::from(found).then_some(newest_found)
}
