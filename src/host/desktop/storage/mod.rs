//! The vault file: read whole, replaced whole, never half written and never overwritten unseen.

mod error;
mod layer;
mod lock;
mod place;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use error::StorageError;
pub use layer::{Disk, FileLayer};
pub use place::default_vault_path;

use error::at;
use lock::Lock;

/// The largest vault file that is read: far above what any list of accounts needs, far below what
/// would exhaust a small machine.
pub const MAX_VAULT_BYTES: u64 = 64 * 1024 * 1024;

/// One vault file and what this process last knew to be in it.
///
/// Beside `vault` live `vault.lock` (held while saving, shared while reading), `vault.previous` (the
/// generation before the last save, until [`VaultFile::opened`] says that the newer one is good) and,
/// for the length of a save, `vault.new`.
///
/// A path that is a symbolic link is followed, and the file it points at is replaced: the person who
/// keeps the vault on another disk made that link, replacing it would leave two vaults that drift
/// apart, and a sealed file gives nothing away wherever it lies.
#[derive(Debug)]
pub struct VaultFile<L = Disk> {
    path: PathBuf,
    layer: L,
    /// The sealed bytes this process last loaded or saved; `None` where there was no file.
    known: Mutex<Option<Vec<u8>>>,
}

impl VaultFile {
    /// The vault at this path, which need not exist yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::on(Disk, path)
    }
}

impl<L: FileLayer> VaultFile<L> {
    /// The vault at this path of another file layer.
    pub fn on(layer: L, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), layer, known: Mutex::new(None) }
    }

    /// Where the vault is, as the person named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the sealed vault, and remembers it as what this process knows; `None` where there is
    /// none yet.
    ///
    /// # Errors
    /// [`StorageError`], in one sentence.
    pub fn load(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let path = place::resolve(&self.path)?;
        let _lock = Lock::shared(&path)?;
        let sealed = self.read(&path)?;
        self.remember(sealed.clone());
        Ok(sealed)
    }

    /// Replaces the vault with these sealed bytes, durably and all or nothing, if the file is still
    /// the one this process loaded or saved last. What it held becomes `vault.previous`.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where another program saved in between, otherwise whatever kept
    /// the bytes from the disk. After any error the file holds either the old vault or the new.
    pub fn save(&self, sealed: &[u8]) -> Result<(), StorageError> {
        let path = place::resolve(&self.path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        self.layer.create_folder(folder).map_err(at(folder))?;
        let _lock = Lock::exclusive(&path)?;
        let on_disk = self.read(&path)?;
        if on_disk != *self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(StorageError::Conflict { path });
        }
        if let Some(replaced) = &on_disk {
            self.put(&beside(&path, ".previous"), replaced)?;
        }
        self.put(&path, sealed)?;
        // From here on this is what the file holds, even if its name is not yet known to last.
        self.remember(Some(sealed.to_vec()));
        self.layer.sync_folder(folder).map_err(at(folder))
    }

    /// The generation before the last save, where it is still kept.
    ///
    /// # Errors
    /// [`StorageError`], in one sentence.
    pub fn previous(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let path = place::resolve(&self.path)?;
        let _lock = Lock::shared(&path)?;
        self.read(&beside(&path, ".previous"))
    }

    /// Says that the vault as loaded was opened with its passphrase: the generation before it is no
    /// longer needed, and goes, so that what was deleted from the vault does not stay on the disk.
    ///
    /// # Errors
    /// [`StorageError`], in one sentence; the vault itself is not touched.
    pub fn opened(&self) -> Result<(), StorageError> {
        let path = place::resolve(&self.path)?;
        let previous = beside(&path, ".previous");
        if self.read(&previous)?.is_none() {
            return Ok(());
        }
        let _lock = Lock::exclusive(&path)?;
        // Another program may have saved since: its previous generation is not ours to remove.
        if self.read(&path)? == *self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            self.layer.remove(&previous).map_err(at(&previous))?;
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, StorageError> {
        let bytes = self.layer.read(path, MAX_VAULT_BYTES).map_err(at(path))?;
        match bytes {
            Some(bytes) if bytes.len() as u64 > MAX_VAULT_BYTES => {
                Err(StorageError::TooLarge { path: path.to_owned() })
            }
            bytes => Ok(bytes),
        }
    }

    /// Puts the bytes under this name: a new file beside it, written and on the disk before it takes
    /// the name.
    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
        let new = beside(path, ".new");
        let written = self.write_new(&new, bytes).and_then(|()| self.layer.rename(&new, path));
        if let Err(error) = written {
            // Nothing is lost by leaving it (the next save replaces it), but it takes up the space
            // that a full disk needs.
            let _ = self.layer.remove(&new);
            return Err(at(path)(error));
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = self.layer.create(path)?;
        self.layer.write(&mut file, bytes)?;
        self.layer.sync(&file)
    }

    fn remember(&self, sealed: Option<Vec<u8>>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = sealed;
    }
}

/// The path with this ending added to its file name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
