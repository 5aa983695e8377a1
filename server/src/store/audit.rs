//! An entry of the audit log as columns, the same for every database.

use holdfast_otp::UnixTime;

use super::row::{RowError, unsigned};
use crate::domain::audit::{Event, Factor, Recorded, What};
use crate::domain::ids::AccountId;

/// What is the newest moment in the last hundred entries, of what is not after the one given; the very last
/// one counts however late it is.
pub const NEWEST: &str =
    "SELECT max(at) FROM (SELECT at, seq FROM audit ORDER BY seq DESC LIMIT 100) AS latest
     WHERE at <= $1 OR seq = (SELECT max(seq) FROM audit)";

/// The columns of an entry.
pub struct Line {
    pub seq: i64,
    pub at: i64,
    pub what: String,
    pub account: Option<Vec<u8>>,
    pub source: String,
    pub factor: Option<String>,
    pub note: String,
    pub mark: Vec<u8>,
}

impl Line {
    /// The entry that these columns are.
    pub fn into_recorded(self) -> Result<Recorded, RowError> {
        let account = self.account.map(|id| AccountId::from_bytes(&id).ok_or("account"));
        let factor = self.factor.map(|word| Factor::of(&word).ok_or("factor"));
        Ok(Recorded {
            seq: unsigned(self.seq, "seq")?,
            event: Event {
                at: UnixTime(unsigned(self.at, "at")?),
                what: What::of(&self.what).ok_or(RowError::Column("what"))?,
                account: account.transpose().map_err(RowError::Column)?,
                source: self.source,
                factor: factor.transpose().map_err(RowError::Column)?,
                note: self.note,
            },
            mark: self.mark.try_into().map_err(|_| RowError::Column("mark"))?,
        })
    }
}
