//! The file itself: opened, brought to this version, and what keeps it from being used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase};
use rusqlite::{Connection, OptionalExtension};

use super::schema::{self, SchemaError};
use super::seals;
use crate::keyring::Keyring;

/// How long another process may hold the file before a request is refused.
pub const BUSY: Duration = Duration::from_secs(5);
/// SQLite's extended code for "the shared memory beside the database cannot grow".
const IOERR_SHMSIZE: i32 = 10 | 19 << 8;

/// The row of `meta` that says where everything in the file has moved to.
pub const MOVED: &str = "moved";

/// The database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite said no.
    #[error("The database {path} cannot be opened: {reason}. Check the file and its directory.")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// Another program keeps everybody else out of it.
    #[error(
        "The database {0} is locked by another program, and nothing was done. Wait until that one is \
         done with it, or end it; then try again."
    )]
    Locked(PathBuf),
    /// What is in the file is not what SQLite has written.
    #[error("The database {0} is damaged and cannot be opened. Restore it from a backup.")]
    Damaged(PathBuf),
    /// Its accounts are elsewhere now.
    #[error(
        "The accounts in {path} were moved to the database {to}. Give its address with --database; if \
         that database is empty, the move was broken off: run `migrate` again."
    )]
    Moved {
        /// The file.
        path: PathBuf,
        /// The cluster's database.
        to: String,
    },
    /// There is no room for the file to grow.
    #[error("The disk is full: {0} cannot be written. Make room on it, then start again.")]
    Full(PathBuf),
    /// The sealed columns were written under another key.
    #[error(
        "The key does not belong to the database {0}. Give the server.key that it was made with."
    )]
    ForeignKey(PathBuf),
}

impl OpenError {
    /// What SQLite said of the file, as the operator reads it.
    pub fn of(path: &Path, error: rusqlite::Error) -> OpenError {
        let path = path.to_owned();
        match error.sqlite_error() {
            Some(error) if matches!(error.code, NotADatabase | DatabaseCorrupt) => {
                OpenError::Damaged(path)
            }
            Some(error) if error.code == DiskFull || error.extended_code == IOERR_SHMSIZE => {
                OpenError::Full(path)
            }
            Some(error) if matches!(error.code, DatabaseBusy | DatabaseLocked) => {
                OpenError::Locked(path)
            }
            _ => OpenError::Database { path, reason: error.to_string() },
        }
    }
}

impl OpenError {
    fn of_schema(path: &Path, error: SchemaError) -> OpenError {
        match error {
            SchemaError::Database(error) => OpenError::of(path, error),
            other => OpenError::Database { path: path.to_owned(), reason: other.to_string() },
        }
    }
}

/// The file, with its tables brought to this version; a [`SqliteStore`] once its key is there.
pub struct Tables {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
}

impl Tables {
    /// Opens the file (which exists, perhaps empty, readable by its owner only).
    pub fn open(path: &Path) -> Result<Tables, OpenError> {
        let mut connection = connect(path).map_err(|error| OpenError::of(path, error))?;
        schema::upgrade(&mut connection).map_err(|error| OpenError::of_schema(path, error))?;
        Ok(Tables { path: path.to_owned(), connection })
    }

    /// Opens the file as it is; tables of another version are refused. For a program that runs
    /// beside the one that serves, which may be older.
    pub fn open_as_they_are(path: &Path) -> Result<Tables, OpenError> {
        let connection = connect(path).map_err(|error| OpenError::of(path, error))?;
        schema::is_newest(&connection).map_err(|error| OpenError::of_schema(path, error))?;
        Ok(Tables { path: path.to_owned(), connection })
    }

    /// The connection, where nobody else has one; `None` where somebody has.
    pub fn alone(self, keyring: &Keyring) -> Result<Option<Connection>, OpenError> {
        let Tables { path, connection } = self;
        let failed = |error| OpenError::of(&path, error);
        if !seals::adopt(&connection, keyring).map_err(failed)? {
            return Err(OpenError::ForeignKey(path));
        }
        // Only who has the file alone can put its log away; the next start takes it up again.
        let held: rusqlite::Result<String> =
            connection.busy_timeout(Duration::ZERO).and_then(|()| {
                connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
            });
        match held {
            Ok(_) => Ok(Some(connection)),
            Err(error) if error.sqlite_error_code() == Some(DatabaseBusy) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether they belong to a key already.
    pub fn are_marked(&self) -> Result<bool, OpenError> {
        self.connection
            .prepare("SELECT 1 FROM meta WHERE name = 'key'")
            .and_then(|mut select| select.exists([]))
            .map_err(|error| OpenError::of(&self.path, error))
    }
}

/// Where everything has moved to, if it has.
pub fn moved_to(db: &Connection) -> rusqlite::Result<Option<String>> {
    let to: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([MOVED], |row| row.get(0))
        .optional()?;
    Ok(to.map(|to| String::from_utf8_lossy(&to).into_owned()))
}

/// What only the connection that writes has.
pub fn for_writing(connection: &Connection) -> rusqlite::Result<()> {
    // The readers' pages are stale after each change; those of the only one that writes are not, so they are kept.
    connection.pragma_update(None, "cache_size", -4096)?;
    // What a change is taken back from, where it is stale, would else go through a file in a folder for
    // temporary ones.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Somebody who reads for long keeps the log from beginning anew, and it grows: afterwards it shrinks to 64 MiB.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)
}

pub fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: a disabled secret does not linger in a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    // 1 MiB a connection keeps an idle server small.
    connection.pragma_update(None, "cache_size", -1024)?;
    // A log-in alone takes some twenty; what is not kept is parsed anew each time.
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
