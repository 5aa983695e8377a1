//! The real `holdfast` program, used from the terminal on a vault of its own.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, thread, time::Duration};

use crate::process::run_command;
use crate::{Ran, installed, program};

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
        run_command(self.command(args), self.typed().as_bytes())
    }

    /// The same, but killed (SIGKILL) at the moment in which it begins to write the vault anew.
    /// Whether it was; else it ended before.
    #[track_caller]
    pub fn run_killed<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> bool {
        let mut new = self.vault.clone().into_os_string();
        new.push(".new");
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("holdfast starts");
        let mut input = child.stdin.take().expect("the input is piped");
        input.write_all(self.typed().as_bytes()).ok();
        drop(input);
        while fs::symlink_metadata(&new).is_err() {
            if child.try_wait().expect("a child").is_some() {
                return false;
            }
            thread::sleep(Duration::from_micros(50));
        }
        child.kill().ok();
        let status = child.wait().expect("a child");
        status.code().is_none()
    }

    fn typed(&self) -> String {
        format!("{}\n", self.passphrase)
    }

    /// With nothing of this machine's: what it remembers, and its settings, lie beside the vault.
    #[track_caller]
    fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = match self.clock_offset {
            0 => Command::new(program("holdfast")),
            offset => {
                let faketime =
                    installed("faketime").unwrap_or_else(|sentence| panic!("{sentence}"));
                let mut command = Command::new(faketime);
                command.arg("-f").arg(format!("{offset:+}s")).arg(program("holdfast"));
                command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                command
            }
        };
        command.arg("--vault").arg(&self.vault).args(["--passphrase-fd", "0"]);
        command.args(args.into_iter().map(|one| one.as_ref().to_owned()));
        command.env("XDG_STATE_HOME", self.vault.with_extension("state"));
        command.env("XDG_CONFIG_HOME", self.vault.with_extension("config"));
        command
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
