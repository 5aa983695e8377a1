//! What the device remembers of a vault, apart from the vault's file.

use crate::vault::{SealedMemo, VaultId};

/// The device's memos, one for each vault: 64 bytes that are no secret and that nobody can forge, so
/// any place will do that is not carried along when the vault's file is copied or put back.
///
/// A memo that is lost costs the comparison with what it remembered, and nothing else.
pub trait Memos {
    /// The memo of this vault; `None` where there is none, or none that can be read.
    fn recall(&self, vault: VaultId) -> Option<Vec<u8>>;

    /// Keeps this memo in the place of the one before. Where that fails the one before stays, and
    /// nobody needs to be told: the vault itself is safe.
    fn keep(&self, memo: &SealedMemo);

    /// Forgets a vault that is destroyed. Gives what is gone, as the person knows it.
    fn forget(&self, vault: VaultId) -> Option<String>;
}
