//! Somebody at a terminal, with a home folder of their own.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use holdfast_testkit::{Ran, program, run};
use rexpect::session::{PtySession, spawn_command};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any answer takes, even on a busy machine.
const PATIENCE_MS: u64 = 60_000;

pub struct Person {
    pub home: TempDir,
    /// Named with each command, as `HOLDFAST_SERVER`; empty where it shall be remembered.
    pub server: String,
    /// Further environment.
    pub env: Vec<(String, String)>,
}

/// A program that runs on a terminal, and all that was seen there so far.
pub struct Terminal {
    session: PtySession,
    seen: String,
}

impl Person {
    pub fn at(server: &str) -> Self {
        let home = TempDir::with_prefix("holdfastctl-").expect("a temporary folder");
        Self { home, server: server.to_owned(), env: Vec::new() }
    }

    /// Starts a command on a terminal.
    #[track_caller]
    pub fn types(&self, arguments: &[&str]) -> Terminal {
        // A shell, as there is one before every terminal: the echo is on, which the test library
        // would switch off, and the exit code is told.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"stty echo; "$@"; echo "exit $?""#, "sh"])
            .arg(program("holdfastctl"));
        command.args(arguments).env_remove("HOLDFAST_SERVER").envs(self.environment());
        let session = spawn_command(command, Some(PATIENCE_MS)).expect("a terminal");
        Terminal { session, seen: String::new() }
    }

    /// Runs a command without a terminal, with `input` on its standard input.
    #[track_caller]
    pub fn pipes(&self, input: &str, arguments: &[&str]) -> Ran {
        let environment = self.environment();
        let environment: Vec<(&str, &OsStr)> = environment
            .iter()
            .map(|(name, value)| (name.as_str(), OsStr::new(value.as_str())))
            .collect();
        run(program("holdfastctl"), arguments, &environment, input.as_bytes())
    }

    /// The result of a command as JSON, and its exit code.
    #[track_caller]
    pub fn json(&self, input: &str, arguments: &[&str]) -> (Value, Option<i32>) {
        let ran = self.pipes(input, &[arguments, &["--json"]].concat());
        let object = serde_json::from_str(&ran.out);
        (object.unwrap_or_else(|_| panic!("one JSON object: {ran:?}")), ran.code)
    }

    /// A command whose standard streams are the caller's to set.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("holdfastctl"));
        command.args(arguments).env_remove("HOLDFAST_SERVER").envs(self.environment());
        command
    }

    pub fn file(&self) -> PathBuf {
        self.home.path().join("holdfast/holdfastctl.json")
    }

    fn environment(&self) -> Vec<(String, String)> {
        let mut all = vec![
            ("XDG_CONFIG_HOME".to_owned(), self.home.path().display().to_string()),
            ("LC_ALL".to_owned(), "C.UTF-8".to_owned()),
            // Not the keyring of whoever runs the tests.
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:path=/nonexistent/bus".to_owned()),
        ];
        if !self.server.is_empty() {
            all.push(("HOLDFAST_SERVER".to_owned(), self.server.clone()));
        }
        all.extend(self.env.iter().cloned());
        all
    }
}

impl Terminal {
    /// Waits for a prompt and enters a line that is echoed.
    #[track_caller]
    pub fn enters(mut self, prompt: &str, line: &str) -> Self {
        self.wait_for(prompt);
        self.session.send_line(line).expect("the terminal takes a line");
        self
    }

    /// Waits for a prompt, checks that the echo is off by now, and enters a line at once.
    #[track_caller]
    pub fn enters_hidden(mut self, prompt: &str, line: &str) -> Self {
        self.wait_for(prompt);
        assert!(!self.echoes(), "{prompt:?} is shown while the echo is on");
        self.session.send_line(line).expect("the terminal takes a line");
        self
    }

    /// Waits for a prompt without echo and presses Ctrl and a letter.
    #[track_caller]
    pub fn presses(mut self, prompt: &str, letter: char) -> Self {
        self.wait_for(prompt);
        assert!(!self.echoes(), "{prompt:?} is shown while the echo is on");
        self.session.send_control(letter).expect("the terminal takes a key");
        self
    }

    /// Waits until the program ends: all that was to be seen, and the exit code.
    #[track_caller]
    pub fn ends(mut self) -> (String, i32) {
        let rest = self.session.exp_eof().expect("the program ends");
        self.seen.push_str(&rest);
        let seen = self.seen.replace("\r\n", "\n");
        let (seen, exit) = seen.rsplit_once("exit ").expect("the shell tells the exit code");
        (seen.to_owned(), exit.trim().parse().expect("an exit code"))
    }

    /// Whether what is typed shows up.
    pub fn echoes(&self) -> bool {
        let terminal = self.session.process().get_file_handle().expect("the terminal");
        tcgetattr(&terminal).expect("its modes").local_modes.contains(LocalModes::ECHO)
    }

    /// Waits until the echo is back on.
    #[track_caller]
    pub fn gets_its_echo_back(&self) {
        let start = Instant::now();
        while !self.echoes() {
            assert!(start.elapsed() < Duration::from_secs(30), "the echo stays off");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let before = self
            .session
            .exp_string(text)
            .unwrap_or_else(|error| panic!("{text:?} does not come: {error}\n{}", self.seen));
        self.seen.push_str(&before);
        self.seen.push_str(text);
    }
}
