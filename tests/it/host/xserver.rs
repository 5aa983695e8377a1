//! An X server that nobody looks at, for programs that need a display.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// An X server of this test's own.
pub struct XServer {
    child: Child,
    pub display: String,
}

impl XServer {
    /// Starts one; `None`, with a word on it, where there is none installed (in CI that fails).
    pub fn start() -> Option<Self> {
        let arguments = ["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"];
        let started = Command::new("Xvfb")
            .args(arguments)
            .arg("-noreset")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!ci, "Xvfb is missing; `./dev test` installs it");
            println!("skipped: Xvfb is not installed; `./dev test` installs it");
            return None;
        };
        let mut number = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        Some(Self { child, display: format!(":{}", number.trim()) })
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
