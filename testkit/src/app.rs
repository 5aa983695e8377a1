//! The real `holdfast` program, used from the terminal on a vault of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::run_command;
use crate::{Ran, clock, installed, program};

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

    /// The same, but killed (SIGKILL) at the moment in which what it saved would take the vault's name.
    /// It needs `strace`. Whether it was killed; else it ended before.
    #[track_caller]
    pub fn run_killed<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> bool {
        let strace = installed("strace").unwrap_or_else(|sentence| panic!("{sentence}"));
        let plain = self.command(args);
        let mut command = Command::new(strace);
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=rename"]);
        // The first one keeps the generation before.
        command.args(["-e", "inject=rename:signal=SIGKILL:when=2"]);
        command.arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ran = run_command(command, self.typed().as_bytes());
        clock::clean_up();
        assert!(!ran.err.contains("PTRACE"), "strace may not trace here: {}", ran.err);
        ran.code.is_none()
    }

    fn typed(&self) -> String {
        format!("{}\n", self.passphrase)
    }

    /// With nothing of this machine's: what it remembers, and its settings, lie beside the vault.
    #[track_caller]
    fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = clock::command(&program("holdfast"), self.clock_offset);
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
