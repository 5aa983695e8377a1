//! What can go wrong with a vault, each a type and one sentence for the person.

use std::path::Path;

use super::cost::{CostError, Excess};

/// Why a vault cannot be opened, or its header not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file does not begin like a vault: zeroed, or another program's.
    #[error("This file is not a Holdfast vault; choose the file that Holdfast made.")]
    NotAVault,
    /// The file needs a reader of a later format version than this one.
    #[error("This vault was written by a newer Holdfast; update Holdfast to open it.")]
    NewerVersion {
        /// The format version that wrote the file.
        written: u16,
        /// The least format version that can read it.
        needed: u16,
    },
    /// The file ends too early, or is empty.
    #[error(
        "This vault file is cut short; put a whole copy in its place, or move it away and enrol every \
         account anew."
    )]
    CutShort,
    /// Bytes follow the end of the vault.
    #[error(
        "This vault file has something added to its end; put a whole copy in its place, or move it \
         away and enrol every account anew."
    )]
    TooLong,
    /// The file is larger than any vault ([`MAX_FILE_LEN`](super::MAX_FILE_LEN)).
    #[error("This file is too large to be a Holdfast vault; choose the file that Holdfast made.")]
    TooLarge,
    /// Something in the file was changed since Holdfast wrote it.
    #[error(
        "This vault file is damaged; put a whole copy in its place, or move it away and enrol every \
         account anew."
    )]
    Damaged,
    /// No passphrase slot opens with this passphrase.
    #[error("This passphrase does not open the vault; check it and try again.")]
    WrongPassphrase,
    /// The vault has no slot for a passphrase.
    #[error("This vault has no passphrase; unlock it with the device that made it.")]
    NoPassphrase,
    /// The slot of this device is not in the vault.
    #[error("This device is not set up to unlock the vault; use the passphrase.")]
    NoSuchSlot,
    /// The device's key does not open its slot.
    #[error("This device's key no longer opens the vault; use the passphrase.")]
    WrongDeviceKey,
    /// The file asks for more of this than [`Cost`](super::Cost) allows.
    #[error(
        "This vault file asks for more {0} than is safe to give; it was not made by Holdfast, \
         so use another copy."
    )]
    TooCostly(Excess),
    /// The file asks for less work than [`Cost::FLOOR`](super::Cost::FLOOR).
    #[error(
        "This vault file protects its passphrase too weakly; it was not made by Holdfast, so use \
         another copy."
    )]
    TooCheap,
    /// The memory for checking the passphrase is not to be had now.
    #[error("There is not enough free memory to check the passphrase; close other programs.")]
    OutOfMemory,
    /// The passphrase opens none of the slots that were tried, and for one the memory is not to be had now.
    #[error(
        "This passphrase opens none of the ways in that could be tried, and for another there is not enough \
         free memory; close other programs, then try again."
    )]
    NotAllTried,
}

impl OpenError {
    /// The sentence with the place of the file in it, where the file is the reason.
    pub fn of_file(&self, path: &Path) -> Option<String> {
        let sentence = self.to_string();
        let subjects = match self {
            Self::NotAVault
            | Self::NewerVersion { .. }
            | Self::CutShort
            | Self::TooLong
            | Self::TooLarge
            | Self::Damaged
            | Self::TooCostly(_)
            | Self::TooCheap => ["This vault file ", "This file ", "This vault "],
            Self::WrongPassphrase
            | Self::NoPassphrase
            | Self::NoSuchSlot
            | Self::WrongDeviceKey
            | Self::OutOfMemory
            | Self::NotAllTried => return None,
        };
        let rest = subjects.iter().find_map(|subject| sentence.strip_prefix(subject))?;
        Some(format!("The file {} {rest}", path.display()))
    }
}

impl From<CostError> for OpenError {
    fn from(error: CostError) -> Self {
        match error {
            CostError::TooCostly(of) => Self::TooCostly(of),
            CostError::TooCheap => Self::TooCheap,
        }
    }
}

/// Why a vault cannot be sealed. Nothing in it has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The file would exceed [`MAX_FILE_LEN`](super::MAX_FILE_LEN).
    #[error("The vault has grown too large to save; remove what is no longer needed.")]
    TooLarge,
    /// There is no number left for another generation.
    #[error("This vault can be saved no more; make a new one and enrol again.")]
    NoMoreGenerations,
}

/// Why a way of unlocking cannot be made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// Nothing was typed.
    #[error("The passphrase is empty; type one.")]
    EmptyPassphrase,
    /// More than [`MAX_SLOTS`](super::MAX_SLOTS).
    #[error(
        "The vault already has eight ways to unlock it; changing the passphrase takes the others away, and \
         then there is room."
    )]
    TooMany,
    /// With the others it would cost more than [`Cost::MAX_TOGETHER_KIB`](super::Cost::MAX_TOGETHER_KIB).
    #[error(
        "The passphrases of this vault already take as long to try as is allowed; take one away, or change \
         the passphrase, and then there is room."
    )]
    TooCostly,
    /// No passphrase among the ways to unlock: a lost device would lose everything.
    #[error("The vault needs a passphrase, so that it can be opened without this device.")]
    NoPassphrase,
    /// The device's name for its key or the key's wrapping is too long to store.
    #[error("The device's key store gave a key too large to store; use the passphrase.")]
    TooLong,
    /// The memory for Argon2id is not to be had now.
    #[error("There is not enough free memory to set the passphrase; close other programs.")]
    OutOfMemory,
}

/// Why an entry cannot be read or changed. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// No entry has this identity.
    #[error("This account is no longer in the vault.")]
    NotFound,
    /// Issuer or account name is longer than [`MAX_NAME_LEN`](super::MAX_NAME_LEN).
    #[error("This name is too long; shorten it.")]
    NameTooLong,
    /// The note is longer than [`MAX_NOTE_LEN`](super::MAX_NOTE_LEN).
    #[error("This note is too long; shorten it.")]
    NoteTooLong,
    /// The entry's codes follow the clock, not a counter.
    #[error("This account's codes do not use a counter.")]
    NotCounterBased,
    /// The entry waits for re-enrolment: it has no secret yet.
    #[error("This account is waiting for re-enrolment; scan its new barcode.")]
    NoSecret,
    /// The sealed secret does not open: the entry is damaged, the others are not.
    #[error("This account's secret is damaged; enrol it again with its service.")]
    Damaged,
    /// What is to be restored is in the vault already.
    #[error("This account is already in the vault.")]
    AlreadyThere,
    /// What is to be restored was removed from another vault; its secret would not open here.
    #[error("This account belongs to another vault; enrol it again here.")]
    OtherVault,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_place() {
        let path = Path::new("/home/ada/vault");
        for (error, told) in [
            (OpenError::CutShort, "The file /home/ada/vault is cut short; put a whole copy"),
            (OpenError::NotAVault, "The file /home/ada/vault is not a Holdfast vault; choose"),
            (OpenError::TooLong, "The file /home/ada/vault has something added to its end;"),
            (OpenError::TooLarge, "The file /home/ada/vault is too large to be"),
            (OpenError::Damaged, "The file /home/ada/vault is damaged; put"),
            (OpenError::TooCostly(Excess::Memory), "The file /home/ada/vault asks for more memory"),
            (OpenError::TooCostly(Excess::Time), "The file /home/ada/vault asks for more time"),
            (
                OpenError::TooCostly(Excess::Lanes),
                "The file /home/ada/vault asks for more processor",
            ),
            (OpenError::TooCheap, "The file /home/ada/vault protects its passphrase"),
            (
                OpenError::NewerVersion { written: 2, needed: 2 },
                "The file /home/ada/vault was written by a newer Holdfast; update",
            ),
        ] {
            let said = error.of_file(path);
            assert!(said.as_ref().is_some_and(|said| said.starts_with(told)), "{said:?}");
        }
        assert_eq!(OpenError::WrongPassphrase.of_file(path), None);
    }
}
