//! What can keep a vault file from being read or saved, each in one sentence for a person.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why the vault file was not read or not saved.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Neither a vault, nor a data folder, nor a home is named by the environment.
    #[error("There is no home folder to keep the vault in; name a file with --vault.")]
    NoHome,
    /// No room left on the disk, or the person's quota or file-size limit is reached.
    #[error("The disk is full, so {} could not be written; free some space and try again.", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// The file system accepts no writes.
    #[error("The disk with {} is read-only; make it writable or keep the vault elsewhere.", path.display())]
    ReadOnly {
        /// What was being written.
        path: PathBuf,
    },
    /// The system refuses this person the file or its folder.
    #[error("You are not permitted to use {}; check who owns the file and its folder.", path.display())]
    NotPermitted {
        /// What was refused.
        path: PathBuf,
    },
    /// A folder has the vault's name.
    #[error("{} is a folder; name the vault file inside it.", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A device, a pipe or a socket has the vault's name.
    #[error("{} is not a regular file; name the vault file itself.", path.display())]
    NotAFile {
        /// What is there instead.
        path: PathBuf,
    },
    /// Something on the way to the vault is a file.
    #[error("{} is not in a folder; check the path of the vault.", path.display())]
    NotInAFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// The path is a symbolic link whose target is missing.
    #[error("{} is a link to a file that is missing; restore the file or correct the link.", path.display())]
    LinkToNothing {
        /// The link.
        path: PathBuf,
    },
    /// The file is larger than [`super::MAX_VAULT_BYTES`].
    #[error("{} is too large to be a vault; check that it is the right file.", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds the lock for longer than a save takes.
    #[error("Another program is using {}; close it or try again in a moment.", path.display())]
    Busy {
        /// The vault.
        path: PathBuf,
    },
    /// The file is no longer the one this process loaded: another program saved meanwhile.
    #[error("{} was changed by another program in the meantime; unlock it again and repeat your change.", path.display())]
    Conflict {
        /// The vault.
        path: PathBuf,
    },
    /// Anything else the system says.
    #[error("{} could not be used ({source}); check the disk and try again.", path.display())]
    Other {
        /// What was being read or written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Turns the system's word about this path into ours.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> StorageError {
    let path = path.to_owned();
    move |source| {
        let path = path.clone();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                StorageError::Full { path }
            }
            ErrorKind::ReadOnlyFilesystem => StorageError::ReadOnly { path },
            ErrorKind::PermissionDenied => StorageError::NotPermitted { path },
            ErrorKind::IsADirectory => StorageError::IsFolder { path },
            ErrorKind::InvalidInput => StorageError::NotAFile { path },
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                StorageError::NotInAFolder { path }
            }
            _ => StorageError::Other { path, source },
        }
    }
}
