//! The move list: which accounts a phone holds, handed to another phone without a single secret.
//!
//! `docs/move-list.md` describes it byte by byte. A list travels as one or several texts, each of
//! which fits a barcode; they may be read in any order. It is only ever a suggestion: its checksums
//! guard against misreading and prove nothing about where it comes from.

mod barcode;
mod base45;
mod content;
mod error;
mod gather;
mod paper;
mod part;

use std::fmt;

use holdfast_otp::{Kind, Parameters, UnixTime};
use rand_core::CryptoRng;

use crate::vault::{Entry, EntryId};

pub use barcode::Barcode;
pub use error::{ReadListError, WriteListError};
pub use gather::{Gathering, read_text};
pub use paper::{page, text};
pub use part::PREFIX;

/// The most accounts that one list names.
pub const MAX_ACCOUNTS: usize = 10_000;
/// The most parts that one list comes in.
pub const MAX_PARTS: usize = 4_096;

/// Names a move from its first list to its end; random.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub [u8; 8]);

/// How the phone that made a list knows one of its accounts again: four bytes of the random name
/// that its vault gave it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub [u8; 4]);

/// A list of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveList {
    /// Of which move it is.
    pub id: ListId,
    /// Which phone made it.
    pub kind: ListKind,
    /// When it was made.
    pub made_at: UnixTime,
    /// The accounts, in the order in which the person should see to them.
    pub accounts: Vec<Listed>,
}

/// Which phone made a list, and so what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// The old phone's: what is to be enrolled anew.
    Accounts,
    /// The new phone's: how far each account has come.
    Progress,
}

/// One account of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// How the old phone knows it.
    pub mark: Mark,
    /// Who the account is with; may be empty.
    pub issuer: String,
    /// The account's name there; may be empty.
    pub account: String,
    /// How its codes are made on the old phone; a counter is not told and reads as 0.
    pub parameters: Parameters,
    /// How far its move has come.
    pub step: Step,
}

/// How far the move of one account has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Only the old phone gives its codes.
    #[default]
    ToDo,
    /// The new phone holds a secret for it.
    ReEnrolled,
    /// The person logged in with a code of the new phone.
    Confirmed,
    /// The old phone's secret is no longer needed.
    Retired,
}

impl Step {
    /// The step in a sentence: "to do", "re-enrolled", "confirmed", "retired".
    pub fn told(self) -> &'static str {
        match self {
            Self::ToDo => "to do",
            Self::ReEnrolled => "re-enrolled",
            Self::Confirmed => "confirmed",
            Self::Retired => "retired",
        }
    }
}

impl ListId {
    /// A new name.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 8];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// What [`ListId`] is written as: 16 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = hex.then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
        Some(Self(number.to_be_bytes()))
    }
}

impl From<EntryId> for Mark {
    fn from(id: EntryId) -> Self {
        Self(id.mark())
    }
}

impl Listed {
    /// An account of the vault, as far as a list tells of it.
    pub fn of(entry: &Entry, step: Step) -> Self {
        let kind = match entry.parameters.kind {
            Kind::Hotp { .. } => Kind::Hotp { counter: 0 },
            other => other,
        };
        Self {
            mark: entry.id.into(),
            issuer: entry.issuer.clone().unwrap_or_default(),
            account: entry.account.clone(),
            parameters: Parameters { kind, ..entry.parameters },
            step,
        }
    }
}

impl MoveList {
    /// The texts of the list, each for one barcode, in order.
    pub fn parts(&self) -> Result<Vec<String>, WriteListError> {
        part::split(self.id, &content::pack(self)?)
    }
}

impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListId({self})")
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({:08x})", u32::from_be_bytes(self.0))
    }
}

/// Names of services and people are private too.
impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed")
            .field("mark", &self.mark)
            .field("parameters", &self.parameters)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
