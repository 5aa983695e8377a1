//! What the server that serves is called: two rows of `meta`.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};

use super::SqliteStore;
use crate::store::{Outcome, Sign, Signs, StoreError};

const ISSUER: &str = "issuer";
const URL: &str = "public_url";

#[async_trait]
impl Signs for SqliteStore {
    async fn hang_out(&self, sign: Sign) -> Result<(), StoreError> {
        let hung = self.writer.run(move |db| {
            put(db, ISSUER, Some(&sign.issuer))?;
            put(db, URL, sign.url.as_deref())?;
            Ok(Outcome::Done)
        });
        hung.await.map(|_| ())
    }

    async fn sign(&self) -> Result<Option<Sign>, StoreError> {
        self.read(|db| {
            let Some(issuer) = text(db, ISSUER)? else { return Ok(None) };
            Ok(Some(Sign { issuer, url: text(db, URL)? }))
        })
        .await
    }
}

fn put(db: &Connection, name: &str, text: Option<&str>) -> rusqlite::Result<usize> {
    match text {
        Some(text) => db
            .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
            .execute((name, text.as_bytes())),
        None => db.prepare_cached("DELETE FROM meta WHERE name = ?1")?.execute([name]),
    }
}

fn text(db: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let bytes: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}
