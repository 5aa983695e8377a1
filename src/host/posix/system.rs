//! The system's clock and randomness, and keeping the process's memory out of other hands.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use holdfast_model::ports::Clock;
use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// When the clock was first read.
static STARTED: OnceLock<Instant> = OnceLock::new();

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port through which time is read")]
    fn now(&self) -> UnixTime {
        let began = STARTED.get_or_init(Instant::now);
        // Before 1970 time goes by too: the vault locks by itself, and its file is looked at.
        let since =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_else(|_| began.elapsed());
        UnixTime(since.as_secs())
    }

    /// By the processor time of this thread: what other programs take meanwhile is not the work's.
    fn time(&self, work: &mut dyn FnMut()) -> Option<Duration> {
        let spent = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok();
        let before = spent()?;
        work();
        spent()?.checked_sub(before)
    }
}

/// The operating system's randomness. Where the system has none at all it panics, which is the one
/// right thing to do: a key made without randomness would protect nothing.
#[must_use]
pub fn os_rng() -> Box<dyn CryptoRng + Send> {
    Box::new(UnwrapErr(SysRng))
}

/// Keeps the memory of this process from core dumps and from other programs of the same person:
/// no core file, and no debugger or `/proc/PID/mem` without the administrator's rights.
///
/// # Errors
/// Whatever the system says; the app still works, and only this protection is missing.
pub fn keep_memory_private() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread::sleep;

    use super::*;

    #[test]
    fn what_other_programs_take_of_the_time_is_not_the_works() {
        let waited = SystemClock.time(&mut || sleep(Duration::from_millis(300))).unwrap();
        let worked = SystemClock.time(&mut || {
            black_box((0..20_000_000_u64).fold(1, |sum: u64, next| black_box(sum ^ next)));
        });
        assert!(waited < Duration::from_millis(100), "{waited:?}");
        assert!(worked.unwrap() > Duration::from_millis(1), "{worked:?}");
    }
}
