//! Where a drill happens: a data directory that vanishes, and servers on loopback over it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use holdfast_otp::UnixTime;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::crew::{Crew, Makings};
use super::{Dice, Request, Shot};
use crate::place::{self, Whereabouts};
use crate::random::system_random;
use crate::store::Ground;

/// How long a server may take to start.
const LONGEST_START: Duration = Duration::from_secs(30);
/// How often it is looked, every five milliseconds, whether a server is gone that was killed: 10 seconds.
const LOOKS_AT_END: u32 = 2_000;
/// Most milliseconds over which the last bytes of a volley are spread; the dice choose.
const SPREADS: [u64; 3] = [0, 5, 50];

/// Servers over one data directory; all of it goes when this is dropped.
pub struct Arena {
    // Dropped, and so killed, before the directory.
    servers: Vec<Running>,
    program: PathBuf,
    clock: fn() -> UnixTime,
    makings: Arc<Makings>,
    folder: TempDir,
    /// The database, where it is not a file in the folder.
    ground: Option<Ground>,
}

struct Running {
    address: SocketAddr,
    process: Leashed,
}

/// A process that is gone once this is dropped, and not only told to go: one that still writes would
/// leave a directory behind that is being emptied.
struct Leashed(Child);

impl Drop for Leashed {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.0.start_kill();
        for _ in 0..LOOKS_AT_END {
            if !matches!(self.0.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Arena {
    /// Makes the directory in the system's place for temporary files (`TMPDIR`) and starts so many
    /// servers of `program` on it. With the address of a PostgreSQL database they are on one that is made
    /// beside it.
    pub async fn open(
        program: PathBuf,
        servers: usize,
        database: Option<&str>,
        clock: fn() -> UnixTime,
    ) -> anyhow::Result<Arena> {
        let folder = TempDir::with_prefix("holdfast-drill-").context("There is no place for it")?;
        let ground = match database {
            Some(address) => Some(Ground::beside(address).await?),
            None => None,
        };
        let makings = Arc::new(Makings::new(clock()).await?);
        let mut arena = Arena { servers: Vec::new(), program, clock, makings, folder, ground };
        let address = arena.address();
        let whereabouts = arena.whereabouts(address.as_deref());
        drop(place::open(whereabouts, Box::new(|_| ()), &mut system_random()).await?);
        for _ in 0..servers {
            arena.raise().await?;
        }
        Ok(arena)
    }

    /// Those who make people and look at what became of them, in the same store.
    pub async fn crew(&self) -> anyhow::Result<Crew> {
        let address = self.address();
        let opened = place::open_existing(self.whereabouts(address.as_deref())).await?;
        Ok(Crew::over(opened, self.clock, &self.makings))
    }

    /// Kills all servers (SIGKILL), as a power cut would that spares the disk's own memory.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        for mut server in self.servers.drain(..) {
            server.process.0.kill().await.context("The server cannot be killed")?;
        }
        Ok(())
    }

    /// Starts one more server.
    pub async fn raise(&mut self) -> anyhow::Result<()> {
        let running = self.start().await?;
        self.servers.push(running);
        Ok(())
    }

    /// Runs `check` on the directory; what it says where something is wrong.
    pub async fn check(&self) -> anyhow::Result<()> {
        let mut check = Command::new(&self.program);
        check.env_clear().arg("check").arg("--data-dir").arg(self.folder.path());
        if let Some(address) = self.address() {
            check.env("HOLDFAST_DATABASE", address);
        }
        let checked = check.output().await.context("`check` cannot be run")?;
        let said = String::from_utf8_lossy(&checked.stdout);
        anyhow::ensure!(checked.status.success(), "`check` finds something wrong: {said}");
        Ok(())
    }

    /// The directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The servers' processes.
    pub fn processes(&self) -> Vec<u32> {
        self.servers.iter().filter_map(|server| server.process.0.id()).collect()
    }

    /// The address of the database, where it is not a file.
    pub fn address(&self) -> Option<String> {
        self.ground.as_ref().map(Ground::address)
    }

    fn whereabouts<'a>(&'a self, database: Option<&'a str>) -> Whereabouts<'a> {
        Whereabouts { database, ..Whereabouts::all_in(self.folder.path()) }
    }

    /// Where the servers listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| server.address).collect()
    }

    /// Requests on their way, each to the next server, as late as the dice say.
    pub fn aim(&self, requests: Vec<Request>, dice: &mut Dice) -> Vec<Shot> {
        let spread = *dice.one_of(&SPREADS).unwrap_or(&0) * 1000;
        let shot = |(request, to)| {
            let late = Duration::from_micros(dice.below(spread + 1));
            Shot { to, request, late }
        };
        requests.into_iter().zip(self.addresses().into_iter().cycle()).map(shot).collect()
    }

    /// The code of the SMS to that number, once it is there.
    #[expect(clippy::disallowed_methods, reason = "a drill reads what the server writes")]
    pub(super) fn sms_to(&self, number: &str) -> anyhow::Result<Option<String>> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("outbox")) else {
            return Ok(None);
        };
        for entry in entries {
            let path = entry?.path();
            // Those that are not whole yet start with a dot.
            let whole = path.file_name().and_then(|name| name.to_str());
            if whole.is_none_or(|name| name.starts_with('.')) {
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let Some((to, body)) = text.split_once("\n\n") else { continue };
            if to.strip_prefix("To: ") == Some(number) {
                std::fs::remove_file(&path)?;
                return Ok(body.split(' ').next().map(str::to_owned));
            }
        }
        Ok(None)
    }

    /// A server as it is shipped. What the operator has set for the real one does not count here.
    async fn start(&self) -> anyhow::Result<Running> {
        let mut command = Command::new(&self.program);
        command.env_clear();
        if let Some(address) = self.address() {
            command.env("HOLDFAST_DATABASE", address);
        }
        let command = command
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log-level", "error"])
            // Each client can say that it is somebody else.
            .args(["--proxy", "127.0.0.1", "--sms-a-day", "4000000000"])
            .arg("--data-dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = Leashed(command.spawn().context("The server cannot be started")?);
        let out = process.0.stdout.take().context("The server has no output")?;
        let mut lines = BufReader::new(out).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on http://") {
                    return Ok(address.parse()?);
                }
            }
            anyhow::bail!("The server ended before it was ready.")
        };
        let address = timeout(LONGEST_START, ready).await.context("The server is not ready")??;
        Ok(Running { address, process })
    }
}
