//! Files of the phone. An activity without Java of its own is told no answer of the system's chooser,
//! so there is none: a path can be typed, where the app may read or write.

use std::path::{Path, PathBuf};

use holdfast_model::ports::{FileError, Files, KeepError};

use crate::host::posix::{picture, text_file};

/// The files that the app may read and write.
pub(super) struct PhoneFiles;

impl Files for PhoneFiles {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        Err(FileError::NoDialog)
    }

    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        picture::read(path)
    }

    fn save_text(&self, _: &str, _: &str) -> Result<Option<PathBuf>, KeepError> {
        Err(KeepError::NoDialog)
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        text_file::write_new(path, text)
    }
}
