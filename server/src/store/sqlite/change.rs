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
    let mut delete = db.prepare_cached("DELETE FROM sessions WHERE digest = ?1")?;
    Ok(delete.execute([digest.as_bytes()])? == 1)
}

fn is_unchanged(db: &Connection, account: &AccountId, seen: Version) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND version = ?2")?
        .exists(params![account.as_bytes(), seen.0])
}

fn is_open(db: &Connection, digest: &TokenDigest) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM sessions WHERE digest = ?1")?.exists([digest.as_bytes()])
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

/// Replaces the row at the version that was read (0: a row that must not exist); whether it did.
fn write_account(db: &Connection, row: &Row) -> rusqlite::Result<bool> {
    let written = if row.version == 0 {
        db.prepare_cached(
            "INSERT INTO accounts (email, password, created, api_key, api_key_made, tf_state,
                tf_secret, tf_since, tf_session, tf_last_step, tf_drift, tf_missed, tf_throttle,
                copy_public, copy_salt, copy_key, sms_number, sms_since, sms_from, tf_strays,
                new_by, new_secret, new_since, new_session, new_due, new_step, new_drift, barred,
                former, new_letter, id, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31,
                ?32 + 1)",
        )
    } else {
        db.prepare_cached(
            "UPDATE accounts SET email = ?1, password = ?2, created = ?3, api_key = ?4,
                api_key_made = ?5, tf_state = ?6, tf_secret = ?7, tf_since = ?8, tf_session = ?9,
                tf_last_step = ?10, tf_drift = ?11, tf_missed = ?12, tf_throttle = ?13,
                copy_public = ?14, copy_salt = ?15, copy_key = ?16, sms_number = ?17,
                sms_since = ?18, sms_from = ?19, tf_strays = ?20, new_by = ?21,
                new_secret = ?22, new_since = ?23, new_session = ?24, new_due = ?25,
                new_step = ?26, new_drift = ?27, barred = ?28,
                former = ?29, new_letter = ?30, version = version + 1
             WHERE id = ?31 AND version = ?32",
        )
    }?
    .execute(params![
        row.email,
        row.password,
        row.created,
        row.api_key,
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
        row.new_due,
        row.new_step,
        row.new_drift,
        row.barred,
        row.former,
        row.new_letter,
        row.id,
        row.version,
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

fn write_throttle(db: &Connection, throttle: &SealedThrottle) -> rusqlite::Result<bool> {
    let written = if throttle.seen == 0 {
        db.prepare_cached(
            "INSERT INTO throttles (last, state, key, version) VALUES (?1, ?2, ?3, ?4 + 1)",
        )
    } else {
        db.prepare_cached(
            "UPDATE throttles SET last = ?1, state = ?2, version = version + 1
             WHERE key = ?3 AND version = ?4",
        )
    }?
    .execute(params![throttle.last, throttle.state, throttle.key, throttle.seen]);
    unless_taken(written)
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
