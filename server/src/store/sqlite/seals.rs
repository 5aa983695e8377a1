//! Everything that is sealed under the server's key: which key the database is of, and how all of it
//! comes under a new one (requirement 14).

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use crate::domain::ids::AccountId;
use crate::keyring::{Fingerprint, Keyring};
use crate::random::system_random;

/// A sealed column: its table, the 16-byte column that names its row, its own name, and the name it
/// is sealed under.
struct SealedColumn {
    table: &'static str,
    id: &'static str,
    column: &'static str,
    name: &'static str,
}

/// All of them. The test below finds one that is missing here.
const SEALED: &[SealedColumn] = &[
    SealedColumn { table: "accounts", id: "id", column: "tf_secret", name: "tf_secret" },
    SealedColumn { table: "accounts", id: "id", column: "new_secret", name: "new_secret" },
    SealedColumn { table: "accounts", id: "id", column: "copy_key", name: "copy_key" },
    SealedColumn { table: "recovery", id: "account", column: "digests", name: "recovery_digests" },
    SealedColumn { table: "accounts", id: "id", column: "sms_number", name: "sms_number" },
    SealedColumn { table: "outbox", id: "id", column: "body", name: "letter" },
    SealedColumn { table: "sent_codes", id: "id", column: "body", name: "sent_code" },
];

/// Rows sealed anew in one transaction.
const PAGE: usize = 200;
/// The row that the root is sealed for.
const ROOT_ROW: [u8; 16] = [0; 16];
const ROOT: &str = "root";

/// What a walk over everything sealed has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// Columns that open.
    pub whole: usize,
    /// Of these, under a key that seals no more.
    pub old: usize,
    /// Columns that do not open, each named.
    pub broken: Vec<String>,
}

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

/// Takes over what the database says: which key seals, and on what root names hang. Whether the
/// keyring has what it takes.
pub fn adopt(db: &Connection, keyring: &Keyring) -> rusqlite::Result<bool> {
    if !keyring.seal_with(&key(db)?) {
        return Ok(false);
    }
    let sealed: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE name = 'root'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed else {
        keyring.hang_on_current();
        return Ok(true);
    };
    let Some(row) = AccountId::from_bytes(&ROOT_ROW) else { return Ok(false) };
    let root = keyring.open(&row, ROOT, &sealed);
    Ok(root.and_then(|root| keyring.hang_on(&root)).is_ok())
}

/// Makes the keyring's key of that fingerprint the one of the database: from here on nothing is
/// written that is sealed under another.
pub fn switch(db: &Connection, keyring: &Keyring, to: &Fingerprint) -> rusqlite::Result<bool> {
    let Some(row) = AccountId::from_bytes(&ROOT_ROW) else { return Ok(false) };
    if !keyring.seal_with(to) {
        return Ok(false);
    }
    let Ok(root) = keyring.seal(&row, ROOT, keyring.root().as_ref(), &mut system_random()) else {
        return Ok(false);
    };
    let mut set = db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    set.execute(params!["root", root])?;
    set.execute(params!["key", &to[..]])?;
    Ok(true)
}

/// A page of a sealed column, after the row of that name.
pub struct Page {
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    column: usize,
}

/// Where the next page begins.
#[derive(Clone, Default)]
pub struct Place {
    column: usize,
    after: Vec<u8>,
}

/// The page at a place, and the place after it; `None` past the last.
pub fn page(db: &Connection, at: &Place) -> rusqlite::Result<Option<(Page, Place)>> {
    let Some(SealedColumn { table, id, column, .. }) = SEALED.get(at.column) else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT {id}, {column} FROM {table} WHERE {column} IS NOT NULL AND {id} > ?1
         ORDER BY {id} LIMIT {PAGE}"
    );
    let rows: Vec<(Vec<u8>, Vec<u8>)> = db
        .prepare_cached(&sql)?
        .query_map([&at.after], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let next = match rows.last() {
        Some((id, _)) if rows.len() == PAGE => Place { column: at.column, after: id.clone() },
        _ => Place { column: at.column + 1, after: vec![] },
    };
    Ok(Some((Page { rows, column: at.column }, next)))
}

impl Page {
    /// Counts what opens and names what does not.
    pub fn look_at(&self, keyring: &Keyring, seals: &mut Seals) {
        for (id, sealed) in &self.rows {
            match self.open(keyring, id, sealed) {
                Some(_) => {
                    seals.whole += 1;
                    seals.old += usize::from(!keyring.is_current(sealed));
                }
                None => {
                    let (table, column) = self.names();
                    let id = data_encoding::HEXLOWER.encode(id);
                    seals.broken.push(format!("{column} of {id} in {table} does not open"));
                }
            }
        }
    }

    /// Seals anew what is under an older key; a column that has changed meanwhile was sealed under
    /// the newest by whoever changed it. How many were.
    pub fn renew(&self, db: &Connection, keyring: &Keyring) -> rusqlite::Result<usize> {
        let Some(SealedColumn { table, id, column, name }) = SEALED.get(self.column) else {
            return Ok(0);
        };
        let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {id} = ?2 AND {column} = ?3");
        let mut update = db.prepare_cached(&sql)?;
        let mut count = 0;
        for (id, sealed) in self.rows.iter().filter(|(_, sealed)| !keyring.is_current(sealed)) {
            let Some((row, plain)) = self.open(keyring, id, sealed) else { continue };
            if let Ok(renewed) = keyring.seal(&row, name, &plain, &mut system_random()) {
                count += update.execute(params![renewed, id, sealed])?;
            }
        }
        Ok(count)
    }

    fn open(
        &self,
        keyring: &Keyring,
        id: &[u8],
        sealed: &[u8],
    ) -> Option<(AccountId, Zeroizing<Vec<u8>>)> {
        let row = AccountId::from_bytes(id)?;
        let name = SEALED.get(self.column)?.name;
        Some((row, keyring.open(&row, name, sealed).ok()?))
    }

    fn names(&self) -> (&'static str, &'static str) {
        SEALED.get(self.column).map_or(("", ""), |sealed| (sealed.table, sealed.column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Binary columns that hold no secret of the server's to seal: names, digests, marks.
    const PLAIN: &[(&str, &str)] = &[
        ("meta", "value"),
        ("accounts", "id"),
        ("accounts", "api_key"),
        ("accounts", "tf_session"),
        ("accounts", "new_session"),
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
