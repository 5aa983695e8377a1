//! The real `holdfast` program, used from the terminal on a vault of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::{Ran, program, run};

/// The app's terminal face with one vault file and its passphrase.
#[derive(Debug, Clone)]
pub struct App {
    vault: PathBuf,
    passphrase: String,
}

impl App {
    /// The app on the vault at `vault`, which `holdfast new` makes.
    pub fn new(vault: &Path, passphrase: &str) -> Self {
        Self { vault: vault.to_owned(), passphrase: passphrase.to_owned() }
    }

    /// Runs `holdfast` with the given arguments; the passphrase goes in by a file descriptor.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let own =
            ["--vault".as_ref(), self.vault.as_os_str(), "--passphrase-fd".as_ref(), "0".as_ref()];
        let args: Vec<_> = args.into_iter().map(|one| one.as_ref().to_owned()).collect();
        let all = own.into_iter().map(OsStr::to_owned).chain(args);
        let state = self.vault.with_extension("state");
        let envs = [("XDG_STATE_HOME", state.as_os_str())];
        run(program("holdfast"), all, &envs, format!("{}\n", self.passphrase).as_bytes())
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
