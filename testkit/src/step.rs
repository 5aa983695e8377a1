//! Waiting for a good moment of a time step (RFC 6238, section 4).

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds that a time step lasts: the default period of the key URI format.
const PERIOD: u64 = 30;
/// Seconds of a step that leave a test the time to type a code, also on a busy machine.
const ENOUGH: u64 = 8;

/// Waits for the next time step if the present one is nearly over, so that no step changes between
/// what a test computes and what the server compares.
pub fn settle() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    let left = PERIOD - now % PERIOD;
    if left < ENOUGH {
        thread::sleep(Duration::from_secs(left));
    }
}
