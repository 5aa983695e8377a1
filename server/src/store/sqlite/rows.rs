//! Rows of the tables as they are read.

use holdfast_otp::UnixTime;
use rusqlite::{Connection, params};

use crate::store::row::{Row, signed};
use crate::store::session::SessionRow;

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
        former: row.get(30)?,
        new_letter: row.get(31)?,
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

/// A session's columns.
pub fn session_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        digest: row.get(0)?,
        account: row.get(1)?,
        stage: row.get(2)?,
        device: row.get(3)?,
        began: row.get(4)?,
        seen: row.get(5)?,
        by_sms: row.get(6)?,
    })
}
