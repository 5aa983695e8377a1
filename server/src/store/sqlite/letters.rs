//! What leaves the server, as the embedded store keeps it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use holdfast_otp::UnixTime;
use rusqlite::Connection;

use super::{SqliteStore, outbox, sent};
use crate::domain::ids::TokenDigest;
use crate::domain::letter::{Claimed, Fate, LetterId, Progress, Way};
use crate::domain::sent::{Purpose, SentCode};
use crate::store::outbox::{fate, opened};
use crate::store::{Letters, Outcome, StoreError};

#[async_trait]
impl Letters for SqliteStore {
    async fn claim_letters(
        &self,
        way: Way,
        now: UnixTime,
        most: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        if !self.read(move |db| outbox::is_any_due(db, way, now)).await? {
            return Ok(Vec::new());
        }
        let claims = self.write(move |db| outbox::claim(db, way, now, most)).await?;
        Ok(opened(claims, &self.keyring))
    }

    async fn settle_letter(
        &self,
        id: LetterId,
        attempt: u32,
        progress: Progress,
        now: UnixTime,
        again: Option<UnixTime>,
    ) -> Result<(), StoreError> {
        self.write(move |db| outbox::settle(db, &id, attempt, progress, now, again)).await
    }

    async fn report_letter(&self, id: LetterId, progress: Progress) -> Result<(), StoreError> {
        self.write(move |db| outbox::report(db, &id, progress)).await
    }

    async fn letter_fate(&self, id: LetterId) -> Result<Option<Fate>, StoreError> {
        let found = self.read(move |db| outbox::progress(db, &id)).await?;
        Ok(found.map(|(word, due)| fate(&word, due)).transpose()?)
    }

    async fn sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError> {
        let row = self.read(move |db| sent::read(db, &holder, purpose)).await?;
        Ok(row.map(|row| row.open(&self.keyring)).transpose()?)
    }

    async fn charge_sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError> {
        let row = self.write(move |db| sent::charge(db, &holder, purpose)).await?;
        Ok(row.map(|row| row.open(&self.keyring)).transpose()?)
    }
}

impl SqliteStore {
    /// A write that gives something back, once it is durable.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let given = Arc::new(Mutex::new(None));
        let place = Arc::clone(&given);
        let _ = self
            .writer
            .run(move |db| {
                let value = work(db)?;
                *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(Outcome::Done)
            })
            .await?;
        let value = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(StoreError::Closed)
    }
}
