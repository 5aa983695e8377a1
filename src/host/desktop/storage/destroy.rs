//! The end of a vault file: nothing of it stays under any of its names.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use holdfast_model::ports::{Expected, SaveError, Stamp};

use super::error::Trouble;
use super::layer::{Disk, FileLayer};
use super::lock::Lock;
use super::{VaultFile, beside, place};

impl VaultFile<Disk> {
    /// Destroys the vault that has this stamp, with the generation before it and whatever a save left:
    /// each is overwritten, then removed. Gives the paths that are gone.
    ///
    /// The vault first takes the name of a save's leftover, so that a machine that stops half-way
    /// leaves either a whole vault or none, and a leftover that the next save removes. That the medium
    /// keeps no older copy of a block, no program can promise; but what such a copy holds is sealed.
    ///
    /// # Errors
    /// [`SaveError::Conflict`] where another program saved since; otherwise what the system says.
    pub fn destroy(&self, stamp: Stamp) -> Result<Vec<PathBuf>, SaveError> {
        Ok(self.destroy_all(stamp)?)
    }

    fn destroy_all(&self, stamp: Stamp) -> Result<Vec<PathBuf>, Trouble> {
        let path = place::resolve(&self.path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let lock = Lock::exclusive(&path)?;
        if !Expected::Stamped(stamp).matches(self.read(&path)?.as_deref()) {
            return Err(Trouble::Conflict);
        }
        let mut gone = Vec::new();
        let (previous, new) = (beside(&path, ".previous"), beside(&path, ".new"));
        for old in [&new, &previous, &beside(&previous, ".new")] {
            if overwrite(old)? {
                gone.push(old.clone());
            }
        }
        Disk.rename(&path, &new)?;
        Disk.sync_folder(folder)?;
        overwrite(&new)?;
        gone.push(path.clone());
        Disk.sync_folder(folder)?;
        drop(lock);
        Disk.remove(&beside(&path, ".lock"))?;
        if std::path::absolute(&self.path)? != path {
            // The link that led here leads nowhere now.
            Disk.remove(&self.path)?;
            gone.push(self.path.clone());
        }
        Ok(gone)
    }
}

/// Overwrites a file with zeros and removes it; `false` where none is.
fn overwrite(path: &Path) -> io::Result<bool> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let length = fs::metadata(path)?.len();
    file.seek(SeekFrom::Start(0))?;
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
    file.flush()?;
    file.sync_all()?;
    Disk.remove(path)?;
    Ok(true)
}
