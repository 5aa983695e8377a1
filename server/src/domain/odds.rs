//! What a guesser can hope for who knows the password, worked out from the limits themselves by
//! playing against them.

use holdfast_otp::UnixTime;

use super::enrolment::RIGHT_AT_ONCE;
use super::throttle::{Limit, Refused, Throttle};

const DAY: u64 = 86_400;
const HOUR: u64 = 3600;
/// Days that the chance is worked out for.
pub const DAYS: u64 = 30;
/// Of how many codes one is right: six digits.
const CODES: f64 = 1_000_000.0;
/// Where the game begins; any day will do.
const START: u64 = 20_000 * DAY;

/// Most tries within so many seconds of somebody who starts afresh and takes each as soon as it is
/// taken.
pub fn most_tries(limit: Limit, seconds: u64) -> u32 {
    let (mut throttle, mut now, mut tries) = (Throttle::default(), START, 0);
    while now <= START + seconds {
        match throttle.charge(limit, UnixTime(now)) {
            Ok(_) => tries += 1,
            Err(Refused::Wait(until)) => now = until.0,
            Err(Refused::Off) => break,
        }
    }
    tries
}

/// Most guesses at a code within any [`DAYS`] days, if the owner logs in whenever that helps the
/// guesser: after each guess.
pub fn most_guesses() -> usize {
    let (mut throttle, mut taken) = (Throttle::default(), Vec::new());
    for now in (START..START + 3 * DAYS * DAY).step_by(HOUR as usize) {
        while throttle.charge(Limit::Off, UnixTime(now)).is_ok() {
            taken.push(now);
            if let Ok(own) = throttle.charge(Limit::Off, UnixTime(now)) {
                throttle.succeeded(&own);
            }
        }
    }
    let within = |from: &u64| {
        let until = from + DAYS * DAY;
        taken.iter().filter(|at| (*from..until).contains(at)).count()
    };
    taken.iter().map(within).max().unwrap_or(0)
}

/// Codes that are right at one moment: the app's, and one that was sent by SMS for that log-in.
pub const fn most_right() -> u32 {
    RIGHT_AT_ONCE + 1
}

/// The chance that one of so many guesses is right, where so many codes are.
pub fn chance(guesses: usize, right: u32) -> f64 {
    let wrong = 1.0 - f64::from(right) / CODES;
    1.0 - (0..guesses).fold(1.0, |all_wrong, _| all_wrong * wrong)
}
