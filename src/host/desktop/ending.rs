//! The system asks the app to end: at a shutdown or a logout (SIGTERM), when the terminal it was started
//! from is closed (SIGHUP), with Ctrl-C there (SIGINT). It then ends as a window that is closed does.

use std::fs;
use std::io;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Calls `end`, from a thread of its own, when the system first asks. It answers whether the app will end;
/// where not, and at the second time, the system's own way ends it at once.
///
/// # Errors
/// The system takes no handler; then it ends the app in its own way.
pub fn watch(end: impl Fn() -> bool + Send + 'static) -> io::Result<()> {
    let ignored = ignored();
    let asks = [SIGTERM, SIGHUP, SIGINT];
    let mut signals = Signals::new(asks.iter().filter(|signal| !is_in(ignored, **signal)))?;
    thread::spawn(move || {
        let mut asked = false;
        for signal in signals.forever() {
            if asked || !end() {
                // It does not come back from there but where the system refuses.
                let _ = emulate_default_handler(signal);
            }
            asked = true;
        }
    });
    Ok(())
}

/// The signals that whoever started the app wants it to overlook, as `nohup` does.
#[expect(clippy::disallowed_methods, reason = "the system says what a process was told")]
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

fn is_in(mask: u64, signal: i32) -> bool {
    mask >> (signal - 1) & 1 == 1
}
