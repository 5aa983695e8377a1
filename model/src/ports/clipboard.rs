//! The clipboard: what the person copied elsewhere comes in, a code goes out and is taken back.

use std::path::PathBuf;

use crate::SecretText;

/// The clipboard of the desktop or the phone.
pub trait Clipboard {
    /// The text on it, or `None` where there is no text.
    fn text(&self) -> Result<Option<SecretText>, ClipboardError>;

    /// The picture on it, or `None` where there is none (or the system cannot say).
    fn picture(&self) -> Result<Option<ClipboardPicture>, ClipboardError>;

    /// The files that are on it, as file managers copy them; none where there are none.
    fn files(&self) -> Result<Vec<PathBuf>, ClipboardError> {
        Ok(Vec::new())
    }

    /// Puts a text on it. `sensitive` asks the system, where it has a way, to keep it out of
    /// clipboard histories and previews.
    fn set_text(&self, text: &SecretText, sensitive: bool) -> Result<(), ClipboardError>;

    /// Empties the clipboard if it still holds exactly `text`; anything else stays. Says whether
    /// it was emptied.
    fn clear_if_unchanged(&self, text: &SecretText) -> Result<bool, ClipboardError>;
}

/// A picture as clipboards hand it over.
pub enum ClipboardPicture {
    /// A picture file: PNG, JPEG and so on.
    Encoded(Vec<u8>),
    /// Bare pixels: rows of `width` pixels, 4 bytes each (red, green, blue, alpha).
    Rgba {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// `4 * width * height` bytes.
        pixels: Vec<u8>,
    },
}

/// The clipboard could not be reached, in the system's words: short, without secrets, without a
/// full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The clipboard could not be reached ({0}); try again.")]
pub struct ClipboardError(pub String);
