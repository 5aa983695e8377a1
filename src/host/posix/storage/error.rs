//! What keeps a vault file from being read or saved, on its way to the sentence a person reads.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use holdfast_model::OpenFailure;
use holdfast_model::ports::{LoadError, SaveError};

/// Why the vault file was not read or not saved.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the system says.
    System(io::Error),
    /// The path is a symbolic link whose target is missing.
    LinkToNothing,
    /// The path is a symbolic link that leads back to itself, or through far too many links.
    LinkLoop,
    /// The file is larger than any vault.
    TooLarge,
    /// Another program holds the lock for longer than a save takes.
    Busy,
    /// The file is not what it was expected to be.
    Conflict,
    /// The file is gone, and here is a copy of another vault than the one that would take its place.
    OnlyCopy(PathBuf),
    /// The file is replaced, and the disk did not confirm its name.
    Unconfirmed(io::Error),
    /// The vault has a new key, and the copy that opens in the former way could not be removed.
    FormerStays(PathBuf, io::Error),
    /// What lies here is none of the files that belong beside a vault.
    Companion(PathBuf),
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
            Trouble::Busy => Self::Busy,
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
                ErrorKind::IsADirectory | ErrorKind::InvalidInput => {
                    Self::InTheWay(in_words(&Trouble::System(error)))
                }
                _ => Self::Other(in_words(&Trouble::System(error))),
            },
            Trouble::Busy => Self::Busy,
            Trouble::Conflict => Self::Conflict,
            taken @ (Trouble::LinkToNothing | Trouble::LinkLoop | Trouble::TooLarge) => {
                Self::InTheWay(in_words(&taken))
            }
            other => Self::Other(in_words(&other)),
        }
    }
}

/// One sentence on a copy that opens in a way that was given up, and could not be removed at an unlocking.
pub(super) fn former_stays(copy: &Path, trouble: &Trouble) -> String {
    let why = match trouble {
        Trouble::System(error) => format!(" ({error})"),
        _ => String::new(),
    };
    format!(
        "{}, which still opens as the vault did before its passphrase was changed or a way to open it taken \
         away, could not be removed{why}; remove it.",
        copy.display()
    )
}

/// One sentence on such a copy that was set aside, told as long as it is there.
pub(super) fn former_aside(copy: &Path) -> String {
    format!(
        "{}, which was set aside, still opens as this vault did before its passphrase was changed or a way to \
         open it taken away; delete it once nothing in it is needed.",
        copy.display()
    )
}

/// One sentence: what is wrong, then what to do.
fn in_words(trouble: &Trouble) -> String {
    let sentence = match trouble {
        Trouble::System(error) => match error.kind() {
            ErrorKind::IsADirectory => {
                "Where the vault file should be there is a folder of that name; move it away, or name \
                 a file in it."
            }
            ErrorKind::InvalidInput => {
                "What should be the vault file is not a regular file; move it away, or name another."
            }
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                "For the vault file, a file stands where its folder should be; move it away, or name \
                 another place."
            }
            _ => return format!("The vault file could not be used ({error}); try again."),
        },
        Trouble::LinkToNothing => {
            "The vault file is a link to a file that is missing; connect the disk it is on, or \
             remove the link."
        }
        Trouble::LinkLoop => {
            "The vault file is a link that leads back to itself; remove the link, or make it lead to \
             the file."
        }
        Trouble::TooLarge => {
            "The vault file is too large to be a vault; put a copy of the right file in its place."
        }
        Trouble::Busy => return LoadError::Busy.to_string(),
        Trouble::Conflict => "The vault file was changed by another program; try again.",
        Trouble::Unconfirmed(error) => {
            return format!(
                "The change is in the vault file, but the disk did not confirm it ({error}), so that a \
                 power cut may take it back; see whether the disk is sound, then look where the vault \
                 stands."
            );
        }
        Trouble::FormerStays(copy, error) => {
            return format!(
                "The change is made, but {}, which still opens as the vault did before, could not be \
                 removed ({error}); remove it, or unlock once more, which tries again.",
                copy.display()
            );
        }
        Trouble::OnlyCopy(copy) => return OpenFailure::OnlyCopy { copy: copy.clone() }.to_string(),
        Trouble::Companion(path) => {
            return format!(
                "{} is in the way: a file of that name belongs beside the vault, and this is none; \
                 move it away, then try again.",
                path.display()
            );
        }
    };
    sentence.to_owned()
}
