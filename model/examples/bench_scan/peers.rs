//! Decoders from outside, each in a process of its own, so that they read the same planes in the
//! same run.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Plane;

/// A running peer.
pub struct Peer {
    pub name: String,
    process: Child,
    planes: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a peer read in one plane, and how long it took.
#[derive(serde::Deserialize)]
pub struct Answer {
    pub ms: f64,
    pub texts: Vec<String>,
}

impl Peer {
    /// Starts every peer that is installed. `HOLDFAST_PYTHON` names the Python that has zxing-cpp.
    pub fn installed() -> Vec<Self> {
        ["zxing", "zbar"].into_iter().filter_map(Self::start).collect()
    }

    fn start(which: &str) -> Option<Self> {
        let python = std::env::var("HOLDFAST_PYTHON").unwrap_or_else(|_| "python3".into());
        let mut process = Command::new(python)
            .args(["-c", include_str!("peers.py"), which])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let planes = process.stdin.take()?;
        let mut answers = BufReader::new(process.stdout.take()?);
        let mut line = String::new();
        answers.read_line(&mut line).ok()?;
        let name = line.trim().strip_prefix("ready ")?.to_owned();
        Some(Self { name, process, planes, answers })
    }

    /// Has the peer read one plane; `None` when it has died.
    pub fn read(&mut self, plane: &Plane) -> Option<Answer> {
        writeln!(self.planes, "{} {}", plane.width, plane.height).ok()?;
        self.planes.write_all(&plane.pixels).ok()?;
        self.planes.flush().ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
