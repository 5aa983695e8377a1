//! The audit log's table: entries are appended in the transaction of what they tell, and read back.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::audit::{ChainKey, Event, Factor, Mark, START};
use crate::domain::ids::AccountId;
use crate::store::audit::{Line, NEWEST};
use crate::store::row::signed;

/// Appends entries; the caller's transaction makes them stand or fall with what they tell.
pub fn append(db: &Connection, key: &ChainKey, events: &[Event]) -> rusqlite::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let (mut seq, mut mark) = last(db)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO audit (seq, at, what, account, source, factor, note, mark)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for event in events {
        seq += 1;
        mark = key.mark(&mark, seq, event);
        insert.execute(params![
            signed(seq),
            signed(event.at.0),
            event.what.word(),
            event.account.as_ref().map(AccountId::as_bytes),
            event.source,
            event.factor.map(Factor::word),
            event.note,
            mark,
        ])?;
    }
    db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('audit_end', ?1)")?
        .execute([key.end(seq, &mark)])?;
    Ok(())
}

/// At most `most` entries after that number, in order.
pub fn after(db: &Connection, seq: u64, most: usize) -> rusqlite::Result<Vec<Line>> {
    let mut select = db.prepare_cached(
        "SELECT seq, at, what, account, source, factor, note, mark FROM audit
         WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let lines = select.query_map(params![signed(seq), signed(most as u64)], line)?;
    lines.collect()
}

/// The last `most` entries about an account, the newest first.
pub fn last_of(db: &Connection, account: &AccountId, most: usize) -> rusqlite::Result<Vec<Line>> {
    let mut select = db.prepare_cached(
        "SELECT seq, at, what, account, source, factor, note, mark FROM audit
         WHERE account = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    let lines = select.query_map(params![account.as_bytes(), signed(most as u64)], line)?;
    lines.collect()
}

/// What is kept beside the log to show where it ends.
pub fn end(db: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = 'audit_end'")?
        .query_row([], |row| row.get(0))
        .optional()
}

/// See [`NEWEST`].
pub fn newest_at(db: &Connection, until: i64) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(NEWEST)?.query_row([until], |row| row.get(0))
}

fn last(db: &Connection) -> rusqlite::Result<(u64, Mark)> {
    let found = db
        .prepare_cached("SELECT seq, mark FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Mark>(1)?)))
        .optional()?;
    Ok(found.map_or((0, START), |(seq, mark)| (seq.unsigned_abs(), mark)))
}

fn line(row: &rusqlite::Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        seq: row.get(0)?,
        at: row.get(1)?,
        what: row.get(2)?,
        account: row.get(3)?,
        source: row.get(4)?,
        factor: row.get(5)?,
        note: row.get(6)?,
        mark: row.get(7)?,
    })
}

/// SQLite's own two verifiers.
pub fn faults(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found: Vec<String> = db
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    found.retain(|line| line != "ok");
    let mut foreign = db.prepare("PRAGMA foreign_key_check")?;
    let dangling = foreign.query_map([], |row| row.get::<_, String>(0))?;
    for table in dangling {
        found.push(format!("a row of {} refers to one that is not there", table?));
    }
    Ok(found)
}
