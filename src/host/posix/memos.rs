//! What this machine remembers of vaults: a file for each in the state folder of the person.
//!
//! The desktop's keyring would hold the same 64 bytes, and was weighed: see
//! `docs/decisions/rolling-back.md`.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use holdfast_model::ports::{MemoError, Memos};
use holdfast_model::vault::{SealedMemo, VaultId};

use super::storage::{Disk, FileLayer, put};

/// Longer than any memo.
const LIMIT: u64 = 1024;

/// The memos in one folder; without a folder nothing is remembered.
#[derive(Debug, Clone, Default)]
pub struct StateFolder(Option<PathBuf>);

impl StateFolder {
    /// The memos in this folder, which need not exist yet.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// `$XDG_STATE_HOME/holdfast`, else `$HOME/.local/state/holdfast`; `variable` looks an
    /// environment variable up. Apart from the vault, so that whoever puts a copy of the vault back
    /// does not put the memo back with it.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self(state_folder(variable))
    }

    fn path(&self, vault: VaultId) -> Option<PathBuf> {
        let mut name = String::from("vault-");
        for byte in vault.as_bytes() {
            write!(name, "{byte:02x}").ok()?;
        }
        Some(self.0.as_ref()?.join(name))
    }
}

/// `$XDG_STATE_HOME/holdfast`, else `$HOME/.local/state/holdfast`.
pub(in crate::host) fn state_folder(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let set = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    Some(state?.join("holdfast"))
}

impl Memos for StateFolder {
    fn forget(&self, vault: VaultId) -> Option<String> {
        let path = self.path(vault)?;
        let held = Disk.read(&path, LIMIT).ok()?.is_some();
        (held && Disk.remove(&path).is_ok()).then(|| path.display().to_string())
    }

    fn recall(&self, vault: VaultId) -> Option<Vec<u8>> {
        Disk.read(&self.path(vault)?, LIMIT).ok()?
    }

    fn keep(&self, memo: &SealedMemo) -> Result<(), MemoError> {
        let (Some(folder), Some(path)) = (&self.0, self.path(memo.vault)) else {
            let reason = "no folder for it: neither XDG_STATE_HOME nor HOME is set";
            return Err(MemoError(reason.to_owned()));
        };
        let done = Disk.create_folder(folder).and_then(|()| put(&Disk, &path, &memo.bytes));
        done.map_err(|error| MemoError(format!("{}: {error}", folder.display())))
    }
}
