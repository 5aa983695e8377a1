//! What can go wrong with a move list, each a type and one sentence for the person.

/// Why a text, or several, are not a whole list. What was read before stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadListError {
    /// Nothing in it begins like a part of a move list.
    #[error("This is not a move list; show the list on the old phone under “I'm moving”.")]
    NotAList,
    /// A checksum is wrong.
    #[error(
        "This part of the move list was not read right; scan it again, or take a fresh copy of the file."
    )]
    Misread,
    /// It was made by a later version than this one can read.
    #[error("This move list was made by a newer Holdfast; update Holdfast on this device first.")]
    Newer,
    /// It belongs to another list than what was read before.
    #[error("This is a part of another move list; finish the first one, or start over with this.")]
    OtherList,
    /// Parts are missing, with their numbers.
    #[error("{}", missing_parts(.missing, *.of))]
    Incomplete {
        /// Which, from 1, ascending.
        missing: Vec<u16>,
        /// Of how many.
        of: u16,
    },
    /// All parts are there and what they hold is no list.
    #[error("This move list is damaged; have the old phone show it again.")]
    Damaged,
    /// More accounts, or longer names, than any phone holds.
    #[error(
        "This move list is larger than any that Holdfast makes; have the old phone show its own."
    )]
    TooLarge,
    /// It names no account.
    #[error("This move list names no account; check that it comes from the old phone.")]
    Empty,
}

/// Why no list can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteListError {
    /// There is no account.
    #[error("There is no account to move; this device can be given away as it is.")]
    Empty,
    /// More than [`MAX_ACCOUNTS`](super::MAX_ACCOUNTS), or more parts than
    /// [`MAX_PARTS`](super::MAX_PARTS).
    #[error("There are too many accounts for one move list; remove those that are no longer used.")]
    TooLarge,
}

/// At most this many numbers are said.
const SAID: usize = 5;

fn missing_parts(missing: &[u16], of: u16) -> String {
    let mut said: Vec<String> = missing.iter().take(SAID).map(u16::to_string).collect();
    if let Some(more) = missing.len().checked_sub(SAID).filter(|more| *more > 0) {
        said.push(format!("{more} more"));
    }
    let last = said.pop().unwrap_or_default();
    let (parts, are) = if missing.len() == 1 { ("Part", "is") } else { ("Parts", "are") };
    let list = if said.is_empty() { last } else { format!("{} and {last}", said.join(", ")) };
    format!("{parts} {list} of {of} {are} missing from this move list; read the rest of it too.")
}
