//! The tables, and how each older version of them becomes the newest. Each means what the table of the
//! same name means in the embedded database; what its columns are for is said there.

use deadpool_postgres::Client;
use tokio_postgres::{Row, Transaction};

use super::ClusterError;

/// One step per version, in order; a step that has been released is never edited.
const STEPS: &[&str] = &[
    // Addresses are ordered by their bytes, as in the embedded database, whatever the cluster's language.
    // Rows that change often are given room to change within their page.
    "CREATE TABLE accounts (
        id BYTEA PRIMARY KEY,
        version BIGINT NOT NULL,
        email TEXT COLLATE \"C\" NOT NULL UNIQUE,
        password TEXT NOT NULL,
        created BIGINT NOT NULL,
        api_key BYTEA UNIQUE,
        api_key_made BIGINT,
        tf_state TEXT NOT NULL CHECK (tf_state IN ('off', 'pending', 'active')),
        tf_secret BYTEA,
        tf_since BIGINT,
        tf_session BYTEA,
        tf_last_step BIGINT,
        tf_drift BIGINT,
        tf_missed BIGINT,
        tf_throttle TEXT,
        copy_public BYTEA,
        copy_salt BYTEA,
        copy_key BYTEA,
        sms_number BYTEA,
        sms_since BIGINT,
        sms_from BIGINT,
        tf_strays TEXT,
        new_by TEXT,
        new_secret BYTEA,
        new_since BIGINT,
        new_session BYTEA,
        new_due BIGINT,
        new_step BIGINT,
        new_drift BIGINT,
        barred BIGINT
     ) WITH (fillfactor = 70);
     CREATE INDEX accounts_due ON accounts (new_due) WHERE new_due IS NOT NULL;
     CREATE TABLE sessions (
        digest BYTEA PRIMARY KEY,
        account BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        stage TEXT NOT NULL CHECK (stage IN ('half', 'web', 'cli')),
        device TEXT NOT NULL,
        began BIGINT NOT NULL,
        seen BIGINT NOT NULL
     ) WITH (fillfactor = 80);
     CREATE INDEX sessions_account ON sessions (account);
     CREATE TABLE throttles (
        key BYTEA PRIMARY KEY,
        version BIGINT NOT NULL,
        last BIGINT NOT NULL,
        state TEXT NOT NULL
     ) WITH (fillfactor = 80);
     CREATE INDEX throttles_last ON throttles (last);
     CREATE TABLE audit (
        seq BIGINT PRIMARY KEY,
        at BIGINT NOT NULL,
        what TEXT NOT NULL,
        account BYTEA,
        source TEXT NOT NULL,
        factor TEXT,
        note TEXT NOT NULL,
        mark BYTEA NOT NULL
     );
     CREATE INDEX audit_account ON audit (account, seq);
     CREATE TABLE services (
        name TEXT COLLATE \"C\" PRIMARY KEY,
        digest BYTEA NOT NULL UNIQUE,
        rights TEXT NOT NULL,
        made BIGINT NOT NULL
     );
     CREATE TABLE ssh_keys (
        account BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        id TEXT COLLATE \"C\" NOT NULL,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        added BIGINT NOT NULL,
        PRIMARY KEY (account, id)
     );
     CREATE TABLE recovery (
        account BYTEA PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        version BIGINT NOT NULL,
        salt BYTEA NOT NULL,
        digests BYTEA NOT NULL,
        used BIGINT NOT NULL,
        made BIGINT NOT NULL,
        stored BIGINT,
        copy BYTEA
     );
     CREATE TABLE outbox (
        id BYTEA PRIMARY KEY,
        way TEXT NOT NULL CHECK (way IN ('mail', 'sms')),
        progress TEXT NOT NULL,
        body BYTEA,
        made BIGINT NOT NULL,
        until BIGINT NOT NULL,
        due BIGINT NOT NULL,
        attempts BIGINT NOT NULL
     );
     CREATE INDEX outbox_due ON outbox (due) WHERE body IS NOT NULL;
     CREATE TABLE sent_codes (
        id BYTEA PRIMARY KEY,
        holder BYTEA NOT NULL,
        purpose TEXT NOT NULL,
        account BYTEA NOT NULL,
        mac BYTEA NOT NULL,
        body BYTEA NOT NULL,
        made BIGINT NOT NULL,
        tries BIGINT NOT NULL,
        letter BYTEA,
        UNIQUE (holder, purpose)
     );
     CREATE INDEX sent_codes_made ON sent_codes (made);",
    "ALTER TABLE sessions ADD COLUMN by_sms BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE recovery ADD COLUMN shown_by_sms BIGINT;",
    "ALTER TABLE accounts ADD COLUMN former TEXT;
     ALTER TABLE accounts ADD COLUMN new_letter BYTEA;",
    // All sessions of an account side by side in one index; older ones' tokens do not say whose they are.
    "DROP TABLE sessions;
     CREATE TABLE sessions (
        account BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        digest BYTEA NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('half', 'web', 'cli')),
        device TEXT NOT NULL,
        began BIGINT NOT NULL,
        seen BIGINT NOT NULL,
        by_sms BIGINT NOT NULL,
        PRIMARY KEY (account, digest)
     ) WITH (fillfactor = 80);",
];

/// All tables but `meta`, those that others refer to first.
pub const TABLES: &[&str] = &[
    "accounts",
    "sessions",
    "throttles",
    "audit",
    "services",
    "ssh_keys",
    "recovery",
    "outbox",
    "sent_codes",
];

/// How many steps have been taken, as it is noted.
const NOTED: &str = "SELECT value FROM meta WHERE name = 'schema'";

/// Held while the tables are made or changed, so that of several servers that start at once one does it.
const CHANGING: i64 = 0x486f_6c64_6661_7301;

/// How many steps have been taken; `None` where there are no tables at all.
pub async fn version(client: &Client) -> Result<Option<usize>, tokio_postgres::Error> {
    let there = client.query_one("SELECT to_regclass('meta') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let row = client.query_opt(NOTED, &[]).await?;
    row.as_ref().map_or(Ok(Some(0)), |row| steps_in(row).map(Some))
}

/// Brings the tables to the newest version, all steps in one transaction.
pub async fn upgrade(client: &mut Client, place: &str) -> Result<(), ClusterError> {
    let failed = |error| ClusterError::of(place, &error);
    let transaction = client.transaction().await.map_err(failed)?;
    upgrade_in(&transaction, place).await?;
    transaction.commit().await.map_err(failed)
}

/// The same as a part of something greater.
pub async fn upgrade_in(transaction: &Transaction<'_>, place: &str) -> Result<(), ClusterError> {
    let failed = |error| ClusterError::of(place, &error);
    let locked = transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&CHANGING]).await;
    locked.map_err(failed)?;
    let made = "CREATE TABLE IF NOT EXISTS meta (
        name TEXT COLLATE \"C\" PRIMARY KEY,
        value BYTEA NOT NULL
     )";
    transaction.batch_execute(made).await.map_err(failed)?;
    let row = transaction.query_opt(NOTED, &[]).await.map_err(failed)?;
    let found = row.as_ref().map_or(Ok(0), steps_in).map_err(failed)?;
    let todo = STEPS.get(found..).ok_or_else(|| ClusterError::Newer(place.to_owned()))?;
    for step in todo {
        transaction.batch_execute(step).await.map_err(failed)?;
    }
    let version = STEPS.len().to_string();
    let sql = "INSERT INTO meta (name, value) VALUES ('schema', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let noted = transaction.execute(sql, &[&version.as_bytes()]).await;
    noted.map(drop).map_err(failed)
}

/// Whether the tables are of the newest version.
pub async fn is_newest(client: &Client, place: &str) -> Result<(), ClusterError> {
    let found = version(client).await.map_err(|error| ClusterError::of(place, &error))?;
    match found {
        None => Err(ClusterError::NothingHere(place.to_owned())),
        Some(version) if version == STEPS.len() => Ok(()),
        Some(version) if version < STEPS.len() => Err(ClusterError::Older(place.to_owned())),
        Some(_) => Err(ClusterError::Newer(place.to_owned())),
    }
}

/// What is no number is of a program that is not this one: later than every step.
fn steps_in(row: &Row) -> Result<usize, tokio_postgres::Error> {
    let text: Vec<u8> = row.try_get(0)?;
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
    Ok(number.unwrap_or(usize::MAX))
}
