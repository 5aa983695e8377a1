//! The tables, and how each older version of them becomes the newest.

use rusqlite::{Connection, TransactionBehavior};

/// One step per version, in order; a step that has been released is never edited.
const STEPS: &[&str] = &[
    // 1: accounts with their second factor, sessions, throttles.
    "CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     -- One row is one person and changes in one step. Times are Unix seconds.
     CREATE TABLE accounts (
        id BLOB PRIMARY KEY,
        version INTEGER NOT NULL,          -- grows by one with each change (compare and swap)
        email TEXT NOT NULL UNIQUE,
        password TEXT NOT NULL,            -- Argon2id, PHC form
        created INTEGER NOT NULL,
        api_key BLOB UNIQUE,               -- SHA-256 of the key
        api_key_made INTEGER,
        tf_state TEXT NOT NULL CHECK (tf_state IN ('off', 'pending', 'active')),
        tf_secret BLOB,                    -- sealed under server.key, bound to this row
        tf_since INTEGER,                  -- pending: when it began; active: when it was proved
        tf_session BLOB,                   -- pending: the session it belongs to
        tf_last_step INTEGER,              -- active: the newest step accepted; older ones are spent
        tf_drift INTEGER,                  -- active: steps the phone is ahead
        tf_missed INTEGER,                 -- active: a step refused just outside the window, burnt
        tf_throttle TEXT                   -- active: failures
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE sessions (
        digest BLOB PRIMARY KEY,           -- SHA-256 of the token
        account BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        stage TEXT NOT NULL CHECK (stage IN ('half', 'web', 'cli')),
        device TEXT NOT NULL,
        began INTEGER NOT NULL,
        seen INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX sessions_account ON sessions (account);
     CREATE INDEX sessions_seen ON sessions (seen);
     CREATE TABLE throttles (
        key BLOB PRIMARY KEY,              -- HMAC of what is guessed at
        version INTEGER NOT NULL,
        last INTEGER NOT NULL,
        state TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX throttles_last ON throttles (last);",
    // 2: the audit log. What its end's mark is stands in meta under 'audit_end'.
    "CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,           -- from 1 without gaps
        at INTEGER NOT NULL,
        what TEXT NOT NULL,
        account BLOB,                      -- no reference: the log outlives the account
        source TEXT NOT NULL,
        factor TEXT,
        note TEXT NOT NULL,
        mark BLOB NOT NULL                 -- HMAC over the mark before, the number and the fields
     ) STRICT;
     CREATE INDEX audit_account ON audit (account, seq);",
    // 3: services, and people's keys for SSH.
    "CREATE TABLE services (
        name TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,       -- SHA-256 of the token
        rights TEXT NOT NULL,              -- words with a space between
        made INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE ssh_keys (
        account BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        id TEXT NOT NULL,                  -- SHA-256 of the key, in hexadecimal
        key TEXT NOT NULL,                 -- kind and base64
        name TEXT NOT NULL,
        added INTEGER NOT NULL,
        PRIMARY KEY (account, id)
     ) STRICT, WITHOUT ROWID;",
    // 4: recovery codes, and the key pair to which their copy is sealed.
    "ALTER TABLE accounts ADD COLUMN copy_public BLOB; -- X25519
     ALTER TABLE accounts ADD COLUMN copy_salt BLOB;   -- stretches the password for copy_key
     ALTER TABLE accounts ADD COLUMN copy_key BLOB;    -- sealed under password and server.key
     CREATE TABLE recovery (
        account BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        salt BLOB NOT NULL,                -- of all ten; names the set
        digests BLOB NOT NULL,             -- Argon2id of each, sealed under server.key
        used INTEGER NOT NULL,             -- bit n: the code at n is spent
        made INTEGER NOT NULL,
        stored INTEGER,                    -- when one of them was typed to show that they are kept
        copy BLOB                          -- the codes, sealed to copy_public
     ) STRICT, WITHOUT ROWID;",
    // 5: what leaves the server, codes that were sent, and the number for SMS.
    "CREATE TABLE outbox (
        id BLOB PRIMARY KEY,
        way TEXT NOT NULL CHECK (way IN ('mail', 'sms')),
        progress TEXT NOT NULL,
        body BLOB,                         -- sealed under server.key; erased once it is done with
        made INTEGER NOT NULL,
        until INTEGER NOT NULL,            -- of no use after it
        due INTEGER NOT NULL,              -- when it is tried next, or may be claimed again, or was done with
        attempts INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX outbox_due ON outbox (due) WHERE body IS NOT NULL;
     CREATE TABLE sent_codes (
        id BLOB PRIMARY KEY,
        holder BLOB NOT NULL,              -- SHA-256 of a token of whoever asked
        purpose TEXT NOT NULL,
        account BLOB NOT NULL,             -- no reference: it may be one that is yet to be
        mac BLOB NOT NULL,                 -- HMAC of the code under server.key
        body BLOB NOT NULL,                -- where it went, sealed under server.key
        made INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        letter BLOB,                       -- the outbox row it went out in
        UNIQUE (holder, purpose)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX sent_codes_made ON sent_codes (made);
     ALTER TABLE accounts ADD COLUMN sms_number BLOB;  -- sealed under server.key
     ALTER TABLE accounts ADD COLUMN sms_since INTEGER;
     ALTER TABLE accounts ADD COLUMN sms_from INTEGER; -- from when on it logs in",
    // 6: codes refused for their time, burnt, and what the newest showed of the phone's clock.
    "ALTER TABLE accounts ADD COLUMN tf_strays TEXT;",
    // 7: a change of phone under way beside the phone that guards, and "that was not me".
    "ALTER TABLE accounts ADD COLUMN new_by TEXT;      -- what stood for the old phone
     ALTER TABLE accounts ADD COLUMN new_secret BLOB;  -- sealed under server.key
     ALTER TABLE accounts ADD COLUMN new_since INTEGER; -- shown: when it began; waiting: proved
     ALTER TABLE accounts ADD COLUMN new_session BLOB; -- shown: the session it belongs to
     ALTER TABLE accounts ADD COLUMN new_due INTEGER;  -- waiting: when it takes over
     ALTER TABLE accounts ADD COLUMN new_step INTEGER; -- waiting: the step that proved it
     ALTER TABLE accounts ADD COLUMN new_drift INTEGER; -- waiting: steps the new phone is ahead
     ALTER TABLE accounts ADD COLUMN barred INTEGER;   -- no factor is changed for a day after it
     CREATE INDEX accounts_due ON accounts (new_due) WHERE new_due IS NOT NULL;",
    // 8: what is worth no more than an SMS. From here on sms_from is, where there is no number, when one
    // was taken away.
    "ALTER TABLE sessions ADD COLUMN by_sms INTEGER NOT NULL DEFAULT 0; -- it began with an SMS
     ALTER TABLE recovery ADD COLUMN shown_by_sms INTEGER; -- when such a session last saw the codes",
    // 9: the addresses before, which are told for some days more; the mail that a new phone waits for.
    "ALTER TABLE accounts ADD COLUMN former TEXT;      -- since and address, a line each
     ALTER TABLE accounts ADD COLUMN new_letter BLOB;  -- waiting: the mails that tell of it",
    // 10: no query looks for it, and every log-in wrote it.
    "DROP INDEX sessions_seen;",
    // 11: all sessions of an account side by side: a log-in writes one page of them where it wrote three.
    // Older ones' tokens do not say whose they are; they end.
    "DROP TABLE sessions;
     CREATE TABLE sessions (
        account BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        digest BLOB NOT NULL,              -- the account's name and half of the token's SHA-256
        stage TEXT NOT NULL CHECK (stage IN ('half', 'web', 'cli')),
        device TEXT NOT NULL,
        began INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        by_sms INTEGER NOT NULL,           -- it began with an SMS
        PRIMARY KEY (account, digest)
     ) STRICT, WITHOUT ROWID;",
];

/// The database cannot be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer program has written it.
    #[error("the database was written by a newer holdfast-server (schema {0}); run that version")]
    Newer(i64),
    /// It is for the server itself to upgrade it.
    #[error("its tables are of an older holdfast-server; start this version's `serve` once")]
    Older,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// Brings the tables to the newest version, all steps in one transaction.
pub fn upgrade(connection: &mut Connection) -> Result<(), SchemaError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(found).map_err(|_| SchemaError::Newer(found))?;
    let todo = STEPS.get(done..).ok_or(SchemaError::Newer(found))?;
    for (version, step) in (found + 1..).zip(todo) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Whether the tables are of the newest version.
pub fn is_newest(connection: &Connection) -> Result<(), SchemaError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match usize::try_from(found) {
        Ok(version) if version == STEPS.len() => Ok(()),
        Ok(version) if version < STEPS.len() => Err(SchemaError::Older),
        _ => Err(SchemaError::Newer(found)),
    }
}
