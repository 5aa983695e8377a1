//! What keeps a vault file from being read or saved, on its way to the sentence a person reads.

use std::io::{self, ErrorKind};

use holdfast_model::ports::{LoadError, SaveError};

/// Why the vault file was not read or not saved.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the system says.
    System(io::Error),
    /// The path is a symbolic link whose target is missing.
    LinkToNothing,
    /// The file is larger than any vault.
    TooLarge,
    /// Another program holds the lock for longer than a save takes.
    Busy,
    /// The file is not what it was expected to be.
    Conflict,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<Trouble> for LoadError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::System(error) if error.kind() == ErrorKind::PermissionDenied => Self::Denied,
            Trouble::TooLarge => Self::TooLarge,
            other => Self::Other(in_words(&other)),
        }
    }
}

impl From<Trouble> for SaveError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::System(error) => match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    Self::Full
                }
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
                _ => Self::Other(in_words(&Trouble::System(error))),
            },
            Trouble::Busy => Self::Busy,
            Trouble::Conflict => Self::Conflict,
            other => Self::Other(in_words(&other)),
        }
    }
}

fn in_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::System(error) => match error.kind() {
            ErrorKind::IsADirectory => "there is a folder of that name".to_owned(),
            ErrorKind::InvalidInput => "it is not a regular file".to_owned(),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                "a file stands where its folder should be".to_owned()
            }
            _ => error.to_string(),
        },
        Trouble::LinkToNothing => "it is a link to a file that is missing".to_owned(),
        Trouble::TooLarge => "it is too large to be a vault".to_owned(),
        Trouble::Busy => "another program is saving it".to_owned(),
        Trouble::Conflict => "another program changed it".to_owned(),
    }
}
