//! The key that the database is of, and the pages of what is sealed, as statements.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::{Error, Row};

use super::statement::{self, Values, execute, row, rows};
use crate::keyring::{Fingerprint, Keyring};
use crate::store::seals::{self, PAGE, Page, Place, SealedColumn};

/// Shared by all who write what is sealed; whoever changes the key has it alone, so that nothing sealed
/// under the old one comes in after the change.
const SEALING: i64 = 0x486f_6c64_6661_7303;

const KEY: &str = "SELECT value FROM meta WHERE name = 'key'";

const PUT: &str = "INSERT INTO meta (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Marks a fresh database with the keyring's first key; of several who do it at once, one has its way.
pub async fn mark(db: &Client, keyring: &Keyring) -> Result<(), Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ('key', $1) ON CONFLICT DO NOTHING";
    statement::execute_alone(db, sql, &[&keyring.fingerprint().as_slice()]).await.map(|_| ())
}

/// The key that the database is of; empty where it is of none yet.
pub async fn key(db: &Client) -> Result<Vec<u8>, Error> {
    Ok(value(db, "key").await?.unwrap_or_default())
}

/// The same, and it stays so until this transaction ends.
pub async fn key_for_writing(db: &Transaction<'_>) -> Result<Vec<u8>, Error> {
    let lock = db.prepare_cached("SELECT pg_advisory_xact_lock_shared($1)").await?;
    let key = db.prepare_cached(KEY).await?;
    // Sent together, and worked off one after the other: the key is read once the lock is held.
    let held: Values<'_> = &[&SEALING];
    let (locked, key) = tokio::join!(biased; db.execute(&lock, held), db.query_opt(&key, &[]));
    locked?;
    key_in(key?)
}

fn key_in(row: Option<Row>) -> Result<Vec<u8>, Error> {
    row.map_or(Ok(Vec::new()), |row| row.try_get(0))
}

/// Takes over what the database says: see [`seals::adopt`].
pub async fn adopt(db: &Client, keyring: &Keyring) -> Result<bool, Error> {
    let root = value(db, "root").await?;
    Ok(seals::adopt(keyring, &key(db).await?, root.as_deref()))
}

/// Makes the keyring's key of that fingerprint the one of the database: from here on nothing is
/// written that is sealed under another. Where the database is of another key by now than the keyring
/// seals with, it stays so: else what was sealed under that one would not open here, nor this there.
pub async fn switch(
    db: &Transaction<'_>,
    keyring: &Keyring,
    to: &Fingerprint,
) -> Result<bool, Error> {
    execute(db, "SELECT pg_advisory_xact_lock($1)", &[&SEALING]).await?;
    if key_in(row(db, KEY, &[]).await?)? != keyring.fingerprint() || !keyring.seal_with(to) {
        return Ok(false);
    }
    let Ok(root) = seals::sealed_root(keyring) else { return Ok(false) };
    execute(db, PUT, &[&"root", &root]).await?;
    execute(db, PUT, &[&"key", &to.as_slice()]).await?;
    Ok(true)
}

/// The page at a place, and the place after it; `None` past the last.
pub async fn page(db: &Client, at: Place) -> Result<Option<(Page, Place)>, Error> {
    let Some(SealedColumn { table, id, column, .. }) = at.column() else { return Ok(None) };
    let sql = format!(
        "SELECT {id}, {column} FROM {table} WHERE {column} IS NOT NULL AND {id} > $1
         ORDER BY {id} LIMIT {PAGE}"
    );
    let found = rows(db, &sql, &[&at.after]).await?;
    let found = found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(Some(at.page(found.collect::<Result<_, Error>>()?)))
}

/// Seals anew what is under an older key. How many columns were.
pub async fn renew(page: &Page, db: &Client, keyring: &Keyring) -> Result<u64, Error> {
    let Some(SealedColumn { table, id, column, .. }) = page.column() else { return Ok(0) };
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE {id} = $2 AND {column} = $3");
    let mut count = 0;
    for renewed in page.renewed(keyring) {
        let values: Values<'_> = &[&renewed.new, &renewed.id, &renewed.old];
        count += statement::execute_alone(db, &sql, values).await?;
    }
    Ok(count)
}

/// A row of `meta`.
pub async fn value(db: &Client, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let found = rows(db, "SELECT value FROM meta WHERE name = $1", &[&name]).await?;
    found.first().map(|row| row.try_get(0)).transpose()
}

/// Writes a row of `meta`, or takes it away.
pub async fn put(db: &Transaction<'_>, name: &str, value: Option<&[u8]>) -> Result<(), Error> {
    match value {
        Some(value) => execute(db, PUT, &[&name, &value]).await?,
        None => execute(db, "DELETE FROM meta WHERE name = $1", &[&name]).await?,
    };
    Ok(())
}
