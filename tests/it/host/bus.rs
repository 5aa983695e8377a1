//! A message bus of a test's own, and on it a logind that says what the test wants.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, connection};
use zbus::zvariant::{self, ObjectPath, OwnedObjectPath};

pub const SESSION: &str = "/org/freedesktop/login1/session/_31";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// A bus, which ends with the test.
pub struct Bus {
    child: Child,
    pub address: String,
}

impl Bus {
    /// Starts one; `None`, with a word on it, where there is none installed (in CI that fails).
    pub fn start() -> Option<Self> {
        Self::start_at(None)
    }

    /// Starts one at this address, or at one of its own.
    fn start_at(address: Option<&str>) -> Option<Self> {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/bus.conf");
        let started = Command::new("dbus-daemon")
            .args(["--config-file", config, "--nofork", "--print-address"])
            .args(address.map(|address| format!("--address={address}")))
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!ci, "dbus-daemon is missing; `./dev test` installs it");
            println!("skipped: dbus-daemon is not installed; `./dev test` installs it");
            return None;
        };
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        // Without the mark of this one run, as a system names its buses.
        let address = address.trim().split(",guid").next().unwrap_or_default().to_owned();
        Some(Self { child, address })
    }

    /// Ends it and starts it again where it was.
    pub fn restart(self) -> Self {
        let address = self.address.clone();
        drop(self);
        // What is left of it at that place would be in the way.
        let socket = address.strip_prefix("unix:path=").expect("a file");
        let _ = std::fs::remove_file(socket);
        Self::start_at(Some(&address)).expect("it was there before")
    }

    /// Another program on this bus.
    pub fn stranger(&self) -> Connection {
        connection::Builder::address(self.address.as_str()).unwrap().build().unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A delay that was asked for: what, who, why, how; and the end that tells when it is let go.
type Asked = ([String; 4], PipeReader);

/// The manager of log-ins.
pub struct Logind {
    pub connection: Connection,
    asked: Arc<Mutex<Vec<Asked>>>,
}

struct Manager(Arc<Mutex<Vec<Asked>>>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> zvariant::OwnedFd {
        let (reader, writer) = std::io::pipe().unwrap();
        self.0.lock().unwrap().push(([what, who, why, mode], reader));
        OwnedFd::from(writer).into()
    }

    #[zbus(name = "GetSessionByPID")]
    fn session_by_pid(&self, _pid: u32) -> OwnedObjectPath {
        ObjectPath::from_static_str_unchecked(SESSION).into()
    }
}

impl Logind {
    pub fn on(bus: &Bus) -> Self {
        let asked = Arc::default();
        let connection = connection::Builder::address(bus.address.as_str())
            .unwrap()
            .serve_at(MANAGER_PATH, Manager(Arc::clone(&asked)))
            .unwrap()
            .name("org.freedesktop.login1")
            .unwrap()
            .build()
            .unwrap();
        Self { connection, asked }
    }

    /// Waits until the program under test asked to be waited for.
    pub fn asked(&self) -> Asked {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(asked) = self.asked.lock().unwrap().pop() {
                return asked;
            }
            assert!(Instant::now() < deadline, "nobody asked logind to wait");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn sleep(&self, begins: bool) {
        sleep(&self.connection, begins);
    }

    pub fn lock(&self, session: &str) {
        self.connection
            .emit_signal(None::<&str>, session, "org.freedesktop.login1.Session", "Lock", &())
            .unwrap();
    }
}

/// The signal before and after a sleep, from whomever.
pub fn sleep(connection: &Connection, begins: bool) {
    connection
        .emit_signal(None::<&str>, MANAGER_PATH, MANAGER, "PrepareForSleep", &(begins,))
        .unwrap();
}

/// Waits until the delay is let go.
pub fn wait_for_release(mut asked: PipeReader) {
    let mut nothing = Vec::new();
    asked.read_to_end(&mut nothing).unwrap();
    assert!(nothing.is_empty());
}
