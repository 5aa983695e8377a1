//! What is in the vault's place while it is open, where that is not what this window goes on from.

use crate::ports::{Expected, LoadError, Stamp};
use crate::vault::{SavePoint, SealedMemo, Vault};
use crate::{Effect, Ticket};

/// What is there instead.
pub(crate) enum Astray {
    /// Nothing.
    Gone,
    /// What cannot be read, or is no file: a folder, a pipe, a link that leads nowhere.
    Barred(LoadError),
    /// A file that cannot be opened with any key.
    Damaged(Stamp),
    /// Another vault, or a copy from before a change of the passphrase.
    Other(Stamp),
    /// A copy of this vault that is not built on what is open here.
    Parted { theirs: Box<Vault>, stamp: Stamp },
}

impl Astray {
    /// Whether it is the same as was found before.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Gone, Self::Gone) => true,
            (Self::Barred(one), Self::Barred(other)) => one == other,
            (Self::Damaged(one), Self::Damaged(other))
            | (Self::Other(one), Self::Other(other))
            | (Self::Parted { stamp: one, .. }, Self::Parted { stamp: other, .. }) => one == other,
            _ => false,
        }
    }

    /// How this window's vault comes into its place.
    pub fn over(&self) -> Over {
        match self {
            Self::Gone | Self::Barred(_) => Over { expected: Expected::Nothing, set_aside: None },
            Self::Damaged(stamp) | Self::Other(stamp) => {
                Over { expected: Expected::Nothing, set_aside: Some(*stamp) }
            }
            Self::Parted { stamp, .. } => {
                Over { expected: Expected::Stamped(*stamp), set_aside: None }
            }
        }
    }
}

/// What a save goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over {
    /// What must be there.
    pub expected: Expected,
    /// The file that is given another name first, so that nothing is there.
    pub set_aside: Option<Stamp>,
}

impl From<Expected> for Over {
    fn from(expected: Expected) -> Self {
        Self { expected, set_aside: None }
    }
}

/// What a window held when it was locked, sealed, until it is on the disk.
pub(crate) struct Kept {
    pub awaited: Option<Ticket>,
    pub sealed: Vec<u8>,
    pub over: Over,
    pub memo: SealedMemo,
}

impl Kept {
    /// Tries to write it, under this ticket.
    pub fn write(&mut self, ticket: Ticket) -> Effect {
        self.awaited = Some(ticket);
        let (sealed, over, memo) = (self.sealed.clone(), self.over, self.memo.clone());
        Effect::WriteBack { ticket, sealed, over, memo }
    }
}

/// What was open at a lock: its file may have gone since the last look.
pub(crate) struct LastLook {
    /// The look that is awaited.
    pub ticket: Ticket,
    /// What was open.
    pub doubted: Doubted,
}

/// What was open when the file came under another passphrase, until it is known whether that file is
/// built on it.
pub(crate) struct Doubted {
    /// The save that was open.
    pub held: SavePoint,
    /// To be written beside the file if it is not.
    pub kept: Kept,
}
