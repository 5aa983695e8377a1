//! The store for those who outgrow one machine: any number of servers on one PostgreSQL database.
//!
//! What one change writes is one transaction, at READ COMMITTED: each row it replaces is compared under
//! the row's own lock. A server keeps nothing that another one needs.

mod audit;
mod change;
mod cluster;
mod ground;
mod letters;
mod schema;
mod seals;
mod services;
mod statement;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{Client, Pool, PoolError};
use holdfast_otp::UnixTime;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres::{Error, Row as PgRow};

use super::audit::{Line, NEWEST};
use super::change::SealedChange;
use super::outbox::KEPT as LETTERS_KEPT;
use super::recovery::RecoveryRow;
use super::row::{COLUMNS, Row, signed, throttles_of};
use super::seals::{Place, Seals};
use super::sent::KEPT as CODES_KEPT;
use super::session::{SessionRow, stage_text};
use super::{
    Change, Leisure, Observer, Outcome, RowError, Store, StoreError, THROTTLE_KEPT, Throttles,
    Version, Versioned,
};
use crate::domain::account::Account;
use crate::domain::audit::{Event, Mark, Recorded};
use crate::domain::email::Email;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::recovery::RecoverySet;
use crate::domain::session::{Session, Stage};
use crate::keyring::{Fingerprint, Keyring, Unsealable};
use cluster::SILENT;
pub(super) use cluster::reason;
pub use cluster::{Cluster, ClusterError};
pub use ground::Ground;
pub use schema::TABLES;
use statement::Values;
use writer::Writer;

/// How long the end of the audit chain may be held by others for a server to be ready.
const READY_WITHIN: &str = "2s";

/// The store in a database of a cluster.
pub struct PostgresStore {
    pool: Pool,
    writer: Writer,
    keyring: Arc<Keyring>,
    observer: Option<Observer>,
}

impl PostgresStore {
    /// The store over a database that belongs to this key; a fresh one is marked with it. Within a
    /// runtime, which runs those who write.
    pub async fn over(
        cluster: Cluster,
        keyring: Arc<Keyring>,
    ) -> Result<PostgresStore, ClusterError> {
        let client = cluster.client().await?;
        seals::mark(&client, &keyring).await.map_err(|error| cluster.failed(&error))?;
        if !seals::adopt(&client, &keyring).await.map_err(|error| cluster.failed(&error))? {
            return Err(ClusterError::ForeignKey(cluster.place));
        }
        drop(client);
        let writer = Writer::start(&cluster.pool);
        Ok(PostgresStore { pool: cluster.pool, writer, keyring, observer: None })
    }

    /// With somebody who hears of each entry of the audit log once it is durable.
    pub fn observed(self, observer: Observer) -> PostgresStore {
        PostgresStore { observer: Some(observer), ..self }
    }

    async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(unreachable)
    }

    async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<PgRow>, StoreError> {
        let client = self.client().await?;
        let answer = timeout(SILENT, statement::rows(&client, sql, values)).await;
        answered(client, answer)
    }

    async fn execute(&self, sql: &str, values: Values<'_>) -> Result<u64, StoreError> {
        let client = self.client().await?;
        let answer = timeout(SILENT, statement::execute_alone(&client, sql, values)).await;
        answered(client, answer)
    }

    async fn account_where(
        &self,
        condition: &str,
        values: Values<'_>,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM accounts WHERE {condition} = $1");
        let rows = self.rows(&sql, values).await?;
        rows.first().map(|row| self.account_of(row)).transpose()
    }

    fn account_of(&self, row: &PgRow) -> Result<Versioned<Account>, StoreError> {
        let row = read_row(row).map_err(failed)?;
        let seen = Version(row.version);
        Ok(Versioned { seen, value: row.into_account(&self.keyring)? })
    }

    async fn sessions_where(
        &self,
        condition: &str,
        value: &[u8],
    ) -> Result<Vec<Session>, StoreError> {
        let sql = format!(
            "SELECT digest, account, stage, device, began, seen, by_sms FROM sessions
             WHERE {condition} ORDER BY seen DESC, began DESC"
        );
        let rows = self.rows(&sql, &[&value]).await?;
        let sessions = rows.iter().map(|row| {
            let row = session_row(row).map_err(failed)?;
            Ok::<_, StoreError>(row.into_session()?)
        });
        sessions.collect()
    }

    /// Whether the database is of another key by now than the one `from` which something was sealed; that is
    /// then taken over. Another change may have taken it over already.
    async fn key_moved_on(&self, from: Fingerprint) -> Result<bool, StoreError> {
        let client = self.client().await?;
        let answer = timeout(SILENT, seals::key(&client)).await;
        if answered(client, answer)? == from {
            return Ok(false);
        }
        let client = self.client().await?;
        let answer = timeout(SILENT, seals::adopt(&client, &self.keyring)).await;
        match answered(client, answer)? {
            true => Ok(true),
            false => Err(RowError::Sealed(Unsealable).into()),
        }
    }

    async fn entries(&self, sql: &str, values: Values<'_>) -> Result<Vec<Recorded>, StoreError> {
        let rows = self.rows(sql, values).await?;
        let entries = rows.iter().map(|row| {
            let line: Line = audit::line(row).map_err(failed)?;
            Ok::<_, StoreError>(line.into_recorded()?)
        });
        entries.collect()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn account(&self, id: AccountId) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("id", &[&id.as_bytes().as_slice()]).await
    }

    async fn account_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("email", &[&email.as_str()]).await
    }

    async fn account_by_api_key(
        &self,
        digest: TokenDigest,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("api_key", &[&digest.as_bytes().as_slice()]).await
    }

    async fn session(&self, digest: TokenDigest) -> Result<Option<Session>, StoreError> {
        let found = self
            .sessions_where("account = substr($1::BYTEA, 1, 16) AND digest = $1", digest.as_bytes())
            .await?;
        Ok(found.into_iter().next())
    }

    async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError> {
        self.sessions_where("account = $1", account.as_bytes()).await
    }

    async fn throttles(&self, keys: &[[u8; 32]]) -> Result<Throttles, StoreError> {
        let sql = "SELECT key, version, state FROM throttles WHERE key = ANY($1)";
        let asked: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
        let rows = self.rows(sql, &[&asked]).await?;
        let row =
            |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        Ok(throttles_of(keys, &rows)?)
    }

    async fn recovery(
        &self,
        account: AccountId,
    ) -> Result<Option<Versioned<RecoverySet>>, StoreError> {
        let sql = "SELECT account, version, salt, digests, used, made, stored, copy, shown_by_sms
             FROM recovery WHERE account = $1";
        let rows = self.rows(sql, &[&account.as_bytes().as_slice()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let row = recovery_row(row).map_err(failed)?;
        let seen = Version(row.version);
        Ok(Some(Versioned { seen, value: row.into_set(&self.keyring)? }))
    }

    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        loop {
            let sealed = SealedChange::of(&change, &self.keyring)?;
            let key = sealed.key;
            let outcome = self.writer.write(sealed).await?;
            if outcome == Outcome::Done {
                let heard = self.observer.iter();
                heard.for_each(|observer| change.events.iter().for_each(observer));
            }
            if outcome == Outcome::Done || !self.key_moved_on(key).await? {
                return Ok(outcome);
            }
        }
    }

    async fn touch(&self, digest: TokenDigest, now: UnixTime) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET seen = $2
             WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1 AND seen < $2";
        self.execute(sql, &[&digest.as_bytes().as_slice(), &signed(now.0)]).await.map(|_| ())
    }

    async fn end(&self, digest: TokenDigest) -> Result<(), StoreError> {
        let sql = "DELETE FROM sessions WHERE account = substr($1::BYTEA, 1, 16) AND digest = $1";
        self.execute(sql, &[&digest.as_bytes().as_slice()]).await.map(|_| ())
    }

    async fn sweep(&self, now: UnixTime) -> Result<usize, StoreError> {
        let before = |seconds| signed(now.0.saturating_sub(seconds));
        let mut gone = 0;
        for stage in [Stage::Half, Stage::Web, Stage::Cli] {
            let (idle, absolute) = stage.time_outs();
            let sql = "DELETE FROM sessions
                 WHERE stage = $1 AND (abs(seen - $2) >= $3 OR abs(began - $2) >= $4)";
            gone += self
                .execute(
                    sql,
                    &[&stage_text(stage), &signed(now.0), &signed(idle), &signed(absolute)],
                )
                .await?;
        }
        for (sql, kept) in [
            ("DELETE FROM throttles WHERE last < $1", THROTTLE_KEPT),
            ("DELETE FROM outbox WHERE body IS NULL AND due < $1", LETTERS_KEPT),
            ("DELETE FROM sent_codes WHERE made < $1", CODES_KEPT),
        ] {
            gone += self.execute(sql, &[&before(kept)]).await?;
        }
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }

    async fn events(&self, after: u64, most: usize) -> Result<Vec<Recorded>, StoreError> {
        let sql =
            format!("SELECT {} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", audit::COLUMNS);
        self.entries(&sql, &[&signed(after), &signed(most as u64)]).await
    }

    async fn events_of(
        &self,
        account: AccountId,
        most: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        let sql = format!(
            "SELECT {} FROM audit WHERE account = $1 ORDER BY seq DESC LIMIT $2",
            audit::COLUMNS
        );
        let values: Values<'_> = &[&account.as_bytes().as_slice(), &signed(most as u64)];
        let mut entries = self.entries(&sql, values).await?;
        entries.reverse();
        Ok(entries)
    }

    async fn audit_end(&self) -> Result<Option<Mark>, StoreError> {
        let end = seals::value(&self.client().await?, "audit_end").await.map_err(failed)?;
        Ok(end.map(|end| end.try_into().map_err(|_| RowError::Column("audit_end"))).transpose()?)
    }

    async fn accounts(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Versioned<Account>>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM accounts WHERE email > $1 ORDER BY email LIMIT $2");
        let rows = self.rows(&sql, &[&after, &signed(most as u64)]).await?;
        rows.iter().map(|row| self.account_of(row)).collect()
    }

    async fn due_handovers(
        &self,
        now: UnixTime,
        most: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let sql = "SELECT id FROM accounts WHERE new_due IS NOT NULL AND new_due <= $1
             ORDER BY new_due LIMIT $2";
        let rows = self.rows(sql, &[&signed(now.0), &signed(most as u64)]).await?;
        let ids = rows.iter().map(|row| {
            let id: Vec<u8> = row.try_get(0).map_err(failed)?;
            Ok::<_, StoreError>(AccountId::from_bytes(&id).ok_or(RowError::Column("id"))?)
        });
        ids.collect()
    }

    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        let rows = self
            .rows(
                "SELECT format('the index %s is not valid; REINDEX it', indexrelid::regclass)
                   FROM pg_index WHERE NOT indisvalid
                  UNION ALL
                 SELECT format('the rule %s of %s was never checked', conname, conrelid::regclass)
                   FROM pg_constraint WHERE NOT convalidated
                  UNION ALL
                 SELECT 'the database has found damaged pages in its own files'
                   FROM pg_stat_database
                  WHERE datname = current_database() AND checksum_failures > 0",
                &[],
            )
            .await?;
        rows.iter().map(|row| row.try_get(0).map_err(failed)).collect()
    }

    async fn seals(&self) -> Result<Seals, StoreError> {
        let (mut at, mut found) = (Place::default(), Seals::default());
        let client = self.client().await?;
        while let Some((page, next)) = seals::page(&client, at).await.map_err(failed)? {
            page.look_at(&self.keyring, &mut found);
            at = next;
        }
        Ok(found)
    }

    async fn switch_key(&self, to: Fingerprint, event: Event) -> Result<Outcome, StoreError> {
        let mut client = self.client().await?;
        let db = client.transaction().await.map_err(failed)?;
        if !seals::switch(&db, &self.keyring, &to).await.map_err(failed)? {
            return Ok(Outcome::Stale);
        }
        audit::append(&db, &self.keyring.chain_key(), &[&event]).await.map_err(failed)?;
        db.commit().await.map_err(failed)?;
        Ok(Outcome::Done)
    }

    async fn seal_anew(&self) -> Result<usize, StoreError> {
        let (mut at, mut count) = (Place::default(), 0);
        let client = self.client().await?;
        while let Some((page, next)) = seals::page(&client, at).await.map_err(failed)? {
            count += seals::renew(&page, &client, &self.keyring).await.map_err(failed)?;
            at = next;
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn gather_for(&self, leisure: Leisure) {
        // Said once, when the server starts.
        let _ = self.writer.gather_for.set(leisure);
    }

    async fn last_written(&self, until: UnixTime) -> Result<Option<UnixTime>, StoreError> {
        let rows = self.rows(NEWEST, &[&signed(until.0)]).await?;
        let at = rows.first().map(|row| row.try_get::<_, Option<i64>>(0));
        let at = at.transpose().map_err(failed)?.flatten();
        Ok(at.map(|at| UnixTime(at.unsigned_abs())))
    }

    async fn ready(&self) -> Result<Option<UnixTime>, StoreError> {
        let mut client = self.client().await?;
        let answer = timeout(SILENT, written_to(&mut client)).await;
        let (is_read_only, time) = answered(client, answer)?;
        if is_read_only {
            let why = "it is a standby, or takes no writes";
            return Err(StoreError::Database(why.to_owned()));
        }
        let _ = self.key_moved_on(self.keyring.fingerprint()).await?;
        Ok(Some(UnixTime(time.unsigned_abs())))
    }
}

/// What came of a wait for an answer. A connection on which nothing came is not used again.
fn answered<T>(client: Client, answer: Result<Result<T, Error>, Elapsed>) -> Result<T, StoreError> {
    answer.map_or_else(
        |_| {
            drop(Client::take(client));
            Err(StoreError::Database("it does not answer in time".to_owned()))
        },
        |answer| answer.map_err(failed),
    )
}

/// Whether a cluster takes no writes, and its time; it has made something durable where it does.
async fn written_to(client: &mut Client) -> Result<(bool, i64), Error> {
    let db = client.transaction().await?;
    let sql = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
             extract(epoch FROM clock_timestamp())::bigint";
    let (is_read_only, time): (bool, i64) = match statement::row(&db, sql, &[]).await? {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (true, 0),
    };
    if !is_read_only {
        audit::take_end(&db, READY_WITHIN).await?;
        // Something to make durable, which leaves no row.
        let sql = "SELECT pg_logical_emit_message(true, 'holdfast', 'ready')";
        statement::row(&db, sql, &[]).await?;
        db.commit().await?;
    }
    Ok((is_read_only, time))
}

/// What a statement's failure is to the store.
fn failed(error: Error) -> StoreError {
    StoreError::Database(cluster::reason(&error))
}

fn unreachable(error: PoolError) -> StoreError {
    StoreError::Database(cluster::unreached(&error))
}

/// An account's columns.
fn read_row(row: &PgRow) -> Result<Row, Error> {
    Ok(Row {
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        email: row.try_get(2)?,
        password: row.try_get(3)?,
        created: row.try_get(4)?,
        api_key: row.try_get(5)?,
        api_key_made: row.try_get(6)?,
        tf_state: row.try_get(7)?,
        tf_secret: row.try_get(8)?,
        tf_since: row.try_get(9)?,
        tf_session: row.try_get(10)?,
        tf_last_step: row.try_get(11)?,
        tf_drift: row.try_get(12)?,
        tf_missed: row.try_get(13)?,
        tf_throttle: row.try_get(14)?,
        copy_public: row.try_get(15)?,
        copy_salt: row.try_get(16)?,
        copy_key: row.try_get(17)?,
        sms_number: row.try_get(18)?,
        sms_since: row.try_get(19)?,
        sms_from: row.try_get(20)?,
        tf_strays: row.try_get(21)?,
        new_by: row.try_get(22)?,
        new_secret: row.try_get(23)?,
        new_since: row.try_get(24)?,
        new_session: row.try_get(25)?,
        new_due: row.try_get(26)?,
        new_step: row.try_get(27)?,
        new_drift: row.try_get(28)?,
        barred: row.try_get(29)?,
        former: row.try_get(30)?,
        new_letter: row.try_get(31)?,
    })
}

/// A session's columns.
fn session_row(row: &PgRow) -> Result<SessionRow, Error> {
    Ok(SessionRow {
        digest: row.try_get(0)?,
        account: row.try_get(1)?,
        stage: row.try_get(2)?,
        device: row.try_get(3)?,
        began: row.try_get(4)?,
        seen: row.try_get(5)?,
        by_sms: row.try_get(6)?,
    })
}

/// The columns of a set of recovery codes.
fn recovery_row(row: &PgRow) -> Result<RecoveryRow, Error> {
    Ok(RecoveryRow {
        account: row.try_get(0)?,
        version: row.try_get(1)?,
        salt: row.try_get(2)?,
        digests: row.try_get(3)?,
        used: row.try_get(4)?,
        made: row.try_get(5)?,
        stored: row.try_get(6)?,
        copy: row.try_get(7)?,
        shown_by_sms: row.try_get(8)?,
    })
}
