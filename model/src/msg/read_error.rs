//! Why nothing could be read where a barcode or a link was looked for.

use crate::ports::{ClipboardError, FileError, ScreenError};
use crate::scan::{Found, OutOfTime, PictureError, Split};

/// Why no text came out of a picture or the clipboard, as the person reads it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The clipboard could not be read.
    #[error(transparent)]
    Clipboard(#[from] ClipboardError),
    /// The clipboard holds neither text nor picture.
    #[error("The clipboard holds neither text nor a picture; copy the barcode or its link first.")]
    ClipboardEmpty,
    /// More pictures at once than are read.
    #[error("These are more than twelve pictures; give only those that show the barcode.")]
    TooManyPictures,
    /// The screen could not be seen.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// It is no picture, or not one that can be decoded.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// There was no time to look for one.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// All that was found is a part of a split barcode.
    #[error(transparent)]
    Split(#[from] Split),
    /// A picture in which no barcode was found.
    #[error(
        "No barcode was found in this picture; take one in which the whole barcode is sharp, with some space around it."
    )]
    NoBarcode,
    /// A screen on which no barcode was found.
    #[error(
        "No barcode was found on the screen; show it there in full, beside this window and not \
         behind it, then try again."
    )]
    NoBarcodeOnScreen,
}

impl ReadError {
    /// Why a picture in which no text was found gives none.
    pub fn of_picture_with(found: &Found) -> Self {
        found.split.map_or(Self::NoBarcode, Self::Split)
    }
}
