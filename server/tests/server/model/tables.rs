//! A store in memory whose verbs take turns as the scheduler of the model says: before each of them anybody else
//! may go on, or the asker may die. Where somebody dies there is a turn between a commit and its answer too;
//! elsewhere it would change nothing, since what the asker does next at the store has a turn of its own. Nor is
//! there one before what nobody writes is read.
//!
//! It has what a log-in with the app's code touches. Whatever else is asked of it, it answers that it is
//! closed, so that a step that comes to touch more is noticed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use holdfast_otp::UnixTime;
use holdfast_server::domain::account::Account;
use holdfast_server::domain::audit::{Event, Mark, Recorded, What};
use holdfast_server::domain::email::Email;
use holdfast_server::domain::ids::{AccountId, TokenDigest};
use holdfast_server::domain::letter::{Claimed, Fate, LetterId, Progress, Way};
use holdfast_server::domain::recovery::RecoverySet;
use holdfast_server::domain::sent::{Purpose, SentCode};
use holdfast_server::domain::service::Service;
use holdfast_server::domain::session::Session;
use holdfast_server::domain::ssh::NamedKey;
use holdfast_server::keyring::Fingerprint;
use holdfast_server::store::{
    Change, Leisure, Letters, Outcome, Seals, Services, Sign, Signs, Store, StoreError, Throttles,
    Version, Versioned,
};
use shuttle::future::yield_now;

/// How a commit treats a row that has changed since it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Care {
    /// It compares, and writes nothing.
    Compares,
    /// It writes over it: no store of ours, but what the model must find out.
    WritesOver,
}

/// Whether whoever commits hears of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Always.
    Comes,
    /// They may have died by then.
    MayBeLost,
}

/// One account with its sessions and what was written of it.
pub struct Tables {
    care: Care,
    answer: Answer,
    rows: Mutex<Rows>,
}

/// What is kept.
pub struct Rows {
    pub account: Versioned<Account>,
    pub sessions: Vec<Session>,
    pub events: Vec<What>,
}

impl Tables {
    pub fn of(account: Account, sessions: Vec<Session>, care: Care, answer: Answer) -> Tables {
        let account = Versioned { seen: Version(1), value: account };
        Tables { care, answer, rows: Mutex::new(Rows { account, sessions, events: Vec::new() }) }
    }

    /// Never held while anybody else has a turn.
    pub fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn is_open(&self, digest: &TokenDigest) -> bool {
        self.sessions.iter().any(|session| session.digest == *digest)
    }

    fn end(&mut self, digest: &TokenDigest) {
        self.sessions.retain(|session| session.digest != *digest);
    }

    fn write(&mut self, change: Change, care: Care) -> Result<Outcome, StoreError> {
        let Change { account, require, consume, end_others, open, events, .. } = change;
        let named = require.iter().chain(&consume);
        if named.into_iter().any(|digest| !self.is_open(digest)) {
            return Ok(Outcome::Stale);
        }
        if let Some(next) = account {
            if next.seen != self.account.seen && care == Care::Compares {
                return Ok(Outcome::Stale);
            }
            let seen = Version(self.account.seen.0 + 1);
            self.account = Versioned { seen, value: next.value };
        }
        if let Some(digest) = consume {
            self.end(&digest);
        }
        if let Some((_, kept)) = end_others {
            self.sessions.retain(|session| Some(session.digest) == kept);
        }
        self.sessions.extend(open);
        self.events.extend(events.into_iter().map(|event| event.what));
        Ok(Outcome::Done)
    }
}

/// Whether a change has parts that these tables do not keep.
fn is_foreign(change: &Change) -> bool {
    !change.throttles.is_empty()
        || change.unchanged.is_some()
        || change.spend.is_some()
        || change.sent.is_some()
        || change.delete.is_some()
        || !change.letters.is_empty()
        || change.recovery.is_some()
        || change.ssh_key.is_some()
}

#[async_trait]
impl Store for Tables {
    async fn account(&self, id: AccountId) -> Result<Option<Versioned<Account>>, StoreError> {
        yield_now().await;
        let account = self.rows().account.clone();
        Ok((account.value.id == id).then_some(account))
    }

    async fn session(&self, digest: TokenDigest) -> Result<Option<Session>, StoreError> {
        yield_now().await;
        Ok(self.rows().sessions.iter().find(|session| session.digest == digest).cloned())
    }

    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        if is_foreign(&change) {
            return Err(StoreError::Closed);
        }
        yield_now().await;
        let outcome = self.rows().write(change, self.care);
        if self.answer == Answer::MayBeLost {
            yield_now().await;
        }
        outcome
    }

    async fn end(&self, digest: TokenDigest) -> Result<(), StoreError> {
        yield_now().await;
        self.rows().end(&digest);
        Ok(())
    }

    async fn account_by_email(&self, _: &Email) -> Result<Option<Versioned<Account>>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn account_by_api_key(
        &self,
        _: TokenDigest,
    ) -> Result<Option<Versioned<Account>>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn sessions(&self, _: AccountId) -> Result<Vec<Session>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn throttles(&self, _: &[[u8; 32]]) -> Result<Throttles, StoreError> {
        Err(StoreError::Closed)
    }
    async fn recovery(&self, _: AccountId) -> Result<Option<Versioned<RecoverySet>>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn touch(&self, _: TokenDigest, _: UnixTime) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
    async fn sweep(&self, _: UnixTime) -> Result<usize, StoreError> {
        Err(StoreError::Closed)
    }
    async fn events(&self, _: u64, _: usize) -> Result<Vec<Recorded>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn events_of(&self, _: AccountId, _: usize) -> Result<Vec<Recorded>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn audit_end(&self) -> Result<Option<Mark>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn accounts(&self, _: &str, _: usize) -> Result<Vec<Versioned<Account>>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn due_handovers(&self, _: UnixTime, _: usize) -> Result<Vec<AccountId>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn faults(&self) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn seals(&self) -> Result<Seals, StoreError> {
        Err(StoreError::Closed)
    }
    async fn switch_key(&self, _: Fingerprint, _: Event) -> Result<Outcome, StoreError> {
        Err(StoreError::Closed)
    }
    async fn seal_anew(&self) -> Result<usize, StoreError> {
        Err(StoreError::Closed)
    }
    fn gather_for(&self, _: Leisure) {}
    async fn last_written(&self, _: UnixTime) -> Result<Option<UnixTime>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn ready(&self) -> Result<Option<UnixTime>, StoreError> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Letters for Tables {
    /// Nobody has asked for an SMS, and nobody does.
    async fn sent_code(&self, _: TokenDigest, _: Purpose) -> Result<Option<SentCode>, StoreError> {
        Ok(None)
    }

    async fn claim_letters(
        &self,
        _: Way,
        _: UnixTime,
        _: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn settle_letter(
        &self,
        _: LetterId,
        _: u32,
        _: Progress,
        _: UnixTime,
        _: Option<UnixTime>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
    async fn report_letter(&self, _: LetterId, _: Progress) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
    async fn letter_fate(&self, _: LetterId) -> Result<Option<Fate>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn charge_sent_code(
        &self,
        _: TokenDigest,
        _: Purpose,
    ) -> Result<Option<SentCode>, StoreError> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Services for Tables {
    async fn service(&self, _: TokenDigest) -> Result<Option<Service>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn services(&self) -> Result<Vec<Service>, StoreError> {
        Err(StoreError::Closed)
    }
    async fn add_service(&self, _: Service, _: Event) -> Result<Outcome, StoreError> {
        Err(StoreError::Closed)
    }
    async fn remove_service(&self, _: &str, _: Event) -> Result<Outcome, StoreError> {
        Err(StoreError::Closed)
    }
    async fn ssh_keys(&self, _: AccountId) -> Result<Vec<NamedKey>, StoreError> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Signs for Tables {
    async fn hang_out(&self, _: Sign) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
    async fn sign(&self) -> Result<Option<Sign>, StoreError> {
        Err(StoreError::Closed)
    }
}
