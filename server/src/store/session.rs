//! A session as columns, the same for every database.

use holdfast_otp::UnixTime;

use super::row::RowError;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::session::{Session, Stage};

/// The columns of a session.
pub struct SessionRow {
    pub digest: Vec<u8>,
    pub account: Vec<u8>,
    pub stage: String,
    pub device: String,
    pub began: i64,
    pub seen: i64,
    pub by_sms: i64,
}

impl SessionRow {
    /// The session that these columns are.
    pub fn into_session(self) -> Result<Session, RowError> {
        let time = |seconds, column| {
            u64::try_from(seconds).map(UnixTime).map_err(|_| RowError::Column(column))
        };
        Ok(Session {
            digest: TokenDigest::from_bytes(&self.digest).ok_or(RowError::Column("digest"))?,
            account: AccountId::from_bytes(&self.account).ok_or(RowError::Column("account"))?,
            stage: stage_of(&self.stage).ok_or(RowError::Column("stage"))?,
            device: self.device,
            began: time(self.began, "began")?,
            seen: time(self.seen, "seen")?,
            by_sms: match self.by_sms {
                0 => false,
                1 => true,
                _ => return Err(RowError::Column("by_sms")),
            },
        })
    }
}

/// How a stage is written.
pub fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Half => "half",
        Stage::Web => "web",
        Stage::Cli => "cli",
    }
}

fn stage_of(text: &str) -> Option<Stage> {
    [Stage::Half, Stage::Web, Stage::Cli].into_iter().find(|stage| stage_text(*stage) == text)
}
