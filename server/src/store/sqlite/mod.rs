//! The embedded store: one SQLite file in WAL mode, synced at every commit.

mod audit;
pub mod backup;
mod change;
mod checkpoint;
mod file;
mod letters;
mod outbox;
mod recovery;
mod rows;
mod schema;
mod seals;
mod sent;
mod services;
mod signs;
mod writer;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use async_trait::async_trait;
use holdfast_otp::UnixTime;
use rusqlite::{Connection, OptionalExtension, Params, params, params_from_iter};

use super::audit::Line;
use super::change::SealedChange;
use super::row::{COLUMNS, Row, signed, throttles_of};
use super::seals::{Place, Seals};
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
use checkpoint::Checkpoints;
pub use file::{MOVED, OpenError, Tables, moved_to};
use file::{connect, for_writing};
use rows::{read_row, session_row};
use writer::Writer;

/// Connections that read while the writer writes.
const READERS: usize = 4;
/// With fewer bytes free than this on its disk the store is not ready.
const LEAST_ROOM: u64 = 1 << 20;

/// The store in one file.
pub struct SqliteStore {
    readers: Arc<Readers>,
    writer: Writer,
    keyring: Arc<Keyring>,
    observer: Option<Observer>,
}

struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    /// One that nobody reads with.
    fn free(&self) -> Option<MutexGuard<'_, Connection>> {
        self.connections.iter().find_map(|connection| match connection.try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(connection)) => Some(connection.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
    }

    /// One of them in turn, once nobody reads with it.
    fn next(&self) -> MutexGuard<'_, Connection> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        self.connections[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteStore {
    /// The store over tables that belong to this key; fresh ones are marked with it.
    pub fn over(tables: Tables, keyring: Arc<Keyring>) -> Result<SqliteStore, OpenError> {
        let Tables { path, mut connection } = tables;
        let failed = |error| OpenError::of(&path, error);
        if let Some(to) = moved_to(&connection).map_err(failed)? {
            return Err(OpenError::Moved { path, to });
        }
        seals::key_of(&connection, &keyring).map_err(failed)?;
        if !seals::adopt(&connection, &keyring).map_err(failed)? {
            return Err(OpenError::ForeignKey(path));
        }
        let connections = (0..READERS)
            .map(|_| connect(&path).map(Mutex::new))
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(failed)?;
        let readers = Arc::new(Readers { connections, next: AtomicUsize::new(0) });
        for_writing(&connection).map_err(failed)?;
        let beside = connect(&path).map_err(failed)?;
        let writer = Checkpoints::start(&mut connection, beside, &path)
            .and_then(|checkpoints| Writer::start(connection, checkpoints))
            .map_err(|error| OpenError::Database { path, reason: error.to_string() })?;
        Ok(SqliteStore { readers, writer, keyring, observer: None })
    }

    /// With somebody who hears of each entry of the audit log once it is durable.
    pub fn observed(self, observer: Observer) -> SqliteStore {
        SqliteStore { observer: Some(observer), ..self }
    }

    /// Reads rows that are found by their keys: here and now where a connection is free, for that takes less
    /// time than handing it to another thread does.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(connection) = self.readers.free() {
            return work(&connection).map_err(|error| StoreError::Database(error.to_string()));
        }
        self.read_at_length(work).await
    }

    /// Reads what takes its time.
    async fn read_at_length<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || work(&readers.next()))
            .await
            .map_err(|_| StoreError::Closed)?
            .map_err(|error| StoreError::Database(error.to_string()))
    }

    async fn account_where(
        &self,
        condition: &'static str,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM accounts WHERE {condition} = ?1");
        let row = self.read(move |db| one_row(db, &sql, [value])).await?;
        row.map(|row| self.account_of(row)).transpose()
    }

    /// Whether the database is of another key by now than the one `from` which something was sealed; that is
    /// then taken over. Another change may have taken it over already.
    async fn key_moved_on(&self, from: Fingerprint) -> Result<bool, StoreError> {
        if self.read(seals::key).await? == from {
            return Ok(false);
        }
        let keyring = Arc::clone(&self.keyring);
        match self.read(move |db| seals::adopt(db, &keyring)).await? {
            true => Ok(true),
            false => Err(RowError::Sealed(Unsealable).into()),
        }
    }

    fn account_of(&self, row: Row) -> Result<Versioned<Account>, StoreError> {
        let seen = Version(row.version);
        Ok(Versioned { seen, value: row.into_account(&self.keyring)? })
    }

    async fn sessions_where(
        &self,
        condition: &'static str,
        value: Vec<u8>,
    ) -> Result<Vec<Session>, StoreError> {
        let sql = format!(
            "SELECT digest, account, stage, device, began, seen, by_sms FROM sessions
             WHERE {condition} ORDER BY seen DESC, began DESC"
        );
        let rows = self
            .read(move |db| {
                let mut select = db.prepare_cached(&sql)?;
                let rows = select.query_map([value], session_row)?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        let sessions = rows.into_iter().map(SessionRow::into_session);
        Ok(sessions.collect::<Result<Vec<_>, RowError>>()?)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn account(&self, id: AccountId) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("id", *id.as_bytes()).await
    }

    async fn account_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("email", email.as_str().to_owned()).await
    }

    async fn account_by_api_key(
        &self,
        digest: TokenDigest,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        self.account_where("api_key", *digest.as_bytes()).await
    }

    async fn session(&self, digest: TokenDigest) -> Result<Option<Session>, StoreError> {
        let found = self
            .sessions_where(
                "account = substr(?1, 1, 16) AND digest = ?1",
                digest.as_bytes().to_vec(),
            )
            .await?;
        Ok(found.into_iter().next())
    }

    async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError> {
        self.sessions_where("account = ?1", account.as_bytes().to_vec()).await
    }

    async fn throttles(&self, keys: &[[u8; 32]]) -> Result<Throttles, StoreError> {
        let asked = keys.to_vec();
        let rows = self
            .read(move |db| {
                let places = vec!["?"; asked.len()].join(", ");
                let sql =
                    format!("SELECT key, version, state FROM throttles WHERE key IN ({places})");
                let mut select = db.prepare_cached(&sql)?;
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                select
                    .query_map(params_from_iter(asked), row)?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        Ok(throttles_of(keys, &rows)?)
    }

    async fn recovery(
        &self,
        account: AccountId,
    ) -> Result<Option<Versioned<RecoverySet>>, StoreError> {
        let row = self.read(move |db| recovery::read(db, account)).await?;
        row.map(|row| {
            let seen = Version(row.version);
            Ok(Versioned { seen, value: row.into_set(&self.keyring)? })
        })
        .transpose()
    }

    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        loop {
            let sealed = SealedChange::of(&change, &self.keyring)?;
            let key = sealed.key;
            let outcome = self.writer.run(move |db| change::write(&sealed, db)).await?;
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
        self.writer
            .run(move |db| {
                db.prepare_cached(
                    "UPDATE sessions SET seen = max(seen, ?2)
                     WHERE account = substr(?1, 1, 16) AND digest = ?1",
                )?
                .execute(params![digest.as_bytes(), signed(now.0)])?;
                Ok(Outcome::Done)
            })
            .await
            .map(|_| ())
    }

    async fn end(&self, digest: TokenDigest) -> Result<(), StoreError> {
        self.writer
            .run(move |db| change::end_session(db, &digest).map(|_| Outcome::Done))
            .await
            .map(|_| ())
    }

    async fn sweep(&self, now: UnixTime) -> Result<usize, StoreError> {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        self.writer
            .run(move |db| {
                let mut gone = 0;
                for stage in [Stage::Half, Stage::Web, Stage::Cli] {
                    let (idle, absolute) = stage.time_outs();
                    gone += db.execute(
                        "DELETE FROM sessions WHERE stage = ?1
                            AND (abs(seen - ?2) >= ?3 OR abs(began - ?2) >= ?4)",
                        params![stage_text(stage), signed(now.0), signed(idle), signed(absolute)],
                    )?;
                }
                gone += db.execute(
                    "DELETE FROM throttles WHERE last < ?1",
                    [signed(now.0.saturating_sub(THROTTLE_KEPT))],
                )?;
                gone += outbox::sweep(db, now)? + sent::sweep(db, now)?;
                counted.store(gone, Ordering::Relaxed);
                Ok(Outcome::Done)
            })
            .await
            .map(|_| count.load(Ordering::Relaxed))
    }

    async fn events(&self, after: u64, most: usize) -> Result<Vec<Recorded>, StoreError> {
        let lines = self.read_at_length(move |db| audit::after(db, after, most)).await?;
        let entries = lines.into_iter().map(Line::into_recorded);
        Ok(entries.collect::<Result<Vec<_>, RowError>>()?)
    }

    async fn events_of(
        &self,
        account: AccountId,
        most: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        let lines = self.read_at_length(move |db| audit::last_of(db, &account, most)).await?;
        let entries = lines.into_iter().rev().map(Line::into_recorded);
        Ok(entries.collect::<Result<Vec<_>, RowError>>()?)
    }

    async fn audit_end(&self) -> Result<Option<Mark>, StoreError> {
        let end = self.read(audit::end).await?;
        Ok(end.map(|end| end.try_into().map_err(|_| RowError::Column("audit_end"))).transpose()?)
    }

    async fn accounts(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Versioned<Account>>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM accounts WHERE email > ?1 ORDER BY email LIMIT ?2");
        let after = after.to_owned();
        let rows = self
            .read_at_length(move |db| {
                let mut select = db.prepare_cached(&sql)?;
                let rows = select.query_map(params![after, signed(most as u64)], read_row)?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        rows.into_iter().map(|row| self.account_of(row)).collect()
    }

    async fn due_handovers(
        &self,
        now: UnixTime,
        most: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let ids = self.read_at_length(move |db| rows::due_handovers(db, now, most)).await?;
        let ids = ids.iter().map(|id| AccountId::from_bytes(id).ok_or(RowError::Column("id")));
        Ok(ids.collect::<Result<Vec<_>, RowError>>()?)
    }

    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.read_at_length(audit::faults).await
    }

    async fn seals(&self) -> Result<Seals, StoreError> {
        let (mut at, mut seals) = (Place::default(), Seals::default());
        loop {
            let Some((page, next)) = self.read_at_length(move |db| seals::page(db, at)).await?
            else {
                return Ok(seals);
            };
            page.look_at(&self.keyring, &mut seals);
            at = next;
        }
    }

    async fn switch_key(&self, to: Fingerprint, event: Event) -> Result<Outcome, StoreError> {
        let keyring = Arc::clone(&self.keyring);
        self.writer
            .run(move |db| {
                if !seals::switch(db, &keyring, &to)? {
                    return Ok(Outcome::Stale);
                }
                audit::append(db, &keyring.chain_key(), &[event])?;
                Ok(Outcome::Done)
            })
            .await
    }

    async fn seal_anew(&self) -> Result<usize, StoreError> {
        let mut at = Place::default();
        let count = Arc::new(AtomicUsize::new(0));
        loop {
            let Some((page, next)) = self.read_at_length(move |db| seals::page(db, at)).await?
            else {
                return Ok(count.load(Ordering::Relaxed));
            };
            let (keyring, counted) = (Arc::clone(&self.keyring), Arc::clone(&count));
            let _ = self
                .writer
                .run(move |db| {
                    counted.fetch_add(seals::renew(&page, db, &keyring)?, Ordering::Relaxed);
                    Ok(Outcome::Done)
                })
                .await?;
            at = next;
        }
    }

    fn gather_for(&self, leisure: Leisure) {
        // Said once, when the server starts.
        let _ = self.writer.gather_for.set(leisure);
    }

    async fn last_written(&self, until: UnixTime) -> Result<Option<UnixTime>, StoreError> {
        let until = signed(until.0);
        Ok(self
            .read(move |db| audit::newest_at(db, until))
            .await?
            .map(|at| UnixTime(at.unsigned_abs())))
    }

    async fn ready(&self) -> Result<Option<UnixTime>, StoreError> {
        let _ = self.writer.run(|_| Ok(Outcome::Done)).await?;
        let _ = self.key_moved_on(self.keyring.fingerprint()).await?;
        // A full disk takes an empty transaction, and small ones where its log has grown before.
        let room = self.read(|db| Ok(db.path().and_then(room_beside))).await?;
        match room {
            Some(room) if room < LEAST_ROOM => {
                Err(StoreError::Database("the disk is full, or all but full".to_owned()))
            }
            _ => Ok(None),
        }
    }
}

/// The bytes that are free on the disk of a file; `None` where the system does not say.
fn room_beside(path: &str) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn one_row(db: &Connection, sql: &str, value: impl Params) -> rusqlite::Result<Option<Row>> {
    db.prepare_cached(sql)?.query_row(value, read_row).optional()
}
