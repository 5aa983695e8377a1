//! The directory that holds the server's data: made, guarded and opened here and nowhere else.
#![expect(clippy::disallowed_methods, reason = "this is where the server meets its files")]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::keyring::{self, Keyring};
use crate::store::{
    Cluster, ClusterError, MigrateError, Observer, OpenError, PostgresStore, SqliteStore, Store,
    Tables, copy_database, migrate as migrate_store,
};

/// The database's file name.
const DATABASE: &str = "holdfast.db";
/// The key's file name, unless another place is named.
const KEY: &str = "server.key";

/// What stands ready when the data directory is open.
pub struct Opened {
    /// The key.
    pub keyring: Arc<Keyring>,
    /// The database that the key belongs to.
    pub store: Arc<dyn Store>,
}

/// Where accounts are kept.
#[derive(Clone, Copy)]
pub struct Whereabouts<'a> {
    /// The data directory.
    pub directory: &'a Path,
    /// The key's file, if it is not in the directory.
    pub key_file: Option<&'a Path>,
    /// The address of a PostgreSQL database, if it is not a file in the directory.
    pub database: Option<&'a str>,
}

impl<'a> Whereabouts<'a> {
    /// All in one directory.
    pub fn all_in(directory: &'a Path) -> Whereabouts<'a> {
        Whereabouts { directory, key_file: None, database: None }
    }

    fn key(&self) -> PathBuf {
        self.key_file.map_or_else(|| self.directory.join(KEY), Path::to_owned)
    }

    fn file(&self) -> PathBuf {
        self.directory.join(DATABASE)
    }
}

/// The data directory or a file in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The directory cannot be made or written.
    #[error("The data directory {path} cannot be written: {reason}. Give another with --data-dir.")]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Nothing more can be written where this file is to be.
    #[error("The disk is full: {0} cannot be written. Make room on it, then start again.")]
    Full(PathBuf),
    /// There is a database and no key to it.
    #[error(
        "The key file {0} is missing, and the database is sealed with it. Put the file back, or \
         name its place with --key-file."
    )]
    KeyMissing(PathBuf),
    /// There is nothing to work on.
    #[error("There is no database {0}. Check --data-dir; `serve` makes a new one.")]
    NothingHere(PathBuf),
    /// There is a key and no database to it.
    #[error(
        "The key file {key} is there, and its database {database} is missing or empty. Put the \
         database back from a backup; to begin anew, move the key file away."
    )]
    DatabaseMissing {
        /// The key.
        key: PathBuf,
        /// The database that should be there.
        database: PathBuf,
    },
    /// A new key has nowhere to go.
    #[error(
        "The folder for the key file {0} is not there. Make the folder, or name another place with \
         --key-file."
    )]
    KeyFolderMissing(PathBuf),
    /// The file is not a key.
    #[error("The key file {path} cannot be used: {reason}.")]
    KeyUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A backup is never written over.
    #[error("{0} is there already. Give the backup a new name.")]
    BackupExists(PathBuf),
    /// The backup cannot be written.
    #[error("The backup {path} cannot be written: {reason}. Give another place.")]
    BackupUnwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// There is a key, and nothing in the cluster's database.
    #[error(
        "The key file {key} is there, and nothing is in the database {place}. Check --database, or \
         bring the accounts over with `migrate`; to begin anew, move the key file away."
    )]
    ClusterEmpty {
        /// The key.
        key: PathBuf,
        /// The database that should have something in it.
        place: String,
    },
    /// It is not said where to move to.
    #[error("It is not said where to move to. Say it with --database ADDRESS.")]
    NoTarget,
    /// See [`MigrateError`].
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// See [`OpenError`].
    #[error(transparent)]
    Database(#[from] OpenError),
    /// See [`ClusterError`].
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// Opens the data directory and the database. On the first start all of it is made: the directory
/// (0700), the database's tables, the key (0600), and last the database's mark of its key. A start that
/// died before the mark is taken up by the next one; after the mark no key is ever made again.
///
/// One process at a time: another that starts meanwhile waits, and finds what the first one made.
pub async fn open(
    at: Whereabouts<'_>,
    observer: Observer,
    rng: &mut (dyn CryptoRng + Send),
) -> Result<Opened, PlaceError> {
    let directory = at.directory;
    let unwritable = |reason: io::Error| match is_full(&reason) {
        true => PlaceError::Full(directory.to_owned()),
        false => PlaceError::Unwritable { path: directory.to_owned(), reason },
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
    let alone = File::open(directory).map_err(unwritable)?;
    alone.lock().map_err(unwritable)?;
    let (database, key) = (at.file(), at.key());
    let kept = read_key(&key)?;
    if let Some(address) = at.database {
        let cluster = Cluster::reach(address).await?;
        if cluster.is_empty().await? {
            if kept.is_some() {
                return Err(PlaceError::ClusterEmpty { key, place: cluster.place().to_owned() });
            }
            if !folder_of(&key).is_dir() {
                return Err(PlaceError::KeyFolderMissing(key));
            }
        }
        cluster.upgrade().await?;
        let keyring = match kept {
            Some(keyring) => keyring,
            None if cluster.is_marked().await? => return Err(PlaceError::KeyMissing(key)),
            None => make_key(&key, rng)?,
        };
        let keyring = Arc::new(reloading(keyring, key));
        let store = PostgresStore::over(cluster, Arc::clone(&keyring)).await?.observed(observer);
        return Ok(Opened { keyring, store: Arc::new(store) });
    }
    if is_empty(&database) {
        if kept.is_some() {
            return Err(PlaceError::DatabaseMissing { key, database });
        }
        if !folder_of(&key).is_dir() {
            return Err(PlaceError::KeyFolderMissing(key));
        }
    }
    make_private(&database).and_then(|()| alone.sync_all()).map_err(unwritable)?;
    let tables = Tables::open(&database)?;
    let keyring = match kept {
        Some(keyring) => keyring,
        None if tables.are_marked()? => return Err(PlaceError::KeyMissing(key)),
        None => make_key(&key, rng)?,
    };
    let keyring = Arc::new(reloading(keyring, key));
    let store = SqliteStore::over(tables, Arc::clone(&keyring))?.observed(observer);
    Ok(Opened { keyring, store: Arc::new(store) })
}

/// Opens what is there already and changes nothing about it: beside the server that serves.
pub async fn open_existing(at: Whereabouts<'_>) -> Result<Opened, PlaceError> {
    let (database, key) = (at.file(), at.key());
    if let Some(address) = at.database {
        let cluster = Cluster::reach(address).await?;
        cluster.is_newest().await?;
        let keyring = read_key(&key)?.ok_or_else(|| PlaceError::KeyMissing(key.clone()))?;
        let keyring = Arc::new(reloading(keyring, key));
        let store = PostgresStore::over(cluster, Arc::clone(&keyring)).await?;
        return Ok(Opened { keyring, store: Arc::new(store) });
    }
    if is_empty(&database) {
        return Err(PlaceError::NothingHere(database));
    }
    let tables = Tables::open_as_they_are(&database)?;
    let keyring = read_key(&key)?.ok_or_else(|| PlaceError::KeyMissing(key.clone()))?;
    let keyring = Arc::new(reloading(keyring, key));
    let store = SqliteStore::over(tables, Arc::clone(&keyring))?;
    Ok(Opened { keyring, store: Arc::new(store) })
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether nothing was ever written into the file.
fn is_empty(database: &Path) -> bool {
    fs::metadata(database).map_or(true, |about| about.len() == 0)
}

/// Makes the file if it is not there; its owner alone reads it. SQLite gives its log the mode of the
/// database, so the mode is set before SQLite comes.
fn make_private(database: &Path) -> io::Result<()> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(database)?;
    file.set_permissions(Permissions::from_mode(0o600))
}

/// The keys in the file; `None` if there is no file.
fn read_key(path: &Path) -> Result<Option<Keyring>, PlaceError> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    let keyring = Keyring::from_bytes(&bytes).ok_or_else(|| PlaceError::KeyUnusable {
        path: path.to_owned(),
        reason: format!(
            "it holds {} bytes where a key has 32; restore it from a backup",
            bytes.len()
        ),
    })?;
    Ok(Some(keyring))
}

/// Another process may have put a newer key into the file.
fn reloading(keyring: Keyring, path: PathBuf) -> Keyring {
    keyring.reloading(Box::new(move || {
        let read = read_bytes(&path).inspect_err(|error| tracing::error!("{error}"));
        read.ok().flatten()
    }))
}

fn read_bytes(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PlaceError> {
    let unusable = |reason: String| PlaceError::KeyUnusable { path: path.to_owned(), reason };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let about = file.metadata().map_err(|error| unusable(error.to_string()))?;
    if about.is_dir() {
        return Err(unusable("it is a folder; name a file with --key-file".to_owned()));
    }
    let mode = about.permissions().mode();
    if mode & 0o077 != 0 {
        let reason = format!("others may read it (mode {:o}); make it 0600", mode & 0o777);
        return Err(unusable(reason));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(128));
    file.take(128).read_to_end(&mut bytes).map_err(|error| unusable(error.to_string()))?;
    Ok(Some(bytes))
}

/// Moves everything from the file into the cluster's database; how many rows that were.
pub async fn migrate(at: Whereabouts<'_>) -> Result<usize, PlaceError> {
    let (database, key) = (at.file(), at.key());
    let address = at.database.ok_or(PlaceError::NoTarget)?;
    if is_empty(&database) {
        return Err(PlaceError::NothingHere(database));
    }
    let tables = Tables::open_as_they_are(&database)?;
    let keyring = read_key(&key)?.ok_or(PlaceError::KeyMissing(key))?;
    let cluster = Cluster::reach(address).await?;
    Ok(migrate_store(tables, &cluster, &keyring).await?)
}

/// Puts a new key into the file before the one that is there; where there are two already, a
/// rotation is under way, and they stay.
pub fn add_key(at: Whereabouts<'_>, rng: &mut dyn CryptoRng) -> Result<(), PlaceError> {
    let path = at.key();
    let old = read_bytes(&path)?.ok_or_else(|| PlaceError::KeyMissing(path.clone()))?;
    if old.len() != keyring::KEY {
        return Ok(());
    }
    let mut both = Zeroizing::new(vec![0; 2 * keyring::KEY]);
    let (new, behind) = both.split_at_mut(keyring::KEY);
    rng.fill_bytes(new);
    behind.copy_from_slice(&old);
    replace(&path, &both)
}

/// Leaves only the newest key in the file.
pub fn drop_old_key(at: Whereabouts<'_>) -> Result<(), PlaceError> {
    let path = at.key();
    let both = read_bytes(&path)?.ok_or_else(|| PlaceError::KeyMissing(path.clone()))?;
    replace(&path, both.get(..keyring::KEY).unwrap_or(&both))
}

/// Copies the database to a new file, whole or not at all, for its owner only.
pub fn back_up(directory: &Path, to: &Path) -> Result<(), PlaceError> {
    let database = directory.join(DATABASE);
    if is_empty(&database) {
        return Err(PlaceError::NothingHere(database));
    }
    let unwritable = |reason: io::Error| match reason.kind() {
        io::ErrorKind::AlreadyExists => PlaceError::BackupExists(to.to_owned()),
        _ if is_full(&reason) => PlaceError::Full(to.to_owned()),
        _ => PlaceError::BackupUnwritable { path: to.to_owned(), reason },
    };
    if to.exists() {
        return Err(PlaceError::BackupExists(to.to_owned()));
    }
    let mut beside = to.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside);
    let file = file.map_err(unwritable)?;
    let copied = copy_database(&database, beside).map_err(PlaceError::from);
    let named = copied.and_then(|()| {
        file.sync_all().and_then(|()| fs::hard_link(beside, to)).map_err(unwritable)
    });
    let removed = fs::remove_file(beside).map_err(unwritable);
    named.and(removed)?;
    File::open(folder_of(to)).and_then(|folder| folder.sync_all()).map_err(unwritable)
}

/// Holds everybody else off until it is dropped; `None` if somebody else holds it.
pub fn alone(at: Whereabouts<'_>) -> Result<Option<File>, PlaceError> {
    let unwritable = |reason| PlaceError::Unwritable { path: at.directory.to_owned(), reason };
    // Not the key: that file is replaced meanwhile.
    let held = if at.database.is_some() { at.directory.to_owned() } else { at.file() };
    let file = File::open(held).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(reason)) => Err(unwritable(reason)),
    }
}

/// The new bytes or the old ones, at every moment, and of the same owner: root rotates the key of a server
/// that runs as somebody else.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), PlaceError> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let (old, new) = (fs::metadata(path)?, file.metadata()?);
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(&file, Some(old.uid()), Some(old.gid()))?;
        }
        file.write_all(bytes).and_then(|()| file.sync_all())?;
        fs::rename(&beside, path)?;
        File::open(folder_of(path))?.sync_all()
    };
    written()
        .inspect_err(|_| {
            // It may hold the new key.
            let _ = fs::remove_file(&beside);
        })
        .map_err(|error| match is_full(&error) {
            true => PlaceError::Full(path.to_owned()),
            false => PlaceError::KeyUnusable { path: path.to_owned(), reason: error.to_string() },
        })
}

/// Makes a key, and returns the one that is on the disk afterwards: whoever came first has made it.
fn make_key(path: &Path, rng: &mut dyn CryptoRng) -> Result<Keyring, PlaceError> {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(bytes.as_mut());
    write_new(path, bytes.as_ref()).map_err(|error| match is_full(&error) {
        true => PlaceError::Full(path.to_owned()),
        false => PlaceError::KeyUnusable { path: path.to_owned(), reason: error.to_string() },
    })?;
    read_key(path)?.ok_or_else(|| PlaceError::KeyMissing(path.to_owned()))
}

/// Whole or not at all, and never over another: written beside, synced, and given its name last.
/// That the name is taken already is no error.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Starts on another data directory may share the key's folder.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    // Not a rename: another process that made the key first must keep it.
    let linked = written.and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        linked => linked?,
    }
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
