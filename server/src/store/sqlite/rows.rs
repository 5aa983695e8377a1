//! Rows of the tables as they are read.

use holdfast_otp::UnixTime;
use rusqlite::{Connection, params};

use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::session::{Session, Stage};
use crate::store::RowError;
use crate::store::row::{Row, signed};

/// The columns of an account, in the order in which [`read_row`] takes them.
pub const COLUMNS: &str = "id, version, email, password, created, api_key, api_key_made, tf_state, \
     tf_secret, tf_since, tf_session, tf_last_step, tf_drift, tf_missed, tf_throttle, \
     copy_public, copy_salt, copy_key, sms_number, sms_since, sms_from, tf_strays, \
     new_by, new_secret, new_since, new_session, new_due, new_step, new_drift, barred";

/// An account's columns.
pub fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        version: row.get(1)?,
        email: row.get(2)?,
        password: row.get(3)?,
        created: row.get(4)?,
        api_key: row.get(5)?,
        api_key_made: row.get(6)?,
        tf_state: row.get(7)?,
        tf_secret: row.get(8)?,
        tf_since: row.get(9)?,
        tf_session: row.get(10)?,
        tf_last_step: row.get(11)?,
        tf_drift: row.get(12)?,
        tf_missed: row.get(13)?,
        tf_throttle: row.get(14)?,
        copy_public: row.get(15)?,
        copy_salt: row.get(16)?,
        copy_key: row.get(17)?,
        sms_number: row.get(18)?,
        sms_since: row.get(19)?,
        sms_from: row.get(20)?,
        tf_strays: row.get(21)?,
        new_by: row.get(22)?,
        new_secret: row.get(23)?,
        new_since: row.get(24)?,
        new_session: row.get(25)?,
        new_due: row.get(26)?,
        new_step: row.get(27)?,
        new_drift: row.get(28)?,
        barred: row.get(29)?,
    })
}

/// The names of accounts whose new phone has waited for long enough.
pub fn due_handovers(
    db: &Connection,
    now: UnixTime,
    most: usize,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select = db.prepare_cached(
        "SELECT id FROM accounts WHERE new_due IS NOT NULL AND new_due <= ?1
         ORDER BY new_due LIMIT ?2",
    )?;
    let ids = select.query_map(params![signed(now.0), signed(most as u64)], |row| row.get(0))?;
    ids.collect()
}

/// The columns of a session.
pub struct SessionRow {
    digest: Vec<u8>,
    account: Vec<u8>,
    stage: String,
    device: String,
    began: i64,
    seen: i64,
}

impl SessionRow {
    pub fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<SessionRow> {
        Ok(SessionRow {
            digest: row.get(0)?,
            account: row.get(1)?,
            stage: row.get(2)?,
            device: row.get(3)?,
            began: row.get(4)?,
            seen: row.get(5)?,
        })
    }

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
        })
    }
}

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
