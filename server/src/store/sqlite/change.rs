//! A change as statements: all or nothing inside the writer's transaction.

use rusqlite::{Connection, ErrorCode, params};

use super::{audit, outbox, recovery, seals, sent, services};
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::session::Session;
use crate::store::change::{SealedChange, SealedThrottle};
use crate::store::row::{Row, signed};
use crate::store::session::stage_text;
use crate::store::{Outcome, Version};

/// Writes it; a row that had changed makes all of it [`Outcome::Stale`], as does a key that
/// seals no more.
pub fn write(change: &SealedChange, db: &Connection) -> rusqlite::Result<Outcome> {
    if seals::key(db)? != change.key {
        return Ok(Outcome::Stale);
    }
    if let Some((account, seen)) = &change.unchanged
        && !is_unchanged(db, account, *seen)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some(digest) = &change.require
        && !is_open(db, digest)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some(digest) = &change.consume
        && !end_session(db, digest)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some(code) = &change.spend
        && !sent::consume(db, code)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some((account, seen)) = &change.delete
        && !delete_account(db, account, *seen)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some(row) = &change.account
        && !write_account(db, row)?
    {
        return Ok(Outcome::Stale);
    }
    for throttle in &change.throttles {
        if !write_throttle(db, throttle)? {
            return Ok(Outcome::Stale);
        }
    }
    if let Some(recovery) = &change.recovery
        && !recovery::write(recovery, db)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some(key) = &change.ssh_key
        && !services::write_ssh_key(db, key)?
    {
        return Ok(Outcome::Stale);
    }
    if let Some((account, kept)) = &change.end_others {
        db.prepare_cached("DELETE FROM sessions WHERE account = ?1 AND digest IS NOT ?2")?
            .execute(params![account.as_bytes(), kept.as_ref().map(TokenDigest::as_bytes)])?;
        // Where nobody stays, what was sent to whoever had asked is void too.
        if kept.is_none() {
            db.prepare_cached("DELETE FROM sent_codes WHERE account = ?1")?
                .execute([account.as_bytes()])?;
        }
    }
    if let Some(session) = &change.open {
        open_session(db, session)?;
    }
    if let Some(code) = &change.sent {
        sent::write(code, change.consume.as_ref(), db)?;
    }
    for letter in &change.letters {
        outbox::write(letter, db)?;
    }
    audit::append(db, &change.chain, &change.events)?;
    Ok(Outcome::Done)
}

/// Deletes a session; whether it was there.
pub fn end_session(db: &Connection, digest: &TokenDigest) -> rusqlite::Result<bool> {
    let mut delete = db
        .prepare_cached("DELETE FROM sessions WHERE account = substr(?1, 1, 16) AND digest = ?1")?;
    Ok(delete.execute([digest.as_bytes()])? == 1)
}

fn is_unchanged(db: &Connection, account: &AccountId, seen: Version) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND version = ?2")?
        .exists(params![account.as_bytes(), seen.0])
}

fn is_open(db: &Connection, digest: &TokenDigest) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM sessions WHERE account = substr(?1, 1, 16) AND digest = ?1")?
        .exists([digest.as_bytes()])
}

fn open_session(db: &Connection, session: &Session) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO sessions (digest, account, stage, device, began, seen, by_sms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        session.digest.as_bytes(),
        session.account.as_bytes(),
        stage_text(session.stage),
        session.device,
        signed(session.began.0),
        signed(session.seen.0),
        session.by_sms,
    ])?;
    Ok(())
}

/// The columns of an account by which none is found.
macro_rules! of_accounts {
    () => {
        "UPDATE accounts SET password = ?1, created = ?2, api_key_made = ?3, tf_state = ?4,
            tf_secret = ?5, tf_since = ?6, tf_session = ?7, tf_last_step = ?8, tf_drift = ?9,
            tf_missed = ?10, tf_throttle = ?11, copy_public = ?12, copy_salt = ?13, copy_key = ?14,
            sms_number = ?15, sms_since = ?16, sms_from = ?17, tf_strays = ?18, new_by = ?19,
            new_secret = ?20, new_since = ?21, new_session = ?22, new_step = ?23, new_drift = ?24,
            barred = ?25, former = ?26, new_letter = ?27, version = version + 1"
    };
}
const NEW_ACCOUNT: &str =
    "INSERT INTO accounts (password, created, api_key_made, tf_state, tf_secret, tf_since, tf_session,
        tf_last_step, tf_drift, tf_missed, tf_throttle, copy_public, copy_salt, copy_key, sms_number,
        sms_since, sms_from, tf_strays, new_by, new_secret, new_since, new_session, new_step,
        new_drift, barred, former, new_letter, id, version, email, api_key, new_due)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29 + 1, ?30, ?31, ?32)";
/// For nearly all changes: an index over a column that is set is written, also where its value stays.
const FOUND_AS_BEFORE: &str = concat!(
    of_accounts!(),
    " WHERE id = ?28 AND version = ?29 AND email = ?30 AND api_key IS ?31 AND new_due IS ?32"
);
const FOUND_ANEW: &str = concat!(
    of_accounts!(),
    ", email = ?30, api_key = ?31, new_due = ?32 WHERE id = ?28 AND version = ?29"
);

/// Replaces the row at the version that was read (0: a row that must not exist); whether it did.
fn write_account(db: &Connection, row: &Row) -> rusqlite::Result<bool> {
    if row.version == 0 {
        return write_row(db, NEW_ACCOUNT, row);
    }
    Ok(write_row(db, FOUND_AS_BEFORE, row)? || write_row(db, FOUND_ANEW, row)?)
}

fn write_row(db: &Connection, sql: &str, row: &Row) -> rusqlite::Result<bool> {
    let written = db.prepare_cached(sql)?.execute(params![
        row.password,
        row.created,
        row.api_key_made,
        row.tf_state,
        row.tf_secret,
        row.tf_since,
        row.tf_session,
        row.tf_last_step,
        row.tf_drift,
        row.tf_missed,
        row.tf_throttle,
        row.copy_public,
        row.copy_salt,
        row.copy_key,
        row.sms_number,
        row.sms_since,
        row.sms_from,
        row.tf_strays,
        row.new_by,
        row.new_secret,
        row.new_since,
        row.new_session,
        row.new_step,
        row.new_drift,
        row.barred,
        row.former,
        row.new_letter,
        row.id,
        row.version,
        row.email,
        row.api_key,
        row.new_due,
    ]);
    unless_taken(written)
}

/// Deletes the account at the version that was read, with its sessions and recovery codes; whether
/// it did.
fn delete_account(db: &Connection, account: &AccountId, seen: Version) -> rusqlite::Result<bool> {
    let gone = db
        .prepare_cached("DELETE FROM accounts WHERE id = ?1 AND version = ?2")?
        .execute(params![account.as_bytes(), seen.0])?;
    Ok(gone == 1)
}

/// Replaces the throttle at the version that was read (0: one that must not exist); whether it did.
fn write_throttle(db: &Connection, throttle: &SealedThrottle) -> rusqlite::Result<bool> {
    let write = |sql: &str| {
        let written = db.prepare_cached(sql)?.execute(params![
            throttle.last,
            throttle.state,
            throttle.key,
            throttle.seen
        ]);
        unless_taken(written)
    };
    if throttle.seen == 0 {
        return write(
            "INSERT INTO throttles (last, state, key, version) VALUES (?1, ?2, ?3, ?4 + 1)",
        );
    }
    // Of the same day, as nearly all are: its index is not written.
    Ok(write(
        "UPDATE throttles SET state = ?2, version = version + 1
         WHERE key = ?3 AND version = ?4 AND last = ?1",
    )? || write(
        "UPDATE throttles SET last = ?1, state = ?2, version = version + 1
         WHERE key = ?3 AND version = ?4",
    )?)
}

/// A name that is taken, like a version that has moved on, is no fault of the database.
fn unless_taken(written: rusqlite::Result<usize>) -> rusqlite::Result<bool> {
    match written {
        Ok(count) => Ok(count == 1),
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.code == ErrorCode::ConstraintViolation =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
