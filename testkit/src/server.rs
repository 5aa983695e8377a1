//! The real `holdfast-server` in its own process, on a free port, with a data directory of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Postgres, Process, clock, program};

/// Where a test's server notes the address of its database, for the commands beside it.
const ADDRESS: &str = "address-of-the-database";

/// How a server is started; [`ServerOptions::default`] suits most tests.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// The server's clock against the machine's, in seconds (through `faketime`); 0 leaves it alone.
    pub clock_offset: i64,
    /// An existing data directory to start on; `None` makes one that vanishes with the handle.
    pub data_dir: Option<PathBuf>,
    /// The address to listen on; `None` takes a free port of the loopback address.
    pub listen: Option<String>,
    /// Whether mail and SMS leave, as files in `outbox/` of the data directory unless `args` say
    /// otherwise; without it nothing that needs them is offered.
    pub letters: bool,
    /// Further arguments of `serve`.
    pub args: Vec<String>,
    /// Further environment variables.
    pub envs: Vec<(String, String)>,
    /// The cluster that has the accounts, instead of a file; with `HOLDFAST_TEST_STORE=postgres` in the
    /// environment every server has one.
    pub postgres: Option<Arc<Postgres>>,
}

/// A running server; it is ended, and its own data directory removed, when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Process,
    url: String,
    data_dir: PathBuf,
    _own_dir: Option<TempDir>,
    postgres: Option<Arc<Postgres>>,
}

impl Server {
    /// Starts a server with the default options and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(ServerOptions::default())
    }

    /// Starts a server and waits until it says which address it listens on.
    ///
    /// # Panics
    /// When it is not built, does not start, or is not ready within 30 seconds.
    #[track_caller]
    pub fn start_with(options: ServerOptions) -> Self {
        let own_dir = match options.data_dir {
            Some(_) => None,
            None => Some(TempDir::with_prefix("holdfast-server-").expect("a temporary folder")),
        };
        let data_dir = options
            .data_dir
            .clone()
            .or_else(|| own_dir.as_ref().map(|dir| dir.path().to_owned()))
            .expect("one of the two is there");
        let mut command = clock::command(&program("holdfast-server"), options.clock_offset);
        command
            .args(["serve", "--dev", "--listen"])
            .arg(options.listen.as_deref().unwrap_or("127.0.0.1:0"))
            .arg("--data-dir")
            .arg(&data_dir)
            .args(if options.letters { &[][..] } else { &["--mail", "none", "--sms", "none"] })
            .args(&options.args)
            // Who runs the tests, and how, is not what they are about.
            .env_remove("SUDO_USER")
            .envs(options.envs.iter().map(|(name, value)| (name, value)));
        let postgres = options.postgres.or_else(of_this_run);
        if let Some(cluster) = &postgres {
            command.env("HOLDFAST_DATABASE", database(cluster, &data_dir));
        }
        let mut process = Process::start(command);
        let url = process.wait_for(Duration::from_secs(30), |line| {
            line.split_once("listening on ").map(|(_, url)| url.trim().to_owned())
        });
        Self { process, url, data_dir, _own_dir: own_dir, postgres }
    }

    /// One data directory for servers that are started one after another, each with its clock off by
    /// so many seconds.
    #[track_caller]
    pub fn on_one_disk() -> impl Fn(i64) -> Self {
        Self::on_one_disk_with(ServerOptions::default())
    }

    /// [`Self::on_one_disk`], with what else is said; its clock and its data directory are not used.
    #[track_caller]
    pub fn on_one_disk_with(options: ServerOptions) -> impl Fn(i64) -> Self {
        let disk = TempDir::new().expect("a temporary folder");
        let postgres = options.postgres.clone().or_else(of_this_run);
        move |clock_offset| {
            let (data_dir, postgres) = (Some(disk.path().to_owned()), postgres.clone());
            let options = options.clone();
            Self::start_with(ServerOptions { clock_offset, data_dir, postgres, ..options })
        }
    }

    /// The address of the server's root, such as `http://127.0.0.1:41327`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of a page: `path` starts with a slash.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The server's data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Everything the server printed so far.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// What a statement gives in the server's database, a row a line; nothing where that is a file.
    #[track_caller]
    pub fn in_postgres(&self, statement: &str) -> Option<String> {
        let cluster = self.postgres.as_ref()?;
        Some(cluster.sql(&name_of(&self.data_dir), statement))
    }

    /// The process itself, to kill it or to look whether it lives.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
        clock::clean_up();
    }
}

/// The cluster of a run whose servers all have one; those of one test share it.
#[track_caller]
fn of_this_run() -> Option<Arc<Postgres>> {
    static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    if env::var_os("HOLDFAST_TEST_STORE").is_none_or(|store| store != "postgres") {
        return None;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = shared.upgrade().unwrap_or_else(|| {
        Arc::new(Postgres::start().unwrap_or_else(|sentence| panic!("{sentence}")))
    });
    *shared = Arc::downgrade(&cluster);
    Some(cluster)
}

/// The address of the database that belongs to a data directory, which is made if it is not there.
#[track_caller]
fn database(cluster: &Postgres, data_dir: &Path) -> String {
    let name = name_of(data_dir);
    let address = cluster.address(&name);
    std::fs::create_dir_all(data_dir).expect("a folder for data");
    std::fs::write(data_dir.join(ADDRESS), &address).expect("it can be written");
    let found = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    if cluster.sql("postgres", &found).is_empty() {
        cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
    }
    address
}

/// The address of the database of a server with that data directory, where that is not a file in it.
pub fn database_of(data_dir: &Path) -> Option<String> {
    std::fs::read_to_string(data_dir.join(ADDRESS)).ok()
}

/// The name of the database that belongs to a data directory.
fn name_of(data_dir: &Path) -> String {
    let last = data_dir.file_name().unwrap_or_default().to_string_lossy();
    let name: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("d{}", name.to_ascii_lowercase())
}
