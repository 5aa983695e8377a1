//! The audit log's table. The chain has one end in the whole database: who appends holds it until the
//! entries are durable, and so comes last in its transaction.

use deadpool_postgres::Transaction;
use tokio_postgres::{Error, Row};

use super::statement::{Values, execute};
use crate::domain::audit::{ChainKey, Event, Factor, Mark, START};
use crate::domain::ids::AccountId;
use crate::store::audit::Line;
use crate::store::row::signed;

/// Held by whoever appends.
const END: i64 = 0x486f_6c64_6661_7302;

/// The columns of an entry, in the order in which [`line`] takes them.
pub const COLUMNS: &str = "seq, at, what, account, source, factor, note, mark";

/// Waits for the end of the chain for so long at most, and holds it for the rest of the transaction.
pub async fn take_end(db: &Transaction<'_>, longest: &str) -> Result<(), Error> {
    execute(db, "SELECT set_config('lock_timeout', $1, true)", &[&longest]).await?;
    execute(db, "SELECT pg_advisory_xact_lock($1)", &[&END]).await?;
    Ok(())
}

/// Appends entries; the caller's transaction makes them stand or fall with what they tell.
pub async fn append(db: &Transaction<'_>, key: &ChainKey, events: &[&Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let lock = db.prepare_cached("SELECT pg_advisory_xact_lock($1)").await?;
    let last = db.prepare_cached("SELECT seq, mark FROM audit ORDER BY seq DESC LIMIT 1").await?;
    // Sent together, and worked off one after the other: the log is read once its end is held.
    let held: Values<'_> = &[&END];
    let (locked, last) = tokio::join!(biased; db.execute(&lock, held), db.query_opt(&last, &[]));
    locked?;
    let (mut seq, mut mark) = match last? {
        None => (0, START),
        Some(row) => {
            let mark: Vec<u8> = row.try_get(1)?;
            // A mark of another length is damage, which the verifier finds; the chain goes on from it.
            (row.try_get::<_, i64>(0)?.unsigned_abs(), Mark::try_from(mark).unwrap_or(START))
        }
    };
    let mut marks = Vec::with_capacity(events.len());
    for event in events {
        seq += 1;
        mark = key.mark(&mark, seq, event);
        marks.push((signed(seq), mark));
    }
    let seqs: Vec<i64> = marks.iter().map(|(seq, _)| *seq).collect();
    let ats: Vec<i64> = events.iter().map(|event| signed(event.at.0)).collect();
    let whats: Vec<&str> = events.iter().map(|event| event.what.word()).collect();
    let accounts: Vec<Option<&[u8]>> = events
        .iter()
        .map(|event| event.account.as_ref().map(|id| AccountId::as_bytes(id).as_slice()))
        .collect();
    let sources: Vec<&str> = events.iter().map(|event| event.source.as_str()).collect();
    let factors: Vec<Option<&str>> =
        events.iter().map(|event| event.factor.map(Factor::word)).collect();
    let notes: Vec<&str> = events.iter().map(|event| event.note.as_str()).collect();
    let mark_bytes: Vec<&[u8]> = marks.iter().map(|(_, mark)| mark.as_slice()).collect();
    let end = key.end(seq, &mark);
    execute(
        db,
        "WITH marked AS (
            INSERT INTO meta (name, value) VALUES ('audit_end', $9)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value)
         INSERT INTO audit (seq, at, what, account, source, factor, note, mark)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::text[],
                              $6::text[], $7::text[], $8::bytea[])",
        &[&seqs, &ats, &whats, &accounts, &sources, &factors, &notes, &mark_bytes, &end.as_slice()],
    )
    .await?;
    Ok(())
}

/// An entry's columns.
pub fn line(row: &Row) -> Result<Line, Error> {
    Ok(Line {
        seq: row.try_get(0)?,
        at: row.try_get(1)?,
        what: row.try_get(2)?,
        account: row.try_get(3)?,
        source: row.try_get(4)?,
        factor: row.try_get(5)?,
        note: row.try_get(6)?,
        mark: row.try_get(7)?,
    })
}
