//! A child process that is ended when its handle is dropped, and a one-shot run with its output.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A running program whose output is collected; it is killed and reaped on drop.
///
/// It stays in the caller's process group, so that a test runner that ends the group ends it too.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<String>,
    output: Arc<Mutex<String>>,
}

impl Process {
    /// Starts `command` with both outputs piped and collected line by line.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
        let output = Arc::new(Mutex::new(String::new()));
        let (to_lines, lines) = channel();
        if let Some(out) = child.stdout.take() {
            collect(out, Arc::clone(&output), Some(to_lines.clone()));
        }
        if let Some(err) = child.stderr.take() {
            collect(err, Arc::clone(&output), Some(to_lines));
        }
        Self { name, child, lines, output }
    }

    /// Waits for a line (of either output) that `wanted` accepts, and returns what it made of it.
    ///
    /// # Panics
    /// When the program ends or the time is over before such a line: the message holds its output.
    #[track_caller]
    pub fn wait_for<T>(&mut self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!(
                    "{} did not get ready within {} s; it printed:\n{}",
                    self.name,
                    limit.as_secs(),
                    self.output()
                ),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!(
                        "{} ended before it was ready; it printed:\n{}",
                        self.name,
                        self.output()
                    )
                }
            }
        }
    }

    /// Everything the program printed so far, both outputs, in the order they arrived.
    pub fn output(&self) -> String {
        self.output.lock().expect("no reader panics").clone()
    }

    /// The operating system's number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the program at once (SIGKILL), as a power cut would, and waits until it is gone.
    pub fn kill(&mut self) {
        // Both fail only when it has ended by itself, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a program that ran to its end said.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Ran {
    /// Whether it exited with 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a program to its end with `stdin` as its input.
///
/// # Panics
/// When it cannot be started.
#[track_caller]
pub fn run<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
    envs: &[(&str, &OsStr)],
    stdin: &[u8],
) -> Ran {
    let mut command = Command::new(program);
    command.args(args).envs(envs.iter().copied());
    run_command(command, stdin)
}

/// [`run`] for a command that is made already.
#[track_caller]
pub(crate) fn run_command(mut command: Command, stdin: &[u8]) -> Ran {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
    let mut input = child.stdin.take().expect("the input is piped");
    let bytes = stdin.to_vec();
    let writer = thread::spawn(move || {
        // A program may end without reading its input; that is its right.
        input.write_all(&bytes).ok();
    });
    let ended = child.wait_with_output().unwrap_or_else(|error| panic!("{name}: {error}"));
    writer.join().expect("the writer does not panic");
    Ran {
        code: ended.status.code(),
        out: String::from_utf8_lossy(&ended.stdout).into_owned(),
        err: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

fn collect(
    from: impl Read + Send + 'static,
    output: Arc<Mutex<String>>,
    lines: Option<std::sync::mpsc::Sender<String>>,
) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Ok(mut all) = output.lock() {
                all.push_str(&line);
                all.push('\n');
            }
            if let Some(lines) = &lines {
                // Nobody may be waiting any more.
                lines.send(line).ok();
            }
        }
    });
}
