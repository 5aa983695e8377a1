//! Pictures the person chooses: through the system's dialog, or dropped on the window.

use std::path::Path;

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
