//! Files the person chooses: a picture to read, through the system's dialog or dropped on the window,
//! and a place for a text.

use std::path::{Path, PathBuf};

/// The largest picture file that is read, in bytes; a larger one is refused unread.
pub const PICTURE_LIMIT: usize = 64 * 1024 * 1024;

/// The way to a picture file.
pub trait Files {
    /// Asks the person for a picture and reads it; `None` where they chose none. Reads at most
    /// [`PICTURE_LIMIT`] bytes.
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError>;

    /// Reads the picture at `path` (dropped on the window, or named on the command line), at most
    /// [`PICTURE_LIMIT`] bytes.
    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// Asks the person where to keep this text, with `name` as a proposal, and writes it there, over
    /// what was there if they agreed to that in the dialog. Gives the place; `None` where they chose
    /// none.
    fn save_text(&self, name: &str, text: &str) -> Result<Option<PathBuf>, KeepError>;

    /// Writes this text to a new file at `path`, whole or not at all.
    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError>;
}

/// Why a text was not kept, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The system has no dialog to choose a place with.
    #[error(
        "This system has no dialog to choose a place with; type the file's path below, with .html at \
         its end for a page to print."
    )]
    NoDialog,
    /// There is a file of this name.
    #[error("There is a file of this name already, and it was left as it is; choose another name.")]
    Taken,
    /// There is no such folder.
    #[error("There is no such folder; make it first, or choose another.")]
    NoFolder,
    /// This user may not write there.
    #[error("Nothing may be written there, so it was not saved; choose another folder.")]
    Denied,
    /// No space is left.
    #[error("The disk is full, so it was not saved; free some space, then try again.")]
    Full,
    /// Anything else, in the system's words: short, without a full stop.
    #[error("It could not be saved ({0}); choose another place.")]
    Other(String),
}

/// Why a file could not be read, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("There is no such file; choose it again.")]
    Missing,
    /// The system does not let this user read it.
    #[error("The file may not be read by this user; choose a copy of it.")]
    Denied,
    /// It is larger than [`PICTURE_LIMIT`].
    #[error("The file is larger than 64 MiB; crop it to the barcode.")]
    TooLarge,
    /// The system has no dialog to choose a file with.
    #[error(
        "This system has no dialog to choose a file; type the picture's path below, drop the picture \
         on the window, or paste it."
    )]
    NoDialog,
    /// Anything else, in the system's words: short, without a full stop.
    #[error("The file could not be read ({0}); choose a copy of it.")]
    Other(String),
}
