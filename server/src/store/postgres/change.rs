//! A change as statements. What was read is compared under the row's own lock: under READ COMMITTED an
//! `UPDATE … WHERE version = …` that has waited for another one looks at the row anew, and finds none.
//!
//! Accounts come first, so that all who change the same one queue there, and nobody who holds what
//! hangs on it waits for it. Of several changes all accounts do, and then all that is counted, each in one order:
//! two who write waited for each other else until the cluster ended one of them, a second later.

use deadpool_postgres::Transaction;
use tokio_postgres::Error;

use super::statement::{Step, all, values};
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

/// Writes them, which are in the order of accounts, but for their events; `false` where a row had changed or a key seals that
/// seals no more. Then what was written, of all of them, is to be rolled back.
pub async fn write(
    changes: impl Iterator<Item = &SealedChange> + Clone,
    db: &Transaction<'_>,
    key: &[u8],
) -> Result<bool, Error> {
    if changes.clone().any(|change| change.key != key) {
        return Ok(false);
    }
    let mut steps: Vec<_> = changes.clone().flat_map(of_account).collect();
    let mut throttles: Vec<_> = changes.clone().flat_map(|change| &change.throttles).collect();
    throttles.sort_by_key(|throttle| throttle.key);
    steps.extend(throttles.into_iter().map(write_throttle));
    for change in changes {
        add_rest(change, &mut steps);
    }
    all(db, &steps).await
}

fn of_account(change: &SealedChange) -> impl Iterator<Item = Step<'_>> {
    let unchanged = change.unchanged.as_ref();
    let unchanged = unchanged.map(|(account, seen)| is_unchanged(account, *seen));
    change.account.as_ref().map(write_account).into_iter().chain(unchanged)
}

/// What is neither its account nor counted.
fn add_rest<'a>(change: &'a SealedChange, steps: &mut Vec<Step<'a>>) {
    steps.extend(change.require.as_ref().map(is_open));
    steps.extend(change.consume.as_ref().map(end_session));
    steps.extend(change.spend.as_ref().map(spend));
    steps.extend(change.delete.as_ref().map(|(account, seen)| delete_account(account, *seen)));
    steps.extend(change.recovery.as_ref().map(write_recovery));
    steps.extend(change.ssh_key.iter().flat_map(write_ssh_key));
    steps.extend(
        change.end_others.iter().flat_map(|(account, kept)| end_others(account, kept.as_ref())),
    );
    steps.extend(change.open.as_ref().map(open_session));
    let ended = change.consume.as_ref();
    steps.extend(change.sent.iter().flat_map(|code| write_code(code, ended)));
    steps.extend(change.letters.iter().map(write_letter));
}

fn end_session(digest: &TokenDigest) -> Step<'_> {
    Step::touching(
        "DELETE FROM sessions WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1",
        values![digest.as_bytes().as_slice()],
    )
}

/// It must be as it was read, and stays so until this transaction ends.
fn is_unchanged(account: &AccountId, seen: Version) -> Step<'_> {
    Step::touching(
        "SELECT 1 FROM accounts WHERE id = $1 AND version = $2 FOR SHARE",
        values![account.as_bytes().as_slice(), seen.0],
    )
}

/// It must be there, and stays there until this transaction ends.
fn is_open(digest: &TokenDigest) -> Step<'_> {
    Step::touching(
        "SELECT 1 FROM sessions
         WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1 FOR KEY SHARE",
        values![digest.as_bytes().as_slice()],
    )
}

fn open_session(session: &Session) -> Step<'_> {
    Step::new(
        "INSERT INTO sessions (digest, account, stage, device, began, seen, by_sms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            session.digest.as_bytes().as_slice(),
            session.account.as_bytes().as_slice(),
            stage_text(session.stage),
            &session.device,
            signed(session.began.0),
            signed(session.seen.0),
            i64::from(session.by_sms),
        ],
    )
}

/// Ends an account's sessions but the one that is kept.
fn end_others<'a>(account: &'a AccountId, kept: Option<&'a TokenDigest>) -> Vec<Step<'a>> {
    let id = account.as_bytes().as_slice();
    let mut steps = vec![Step::new(
        "DELETE FROM sessions WHERE account = $1 AND digest IS DISTINCT FROM $2",
        values![id, kept.map(|digest| TokenDigest::as_bytes(digest).as_slice())],
    )];
    // Where nobody stays, what was sent to whoever had asked is void too.
    if kept.is_none() {
        steps.push(Step::new("DELETE FROM sent_codes WHERE account = $1", values![id]));
    }
    steps
}

/// Replaces the row at the version that was read (0: a row that must not exist).
fn write_account(row: &Row) -> Step<'_> {
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
    let values = values![
        &row.email,
        &row.password,
        row.created,
        &row.api_key,
        row.api_key_made,
        &row.tf_state,
        &row.tf_secret,
        row.tf_since,
        &row.tf_session,
        row.tf_last_step,
        row.tf_drift,
        row.tf_missed,
        &row.tf_throttle,
        &row.copy_public,
        &row.copy_salt,
        &row.copy_key,
        &row.sms_number,
        row.sms_since,
        row.sms_from,
        &row.tf_strays,
        &row.new_by,
        &row.new_secret,
        row.new_since,
        &row.new_session,
        row.new_due,
        row.new_step,
        row.new_drift,
        row.barred,
        &row.former,
        &row.new_letter,
        &row.id,
        row.version,
    ];
    Step::touching(sql, values)
}

/// Deletes the account at the version that was read, with its sessions and recovery codes.
fn delete_account(account: &AccountId, seen: Version) -> Step<'_> {
    Step::touching(
        "DELETE FROM accounts WHERE id = $1 AND version = $2",
        values![account.as_bytes().as_slice(), seen.0],
    )
}

fn write_throttle(throttle: &SealedThrottle) -> Step<'_> {
    let sql = if throttle.seen == 0 {
        "INSERT INTO throttles (last, state, key, version) VALUES ($1, $2, $3, $4::bigint + 1)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE throttles SET last = $1, state = $2, version = version + 1
         WHERE key = $3 AND version = $4"
    };
    let SealedThrottle { key, seen, last, state } = throttle;
    Step::touching(sql, values![last, state, key.as_slice(), seen])
}

/// Writes it where the set that was read is still there unchanged.
fn write_recovery(change: &SealedRecovery) -> Step<'_> {
    match change {
        SealedRecovery::Made(row) => Step::new(
            "INSERT INTO recovery
                (account, version, salt, digests, used, made, stored, copy, shown_by_sms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (account) DO UPDATE SET version = excluded.version,
                salt = excluded.salt, digests = excluded.digests, used = excluded.used,
                made = excluded.made, stored = excluded.stored, copy = excluded.copy,
                shown_by_sms = excluded.shown_by_sms",
            values![
                &row.account,
                row.version,
                &row.salt,
                &row.digests,
                &row.used,
                row.made,
                &row.stored,
                &row.copy,
                row.shown_by_sms,
            ],
        ),
        SealedRecovery::Changed(row) => Step::touching(
            "UPDATE recovery SET used = $4, stored = $5, copy = $6, shown_by_sms = $7,
                version = version + 1
             WHERE account = $1 AND version = $2 AND salt = $3",
            values![
                &row.account,
                row.version,
                &row.salt,
                &row.used,
                &row.stored,
                &row.copy,
                row.shown_by_sms,
            ],
        ),
        SealedRecovery::Gone(account) => Step::new(
            "DELETE FROM recovery WHERE account = $1",
            values![account.as_bytes().as_slice()],
        ),
    }
}

/// Deletes the very code that was compared, which must still be there.
fn spend(code: &SentCode) -> Step<'_> {
    Step::touching(
        "DELETE FROM sent_codes WHERE holder = $1 AND purpose = $2 AND mac = $3",
        values![code.holder.as_bytes().as_slice(), code.purpose.word(), code.mac.as_slice()],
    )
}

/// Puts it in the place of the one before (requirement 24), whose letter leaves no more. That one may
/// be of the session which ended in the same step.
fn write_code<'a>(sealed: &'a SealedCode, ended: Option<&'a TokenDigest>) -> [Step<'a>; 2] {
    let code = &sealed.code;
    let holder = code.holder.as_bytes().as_slice();
    let ended = ended.map(|digest| TokenDigest::as_bytes(digest).as_slice());
    let withdraw = Step::new(
        "UPDATE outbox SET progress = 'late', body = NULL
         WHERE body IS NOT NULL AND id IN
            (SELECT letter FROM sent_codes WHERE holder IN ($1, $2) AND purpose = $3)",
        values![holder, ended, code.purpose.word()],
    );
    let put = Step::new(
        "INSERT INTO sent_codes (id, holder, purpose, account, mac, body, made, tries, letter)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
         ON CONFLICT (holder, purpose) DO UPDATE SET id = excluded.id,
            account = excluded.account, mac = excluded.mac, body = excluded.body,
            made = excluded.made, tries = 0, letter = excluded.letter",
        values![
            sealed.id.as_bytes().as_slice(),
            holder,
            code.purpose.word(),
            code.account.as_bytes().as_slice(),
            code.mac.as_slice(),
            &sealed.body,
            signed(code.made.0),
            code.letter.as_ref().map(|id| LetterId::as_bytes(id).as_slice()),
        ],
    );
    [withdraw, put]
}

/// Puts it into the outbox.
fn write_letter(letter: &SealedLetter) -> Step<'_> {
    Step::new(
        "INSERT INTO outbox (id, way, progress, body, made, until, due, attempts)
         VALUES ($1, $2, 'waiting', $3, $4, $5, $4, 0)",
        values![
            letter.id.as_bytes().as_slice(),
            way_text(letter.way),
            &letter.body,
            letter.made,
            letter.until,
        ],
    )
}

/// Writes a key more or less.
fn write_ssh_key(change: &SshKeyChange) -> Vec<Step<'_>> {
    match change {
        SshKeyChange::Added(account, key) => {
            let account = account.as_bytes().as_slice();
            // Two at once would both count the keys without the other's.
            let hold = Step::touching(
                "SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE",
                values![account],
            );
            let add = Step::touching(
                "INSERT INTO ssh_keys (account, id, key, name, added)
                 SELECT $1::bytea, $2::text, $3::text, $4::text, $5::bigint
                 WHERE (SELECT count(*) FROM ssh_keys WHERE account = $1) < $6
                 ON CONFLICT DO NOTHING",
                values![
                    account,
                    key.key.id(),
                    key.key.as_str(),
                    &key.name,
                    signed(key.added.0),
                    signed(MOST_SSH_KEYS as u64),
                ],
            );
            vec![hold, add]
        }
        SshKeyChange::Removed(account, id) => vec![Step::touching(
            "DELETE FROM ssh_keys WHERE account = $1 AND id = $2",
            values![account.as_bytes().as_slice(), id],
        )],
    }
}
