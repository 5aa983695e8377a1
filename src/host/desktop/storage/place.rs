//! Where the vault file is: the default of the desktop, and what a link points at.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{StorageError, at};

/// Where the vault is when nobody names a file: `$HOLDFAST_VAULT`, else
/// `$XDG_DATA_HOME/holdfast/vault`, else `$HOME/.local/share/holdfast/vault`. `variable` looks an
/// environment variable up. As the XDG base directory specification asks, a relative
/// `XDG_DATA_HOME` is ignored.
///
/// # Errors
/// [`StorageError::NoHome`] where none of these is set.
pub fn default_vault_path(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, StorageError> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set("HOLDFAST_VAULT") {
        return Ok(path);
    }
    let data = set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .ok_or(StorageError::NoHome)?;
    Ok(data.join("holdfast").join("vault"))
}

/// The file itself: absolute, and what the path points at where it is a symbolic link.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StorageError> {
    let absolute = std::path::absolute(path).map_err(at(path))?;
    match fs::canonicalize(&absolute) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(&absolute).is_ok() {
                return Err(StorageError::LinkToNothing { path: absolute });
            }
            Ok(absolute)
        }
        Err(error) => Err(at(path)(error)),
    }
}
