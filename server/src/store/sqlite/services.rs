//! Services and people's SSH keys: tables that belong to no account's row.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{SqliteStore, audit};
use crate::domain::audit::Event;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::service::Service;
use crate::domain::ssh::NamedKey;
use crate::store::row::signed;
use crate::store::services::{KeyRow, ServiceRow, key_of, rights_text, service_of};
use crate::store::{MOST_SSH_KEYS, Outcome, Services, SshKeyChange, StoreError};

#[async_trait]
impl Services for SqliteStore {
    async fn service(&self, digest: TokenDigest) -> Result<Option<Service>, StoreError> {
        let row = self
            .read(move |db| {
                db.prepare_cached(
                    "SELECT name, digest, rights, made FROM services WHERE digest = ?1",
                )?
                .query_row([digest.as_bytes()], service_row)
                .optional()
            })
            .await?;
        Ok(row.map(service_of).transpose()?)
    }

    async fn services(&self) -> Result<Vec<Service>, StoreError> {
        let rows = self
            .read(|db| {
                let mut select = db.prepare_cached(
                    "SELECT name, digest, rights, made FROM services ORDER BY name",
                )?;
                select.query_map([], service_row)?.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        Ok(rows.into_iter().map(service_of).collect::<Result<_, _>>()?)
    }

    async fn add_service(&self, service: Service, event: Event) -> Result<Outcome, StoreError> {
        self.with_event(event, move |db| {
            db.execute(
                "INSERT OR IGNORE INTO services (name, digest, rights, made)
                 VALUES (?1, ?2, ?3, ?4)",
                params![
                    service.name,
                    service.digest.as_bytes(),
                    rights_text(&service),
                    signed(service.made.0)
                ],
            )
        })
        .await
    }

    async fn remove_service(&self, name: &str, event: Event) -> Result<Outcome, StoreError> {
        let name = name.to_owned();
        self.with_event(event, move |db| db.execute("DELETE FROM services WHERE name = ?1", [name]))
            .await
    }

    async fn ssh_keys(&self, account: AccountId) -> Result<Vec<NamedKey>, StoreError> {
        let rows = self
            .read(move |db| {
                let mut select = db.prepare_cached(
                    "SELECT key, name, added FROM ssh_keys WHERE account = ?1 ORDER BY added, id",
                )?;
                select.query_map([account.as_bytes()], key_row)?.collect::<Result<Vec<_>, _>>()
            })
            .await?;
        Ok(rows.into_iter().map(key_of).collect::<Result<_, _>>()?)
    }
}

impl SqliteStore {
    /// Writes one row and the entry that tells of it; where no row is written, no entry is.
    async fn with_event(
        &self,
        event: Event,
        write: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<Outcome, StoreError> {
        let chain = self.keyring.chain_key();
        self.writer
            .run(move |db| {
                if write(db)? == 0 {
                    return Ok(Outcome::Stale);
                }
                audit::append(db, &chain, &[event])?;
                Ok(Outcome::Done)
            })
            .await
    }
}

/// Writes a key more or less; whether it did.
pub(super) fn write_ssh_key(db: &Connection, change: &SshKeyChange) -> rusqlite::Result<bool> {
    let written = match change {
        SshKeyChange::Added(account, key) => db.execute(
            "INSERT OR IGNORE INTO ssh_keys (account, id, key, name, added)
             SELECT ?1, ?2, ?3, ?4, ?5
             WHERE (SELECT count(*) FROM ssh_keys WHERE account = ?1) < ?6",
            params![
                account.as_bytes(),
                key.key.id(),
                key.key.as_str(),
                key.name,
                signed(key.added.0),
                signed(MOST_SSH_KEYS as u64)
            ],
        ),
        SshKeyChange::Removed(account, id) => db.execute(
            "DELETE FROM ssh_keys WHERE account = ?1 AND id = ?2",
            params![account.as_bytes(), id],
        ),
    }?;
    Ok(written == 1)
}

fn service_row(row: &Row<'_>) -> rusqlite::Result<ServiceRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn key_row(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}
