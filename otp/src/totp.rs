//! Codes that follow the clock (RFC 6238), counted from T0 = 0, the Unix epoch.

use crate::{Algorithm, Code, Digits, Period, Secret, hotp};

/// Seconds since the Unix epoch, as the caller's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(pub u64);

/// How many whole periods have passed since the Unix epoch: the `T` of RFC 6238 section 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeStep(pub u64);

/// The code of a time step.
pub fn code(secret: &Secret, algorithm: Algorithm, digits: Digits, step: TimeStep) -> Code {
    hotp::code(secret, algorithm, digits, step.0)
}

/// The time step that a moment lies in.
pub fn step(now: UnixTime, period: Period) -> TimeStep {
    TimeStep(now.0 / u64::from(period.seconds()))
}

/// How many seconds the code of this moment still lasts: from the whole period, at its first
/// second, down to 1.
pub fn seconds_left(now: UnixTime, period: Period) -> u32 {
    period.seconds() - (now.0 % u64::from(period.seconds())) as u32
}
