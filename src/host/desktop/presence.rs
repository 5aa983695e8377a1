//! Whether another window of this person is open on the same vault.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::memos::state_folder;

/// A window's claim to be the first on its vault; dropping it gives the claim up.
#[derive(Debug)]
pub struct Presence {
    _claim: Option<File>,
    first: bool,
}

impl Presence {
    /// Claims the vault at this path by a locked file in `$XDG_RUNTIME_DIR/holdfast`, which ends
    /// with the session, or where there is no such folder in the state folder; `variable` looks an
    /// environment variable up. Nothing depends on it but a sentence, so where it cannot be told, this
    /// window is taken for the first.
    pub fn claim(vault: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let session = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let session = session.filter(|folder| folder.is_absolute());
        let session = session.map(|folder| folder.join("holdfast"));
        let Some(folder) = session.or_else(|| state_folder(variable)) else {
            return Self { _claim: None, first: true };
        };
        match open(&folder, vault) {
            Ok(file) => match file.try_lock() {
                Ok(()) => Self { _claim: Some(file), first: true },
                Err(TryLockError::WouldBlock) => Self { _claim: None, first: false },
                Err(TryLockError::Error(_)) => Self { _claim: None, first: true },
            },
            Err(_) => Self { _claim: None, first: true },
        }
    }

    /// Whether no other window was open on the vault.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

fn open(folder: &Path, vault: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut name = DefaultHasher::new();
    // One vault by all its names, through links too.
    vault.canonicalize().or_else(|_| std::path::absolute(vault))?.hash(&mut name);
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(folder.join(format!("window-{:016x}", name.finish())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_window_on_a_vault_knows_of_the_first_until_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (vault, other) = (folder.path().join("vault"), folder.path().join("other"));
        let claim = |vault: &Path| Presence::claim(vault, |_| Some(folder.path().into()));
        let first = claim(&vault);
        assert!(first.is_first());
        assert!(!claim(&folder.path().join("./vault")).is_first());
        assert!(claim(&other).is_first(), "another vault");
        drop(first);
        assert!(claim(&vault).is_first());
        assert!(Presence::claim(&vault, |_| None).is_first(), "where it cannot be told");
        // A session that has no folder of its own, as root's by `su`.
        let at_home =
            || Presence::claim(&vault, |name| (name == "HOME").then(|| folder.path().into()));
        let first = at_home();
        assert!(first.is_first() && !at_home().is_first());
    }
}
