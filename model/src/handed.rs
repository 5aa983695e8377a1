//! What another app hands over to become an account.

use std::path::PathBuf;

use holdfast_otp::UnixTime;

use crate::SecretText;

/// How long it waits for the vault to be opened, in seconds; then it is erased.
pub const HANDED_SECONDS: u64 = 600;

/// A link that was opened with this app, or something that was shared to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A key URI, or a text with one.
    Text(SecretText),
    /// A picture of a barcode, by its path or what the system has in place of one.
    Picture(PathBuf),
}

/// What was handed over and was not looked at yet.
pub(crate) struct Waiting {
    pub what: Handed,
    pub since: UnixTime,
}

impl Waiting {
    /// Whether its time is over. A clock that was set back makes it no longer.
    pub fn is_over(&self, now: UnixTime) -> bool {
        now < self.since || now.0 - self.since.0 >= HANDED_SECONDS
    }
}
