//! Sent codes as statements: one for each holder and purpose, tried a few times at most.

use holdfast_otp::UnixTime;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::TokenDigest;
use crate::domain::letter::LetterId;
use crate::domain::sent::{MOST_TRIES, Purpose, SentCode};
use crate::store::row::signed;
use crate::store::sent::{KEPT, SealedCode, SentRow};

/// Puts it in the place of the one before (requirement 24), whose letter leaves no more. That one may
/// be of the session which ended in the same step.
pub fn write(
    sealed: &SealedCode,
    ended: Option<&TokenDigest>,
    db: &Connection,
) -> rusqlite::Result<()> {
    let code = &sealed.code;
    db.prepare_cached(
        "UPDATE outbox SET progress = 'late', body = NULL
         WHERE body IS NOT NULL AND id IN
            (SELECT letter FROM sent_codes WHERE holder IN (?1, ?2) AND purpose = ?3)",
    )?
    .execute(params![
        code.holder.as_bytes(),
        ended.map(TokenDigest::as_bytes),
        code.purpose.word()
    ])?;
    db.prepare_cached(
        "INSERT OR REPLACE INTO sent_codes
            (id, holder, purpose, account, mac, body, made, tries, letter)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
    )?
    .execute(params![
        sealed.id.as_bytes(),
        code.holder.as_bytes(),
        code.purpose.word(),
        code.account.as_bytes(),
        code.mac,
        sealed.body,
        signed(code.made.0),
        code.letter.as_ref().map(LetterId::as_bytes)
    ])?;
    Ok(())
}

/// The code of a holder, without trying it.
pub fn read(
    db: &Connection,
    holder: &TokenDigest,
    purpose: Purpose,
) -> rusqlite::Result<Option<SentRow>> {
    db.prepare_cached(
        "SELECT id, holder, purpose, account, mac, body, made, tries, letter
         FROM sent_codes WHERE holder = ?1 AND purpose = ?2",
    )?
    .query_row(params![holder.as_bytes(), purpose.word()], row)
    .optional()
}

/// Charges one try of a holder's code and gives it to be compared; `None` where there is none, or
/// its tries are used up.
pub fn charge(
    db: &Connection,
    holder: &TokenDigest,
    purpose: Purpose,
) -> rusqlite::Result<Option<SentRow>> {
    db.prepare_cached(
        "UPDATE sent_codes SET tries = tries + 1
         WHERE holder = ?1 AND purpose = ?2 AND tries < ?3
         RETURNING id, holder, purpose, account, mac, body, made, tries, letter",
    )?
    .query_row(params![holder.as_bytes(), purpose.word(), MOST_TRIES], row)
    .optional()
}

/// Deletes the very code that was compared; whether it was still there.
pub fn consume(db: &Connection, code: &SentCode) -> rusqlite::Result<bool> {
    let gone = db
        .prepare_cached("DELETE FROM sent_codes WHERE holder = ?1 AND purpose = ?2 AND mac = ?3")?
        .execute(params![code.holder.as_bytes(), code.purpose.word(), code.mac])?;
    Ok(gone == 1)
}

/// Forgets codes that have run out.
pub fn sweep(db: &Connection, now: UnixTime) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM sent_codes WHERE made < ?1", [signed(now.0.saturating_sub(KEPT))])
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<SentRow> {
    Ok(SentRow {
        id: row.get(0)?,
        holder: row.get(1)?,
        purpose: row.get(2)?,
        account: row.get(3)?,
        mac: row.get(4)?,
        body: row.get(5)?,
        made: row.get(6)?,
        tries: row.get(7)?,
        letter: row.get(8)?,
    })
}
