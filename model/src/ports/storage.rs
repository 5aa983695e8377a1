//! Where the sealed vault is kept: whole or not at all, and never over somebody else's change.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::retire::End;
use crate::vault::Header;

/// The largest vault file that is read, in bytes; a larger one is refused unread.
pub const VAULT_LIMIT: usize = 64 * 1024 * 1024;

/// The place of the one sealed vault.
pub trait Storage {
    /// The sealed vault, or `None` where none was ever saved.
    fn load(&self) -> Result<Option<Vec<u8>>, LoadError>;

    /// Puts `sealed` in the place of what is there, durably and whole or not at all.
    ///
    /// Under a lock that other instances respect, what is there now is compared with `expected`
    /// ([`Expected::matches`]); where they differ nothing is written and the answer is
    /// [`SaveError::Conflict`].
    fn save(&self, sealed: &[u8], expected: Expected) -> Result<(), SaveError>;

    /// Gives the file with this stamp another name beside it, so that the vault's own is free: it is
    /// damaged, or another vault. Nothing of it is deleted. Where something else is there by now it
    /// stays, and the answer is [`SaveError::Conflict`].
    fn set_aside(&self, stamp: Stamp) -> Result<(), SaveError>;

    /// Puts `sealed` beside the vault, under a name that nothing bears, and gives that.
    fn keep_beside(&self, sealed: &[u8]) -> Result<String, SaveError>;

    /// The copies of the vault that was saved here which lie beside it, set aside, and are destroyed with
    /// it: what each is called, and its bytes. The same order each time.
    fn copies_aside(&self) -> Result<Vec<(String, Vec<u8>)>, LoadError>;

    /// The generation before the vault that was saved here, where it is still kept; it is destroyed with it.
    fn generation_before(&self) -> Result<Option<Vec<u8>>, LoadError>;

    /// Begins to destroy the vault with this stamp: in one step, after which nobody opens it any more,
    /// whatever happens. Another vault is [`SaveError::Conflict`].
    fn retire(&self, stamp: Stamp) -> Result<(), SaveError>;

    /// The sealed vault that is being destroyed, or what is left of it; `None` where none is.
    fn retiring(&self) -> Option<Vec<u8>>;

    /// Destroys it with every copy that the storage kept of it: overwritten, then removed. Gives what
    /// is gone, as the person knows it.
    fn finish_retiring(&self) -> Result<Vec<String>, SaveError>;

    /// Tells that the file with this stamp was opened, and so is whole: the copy of an earlier generation,
    /// if one is kept for safety, may go where all that it held is in what was opened; `covers` says so of its
    /// header. Any other is set aside. Nothing depends on it, but the answer is to be told.
    fn opened(&self, _stamp: Stamp, _covers: &dyn Fn(&Header) -> bool) -> Copies {
        Copies::default()
    }

    /// Where the vault's file lies, if it has a place that a person knows.
    fn place(&self) -> Option<PathBuf> {
        None
    }

    /// Where a usable copy of an earlier generation is, if one is kept just now.
    fn copy_beside(&self) -> Option<PathBuf> {
        None
    }
}

/// What is to be told of the copies beside a vault that was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// One cannot be removed, or was set aside, that a former passphrase opens or a way in that was taken
    /// away: a sentence.
    pub former: Option<String>,
    /// One is no copy from before.
    pub stray: Option<Stray>,
}

/// A copy beside a vault that holds what the vault does not, by the name that it was set aside under.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stray {
    /// It is of the same vault, or perhaps.
    #[error(
        "{0}, a copy of this vault beside it, holds changes that this file lacks; to go on with that copy, give \
         it the vault's name."
    )]
    HoldsMore(String),
    /// It is of another vault.
    #[error(
        "{0}, which lay beside this vault as its copy from before, is of another vault, and perhaps the last \
         copy of that; move it to a place of its own, or delete it."
    )]
    Another(String),
}

/// What must be in the storage for a save to go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the first save must not overwrite a vault that appeared meanwhile.
    Nothing,
    /// Exactly the bytes this stamp was taken of.
    Stamped(Stamp),
}

impl Expected {
    /// Whether what the storage holds now is what was expected.
    pub fn matches(self, present: Option<&[u8]>) -> bool {
        match (self, present) {
            (Self::Nothing, None) => true,
            (Self::Stamped(stamp), Some(bytes)) => stamp == Stamp::of(bytes),
            _ => false,
        }
    }
}

/// The fingerprint of a sealed vault, to know it again. It is public: it tells nothing of the
/// contents. A generation number would not do: two instances that both save after generation 5
/// both make a generation 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u8; 32]);

impl Stamp {
    /// The SHA-256 of the sealed bytes.
    pub fn of(sealed: &[u8]) -> Self {
        Self(Sha256::digest(sealed).into())
    }
}

/// Why the vault could not be read, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The system does not let this user read it.
    #[error("The vault file may not be read by this user; check its permissions, then try again.")]
    Denied,
    /// It is larger than [`VAULT_LIMIT`].
    #[error(
        "The vault file is too large to be a vault; put a copy of the right file in its place, then try again."
    )]
    TooLarge,
    /// Another instance is saving it and did not let go in time: it says nothing of the file.
    #[error(
        "The vault file cannot be read while another program is saving it; try again in a moment."
    )]
    Busy,
    /// Anything else, as one sentence of the host: what happened, then what to do.
    #[error("{0}")]
    Other(String),
}

/// Why the vault was not destroyed, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestroyError {
    /// What was typed is not the passphrase.
    #[error("This passphrase does not open the vault, so nothing was destroyed; try again.")]
    WrongPassphrase,
    /// The passphrase could not be checked.
    #[error(transparent)]
    Open(#[from] crate::vault::OpenError),
    /// Another program changed it since.
    #[error("Another program changed the vault, so nothing was destroyed; look at it once more.")]
    Changed,
    /// The storage, in its own words.
    #[error("The vault could not be destroyed ({0}); delete its file yourself.")]
    Storage(SaveError),
}

impl From<SaveError> for DestroyError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Conflict => Self::Changed,
            other => Self::Storage(other),
        }
    }
}

/// Why the vault could not be saved, as the person reads it. In every case what was there before is still there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// No space is left.
    #[error("The disk is full, so this was not saved; free some space, then try again.")]
    Full,
    /// The file system or the file may only be read, or this user may not write there.
    #[error(
        "The folder of the vault cannot be written to, so this was not saved; check its permissions, then try again."
    )]
    ReadOnly,
    /// What is there is not what was expected: another instance saved meanwhile.
    #[error(
        "Another window of Holdfast keeps changing the vault, so this was not saved; try again in a moment."
    )]
    Conflict,
    /// Another instance holds the lock and did not let go in time.
    #[error(
        "Another window of Holdfast is using the vault, so this was not saved; try again in a moment."
    )]
    Busy,
    /// The vault was destroyed on this device by its owner, and nothing brings it back.
    #[error("This vault was destroyed on this device{}, so nothing was saved.", .0.when())]
    Retired(End),
    /// What is in the vault's place is nothing to be replaced, as one sentence of the host: a folder, a pipe,
    /// a link that leads nowhere.
    #[error("{0}")]
    InTheWay(String),
    /// Anything else, as one sentence of the host: what happened, then what to do.
    #[error("{0}")]
    Other(String),
}
