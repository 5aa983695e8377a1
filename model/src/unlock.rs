//! A vault file read and opened with its passphrase, and what the device remembers of it.

use holdfast_otp::UnixTime;

use crate::msg::{OnDisk, OpenFailure, OpenedBy};
use crate::ports::{Copies, Memos, Stamp, Storage, Stray};
use crate::vault::{Header, Passphrase, Vault, header_of};

/// A vault file, not yet opened, and the memo of its vault.
pub struct Found {
    /// The file.
    pub sealed: Vec<u8>,
    /// The memo as the device kept it, if it kept one.
    pub kept: Option<Vec<u8>>,
}

impl Found {
    /// Reads the vault file and the memo.
    ///
    /// # Errors
    /// The file is not there, cannot be read, or is no vault.
    pub fn read(storage: &dyn Storage, memos: &dyn Memos) -> Result<Self, OpenFailure> {
        let missing = || OpenFailure::of_missing(storage).unwrap_or(OpenFailure::Missing);
        let load = || storage.load()?.ok_or_else(missing);
        let header = header_of(&load()?).map_err(|error| OpenFailure::of(error, storage))?;
        let kept = memos.recall(header.vault_id());
        // Whoever saves remembers after the save. So the file is read once more after the memo, or
        // what another instance saves just now would make this one an older file.
        Ok(Self { sealed: load()?, kept })
    }

    /// Opens it, which is slow, and remembers that. A file that lacks what the device saw
    /// opens too; the memo of the answer is then of what it saw.
    ///
    /// # Errors
    /// The passphrase is another, or the file cannot be opened with any.
    pub fn open(
        &self,
        passphrase: &Passphrase,
        storage: &dyn Storage,
        memos: &dyn Memos,
        now: UnixTime,
    ) -> Result<OnDisk, OpenFailure> {
        let vault = Vault::open(&self.sealed, passphrase)
            .map_err(|error| OpenFailure::of(error, storage))?;
        Ok(self.opened(vault, OpenedBy::Passphrase, storage, memos, now))
    }

    /// What is open now, and remembered.
    pub(crate) fn opened(
        &self,
        vault: Vault,
        opened_by: OpenedBy,
        storage: &dyn Storage,
        memos: &dyn Memos,
        now: UnixTime,
    ) -> OnDisk {
        let mut memo = vault.memo(self.kept.as_deref(), now);
        if opened_by == OpenedBy::Passphrase {
            memo.typed(now);
        }
        memo.saw(&vault);
        let forgetful = memos.keep(&vault.seal_memo(&memo)).err();
        let stamp = Stamp::of(&self.sealed);
        let mut copies = storage.opened(stamp, &|copy| covers(&vault, copy));
        if memo.is_missed_by(&vault) {
            // Beside an older file, what opens as the vault did before is perhaps the newest there is.
            let stray = holds_more(storage, &vault).or(copies.stray);
            copies = Copies { former: None, stray };
        }
        let copies = Box::new(copies);
        OnDisk { vault: Box::new(vault), stamp, memo, opened_by, forgetful, copies }
    }
}

/// Whether all that the file with this header held is in the vault.
fn covers(vault: &Vault, file: &Header) -> bool {
    file.vault_id() == vault.header().vault_id() && vault.descends_from(file.save_point())
}

/// The newest of the copies of the vault which were set aside that holds what the vault lacks.
fn holds_more(storage: &dyn Storage, vault: &Vault) -> Option<Stray> {
    let copies = storage.copies_aside().ok()?.into_iter();
    let headers = copies.filter_map(|(name, copy)| Some((name, header_of(&copy).ok()?)));
    let newest = headers
        .filter(|(_, header)| !covers(vault, header))
        .max_by_key(|(_, header)| header.generation());
    newest.map(|(name, _)| Stray::HoldsMore(name))
}
