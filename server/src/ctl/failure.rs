//! What can go wrong, each in one sentence, with a word for programs and an exit code.

use std::path::PathBuf;

use super::address::{Address, AddressError};
use super::pin::PinError;

/// Why a command did not do what was asked. Its `Display` is the sentence that people read.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server understood, and said no; the sentence is the server's.
    #[error("{message}{}", wait_of(*retry_after))]
    Refused {
        /// The server's word for it, such as `wrong_credentials`.
        code: String,
        /// The server's sentence.
        message: String,
        /// Seconds after which it may be tried again, where the server says so.
        retry_after: Option<u64>,
    },
    /// See [`AddressError`].
    #[error(transparent)]
    Address(#[from] AddressError),
    /// See [`PinError`].
    #[error(transparent)]
    Pin(#[from] PinError),
    /// No server was named, now or before.
    #[error("No server is known yet; name yours with --server https://….")]
    NoServer,
    /// The command line is none of ours; the sentence says in what.
    #[error("{0}")]
    Usage(String),
    /// More on the command line than the command takes.
    #[error(
        "There is more on the command line than the command takes; passwords and codes are asked for, \
         and never given there. See holdfastctl --help."
    )]
    TooManyWords,
    /// Nothing more could be read where something was needed.
    #[error("The input ended before the {0} was entered; nothing was changed.")]
    InputEnded(&'static str),
    /// More than anybody types.
    #[error("The {0} is too long; nothing was changed.")]
    InputTooLong(&'static str),
    /// Ctrl-C at a prompt.
    #[error("Interrupted; nothing was changed.")]
    Interrupted,
    /// The terminal cannot be read.
    #[error("The {what} could not be read from the terminal ({reason}); nothing was changed.")]
    InputBroken {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        reason: std::io::Error,
    },
    /// No connection.
    #[error(
        "The server at {server} cannot be reached ({reason}); check the address and your network, then try again."
    )]
    Unreachable {
        /// Where it should be.
        server: Address,
        /// In a few words.
        reason: String,
    },
    /// A connection, and no proof that it is to the right machine.
    #[error("The server at {server} could not prove who it is ({reason}); nothing was sent to it.")]
    Unproven {
        /// Where it should be.
        server: Address,
        /// In a few words.
        reason: String,
    },
    /// The person did not recognise its certificate.
    #[error("The server at {0} is not trusted; nothing was sent to it.")]
    NotTrusted(Address),
    /// No token for this server.
    #[error("You are not logged in at {0}; run `holdfastctl login` first.")]
    NotLoggedIn(Address),
    /// The keyring that has the token does not give it out.
    #[error(
        "Your log-in at {0} is in this desktop's keyring, which is locked or not there; unlock it, or run `holdfastctl login` again."
    )]
    KeyringShut(Address),
    /// The server does not know the token any more (spec C1).
    #[error("Your log-in at {0} is no longer valid; run `holdfastctl login` to log in again.")]
    LoginOver(Address),
    /// The server says that it cannot answer now; the sentence is the server's.
    #[error("{message}{}", wait_of(*retry_after))]
    Unavailable {
        /// The server's word for it.
        code: String,
        /// The server's sentence.
        message: String,
        /// Seconds after which it may be tried again, where the server says so.
        retry_after: Option<u64>,
    },
    /// Something answers, and it is not this API.
    #[error("What answers at {0} is not a Holdfast server; check the address.")]
    NotHoldfast(Address),
    /// Nowhere to keep the log-in.
    #[error("There is no folder to keep the log-in in; set HOME or XDG_CONFIG_HOME.")]
    NoFolder,
    /// The result, on standard output.
    #[error("It was done, but the result could not be written to standard output ({0}).")]
    Unsaid(std::io::Error),
    /// The file with the log-in.
    #[error(
        "The log-in file {path} cannot be {what} ({reason}); make it and its folder yours to read and write, or name another folder with XDG_CONFIG_HOME."
    )]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A pipe or a device in the file's place.
    #[error("The log-in file {0} is not a file; move it away and log in again.")]
    FileIsNone(PathBuf),
    /// The file holds something else.
    #[error("The log-in file {0} is damaged; delete it and log in again.")]
    FileDamaged(PathBuf),
}

impl Failure {
    /// The exit code, as `--help` lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } => 1,
            Self::Address(_)
            | Self::Pin(_)
            | Self::NoServer
            | Self::Usage(_)
            | Self::TooManyWords
            | Self::InputEnded(_)
            | Self::InputTooLong(_)
            | Self::InputBroken { .. } => 2,
            // What shells give a program that Ctrl-C ended.
            Self::Interrupted => 130,
            Self::Unreachable { .. } | Self::Unproven { .. } | Self::NotTrusted(_) => 3,
            Self::NotLoggedIn(_) | Self::LoginOver(_) | Self::KeyringShut(_) => 4,
            Self::Unavailable { .. } | Self::NotHoldfast(_) => 5,
            Self::NoFolder | Self::File { .. } | Self::FileIsNone(_) | Self::FileDamaged(_) => 6,
            Self::Unsaid(_) => 7,
        }
    }

    /// Seconds after which it may be tried again, where the server says so.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// The word for programs: the server's own, or ours.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } | Self::Unavailable { code, .. } => code,
            Self::Address(_) => "bad_address",
            Self::Pin(_) => "bad_pin",
            Self::NoServer => "no_server",
            Self::Usage(_) | Self::TooManyWords => "usage",
            Self::InputEnded(_) | Self::InputTooLong(_) | Self::InputBroken { .. } => "bad_input",
            Self::Interrupted => "interrupted",
            Self::Unreachable { .. } => "unreachable",
            Self::Unproven { .. } | Self::NotTrusted(_) => "certificate_not_valid",
            Self::NotLoggedIn(_) => "not_logged_in",
            Self::LoginOver(_) => "login_over",
            Self::KeyringShut(_) => "keyring_locked",
            Self::NotHoldfast(_) => "not_holdfast",
            Self::NoFolder | Self::File { .. } | Self::FileIsNone(_) | Self::FileDamaged(_) => {
                "login_file"
            }
            Self::Unsaid(_) => "output",
        }
    }
}

/// How long to wait, behind the server's sentence.
fn wait_of(retry_after: Option<u64>) -> String {
    match retry_after {
        None => String::new(),
        Some(1) => " The wait is 1 second.".to_owned(),
        Some(seconds) => format!(" The wait is {seconds} seconds."),
    }
}
