//! The real `holdfast` program, used from the terminal on a vault of its own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::{Ran, installed, program, run};

/// The app's terminal face with one vault file and its passphrase.
#[derive(Debug, Clone)]
pub struct App {
    vault: PathBuf,
    passphrase: String,
    clock_offset: i64,
}

impl App {
    /// The app on the vault at `vault`, which `holdfast new` makes.
    pub fn new(vault: &Path, passphrase: &str) -> Self {
        Self { vault: vault.to_owned(), passphrase: passphrase.to_owned(), clock_offset: 0 }
    }

    /// The same on a device whose clock is off by so many seconds; it needs `faketime`.
    #[must_use]
    pub fn with_clock(&self, offset: i64) -> Self {
        Self { clock_offset: offset, ..self.clone() }
    }

    /// Runs `holdfast` with the given arguments; the passphrase goes in by a file descriptor.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let own =
            ["--vault".as_ref(), self.vault.as_os_str(), "--passphrase-fd".as_ref(), "0".as_ref()];
        let args: Vec<_> = args.into_iter().map(|one| one.as_ref().to_owned()).collect();
        let all = own.into_iter().map(OsStr::to_owned).chain(args);
        let state = self.vault.with_extension("state");
        let envs = [
            ("XDG_STATE_HOME", state.as_os_str()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", OsStr::new("1")),
        ];
        let input = format!("{}\n", self.passphrase);
        if self.clock_offset == 0 {
            return run(program("holdfast"), all, &envs, input.as_bytes());
        }
        let faketime = installed("faketime").unwrap_or_else(|sentence| panic!("{sentence}"));
        let offset = format!("{:+}s", self.clock_offset);
        let under = ["-f".into(), OsString::from(offset), program("holdfast").into_os_string()];
        run(faketime, under.into_iter().chain(all), &envs, input.as_bytes())
    }

    /// The current code of an account, digits only.
    ///
    /// # Errors
    /// What the app says when it gives none.
    #[track_caller]
    pub fn code(&self, account: &str) -> Result<String, String> {
        let ran = self.run(["code", account]);
        if !ran.ok() {
            return Err(ran.err.trim().to_owned());
        }
        let digits: String = ran.out.chars().filter(char::is_ascii_digit).collect();
        if digits.len() == 6 {
            Ok(digits)
        } else {
            Err(format!("the app gave no 6 digits but: {}", ran.out.trim()))
        }
    }
}
