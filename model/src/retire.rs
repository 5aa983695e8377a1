//! The end of a vault: one step after which it does not open, and the rest, which is done once more
//! after whatever interrupts it.

use crate::SetAside;
use crate::ports::{Memos, SaveError, Settings, Stamp, Storage};
use crate::vault::header_of;

/// Destroys the vault with this stamp and all that is kept beside it, as the person saw it. Gives what is
/// gone.
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
) -> Result<Vec<String>, SaveError> {
    aside.still_all(storage)?;
    storage.retire(stamp)?;
    Ok(finish(storage, memos, settings)?.unwrap_or_default())
}

/// Finishes what was interrupted of that, and gives what is gone; `None` where nothing was.
///
/// # Errors
/// What the storage refuses.
pub fn finish(
    storage: &dyn Storage,
    memos: &dyn Memos,
    settings: &dyn Settings,
) -> Result<Option<Vec<String>>, SaveError> {
    let Some(sealed) = storage.retiring() else { return Ok(None) };
    // While the file can still say which vault it was.
    let memo = header_of(&sealed).ok().and_then(|header| memos.forget(header.vault_id()));
    let chosen = settings.forget();
    let mut gone = storage.finish_retiring()?;
    gone.extend(memo.into_iter().chain(chosen));
    Ok((!gone.is_empty()).then_some(gone))
}
