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
use super::{VaultFile, beside, folder_of, place};

/// What the vault is called while it is being destroyed: a name that nobody gives a copy, since what
/// bears it goes at the next start.
const GOING: &str = ".destroying";

impl<L: FileLayer> VaultFile<L> {
    /// Takes the vault that has this stamp its name, durably: a machine that stops at any moment leaves
    /// a whole vault, or one of which the next start knows that it was to go.
    ///
    /// # Errors
    /// A conflict where another program saved since; otherwise what the system says.
    pub(super) fn begin_to_go(&self, stamp: Stamp) -> Result<(), Trouble> {
        let path = place::resolve(&self.path)?;
        let _lock = Lock::exclusive(&path)?;
        if !Expected::Stamped(stamp).matches(self.read(&path)?.as_deref()) {
            return Err(Trouble::Conflict);
        }
        self.layer.rename(&path, &beside(&path, GOING))?;
        Ok(self.layer.sync_folder(folder_of(&path))?)
    }

    /// The vault that was to go, as far as it is not overwritten yet.
    pub(super) fn going(&self) -> Option<Vec<u8>> {
        let going = beside(&place::led_to(&self.path).ok()?, GOING);
        // What is no file was never a vault's, whatever a link of that name leads to.
        if !is_file(&going).ok()? {
            return None;
        }
        self.read(&going).ok()?
    }

    /// Destroys it with the generation before it and whatever a save left: each is overwritten, then
    /// removed, the vault itself as the last. Gives the paths that are gone. That the medium keeps no
    /// older copy of a block, no program can promise; but what such a copy holds is sealed.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn destroy_going(&self) -> Result<Vec<PathBuf>, Trouble> {
        let path = place::led_to(&self.path)?;
        let lock = Lock::exclusive(&path)?;
        if place::holds_file(&path)? {
            // Another one has been put in its place since, and what lies beside it is that one's.
            self.overwrite(&beside(&path, GOING))?;
            return Ok(Vec::new());
        }
        let mut gone = Vec::new();
        let (previous, new) = (beside(&path, ".previous"), beside(&path, ".new"));
        let mut old = vec![new, previous.clone(), beside(&previous, ".new")];
        let aside = self.copies_aside(&path, || self.going())?;
        old.extend(aside.into_iter().map(|(copy, _)| copy));
        for old in old {
            if self.overwrite(&old)? {
                gone.push(old);
            }
        }
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_symlink()) {
            // The link that led here leads nowhere now.
            self.layer.remove(&self.path)?;
            gone.push(self.path.clone());
        }
        // The lock is held on; only its name goes, so that nothing is left after the last step.
        self.layer.remove(&beside(&path, ".lock"))?;
        self.layer.sync_folder(folder_of(&path))?;
        if self.overwrite(&beside(&path, GOING))? {
            gone.push(path.clone());
        }
        self.layer.sync_folder(folder_of(&path))?;
        drop(lock);
        Ok(gone)
    }

    /// Overwrites a file with zeros and removes it; `false` where none is. What else is called so no
    /// save has put there, and it stays as it is.
    fn overwrite(&self, path: &Path) -> io::Result<bool> {
        if !is_file(path)? {
            return Ok(false);
        }
        // Put in its place since, a pipe would wait for a reader.
        let flags = flags(OFlags::NOFOLLOW | OFlags::NONBLOCK);
        let mut file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(0))?;
        io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
        file.flush()?;
        file.sync_all()?;
        self.layer.remove(path)?;
        Ok(true)
    }
}

/// Whether a file is there, and nothing else of that name.
pub(super) fn is_file(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
