//! The directory that holds the server's data: made, guarded and opened here and nowhere else.
#![expect(clippy::disallowed_methods, reason = "this is where the server meets its files")]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::keyring::Keyring;

/// The database's file name.
const DATABASE: &str = "holdfast.db";
/// The key's file name, unless another place is named.
const KEY: &str = "server.key";

/// The data directory, made and checked.
#[derive(Debug)]
pub struct Place(PathBuf);

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
    /// There is a database and no key to it.
    #[error(
        "The key file {0} is missing, and the database is sealed with it. Put the file back, or \
         name its place with --key-file."
    )]
    KeyMissing(PathBuf),
    /// The file is not a key.
    #[error("The key file {path} cannot be used: {reason}.")]
    KeyUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Place {
    /// Makes the directory (0700) if it is not there, and an empty database file (0600) in it.
    pub fn open(directory: &Path) -> Result<Place, PlaceError> {
        let unwritable = |reason| PlaceError::Unwritable { path: directory.to_owned(), reason };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
        // SQLite gives its log the mode of the database, so the mode is set before SQLite comes.
        let database = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(directory.join(DATABASE))
            .map_err(unwritable)?;
        database.set_permissions(Permissions::from_mode(0o600)).map_err(unwritable)?;
        Ok(Place(directory.to_owned()))
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// The key: from `elsewhere` if that is named, else from the directory; made when the database
    /// is new, and never again after that.
    pub fn keyring(
        &self,
        elsewhere: Option<&Path>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Keyring, PlaceError> {
        let path = elsewhere.map_or_else(|| self.0.join(KEY), Path::to_owned);
        let unusable = |reason: String| PlaceError::KeyUnusable { path: path.clone(), reason };
        match File::open(&path) {
            Ok(file) => read_key(&file).map_err(unusable),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !self.is_new() {
                    return Err(PlaceError::KeyMissing(path));
                }
                let mut bytes = Zeroizing::new([0; 32]);
                rng.fill_bytes(bytes.as_mut());
                write_new(&path, bytes.as_ref()).map_err(|error| unusable(error.to_string()))?;
                Keyring::from_bytes(bytes.as_ref()).ok_or_else(|| unusable(String::new()))
            }
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// Whether the database has never been written.
    fn is_new(&self) -> bool {
        fs::metadata(self.database()).is_ok_and(|about| about.len() == 0)
    }
}

fn read_key(file: &File) -> Result<Keyring, String> {
    let mode = file.metadata().map_err(|error| error.to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!("others may read it (mode {:o}); make it 0600", mode & 0o777));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    file.take(64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Keyring::from_bytes(&bytes)
        .ok_or_else(|| format!("it holds {} bytes where a key has 32", bytes.len()))
}

/// Whole or not at all: written beside, synced, and given its name last.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let beside = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // Not a rename: another process that made the key first must keep it.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked?;
    File::open(directory)?.sync_all()
}
