//! Files beside the vault that no save touches: what lay in its place, and what found no place.

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_model::ports::{Expected, Stamp};

use super::error::Trouble;
use super::layer::FileLayer;
use super::lock::Lock;
use super::{VaultFile, beside, folder_of, place, put};

impl<L: FileLayer> VaultFile<L> {
    /// Gives the file with this stamp another name.
    ///
    /// # Errors
    /// A conflict where it is another file by now; otherwise what the system says.
    pub(super) fn move_aside(&self, stamp: Stamp) -> Result<(), Trouble> {
        let path = place::resolve(&self.path)?;
        let _lock = Lock::exclusive(&path)?;
        if !Expected::Stamped(stamp).matches(self.read(&path)?.as_deref()) {
            return Err(Trouble::Conflict);
        }
        self.layer.rename(&path, &free_name(&path))?;
        Ok(self.layer.sync_folder(folder_of(&path))?)
    }

    /// Puts these bytes beside the vault, and gives their path.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn put_beside(&self, sealed: &[u8]) -> Result<PathBuf, Trouble> {
        let path = place::resolve(&self.path)?;
        self.layer.create_folder(folder_of(&path))?;
        let _lock = Lock::exclusive(&path)?;
        let free = free_name(&path);
        put(&self.layer, &free, sealed)?;
        self.layer.sync_folder(folder_of(&path))?;
        Ok(free)
    }
}

/// The first name that nothing bears, under the lock that whoever gives such names holds.
fn free_name(path: &Path) -> PathBuf {
    let first = std::iter::once(".set-aside".to_owned());
    let names = first.chain((2_u32..).map(|number| format!(".set-aside-{number}")));
    let mut free = beside(path, ".set-aside");
    for name in names {
        free = beside(path, &name);
        if fs::symlink_metadata(&free).is_err() {
            break;
        }
    }
    free
}
