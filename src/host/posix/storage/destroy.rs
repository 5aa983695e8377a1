//! The end of a vault file: nothing of it stays under any of its names.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use holdfast_model::ports::{Expected, Stamp};
use rustix::fs::OFlags;

use super::error::Trouble;
use super::layer::{FileLayer, flags};
use super::lock::Lock;
use super::{VaultFile, beside, place};

impl<L: FileLayer> VaultFile<L> {
    /// Destroys the vault that has this stamp, with the generation before it and whatever a save left:
    /// each is overwritten, then removed. Gives the paths that are gone.
    ///
    /// The vault first takes the name of a save's leftover, so that a machine that stops half-way
    /// leaves either a whole vault or none, and a leftover that the next save removes. That the medium
    /// keeps no older copy of a block, no program can promise; but what such a copy holds is sealed.
    ///
    /// # Errors
    /// A conflict where another program saved since; otherwise what the system says.
    pub(super) fn destroy_all(&self, stamp: Stamp) -> Result<Vec<PathBuf>, Trouble> {
        let path = place::resolve(&self.path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let lock = Lock::exclusive(&path)?;
        if !Expected::Stamped(stamp).matches(self.read(&path)?.as_deref()) {
            return Err(Trouble::Conflict);
        }
        let mut gone = Vec::new();
        let (previous, new) = (beside(&path, ".previous"), beside(&path, ".new"));
        for old in [&new, &previous, &beside(&previous, ".new")] {
            if self.overwrite(old)? {
                gone.push(old.clone());
            }
        }
        self.layer.rename(&path, &new)?;
        self.layer.sync_folder(folder)?;
        self.overwrite(&new)?;
        gone.push(path.clone());
        self.layer.sync_folder(folder)?;
        self.layer.remove(&beside(&path, ".lock"))?;
        drop(lock);
        if fs::symlink_metadata(&self.path).is_ok() {
            // The link that led here leads nowhere now.
            self.layer.remove(&self.path)?;
            gone.push(self.path.clone());
        }
        Ok(gone)
    }

    /// Overwrites a file with zeros and removes it; `false` where none is.
    fn overwrite(&self, path: &Path) -> io::Result<bool> {
        let mut file =
            match OpenOptions::new().write(true).custom_flags(flags(OFlags::NOFOLLOW)).open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            };
        let length = fs::metadata(path)?.len();
        file.seek(SeekFrom::Start(0))?;
        io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
        file.flush()?;
        file.sync_all()?;
        self.layer.remove(path)?;
        Ok(true)
    }
}
