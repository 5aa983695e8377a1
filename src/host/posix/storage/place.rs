//! Where the vault file is: the default of the desktop, and what a link points at.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::error::Trouble;

/// Where the vault is when nobody names a file: `$HOLDFAST_VAULT`, else
/// `$XDG_DATA_HOME/holdfast/vault`, else `$HOME/.local/share/holdfast/vault`; `None` where none of
/// these is set. `variable` looks an environment variable up. As the XDG base directory
/// specification asks, a relative `XDG_DATA_HOME` is ignored.
pub fn default_vault_path(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("HOLDFAST_VAULT").or_else(|| {
        let data = set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
        Some(data.join("holdfast").join("vault"))
    })
}

/// The file itself: absolute, and what the path points at where it is a symbolic link.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, Trouble> {
    let absolute = std::path::absolute(path)?;
    match fs::canonicalize(&absolute) {
        Ok(file) => Ok(file),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            Err(Trouble::LinkLoop)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(&absolute).is_ok() {
                return Err(Trouble::LinkToNothing);
            }
            Ok(absolute)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a file that finds no place is put beside: the file itself, or where a link leads to none, the link.
pub(super) fn beside_which(path: &Path) -> Result<PathBuf, Trouble> {
    match resolve(path) {
        Err(Trouble::LinkToNothing | Trouble::LinkLoop) => Ok(std::path::absolute(path)?),
        found => found,
    }
}

/// The file that the path leads to, which need not be there (any more): where a link points at nothing,
/// that nothing.
pub(super) fn led_to(path: &Path) -> io::Result<PathBuf> {
    /// As many links as the system follows.
    const LINKS: usize = 40;
    let mut path = std::path::absolute(path)?;
    for _ in 0..LINKS {
        match fs::canonicalize(&path) {
            Ok(file) => return Ok(file),
            Err(_) => match fs::read_link(&path) {
                Ok(to) => path = path.parent().unwrap_or(Path::new("/")).join(to),
                Err(_) => break,
            },
        }
    }
    Ok(path)
}

/// The folder and those above it that are not there, innermost first.
pub(super) fn missing_folders(folder: &Path) -> Vec<PathBuf> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    missing.map(Path::to_owned).collect()
}

/// Whether there is a regular file; anything else of that name is told as what it is.
pub(super) fn holds_file(path: &Path) -> Result<bool, Trouble> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(found) if found.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory).into()),
        Ok(_) => Err(io::Error::from(ErrorKind::InvalidInput).into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
