//! Files beside the vault that no save touches: what lay in its place, and what found no place.

use std::path::{Path, PathBuf};
use std::{fs, io};

use holdfast_model::ports::{Expected, Stamp};
use holdfast_model::vault::header_of;

use super::destroy::is_file;
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
        self.move_free(&path, &path).map(drop)
    }

    /// Gives a file beside the vault a name that nothing bears and no save touches, under the lock that the
    /// caller holds.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn move_free(&self, vault: &Path, file: &Path) -> Result<PathBuf, Trouble> {
        let free = free_name(vault);
        self.layer.rename(file, &free)?;
        self.layer.sync_folder(folder_of(vault))?;
        Ok(free)
    }

    /// Puts these bytes beside the vault, and gives their path.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn put_beside(&self, sealed: &[u8]) -> Result<PathBuf, Trouble> {
        let path = place::beside_which(&self.path)?;
        self.layer.create_folder(folder_of(&path))?;
        let _lock = Lock::exclusive(&path)?;
        let free = free_name(&path);
        put(&self.layer, &free, sealed)?;
        self.layer.sync_folder(folder_of(&path))?;
        Ok(free)
    }
}

impl<L: FileLayer> VaultFile<L> {
    /// What was set aside beside `path`, or beside a link that leads there, and is a copy of the vault in
    /// the bytes that `own` reads, with its own bytes: it opens, and gives codes. Another vault's file of
    /// such a name is none of them.
    pub(super) fn copies_aside(
        &self,
        path: &Path,
        own: impl FnOnce() -> Option<Vec<u8>>,
    ) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let id_in = |bytes: &[u8]| header_of(bytes).ok().map(|header| header.vault_id());
        let mut named = named_aside(path)?;
        let link = std::path::absolute(&self.path)?;
        if link != path {
            // It was written there while the link led nowhere.
            named.extend(named_aside(&link)?);
        }
        // Mostly there is none, and nothing to read for.
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let Some(own) = own().as_deref().and_then(id_in) else { return Ok(Vec::new()) };
        let mut copies = Vec::new();
        for copy in named {
            let Some(bytes) = self.read(&copy).ok().flatten() else { continue };
            if id_in(&bytes) == Some(own) {
                copies.push((copy, bytes));
            }
        }
        Ok(copies)
    }

    /// What was set aside beside the vault and is a copy of it, each under its own name.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn named_copies(&self) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
        let path = place::resolve(&self.path)?;
        if !place::holds_file(&path)? {
            return Ok(Vec::new());
        }
        let _lock = Lock::shared(&path)?;
        let copies = self.copies_aside(&path, || self.read(&path).ok().flatten())?;
        let named = |(copy, bytes): (PathBuf, Vec<u8>)| {
            let name = copy.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, bytes)
        };
        Ok(copies.into_iter().map(named).collect())
    }
}

/// The files beside the vault that are called as what is set aside.
fn named_aside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let start = beside(path, ".set-aside");
    let Some(start) = start.file_name() else { return Ok(Vec::new()) };
    let mut named = Vec::new();
    for found in fs::read_dir(folder_of(path))? {
        let found = found?;
        let is_named = found.file_name().as_encoded_bytes().starts_with(start.as_encoded_bytes());
        if is_named && is_file(&found.path())? {
            named.push(found.path());
        }
    }
    named.sort();
    Ok(named)
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
