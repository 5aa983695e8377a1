//! Texts that leave the app as files, whole and on the disk.

use std::io;
use std::path::Path;

use holdfast_model::ports::KeepError;

use super::storage::{Disk, FileLayer, put};

/// Puts a text under this name, where there is no file yet.
///
/// # Errors
/// There is a file, no folder, no space or no permission, or the system does not take it.
pub fn write_new(path: &Path, text: &str) -> Result<(), KeepError> {
    match Disk.read(path, 0) {
        Ok(None) => replace(path, text),
        Ok(Some(_)) => Err(KeepError::Taken),
        Err(error) => Err(kept_from(&error)),
    }
}

/// Puts a text under this name, in place of a file that the person agreed to lose.
///
/// # Errors
/// There is no folder, no space or no permission, or the system does not take it.
pub fn replace(path: &Path, text: &str) -> Result<(), KeepError> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    put(&Disk, path, text.as_bytes())
        .and_then(|()| Disk.sync_folder(folder))
        .map_err(|error| kept_from(&error))
}

fn kept_from(error: &io::Error) -> KeepError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => KeepError::Denied,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => KeepError::NoFolder,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => KeepError::Full,
        io::ErrorKind::IsADirectory => KeepError::Other("it is a folder".to_owned()),
        io::ErrorKind::InvalidInput => KeepError::Other("it is not a regular file".to_owned()),
        _ => KeepError::Other(error.to_string()),
    }
}
