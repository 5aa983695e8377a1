//! The outbox as statements: letters come in with the step they tell of, are claimed by one process
//! at a time, and lose their body when they are done with.

use holdfast_otp::UnixTime;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::letter::{LetterId, Progress, Way};
use crate::store::outbox::{Claim, KEPT, LEASE, SealedLetter, latest, way_text};
use crate::store::row::signed;

/// Puts it into the outbox.
pub fn write(letter: &SealedLetter, db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO outbox (id, way, progress, body, made, until, due, attempts)
         VALUES (?1, ?2, 'waiting', ?3, ?4, ?5, ?4, 0)",
    )?
    .execute(params![
        letter.id.as_bytes(),
        way_text(letter.way),
        letter.body,
        letter.made,
        letter.until
    ])?;
    Ok(())
}

/// Whether there is a letter of that way that is due: so that looking costs no write.
pub fn is_any_due(db: &Connection, way: Way, now: UnixTime) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM outbox WHERE body IS NOT NULL AND (due <= ?1 OR due > ?3) AND way = ?2",
    )?
    .exists(params![signed(now.0), way_text(way), latest(now)])
}

/// Takes letters of that way that are due, for as long as a lease: another process takes them only
/// after that.
pub fn claim(
    db: &Connection,
    way: Way,
    now: UnixTime,
    most: usize,
) -> rusqlite::Result<Vec<Claim>> {
    let mut claim = db.prepare_cached(
        "UPDATE outbox SET attempts = attempts + 1, due = ?2
         WHERE id IN (SELECT id FROM outbox
                      WHERE body IS NOT NULL AND (due <= ?1 OR due > ?5) AND way = ?4
                      ORDER BY due LIMIT ?3)
         RETURNING id, way, body, made, until, attempts",
    )?;
    let rows = claim.query_map(
        params![
            signed(now.0),
            signed(now.0.saturating_add(LEASE)),
            signed(most as u64),
            way_text(way),
            latest(now)
        ],
        |row| {
            Ok(Claim {
                id: row.get(0)?,
                way: row.get(1)?,
                body: row.get(2)?,
                made: row.get(3)?,
                until: row.get(4)?,
                attempts: row.get(5)?,
            })
        },
    )?;
    rows.collect()
}

/// Notes at `now` how the `attempt`-th try came out; a later claim by somebody else stands. With `again`
/// the letter stays until then, without it its body is erased, and it was due for the last time now.
pub fn settle(
    db: &Connection,
    id: &LetterId,
    attempt: u32,
    progress: Progress,
    now: UnixTime,
    again: Option<UnixTime>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        // What the other side has reported meanwhile is newer than that it has taken the letter.
        "UPDATE outbox SET progress = CASE WHEN progress IN ('waiting', 'down') THEN ?3
                ELSE progress END, due = coalesce(?4, ?5),
            body = CASE WHEN ?4 IS NULL THEN NULL ELSE body END
         WHERE id = ?1 AND attempts = ?2 AND body IS NOT NULL",
    )?
    .execute(params![
        id.as_bytes(),
        attempt,
        progress.word(),
        again.map(|again| signed(again.0)),
        signed(now.0)
    ])?;
    Ok(())
}

/// Notes what the other side says of a letter that it has taken; what has arrived has arrived.
pub fn report(db: &Connection, id: &LetterId, progress: Progress) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE outbox SET progress = ?2 WHERE id = ?1 AND progress != 'delivered'")?
        .execute(params![id.as_bytes(), progress.word()])?;
    Ok(())
}

/// How far a letter has come, and when it is or was due.
pub fn progress(db: &Connection, id: &LetterId) -> rusqlite::Result<Option<(String, i64)>> {
    db.prepare_cached("SELECT progress, due FROM outbox WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Forgets letters that were done with long ago: one that was written long before it left is kept, too.
pub fn sweep(db: &Connection, now: UnixTime) -> rusqlite::Result<usize> {
    db.execute(
        "DELETE FROM outbox WHERE body IS NULL AND due < ?1",
        [signed(now.0.saturating_sub(KEPT))],
    )
}
