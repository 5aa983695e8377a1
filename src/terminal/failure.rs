//! How a command ends: an exit code for scripts and one sentence for people.

use std::io::{self, Write};
use std::process::ExitCode;

use holdfast_model::OpenFailure;
use holdfast_model::ports::{LoadError, SaveError};
use holdfast_model::vault::{EntryError, OpenError, ReopenError, SealError};
use serde_json::{Value, json};

/// The exit codes, as `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Done = 0,
    Other = 1,
    Usage = 2,
    NoAccountInIt = 3,
    WrongPassphrase = 4,
    NoSuchAccount = 5,
    Ambiguous = 6,
    Clash = 7,
    NoVault = 8,
    NotSaved = 9,
    NoDisplay = 10,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The name of the exit in the JSON of an error.
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Other => "failed",
            Self::Usage => "usage",
            Self::NoAccountInIt => "no_account_in_it",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::NoSuchAccount => "no_such_account",
            Self::Ambiguous => "ambiguous",
            Self::Clash => "clash",
            Self::NoVault => "no_vault",
            Self::NotSaved => "not_saved",
            Self::NoDisplay => "no_display",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a command was not done.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    sentence: String,
    candidates: Vec<Candidate>,
}

/// One of several that could be meant.
#[derive(Debug)]
pub(super) struct Candidate {
    /// What it is told apart by: an id or a number.
    pub mark: String,
    /// Its name, for a person.
    pub name: String,
    /// The same for a script; never a secret.
    pub json: Value,
}

impl Candidate {
    /// As a line of a list, begun by its line break.
    pub(super) fn line(&self) -> String {
        format!("\n  {}  {}", self.mark, self.name)
    }
}

impl Failure {
    pub(super) fn new(exit: Exit, sentence: impl ToString) -> Self {
        Self::among(exit, sentence, Vec::new())
    }

    /// Where one of several has to be said. The sentence ends with a full stop, and in the terminal
    /// the candidates are listed below it.
    pub(super) fn among(exit: Exit, sentence: impl ToString, candidates: Vec<Candidate>) -> Self {
        Self { exit, sentence: sentence.to_string(), candidates }
    }

    pub(super) fn is_no_such_account(&self) -> bool {
        self.exit == Exit::NoSuchAccount
    }

    pub(super) fn is_wrong_passphrase(&self) -> bool {
        self.exit == Exit::WrongPassphrase
    }

    /// Says it on standard error, and gives the exit code.
    pub(super) fn tell(&self, json: bool) -> Exit {
        let Self { exit, sentence, candidates } = self;
        let said = if json {
            let mut error = json!({ "code": exit.name(), "message": sentence });
            if !candidates.is_empty() {
                error["candidates"] = candidates.iter().map(|one| one.json.clone()).collect();
            }
            json!({ "error": error }).to_string()
        } else if candidates.is_empty() {
            format!("holdfast: {sentence}")
        } else {
            let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
            let lines: String = candidates.iter().map(Candidate::line).collect();
            format!("holdfast: {sentence}:{lines}")
        };
        // Where standard error is closed, the exit code has to do.
        let _ = writeln!(io::stderr(), "{said}");
        *exit
    }
}

/// Standard output takes nothing, as on a full disk, or a question could not be put.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let sentence = format!(
            "What there was to say could not be written or asked ({error}); see to where the output \
             goes, then try again."
        );
        Self::new(Exit::Other, sentence)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(Exit::NoVault, error)
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        Self::new(Exit::NotSaved, error)
    }
}

impl From<OpenFailure> for Failure {
    fn from(error: OpenFailure) -> Self {
        let exit = match error {
            OpenFailure::Open(OpenError::WrongPassphrase) => Exit::WrongPassphrase,
            _ => Exit::NoVault,
        };
        Self::new(exit, error)
    }
}

impl From<ReopenError> for Failure {
    fn from(error: ReopenError) -> Self {
        if error == ReopenError::OtherKey {
            // Nothing is locked and unlocked here.
            let sentence = "Another vault was put in its place meanwhile, or its passphrase changed, so this was \
                            not saved; give the command again.";
            return Self::new(Exit::NotSaved, sentence);
        }
        Self::new(Exit::NotSaved, error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::from(OpenFailure::Open(error))
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::new(Exit::NotSaved, error)
    }
}

impl From<EntryError> for Failure {
    fn from(error: EntryError) -> Self {
        Self::new(Exit::Other, error)
    }
}
