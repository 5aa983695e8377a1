//! What the device remembers of a vault, apart from the vault's file.

use holdfast_otp::UnixTime;
use sha2::{Digest, Sha256};

use crate::vault::{SealedMemo, VaultId};

/// The device's memos, one for each vault: 64 bytes that are no secret and that nobody can forge, so
/// any place will do that is not carried along when the vault's file is copied or put back.
///
/// A memo that is lost costs the comparison with what it remembered, and nothing else.
pub trait Memos {
    /// The memo of this vault; `None` where there is none, or none that can be read.
    fn recall(&self, vault: VaultId) -> Option<Vec<u8>>;

    /// Keeps this memo in the place of the one before; but where that one is not to be replaced by it
    /// ([`SealedMemo::replaces`]), as whoever else keeps memos sees it, that one stays.
    ///
    /// # Errors
    /// Why not; the one before stays. The vault itself is safe, so it is told once for each unlocking.
    fn keep(&self, memo: &SealedMemo) -> Result<(), MemoError>;

    /// When the vault that was last at this vault's place was saved, as far as this device knows: a
    /// missing file is no first start then. A hint, which anybody could have written.
    fn was_here(&self) -> Option<UnixTime>;

    /// Forgets a vault that is destroyed, but for a note of its end ([`end_note`]) in the place of its memo.
    /// Gives where the note is, as the person knows it; `None` where none could be kept. A memo that is kept
    /// later, of a copy that was put back and opened, takes the note's place again.
    fn end(&self, vault: VaultId, at: UnixTime) -> Option<String>;

    /// When this vault was destroyed on this device, if that is noted.
    fn ended(&self, vault: VaultId) -> Option<UnixTime> {
        let note = self.recall(vault)?;
        let at = note.strip_prefix(END)?.try_into().ok()?;
        Some(UnixTime(u64::from_be_bytes(at)))
    }
}

/// How the note of a vault's end begins.
const END: &[u8; 8] = b"retired\0";

/// What stands in the place of a memo after its vault was destroyed: that, and when. It is shorter than any
/// memo, so that it never passes for one.
pub fn end_note(at: UnixTime) -> [u8; 16] {
    let mut note = [0; 16];
    note[..8].copy_from_slice(END);
    note[8..].copy_from_slice(&at.0.to_be_bytes());
    note
}

/// Under which name a device notes which vault is at a path: the first half of its SHA-256, for paths are
/// long, and none of a memo's business.
pub fn place_name(path: &[u8]) -> [u8; 16] {
    let mut name = [0; 16];
    name.copy_from_slice(&Sha256::digest(path)[..16]);
    name
}

/// Why the device cannot remember, in the system's words: short, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This device cannot remember which save of the vault is the newest ({0}), so an older copy of the \
     file would not be noticed; see that it can, then unlock again."
)]
pub struct MemoError(pub String);
