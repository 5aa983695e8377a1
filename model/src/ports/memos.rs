//! What the device remembers of a vault, apart from the vault's file.

use crate::vault::{SealedMemo, VaultId};

/// The device's memos, one for each vault: 64 bytes that are no secret and that nobody can forge, so
/// any place will do that is not carried along when the vault's file is copied or put back.
///
/// A memo that is lost costs the comparison with what it remembered, and nothing else.
pub trait Memos {
    /// The memo of this vault; `None` where there is none, or none that can be read.
    fn recall(&self, vault: VaultId) -> Option<Vec<u8>>;

    /// Keeps this memo in the place of the one before.
    ///
    /// # Errors
    /// Why not; the one before stays. The vault itself is safe, so it is told once for each unlocking.
    fn keep(&self, memo: &SealedMemo) -> Result<(), MemoError>;

    /// Forgets a vault that is destroyed. Gives what is gone, as the person knows it.
    fn forget(&self, vault: VaultId) -> Option<String>;
}

/// Why the device cannot remember, in the system's words: short, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This device cannot remember which save of the vault is the newest ({0}), so an older copy of the \
     file would not be noticed; see that it can, then unlock again."
)]
pub struct MemoError(pub String);
