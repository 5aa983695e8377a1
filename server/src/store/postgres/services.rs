//! Services, people's SSH keys and what the server is called: tables that belong to no account's row.

use async_trait::async_trait;
use tokio_postgres::{Error, Row};

use super::statement::{Values, execute};
use super::{PostgresStore, audit, seals};
use crate::domain::audit::Event;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::service::Service;
use crate::domain::ssh::NamedKey;
use crate::store::row::signed;
use crate::store::services::{KeyRow, ServiceRow, key_of, rights_text, service_of};
use crate::store::{Outcome, Services, Sign, Signs, StoreError};

const ISSUER: &str = "issuer";
const URL: &str = "public_url";

#[async_trait]
impl Services for PostgresStore {
    async fn service(&self, digest: TokenDigest) -> Result<Option<Service>, StoreError> {
        let sql = "SELECT name, digest, rights, made FROM services WHERE digest = $1";
        let rows = self.rows(sql, &[&digest.as_bytes().as_slice()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(service_of(service_row(row).map_err(super::failed)?)?))
    }

    async fn services(&self) -> Result<Vec<Service>, StoreError> {
        let sql = "SELECT name, digest, rights, made FROM services ORDER BY name";
        let rows = self.rows(sql, &[]).await?;
        let services = rows
            .iter()
            .map(|row| Ok::<_, StoreError>(service_of(service_row(row).map_err(super::failed)?)?));
        services.collect()
    }

    async fn add_service(&self, service: Service, event: Event) -> Result<Outcome, StoreError> {
        self.with_event(
            event,
            "INSERT INTO services (name, digest, rights, made) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            &[
                &service.name,
                &service.digest.as_bytes().as_slice(),
                &rights_text(&service),
                &signed(service.made.0),
            ],
        )
        .await
    }

    async fn remove_service(&self, name: &str, event: Event) -> Result<Outcome, StoreError> {
        self.with_event(event, "DELETE FROM services WHERE name = $1", &[&name]).await
    }

    async fn ssh_keys(&self, account: AccountId) -> Result<Vec<NamedKey>, StoreError> {
        let sql = "SELECT key, name, added FROM ssh_keys WHERE account = $1 ORDER BY added, id";
        let rows = self.rows(sql, &[&account.as_bytes().as_slice()]).await?;
        let keys = rows
            .iter()
            .map(|row| Ok::<_, StoreError>(key_of(key_row(row).map_err(super::failed)?)?));
        keys.collect()
    }
}

#[async_trait]
impl Signs for PostgresStore {
    async fn hang_out(&self, sign: Sign) -> Result<(), StoreError> {
        let mut client = self.client().await?;
        let db = client.transaction().await.map_err(super::failed)?;
        let hung = async {
            seals::put(&db, ISSUER, Some(sign.issuer.as_bytes())).await?;
            seals::put(&db, URL, sign.url.as_deref().map(str::as_bytes)).await
        };
        hung.await.map_err(super::failed)?;
        db.commit().await.map_err(super::failed)
    }

    async fn sign(&self) -> Result<Option<Sign>, StoreError> {
        let client = self.client().await?;
        let text = async |name| {
            let bytes = seals::value(&client, name).await.map_err(super::failed)?;
            Ok::<_, StoreError>(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
        };
        let Some(issuer) = text(ISSUER).await? else { return Ok(None) };
        Ok(Some(Sign { issuer, url: text(URL).await? }))
    }
}

impl PostgresStore {
    /// Writes one row and the entry that tells of it; where no row is written, no entry is.
    async fn with_event(
        &self,
        event: Event,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Outcome, StoreError> {
        let mut client = self.client().await?;
        let db = client.transaction().await.map_err(super::failed)?;
        if execute(&db, sql, values).await.map_err(super::failed)? == 0 {
            return Ok(Outcome::Stale);
        }
        let chain = self.keyring.chain_key();
        audit::append(&db, &chain, &[&event]).await.map_err(super::failed)?;
        db.commit().await.map_err(super::failed)?;
        Ok(Outcome::Done)
    }
}

fn service_row(row: &Row) -> Result<ServiceRow, Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
}

fn key_row(row: &Row) -> Result<KeyRow, Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}
