//! Whether requests can be answered: the store takes a write, and the clock is plausible.

use holdfast_otp::UnixTime;

use super::Server;
use crate::store::StoreError;

/// No clock of a server of this version is before this: 1 January 2026.
const EARLIEST: u64 = 1_767_225_600;
/// Seconds by which the clock may differ from the store's, or be behind what was written last; clocks of several
/// servers on one store differ by less, or codes would not be judged alike.
const MOST_OFF: u64 = 10;
/// Seconds by which others' entries may be ahead to say that the clock here is slow, whoever wrote last: the
/// one that is slow writes too. What is further ahead is of a clock that was wrong once.
const MOST_SLOW: u64 = 86_400;

/// Requests cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock was never set.
    #[error("The clock of this machine is not set; it says {0} (Unix seconds).")]
    ClockUnset(u64),
    /// Another clock than the one of the database, which all servers on it have.
    #[error(
        "The clock of this machine is {0} seconds {1} the clock of the database's; set both by a time server."
    )]
    ClockApart(u64, &'static str),
    /// The clock was set back, or another server's is ahead.
    #[error("The clock of this machine is {0} seconds behind what was written last.")]
    ClockBehind(u64),
}

impl Server {
    /// Whether requests can be answered (requirement 9).
    pub async fn ready(&self) -> Result<(), NotReady> {
        let theirs = self.store.ready().await?;
        let now = self.now().0;
        if now < EARLIEST {
            return Err(NotReady::ClockUnset(now));
        }
        if let Some(UnixTime(theirs)) = theirs {
            // What another server wrote whose clock is off says nothing of this one's.
            let way = if now > theirs { "ahead of" } else { "behind" };
            let apart = now.abs_diff(theirs);
            return if apart > MOST_OFF { Err(NotReady::ClockApart(apart, way)) } else { Ok(()) };
        }
        let until = UnixTime(now.saturating_add(MOST_SLOW));
        let last = self.store.last_written(until).await?;
        let behind = last.map_or(0, |last| last.0.saturating_sub(now));
        if behind > MOST_OFF { Err(NotReady::ClockBehind(behind)) } else { Ok(()) }
    }
}
