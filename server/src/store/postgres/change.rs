//! A change as statements. What was read is compared under the row's own lock: under READ COMMITTED an
//! `UPDATE … WHERE version = …` that has waited for another one looks at the row anew, and finds none.
//!
//! The account comes first, so that all who change the same one queue there, and nobody who holds what
//! hangs on it waits for it.

use deadpool_postgres::Transaction;
use tokio_postgres::Error;

use super::statement::{Values, execute, row};
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::LetterId;
use crate::domain::sent::SentCode;
use crate::domain::session::Session;
use crate::store::change::{SealedChange, SealedThrottle};
use crate::store::outbox::{SealedLetter, way_text};
use crate::store::recovery::SealedRecovery;
use crate::store::row::{Row, signed};
use crate::store::sent::SealedCode;
use crate::store::session::stage_text;
use crate::store::{MOST_SSH_KEYS, SshKeyChange, Version};

/// Writes it but for its events; `false` where a row had changed or a key seals that seals no more. Then
/// what was written is to be rolled back.
pub async fn write(change: &SealedChange, db: &Transaction<'_>, key: &[u8]) -> Result<bool, Error> {
    if change.key != key {
        return Ok(false);
    }
    if let Some(row) = &change.account
        && !write_account(db, row).await?
    {
        return Ok(false);
    }
    if let Some((account, seen)) = &change.unchanged
        && !is_unchanged(db, account, *seen).await?
    {
        return Ok(false);
    }
    for throttle in &change.throttles {
        if !write_throttle(db, throttle).await? {
            return Ok(false);
        }
    }
    if let Some(digest) = &change.require
        && !is_open(db, digest).await?
    {
        return Ok(false);
    }
    if let Some(digest) = &change.consume
        && !end_session(db, digest).await?
    {
        return Ok(false);
    }
    if let Some(code) = &change.spend
        && !spend(db, code).await?
    {
        return Ok(false);
    }
    if let Some((account, seen)) = &change.delete
        && !delete_account(db, account, *seen).await?
    {
        return Ok(false);
    }
    if let Some(recovery) = &change.recovery
        && !write_recovery(db, recovery).await?
    {
        return Ok(false);
    }
    if let Some(key) = &change.ssh_key
        && !write_ssh_key(db, key).await?
    {
        return Ok(false);
    }
    if let Some((account, kept)) = &change.end_others {
        let kept = kept.as_ref().map(|digest| TokenDigest::as_bytes(digest).as_slice());
        execute(
            db,
            "DELETE FROM sessions WHERE account = $1 AND digest IS DISTINCT FROM $2",
            &[&account.as_bytes().as_slice(), &kept],
        )
        .await?;
        // Where nobody stays, what was sent to whoever had asked is void too.
        if kept.is_none() {
            let sql = "DELETE FROM sent_codes WHERE account = $1";
            execute(db, sql, &[&account.as_bytes().as_slice()]).await?;
        }
    }
    if let Some(session) = &change.open {
        open_session(db, session).await?;
    }
    if let Some(code) = &change.sent {
        write_code(db, code, change.consume.as_ref()).await?;
    }
    for letter in &change.letters {
        write_letter(db, letter).await?;
    }
    Ok(true)
}

async fn end_session(db: &Transaction<'_>, digest: &TokenDigest) -> Result<bool, Error> {
    let sql = "DELETE FROM sessions WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1";
    Ok(execute(db, sql, &[&digest.as_bytes().as_slice()]).await? == 1)
}

/// Whether it is as it was read, and it stays so until this transaction ends.
async fn is_unchanged(
    db: &Transaction<'_>,
    account: &AccountId,
    seen: Version,
) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM accounts WHERE id = $1 AND version = $2 FOR SHARE";
    Ok(row(db, sql, &[&account.as_bytes().as_slice(), &seen.0]).await?.is_some())
}

/// Whether it is there, and it stays there until this transaction ends.
async fn is_open(db: &Transaction<'_>, digest: &TokenDigest) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM sessions
         WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1 FOR KEY SHARE";
    Ok(row(db, sql, &[&digest.as_bytes().as_slice()]).await?.is_some())
}

async fn open_session(db: &Transaction<'_>, session: &Session) -> Result<(), Error> {
    execute(
        db,
        "INSERT INTO sessions (digest, account, stage, device, began, seen, by_sms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &session.digest.as_bytes().as_slice(),
            &session.account.as_bytes().as_slice(),
            &stage_text(session.stage),
            &session.device,
            &signed(session.began.0),
            &signed(session.seen.0),
            &i64::from(session.by_sms),
        ],
    )
    .await?;
    Ok(())
}

/// Replaces the row at the version that was read (0: a row that must not exist); whether it did.
async fn write_account(db: &Transaction<'_>, row: &Row) -> Result<bool, Error> {
    let sql = if row.version == 0 {
        "INSERT INTO accounts (email, password, created, api_key, api_key_made, tf_state,
            tf_secret, tf_since, tf_session, tf_last_step, tf_drift, tf_missed, tf_throttle,
            copy_public, copy_salt, copy_key, sms_number, sms_since, sms_from, tf_strays,
            new_by, new_secret, new_since, new_session, new_due, new_step, new_drift, barred,
            former, new_letter, id, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31,
            $32::bigint + 1)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE accounts SET email = $1, password = $2, created = $3, api_key = $4,
            api_key_made = $5, tf_state = $6, tf_secret = $7, tf_since = $8, tf_session = $9,
            tf_last_step = $10, tf_drift = $11, tf_missed = $12, tf_throttle = $13,
            copy_public = $14, copy_salt = $15, copy_key = $16, sms_number = $17,
            sms_since = $18, sms_from = $19, tf_strays = $20, new_by = $21,
            new_secret = $22, new_since = $23, new_session = $24, new_due = $25,
            new_step = $26, new_drift = $27, barred = $28,
            former = $29, new_letter = $30, version = version + 1
         WHERE id = $31 AND version = $32"
    };
    let values: Values<'_> = &[
        &row.email,
        &row.password,
        &row.created,
        &row.api_key,
        &row.api_key_made,
        &row.tf_state,
        &row.tf_secret,
        &row.tf_since,
        &row.tf_session,
        &row.tf_last_step,
        &row.tf_drift,
        &row.tf_missed,
        &row.tf_throttle,
        &row.copy_public,
        &row.copy_salt,
        &row.copy_key,
        &row.sms_number,
        &row.sms_since,
        &row.sms_from,
        &row.tf_strays,
        &row.new_by,
        &row.new_secret,
        &row.new_since,
        &row.new_session,
        &row.new_due,
        &row.new_step,
        &row.new_drift,
        &row.barred,
        &row.former,
        &row.new_letter,
        &row.id,
        &row.version,
    ];
    Ok(execute(db, sql, values).await? == 1)
}

/// Deletes the account at the version that was read, with its sessions and recovery codes; whether
/// it did.
async fn delete_account(
    db: &Transaction<'_>,
    account: &AccountId,
    seen: Version,
) -> Result<bool, Error> {
    let sql = "DELETE FROM accounts WHERE id = $1 AND version = $2";
    Ok(execute(db, sql, &[&account.as_bytes().as_slice(), &seen.0]).await? == 1)
}

async fn write_throttle(db: &Transaction<'_>, throttle: &SealedThrottle) -> Result<bool, Error> {
    let sql = if throttle.seen == 0 {
        "INSERT INTO throttles (last, state, key, version) VALUES ($1, $2, $3, $4::bigint + 1)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE throttles SET last = $1, state = $2, version = version + 1
         WHERE key = $3 AND version = $4"
    };
    let SealedThrottle { key, seen, last, state } = throttle;
    Ok(execute(db, sql, &[last, state, &key.as_slice(), seen]).await? == 1)
}

/// Writes it; whether the set that was read is still there unchanged.
async fn write_recovery(db: &Transaction<'_>, change: &SealedRecovery) -> Result<bool, Error> {
    match change {
        SealedRecovery::Made(row) => {
            let sql = "INSERT INTO recovery
                    (account, version, salt, digests, used, made, stored, copy, shown_by_sms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (account) DO UPDATE SET version = excluded.version,
                    salt = excluded.salt, digests = excluded.digests, used = excluded.used,
                    made = excluded.made, stored = excluded.stored, copy = excluded.copy,
                    shown_by_sms = excluded.shown_by_sms";
            execute(
                db,
                sql,
                &[
                    &row.account,
                    &row.version,
                    &row.salt,
                    &row.digests,
                    &row.used,
                    &row.made,
                    &row.stored,
                    &row.copy,
                    &row.shown_by_sms,
                ],
            )
            .await?;
            Ok(true)
        }
        SealedRecovery::Changed(row) => {
            let sql = "UPDATE recovery SET used = $4, stored = $5, copy = $6, shown_by_sms = $7,
                    version = version + 1
                 WHERE account = $1 AND version = $2 AND salt = $3";
            let values: Values<'_> = &[
                &row.account,
                &row.version,
                &row.salt,
                &row.used,
                &row.stored,
                &row.copy,
                &row.shown_by_sms,
            ];
            Ok(execute(db, sql, values).await? == 1)
        }
        SealedRecovery::Gone(account) => {
            let sql = "DELETE FROM recovery WHERE account = $1";
            execute(db, sql, &[&account.as_bytes().as_slice()]).await?;
            Ok(true)
        }
    }
}

/// Deletes the very code that was compared; whether it was still there.
async fn spend(db: &Transaction<'_>, code: &SentCode) -> Result<bool, Error> {
    let sql = "DELETE FROM sent_codes WHERE holder = $1 AND purpose = $2 AND mac = $3";
    let holder = code.holder.as_bytes().as_slice();
    Ok(execute(db, sql, &[&holder, &code.purpose.word(), &code.mac.as_slice()]).await? == 1)
}

/// Puts it in the place of the one before (requirement 24), whose letter leaves no more. That one may
/// be of the session which ended in the same step.
async fn write_code(
    db: &Transaction<'_>,
    sealed: &SealedCode,
    ended: Option<&TokenDigest>,
) -> Result<(), Error> {
    let code = &sealed.code;
    let ended = ended.map(|digest| TokenDigest::as_bytes(digest).as_slice());
    execute(
        db,
        "UPDATE outbox SET progress = 'late', body = NULL
         WHERE body IS NOT NULL AND id IN
            (SELECT letter FROM sent_codes WHERE holder IN ($1, $2) AND purpose = $3)",
        &[&code.holder.as_bytes().as_slice(), &ended, &code.purpose.word()],
    )
    .await?;
    execute(
        db,
        "INSERT INTO sent_codes (id, holder, purpose, account, mac, body, made, tries, letter)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
         ON CONFLICT (holder, purpose) DO UPDATE SET id = excluded.id,
            account = excluded.account, mac = excluded.mac, body = excluded.body,
            made = excluded.made, tries = 0, letter = excluded.letter",
        &[
            &sealed.id.as_bytes().as_slice(),
            &code.holder.as_bytes().as_slice(),
            &code.purpose.word(),
            &code.account.as_bytes().as_slice(),
            &code.mac.as_slice(),
            &sealed.body,
            &signed(code.made.0),
            &code.letter.as_ref().map(|id| LetterId::as_bytes(id).as_slice()),
        ],
    )
    .await?;
    Ok(())
}

/// Puts it into the outbox.
async fn write_letter(db: &Transaction<'_>, letter: &SealedLetter) -> Result<(), Error> {
    execute(
        db,
        "INSERT INTO outbox (id, way, progress, body, made, until, due, attempts)
         VALUES ($1, $2, 'waiting', $3, $4, $5, $4, 0)",
        &[
            &letter.id.as_bytes().as_slice(),
            &way_text(letter.way),
            &letter.body,
            &letter.made,
            &letter.until,
        ],
    )
    .await?;
    Ok(())
}

/// Writes a key more or less; whether it did.
async fn write_ssh_key(db: &Transaction<'_>, change: &SshKeyChange) -> Result<bool, Error> {
    match change {
        SshKeyChange::Added(account, key) => {
            // Two at once would both count the keys without the other's.
            let sql = "SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE";
            if row(db, sql, &[&account.as_bytes().as_slice()]).await?.is_none() {
                return Ok(false);
            }
            let sql = "INSERT INTO ssh_keys (account, id, key, name, added)
                 SELECT $1::bytea, $2::text, $3::text, $4::text, $5::bigint
                 WHERE (SELECT count(*) FROM ssh_keys WHERE account = $1) < $6
                 ON CONFLICT DO NOTHING";
            let values: Values<'_> = &[
                &account.as_bytes().as_slice(),
                &key.key.id(),
                &key.key.as_str(),
                &key.name,
                &signed(key.added.0),
                &signed(MOST_SSH_KEYS as u64),
            ];
            Ok(execute(db, sql, values).await? == 1)
        }
        SshKeyChange::Removed(account, id) => {
            let sql = "DELETE FROM ssh_keys WHERE account = $1 AND id = $2";
            Ok(execute(db, sql, &[&account.as_bytes().as_slice(), id]).await? == 1)
        }
    }
}
