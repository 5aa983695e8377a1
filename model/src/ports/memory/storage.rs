//! A disk in memory, that can be full, closed, or taken.

use std::path::PathBuf;
use std::sync::Mutex;

use super::super::{Copies, Expected, LoadError, SaveError, Stamp, Storage, VAULT_LIMIT};
use super::{aside, lock};
use crate::vault::Header;

/// A disk with room for one file.
#[derive(Default)]
pub struct MemoryStorage {
    file: Mutex<Option<Vec<u8>>>,
    copy: Mutex<Option<PathBuf>>,
    before: Mutex<Option<Vec<u8>>>,
    retiring: Mutex<Option<Vec<u8>>>,
    aside: Mutex<Vec<Vec<u8>>>,
    former: Mutex<Option<String>>,
    trouble: Mutex<Option<DiskTrouble>>,
}

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskTrouble {
    /// It has room for so many bytes.
    Room(usize),
    /// It can only be read.
    ReadOnly,
    /// Another instance holds the lock.
    Taken,
    /// It can neither be read nor written.
    Denied,
    /// A folder is where the file should be; beside it there is room.
    Folder,
}

/// What is said of it.
const A_FOLDER: &str = "Where the vault file should be there is a folder of that name.";

impl MemoryStorage {
    /// What the file holds.
    pub fn file(&self) -> Option<Vec<u8>> {
        lock(&self.file).clone()
    }

    /// Puts other bytes in its place, as another program does.
    pub fn put(&self, bytes: Option<Vec<u8>>) {
        *lock(&self.file) = bytes;
    }

    /// What was put beside the vault, in order.
    pub fn aside(&self) -> Vec<Vec<u8>> {
        lock(&self.aside).clone()
    }

    fn refuses(&self, length: usize) -> Option<SaveError> {
        match *lock(&self.trouble) {
            Some(DiskTrouble::Room(room)) if length > room => Some(SaveError::Full),
            Some(DiskTrouble::ReadOnly | DiskTrouble::Denied) => Some(SaveError::ReadOnly),
            Some(DiskTrouble::Taken) => Some(SaveError::Busy),
            Some(DiskTrouble::Room(_) | DiskTrouble::Folder) | None => None,
        }
    }

    fn is(&self, trouble: DiskTrouble) -> bool {
        *lock(&self.trouble) == Some(trouble)
    }

    /// From now on this is the generation before, or there is none.
    pub fn keep_before(&self, sealed: Option<Vec<u8>>) {
        *lock(&self.before) = sealed;
    }

    /// From now on a copy of an earlier generation is there, or none.
    pub fn keep_copy(&self, path: Option<&str>) {
        *lock(&self.copy) = path.map(PathBuf::from);
    }

    /// From now on this is to be said of a copy that cannot be removed, or nothing.
    pub fn keep_former(&self, sentence: Option<&str>) {
        *lock(&self.former) = sentence.map(str::to_owned);
    }

    /// From now on this is wrong with the disk, or nothing.
    pub fn trouble(&self, trouble: Option<DiskTrouble>) {
        *lock(&self.trouble) = trouble;
    }
}

impl Storage for MemoryStorage {
    fn load(&self) -> Result<Option<Vec<u8>>, LoadError> {
        match *lock(&self.trouble) {
            Some(DiskTrouble::Denied) => return Err(LoadError::Denied),
            Some(DiskTrouble::Taken) => return Err(LoadError::Busy),
            Some(DiskTrouble::Folder) => return Err(LoadError::Other(A_FOLDER.to_owned())),
            Some(DiskTrouble::ReadOnly | DiskTrouble::Room(_)) | None => {}
        }
        match self.file() {
            Some(bytes) if bytes.len() > VAULT_LIMIT => Err(LoadError::TooLarge),
            file => Ok(file),
        }
    }

    fn save(&self, sealed: &[u8], expected: Expected) -> Result<(), SaveError> {
        if let Some(reason) = self.refuses(sealed.len()) {
            return Err(reason);
        }
        if self.is(DiskTrouble::Folder) {
            return Err(SaveError::InTheWay(A_FOLDER.to_owned()));
        }
        let mut file = lock(&self.file);
        if !expected.matches(file.as_deref()) {
            return Err(SaveError::Conflict);
        }
        *file = Some(sealed.to_vec());
        Ok(())
    }

    fn set_aside(&self, stamp: Stamp) -> Result<(), SaveError> {
        if let Some(reason) = self.refuses(0) {
            return Err(reason);
        }
        if self.is(DiskTrouble::Folder) {
            return Err(SaveError::InTheWay(A_FOLDER.to_owned()));
        }
        let mut file = lock(&self.file);
        if !Expected::Stamped(stamp).matches(file.as_deref()) {
            return Err(SaveError::Conflict);
        }
        lock(&self.aside).extend(file.take());
        Ok(())
    }

    fn keep_beside(&self, sealed: &[u8]) -> Result<String, SaveError> {
        if let Some(reason) = self.refuses(sealed.len()) {
            return Err(reason);
        }
        lock(&self.aside).push(sealed.to_vec());
        Ok("the file beside".to_owned())
    }

    fn copies_aside(&self) -> Result<Vec<(String, Vec<u8>)>, LoadError> {
        Ok(aside::copies(self.load()?.or_else(|| self.retiring()), self.aside()))
    }

    fn generation_before(&self) -> Result<Option<Vec<u8>>, LoadError> {
        Ok(lock(&self.before).clone())
    }

    fn retire(&self, stamp: Stamp) -> Result<(), SaveError> {
        if self.is(DiskTrouble::ReadOnly) {
            return Err(SaveError::ReadOnly);
        }
        let mut file = lock(&self.file);
        if !Expected::Stamped(stamp).matches(file.as_deref()) {
            return Err(SaveError::Conflict);
        }
        *lock(&self.retiring) = file.take();
        Ok(())
    }

    fn retiring(&self) -> Option<Vec<u8>> {
        lock(&self.retiring).clone()
    }

    fn finish_retiring(&self) -> Result<Vec<String>, SaveError> {
        *lock(&self.copy) = None;
        let copies = self.copies_aside().unwrap_or_default();
        lock(&self.aside).retain(|bytes| !copies.iter().any(|(_, copy)| copy == bytes));
        let vault = lock(&self.retiring).take().map(|_| "the vault".to_owned());
        Ok(copies.into_iter().map(|(name, _)| name).chain(vault).collect())
    }

    fn opened(&self, _stamp: Stamp, _covers: &dyn Fn(&Header) -> bool) -> Copies {
        Copies { former: lock(&self.former).clone(), stray: None }
    }

    fn copy_beside(&self) -> Option<PathBuf> {
        lock(&self.copy).clone()
    }
}
