//! The key that the database is of, and the pages of what is sealed, as statements.

use rusqlite::{Connection, OptionalExtension, params};

use crate::keyring::{Fingerprint, Keyring};
use crate::store::seals::{self, PAGE, Page, Place, SealedColumn};

/// The key that the database is of; a fresh one is marked with the keyring's first.
pub fn key_of(db: &Connection, keyring: &Keyring) -> rusqlite::Result<Vec<u8>> {
    db.execute(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('key', ?1)",
        [keyring.fingerprint()],
    )?;
    key(db)
}

/// The key that the database is of.
pub fn key(db: &Connection) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = 'key'")?.query_row([], |row| row.get(0))
}

/// Takes over what the database says: see [`seals::adopt`].
pub fn adopt(db: &Connection, keyring: &Keyring) -> rusqlite::Result<bool> {
    let root: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE name = 'root'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(seals::adopt(keyring, &key(db)?, root.as_deref()))
}

/// Makes the keyring's key of that fingerprint the one of the database: from here on nothing is
/// written that is sealed under another. Where the database is of another key by now than the keyring
/// seals with, it stays so: else what was sealed under that one would not open here, nor this there.
pub fn switch(db: &Connection, keyring: &Keyring, to: &Fingerprint) -> rusqlite::Result<bool> {
    if key(db)? != keyring.fingerprint() || !keyring.seal_with(to) {
        return Ok(false);
    }
    let Ok(root) = seals::sealed_root(keyring) else { return Ok(false) };
    let mut set = db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    set.execute(params!["root", root])?;
    set.execute(params!["key", &to[..]])?;
    Ok(true)
}

/// The page at a place, and the place after it; `None` past the last.
pub fn page(db: &Connection, at: Place) -> rusqlite::Result<Option<(Page, Place)>> {
    let Some(SealedColumn { table, id, column, .. }) = at.column() else { return Ok(None) };
    let sql = format!(
        "SELECT {id}, {column} FROM {table} WHERE {column} IS NOT NULL AND {id} > ?1
         ORDER BY {id} LIMIT {PAGE}"
    );
    let rows = db
        .prepare_cached(&sql)?
        .query_map([&at.after], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(at.page(rows)))
}

/// Seals anew what is under an older key. How many columns were.
pub fn renew(page: &Page, db: &Connection, keyring: &Keyring) -> rusqlite::Result<usize> {
    let Some(SealedColumn { table, id, column, .. }) = page.column() else { return Ok(0) };
    let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {id} = ?2 AND {column} = ?3");
    let mut update = db.prepare_cached(&sql)?;
    let mut count = 0;
    for renewed in page.renewed(keyring) {
        count += update.execute(params![renewed.new, renewed.id, renewed.old])?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::seals::SEALED;

    /// Binary columns that hold no secret of the server's to seal: names, digests, marks.
    const PLAIN: &[(&str, &str)] = &[
        ("meta", "value"),
        ("accounts", "id"),
        ("accounts", "api_key"),
        ("accounts", "tf_session"),
        ("accounts", "new_session"),
        ("accounts", "new_letter"),
        ("accounts", "copy_public"),
        ("accounts", "copy_salt"),
        ("outbox", "id"),
        ("sent_codes", "id"),
        ("sent_codes", "holder"),
        ("sent_codes", "account"),
        ("sent_codes", "mac"),
        ("sent_codes", "letter"),
        ("recovery", "account"),
        ("recovery", "salt"),
        ("recovery", "copy"),
        ("sessions", "digest"),
        ("sessions", "account"),
        ("throttles", "key"),
        ("audit", "account"),
        ("audit", "mark"),
        ("services", "digest"),
        ("ssh_keys", "account"),
    ];

    #[test]
    fn row_14_every_binary_column_is_known_to_be_sealed_or_plain() {
        let mut db = Connection::open_in_memory().expect("a database");
        crate::store::sqlite::schema::upgrade(&mut db).expect("tables");
        let columns: Vec<(String, String)> = db
            .prepare(
                "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.type = 'BLOB'",
            )
            .expect("a statement")
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("rows")
            .collect::<rusqlite::Result<_>>()
            .expect("names");
        for (table, column) in &columns {
            let is_sealed =
                SEALED.iter().any(|sealed| (sealed.table, sealed.column) == (table, column));
            let is_plain = PLAIN.contains(&(table, column));
            assert!(
                is_sealed != is_plain,
                "{table}.{column}: say in seals.rs whether it is sealed"
            );
        }
        for SealedColumn { table, column, .. } in SEALED {
            assert!(columns.iter().any(|(t, c)| t == table && c == column), "{table}.{column}");
        }
    }
}
