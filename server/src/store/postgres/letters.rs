//! What leaves the server, as PostgreSQL keeps it.

use async_trait::async_trait;
use holdfast_otp::UnixTime;
use tokio_postgres::{Error, Row};

use super::PostgresStore;
use crate::domain::ids::TokenDigest;
use crate::domain::letter::{Claimed, Fate, LetterId, Progress, Way};
use crate::domain::sent::{MOST_TRIES, Purpose, SentCode};
use crate::store::outbox::{Claim, LEASE, fate, latest, opened, way_text};
use crate::store::row::signed;
use crate::store::sent::SentRow;
use crate::store::{Letters, StoreError};

/// The columns of a sent code, in the order in which [`sent_row`] takes them.
const SENT: &str = "id, holder, purpose, account, mac, body, made, tries, letter";

#[async_trait]
impl Letters for PostgresStore {
    async fn claim_letters(
        &self,
        way: Way,
        now: UnixTime,
        most: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        // Looking costs no write.
        let due = "SELECT 1 FROM outbox
             WHERE body IS NOT NULL AND (due <= $1 OR due > $3) AND way = $2 LIMIT 1";
        if self.rows(due, &[&signed(now.0), &way_text(way), &latest(now)]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let claims = self
            .rows(
                // What another process is just taking is not waited for.
                "UPDATE outbox SET attempts = attempts + 1, due = $2
                 WHERE id IN (SELECT id FROM outbox
                              WHERE body IS NOT NULL AND (due <= $1 OR due > $5) AND way = $4
                              ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
                 RETURNING id, way, body, made, until, attempts",
                &[
                    &signed(now.0),
                    &signed(now.0.saturating_add(LEASE)),
                    &signed(most as u64),
                    &way_text(way),
                    &latest(now),
                ],
            )
            .await?;
        let claims =
            claims.iter().map(claim).collect::<Result<Vec<_>, _>>().map_err(super::failed)?;
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
        self.execute(
            // What the other side has reported meanwhile is newer than that it has taken the letter.
            "UPDATE outbox SET progress = CASE WHEN progress IN ('waiting', 'down') THEN $3
                    ELSE progress END, due = coalesce($4, $5::bigint),
                body = CASE WHEN $4::bigint IS NULL THEN NULL ELSE body END
             WHERE id = $1 AND attempts = $2 AND body IS NOT NULL",
            &[
                &id.as_bytes().as_slice(),
                &i64::from(attempt),
                &progress.word(),
                &again.map(|again| signed(again.0)),
                &signed(now.0),
            ],
        )
        .await
        .map(|_| ())
    }

    async fn report_letter(&self, id: LetterId, progress: Progress) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET progress = $2 WHERE id = $1 AND progress != 'delivered'";
        self.execute(sql, &[&id.as_bytes().as_slice(), &progress.word()]).await.map(|_| ())
    }

    async fn letter_fate(&self, id: LetterId) -> Result<Option<Fate>, StoreError> {
        let sql = "SELECT progress, due FROM outbox WHERE id = $1";
        let rows = self.rows(sql, &[&id.as_bytes().as_slice()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let word: String = row.try_get(0).map_err(super::failed)?;
        Ok(Some(fate(&word, row.try_get(1).map_err(super::failed)?)?))
    }

    async fn sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError> {
        let sql = format!("SELECT {SENT} FROM sent_codes WHERE holder = $1 AND purpose = $2");
        let rows = self.rows(&sql, &[&holder.as_bytes().as_slice(), &purpose.word()]).await?;
        self.code_in(rows.first())
    }

    async fn charge_sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError> {
        let sql = format!(
            "UPDATE sent_codes SET tries = tries + 1
             WHERE holder = $1 AND purpose = $2 AND tries < $3 RETURNING {SENT}"
        );
        let most = i64::from(MOST_TRIES);
        let rows =
            self.rows(&sql, &[&holder.as_bytes().as_slice(), &purpose.word(), &most]).await?;
        self.code_in(rows.first())
    }
}

impl PostgresStore {
    fn code_in(&self, row: Option<&Row>) -> Result<Option<SentCode>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let row = sent_row(row).map_err(super::failed)?;
        Ok(Some(row.open(&self.keyring)?))
    }
}

fn claim(row: &Row) -> Result<Claim, Error> {
    Ok(Claim {
        id: row.try_get(0)?,
        way: row.try_get(1)?,
        body: row.try_get(2)?,
        made: row.try_get(3)?,
        until: row.try_get(4)?,
        attempts: row.try_get(5)?,
    })
}

fn sent_row(row: &Row) -> Result<SentRow, Error> {
    Ok(SentRow {
        id: row.try_get(0)?,
        holder: row.try_get(1)?,
        purpose: row.try_get(2)?,
        account: row.try_get(3)?,
        mac: row.try_get(4)?,
        body: row.try_get(5)?,
        made: row.try_get(6)?,
        tries: row.try_get(7)?,
        letter: row.try_get(8)?,
    })
}
