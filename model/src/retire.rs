//! The end of a vault: one step after which it does not open, and the rest, which is done once more
//! after whatever interrupts it. A note of it stays, by which a window that has the vault open knows that
//! its file is not missing, but was destroyed.

use holdfast_otp::UnixTime;

use crate::ports::{Memos, SaveError, Settings, Stamp, Storage};
use crate::vault::{VaultId, header_of};
use crate::{SetAside, dates};

/// What a destroyed vault leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// What is gone, as the person knows it.
    pub gone: Vec<String>,
    /// Whether its end is noted.
    pub note: Note,
}

/// Whether the end of a vault is noted on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Note {
    /// Here.
    At(String),
    /// The device could not keep a note.
    None,
    /// Whoever began to destroy it saw to that.
    #[default]
    Before,
}

impl Remains {
    /// What the receipt says of the note; empty where it was said before.
    pub fn of_note(&self) -> String {
        match &self.note {
            Note::At(path) => format!(
                "What stays is a note of the end, {path}: the vault's random number and the time, with no \
                 name and no key. By it a window that still has this vault open forgets it; delete it once \
                 no such window is left."
            ),
            Note::None => {
                "The end could not be noted on this device: close every other window that has \
                           this vault open, and keep nothing that it holds."
                    .to_owned()
            }
            Note::Before => String::new(),
        }
    }
}

/// That a vault was destroyed on this device, or is being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When, as far as it is noted yet.
    pub at: Option<UnixTime>,
}

impl End {
    /// "on 2026-11-29 at 19:30", or nothing.
    pub(crate) fn when(self) -> String {
        self.at.map(|at| format!(" on {}", dates::minute(at))).unwrap_or_default()
    }
}

/// Whether this vault was destroyed on this device by its owner. A file that is missing says nothing of it.
pub fn ended(storage: &dyn Storage, memos: &dyn Memos, vault: VaultId) -> Option<End> {
    let going = storage.retiring().and_then(|sealed| header_of(&sealed).ok());
    if going.is_some_and(|header| header.vault_id() == vault) {
        return Some(End { at: None });
    }
    // Noted before the first byte of it was overwritten.
    memos.ended(vault).map(|at| End { at: Some(at) })
}

/// Destroys the vault with this stamp and all that is kept beside it, as the person saw it. Gives what it
/// leaves.
///
/// # Errors
/// Another program changed it since or set another copy aside, or the storage refuses. Once the storage has
/// begun, what it could not finish is finished by [`finish`] at the next start.
pub fn retire(
    storage: &dyn Storage,
    memos: &dyn Memos,
    settings: &dyn Settings,
    stamp: Stamp,
    aside: &SetAside,
    now: UnixTime,
) -> Result<Remains, SaveError> {
    aside.still_all(storage)?;
    storage.retire(stamp)?;
    Ok(finish(storage, memos, settings, now)?.unwrap_or_default())
}

/// Finishes what was interrupted of that, and gives what it leaves; `None` where nothing was.
///
/// # Errors
/// What the storage refuses.
pub fn finish(
    storage: &dyn Storage,
    memos: &dyn Memos,
    settings: &dyn Settings,
    now: UnixTime,
) -> Result<Option<Remains>, SaveError> {
    let Some(sealed) = storage.retiring() else { return Ok(None) };
    // While the file can still say which vault it was.
    let note = match header_of(&sealed) {
        Ok(header) => memos.end(header.vault_id(), now).map_or(Note::None, Note::At),
        Err(_) => Note::Before,
    };
    let chosen = settings.forget();
    let mut gone = storage.finish_retiring()?;
    gone.extend(chosen);
    Ok((!gone.is_empty()).then_some(Remains { gone, note }))
}
