//! What this machine remembers of vaults: a file for each in the state folder of the person.
//!
//! The desktop's keyring would hold the same 64 bytes, and was weighed: see
//! `docs/decisions/rolling-back.md`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use holdfast_model::ports::{MemoError, Memos, end_note, place_name};
use holdfast_model::vault::{SealedMemo, VaultId};
use holdfast_otp::UnixTime;

use super::storage::{Disk, FileLayer, alone, put};

/// Longer than any memo.
const LIMIT: u64 = 1024;

/// The memos in one folder; without a folder nothing is remembered.
#[derive(Debug, Clone, Default)]
pub struct StateFolder {
    folder: Option<PathBuf>,
    /// The vault's path, by which it is known that one was there.
    vault: Option<PathBuf>,
}

impl StateFolder {
    /// The memos in this folder, which need not exist yet.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder: Some(folder), vault: None }
    }

    /// `$XDG_STATE_HOME/holdfast`, else `$HOME/.local/state/holdfast`; `variable` looks an
    /// environment variable up. Apart from the vault, so that whoever puts a copy of the vault back
    /// does not put the memo back with it.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self { folder: state_folder(variable), vault: None }
    }

    /// The same for the vault at this path, which is remembered too: as a hash, and with the vault's id
    /// and the date of its last save beside it.
    #[must_use]
    pub fn of_vault(self, path: &Path) -> Self {
        Self { vault: std::path::absolute(path).ok(), ..self }
    }

    /// Where it is noted which vault is at the path.
    fn place(&self) -> Option<PathBuf> {
        let path = self.vault.as_ref()?;
        let name = place_name(path.as_os_str().as_encoded_bytes());
        Some(self.folder.as_ref()?.join(format!("place-{}", hex(&name))))
    }

    /// Which vault was last at the path, and when it was saved.
    fn noted(&self) -> Option<([u8; 16], UnixTime)> {
        let note = Disk.read(&self.place()?, LIMIT).ok()??;
        let (vault, at) = note.split_first_chunk::<16>()?;
        Some((*vault, UnixTime(u64::from_be_bytes(at.try_into().ok()?))))
    }

    fn path(&self, vault: VaultId) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("vault-{}", hex(vault.as_bytes()))))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
    fn was_here(&self) -> Option<UnixTime> {
        self.noted().map(|(_, at)| at)
    }

    fn end(&self, vault: VaultId, at: UnixTime) -> Option<String> {
        if let Some((noted, _)) = self.noted()
            && noted == *vault.as_bytes()
            && let Some(place) = self.place()
        {
            // Where it stays, the next start tells of a vault that is gone, as it is.
            let _ = Disk.remove(&place);
        }
        let path = self.path(vault)?;
        for left_by_a_crash in ["lock", "new"] {
            let _ = Disk.remove(&path.with_extension(left_by_a_crash));
        }
        let note = || put(&Disk, &path, &end_note(at));
        let noted = Disk.create_folder(self.folder.as_ref()?).and_then(|()| note()).or_else(|_| {
            // A disk that is full has room once the memo is gone.
            Disk.remove(&path)?;
            note()
        });
        noted.is_ok().then(|| path.display().to_string())
    }

    fn recall(&self, vault: VaultId) -> Option<Vec<u8>> {
        Disk.read(&self.path(vault)?, LIMIT).ok()?
    }

    fn keep(&self, memo: &SealedMemo) -> Result<(), MemoError> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(memo.vault)) else {
            let reason = "no folder for it: neither XDG_STATE_HOME nor HOME is set";
            return Err(MemoError(reason.to_owned()));
        };
        let keep = || {
            if self.recall(memo.vault).is_some_and(|there| !memo.replaces(&there)) {
                return Ok(());
            }
            if let Some(place) = self.place() {
                // A hint: without it a missing file passes for a first start, as on a new device.
                let at = memo.written_at().0.to_be_bytes();
                let _ = put(&Disk, &place, &[&memo.vault.as_bytes()[..], &at].concat());
            }
            put(&Disk, &path, &memo.bytes)
        };
        // A window and a terminal may both save at this moment.
        let done = Disk.create_folder(folder).and_then(|()| alone(&path, keep));
        done.map_err(|error| MemoError(format!("{}: {error}", folder.display())))
    }
}
