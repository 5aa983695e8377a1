//! A test run once more in a process of its own, to be limited, killed or looked at from outside.

use std::ffi::OsStr;
use std::process::Command;

/// Says to a test that it is the twin, and with what.
const MARK: &str = "HOLDFAST_TEST_TWIN";

/// What this process was started with as a twin; `None` in the test itself.
pub fn task() -> Option<String> {
    std::env::var(MARK).ok()
}

/// This test program, run for one test alone (by its path) and with a task for it.
pub fn of(test: &str, task: &str) -> Command {
    wrapped(std::env::current_exe().expect("a test has a program"), &[], test, task)
}

/// The same, started by another program such as `unshare`, with these arguments before it.
pub fn under(wrapper: &str, arguments: &[&str], test: &str, task: &str) -> Command {
    let own = std::env::current_exe().expect("a test has a program");
    let mut before: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    before.push(own.as_os_str());
    wrapped(wrapper, &before, test, task)
}

fn wrapped(program: impl AsRef<OsStr>, before: &[&OsStr], test: &str, task: &str) -> Command {
    let mut command = Command::new(program);
    command.args(before).args(["--exact", test, "--nocapture"]).env(MARK, task);
    command
}
