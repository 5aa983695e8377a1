//! What the journeys of app and server together have in common.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use holdfast_testkit::Ran;

/// Waits until the code of another time step is shown: half a minute at most.
#[expect(clippy::disallowed_methods, reason = "the real clock is what is waited for")]
pub fn wait_for_the_next_step() {
    let since =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    thread::sleep(Duration::from_secs(30 - since.as_secs() % 30));
}

/// Keeps a screenshot for the app to read.
#[expect(clippy::disallowed_methods, reason = "the screenshot is a file that the app reads")]
pub fn write(path: &Path, picture: &[u8]) {
    fs::write(path, picture).expect("a file");
}

/// The app has done what it was asked.
#[track_caller]
pub fn assert_ok(ran: &Ran) {
    assert!(ran.ok(), "exit code {:?}: {}{}", ran.code, ran.out, ran.err);
}
