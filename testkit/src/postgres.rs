//! A PostgreSQL cluster of its own: Debian's programs, a folder that vanishes, a socket nobody else uses.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

use crate::programs::absent;
use crate::{Process, Ran, run};

/// The user that Debian makes for it: PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// A running cluster; it is ended, and its folder removed, when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    process: Mutex<Option<Process>>,
    programs: PathBuf,
    folder: TempDir,
    settings: &'static [&'static str],
}

/// Nobody pulls a plug in a test; what is tried is what the server makes of the cluster's word.
const HASTY: &[&str] = &["fsync=off", "full_page_writes=off"];
/// As PostgreSQL is shipped, but for memory in which all tables of a million accounts stay, as docs/scaling.md
/// advises; what nobody reads takes none of it.
const DURABLE: &[&str] = &["shared_buffers=3GB", "max_wal_size=2GB"];

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// As [`crate::installed`].
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[track_caller]
    pub fn start() -> Result<Self, String> {
        Self::start_with(HASTY)
    }

    /// Makes a cluster that syncs what it says is durable, and starts it: to measure.
    ///
    /// # Errors
    /// As [`crate::installed`].
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[track_caller]
    pub fn durable() -> Result<Self, String> {
        Self::start_with(DURABLE)
    }

    #[track_caller]
    fn start_with(settings: &'static [&'static str]) -> Result<Self, String> {
        let Some(programs) = programs() else {
            return Err(absent("PostgreSQL is not installed; `./dev test` installs it"));
        };
        // A socket's path must be short, whatever the folder for temporary files is.
        let folder = TempDir::with_prefix_in("holdfast-pg-", "/tmp").expect("a temporary folder");
        if is_root() {
            let given = run("chown", [USER.as_ref(), folder.path().as_os_str()], &[], b"");
            assert!(given.ok(), "{given:?}");
        }
        let cluster = Self { process: Mutex::new(None), programs, folder, settings };
        let made = cluster.ran(
            "initdb",
            &["--auth=trust", "--no-sync", "--username=holdfast", "--encoding=UTF8", "--locale=C"],
        );
        assert!(made.ok(), "{made:?}");
        cluster.raise();
        Ok(cluster)
    }

    /// Starts it again after [`Self::stop`].
    #[track_caller]
    pub fn raise(&self) {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            .args(["-c", "dynamic_shared_memory_type=mmap"])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        let mut process = Process::start(command);
        process.wait_for(Duration::from_secs(60), |line| {
            line.contains("ready to accept connections").then_some(())
        });
        *self.process() = Some(process);
    }

    /// Ends it at once; what it said was durable is there when it is started again.
    pub fn stop(&self) {
        // Told to, it takes its shared memory with it, which it would leave behind if it were killed.
        let stopped = self.ran("pg_ctl", &["-m", "immediate", "-w", "stop"]);
        assert!(stopped.ok(), "{stopped:?}");
        *self.process() = None;
    }

    /// The address of a database in it.
    pub fn address(&self, database: &str) -> String {
        format!("host={} user=holdfast dbname={database}", self.folder.path().display())
    }

    /// Runs a statement in a database of it; what it gives, a row a line.
    ///
    /// # Panics
    /// When the cluster says no.
    #[track_caller]
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let address = self.address(database);
        let mut command = self.command("psql");
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &address,
            "-c",
            statement,
        ]);
        let ran = command.output().expect("psql starts");
        assert!(ran.status.success(), "{statement}: {ran:?}");
        String::from_utf8_lossy(&ran.stdout).trim_end().to_owned()
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn ran(&self, program: &str, args: &[&str]) -> Ran {
        let mut command = self.command(program);
        command.arg("-D").arg(self.data()).args(args);
        let ran = command.output().expect("it starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: ran.status.code(), out: text(&ran.stdout), err: text(&ran.stderr) }
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
        // Its home may be one that it must not look into.
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let is_running = self.process().is_some();
        if is_running {
            self.stop();
        }
    }
}

/// Where Debian keeps the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let numbered = versions.filter_map(|entry| {
        let path = entry.ok()?.path();
        let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
        let programs = path.join("bin");
        programs.join("initdb").is_file().then_some((number, programs))
    });
    numbered.max().map(|(_, programs)| programs)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}
