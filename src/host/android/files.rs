//! Picture files of the phone. An activity without Java of its own is told no answer of the system's
//! chooser, so there is none: a path can be typed, where the app may read it.

use std::path::Path;

use holdfast_model::ports::{FileError, Files};

use crate::host::posix::picture;

/// The picture files that the app may read.
pub(super) struct PhoneFiles;

impl Files for PhoneFiles {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        Err(FileError::NoDialog)
    }

    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        picture::read(path)
    }
}
