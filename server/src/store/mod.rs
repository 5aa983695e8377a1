//! Where accounts and sessions rest: one trait, whose every verb is one durable, linearizable step.
//!
//! The one writing verb is [`Store::commit`]: everything in a [`Change`] happens, or nothing does,
//! and it happens only if each row it replaces still has the version that was read (compare and
//! swap). That is what keeps any number of server processes right on one database.

mod audit;
mod change;
mod migrate;
mod outbox;
mod postgres;
mod recovery;
mod row;
mod seals;
mod sent;
mod services;
mod session;
mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_otp::UnixTime;

use crate::domain::account::Account;
use crate::domain::audit::{Event, Mark, Recorded};
use crate::domain::email::Email;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::{Claimed, Fate, Letter, LetterId, Progress, Way};
use crate::domain::recovery::RecoverySet;
use crate::domain::sent::{Purpose, SentCode};
use crate::domain::service::Service;
use crate::domain::session::Session;
use crate::domain::ssh::NamedKey;
use crate::domain::throttle::Throttle;
use crate::keyring::Fingerprint;

pub use migrate::{MigrateError, migrate};
pub use postgres::{Cluster, ClusterError, Ground, PostgresStore};
pub use row::{Row, RowError};
pub use seals::Seals;
pub use sqlite::backup::copy as copy_database;
pub use sqlite::{OpenError, SqliteStore, Tables};

/// Says how long changes had better wait for each other now.
pub type Leisure = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A row's version: it grows by one with every change; 0 is a row that does not exist yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version(pub i64);

impl Version {
    /// That of the row once it is changed.
    pub fn next(self) -> Version {
        Version(self.0 + 1)
    }
}

/// A value as read, with the version to name when replacing it.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    /// The version that was read.
    pub seen: Version,
    /// The value.
    pub value: T,
}

/// Everything that one step writes.
#[derive(Debug, Default)]
pub struct Change {
    /// A new account, or the next state of a known one.
    pub account: Option<Versioned<Account>>,
    /// The next states of throttles, under their keys, each of which is there once.
    pub throttles: Vec<([u8; 32], Versioned<Throttle>)>,
    /// An account that is not written, and must still be as it was read: who begins a session may have been
    /// overtaken by a step that ends all of them.
    pub unchanged: Option<(AccountId, Version)>,
    /// A session that must still be there: whose it was may have been signed out meanwhile.
    pub require: Option<TokenDigest>,
    /// A session that must still be there, and is ended.
    pub consume: Option<TokenDigest>,
    /// Every session of the account is ended but this one (`None` keeps none).
    pub end_others: Option<(AccountId, Option<TokenDigest>)>,
    /// A session that begins.
    pub open: Option<Session>,
    /// A code that was sent and compared: it must still be there, and is gone.
    pub spend: Option<SentCode>,
    /// A code that is sent; the one before it, for the same holder and purpose, is void.
    pub sent: Option<SentCode>,
    /// An account that is deleted, with all that is its own.
    pub delete: Option<(AccountId, Version)>,
    /// What goes into the outbox.
    pub letters: Vec<Letter>,
    /// What the audit log says of it.
    pub events: Vec<Event>,
    /// What becomes of an account's recovery codes.
    pub recovery: Option<RecoveryChange>,
    /// What becomes of a person's keys for SSH.
    pub ssh_key: Option<SshKeyChange>,
}

/// What becomes of a person's keys for SSH.
#[derive(Clone, Debug)]
pub enum SshKeyChange {
    /// A key more; stale if it is there already, or if there are [`MOST_SSH_KEYS`].
    Added(AccountId, NamedKey),
    /// The key of that name less; stale if there is none.
    Removed(AccountId, String),
}

/// What becomes of an account's recovery codes.
#[derive(Debug)]
pub enum RecoveryChange {
    /// A new set; the one before it, if there was one, is void.
    Made(AccountId, RecoverySet),
    /// The next state of the set that was read, if that is still the account's set.
    Changed(AccountId, Versioned<RecoverySet>),
    /// There are none any more.
    Gone(AccountId),
}

/// Throttles, each with its key.
pub type Throttles = Vec<([u8; 32], Versioned<Throttle>)>;

/// Throttles are forgotten this many seconds after the day of their last use began: at least a day after
/// their window of 30 days.
const THROTTLE_KEPT: u64 = 32 * 86_400;

/// Who hears of each entry of the audit log once it is durable.
pub type Observer = Box<dyn Fn(&Event) + Send + Sync>;

/// How a commit came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Outcome {
    /// All of it is durable.
    Done,
    /// A row had changed, a session was gone, or a name was taken: nothing was written.
    Stale,
}

/// The store cannot answer now.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no; the text is for the operator's log.
    #[error("The database does not answer: {0}")]
    Database(String),
    /// A row is not what this version writes.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The store is shutting down.
    #[error("The database is closed.")]
    Closed,
}

/// What both databases do. Reads see everything committed before they began.
#[async_trait]
pub trait Store: Letters + Services + Signs + Send + Sync {
    /// The account of a name.
    async fn account(&self, id: AccountId) -> Result<Option<Versioned<Account>>, StoreError>;
    /// The account of an address.
    async fn account_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<Versioned<Account>>, StoreError>;
    /// The account of an API key.
    async fn account_by_api_key(
        &self,
        digest: TokenDigest,
    ) -> Result<Option<Versioned<Account>>, StoreError>;
    /// A session by its token's digest, over or not.
    async fn session(&self, digest: TokenDigest) -> Result<Option<Session>, StoreError>;
    /// The sessions of an account, over or not, the last used first.
    async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError>;
    /// The throttles of these keys, in their order, read at once; one that was never written is fresh, at
    /// version 0.
    async fn throttles(&self, keys: &[[u8; 32]]) -> Result<Throttles, StoreError>;
    /// One throttle, likewise.
    async fn throttle(&self, key: [u8; 32]) -> Result<Versioned<Throttle>, StoreError> {
        let found = self.throttles(&[key]).await?.pop();
        Ok(found.map_or_else(row::fresh_throttle, |(_, throttle)| throttle))
    }
    /// The recovery codes of an account, if it has some.
    async fn recovery(
        &self,
        account: AccountId,
    ) -> Result<Option<Versioned<RecoverySet>>, StoreError>;
    /// All of the change, or nothing of it.
    async fn commit(&self, change: Change) -> Result<Outcome, StoreError>;
    /// Notes that a session was used; one that has ended stays ended.
    async fn touch(&self, digest: TokenDigest, now: UnixTime) -> Result<(), StoreError>;
    /// Ends one session; ending it twice is no error.
    async fn end(&self, digest: TokenDigest) -> Result<(), StoreError>;
    /// Forgets sessions that are over and throttles unused for 31 days at least; returns how many.
    async fn sweep(&self, now: UnixTime) -> Result<usize, StoreError>;
    /// At most `most` entries of the audit log after that number, in order.
    async fn events(&self, after: u64, most: usize) -> Result<Vec<Recorded>, StoreError>;
    /// The last `most` entries about an account, in order.
    async fn events_of(&self, account: AccountId, most: usize)
    -> Result<Vec<Recorded>, StoreError>;
    /// What is kept beside the audit log to show where it ends; `None` before its first entry.
    async fn audit_end(&self) -> Result<Option<Mark>, StoreError>;
    /// At most `most` accounts whose addresses come after that one, in the order of addresses.
    async fn accounts(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Versioned<Account>>, StoreError>;
    /// At most `most` accounts whose new phone has waited for long enough, the longest first.
    async fn due_handovers(&self, now: UnixTime, most: usize)
    -> Result<Vec<AccountId>, StoreError>;
    /// What is wrong with the database itself, a line each: pages, indices, references.
    async fn faults(&self) -> Result<Vec<String>, StoreError>;
    /// Opens everything that is sealed.
    async fn seals(&self) -> Result<Seals, StoreError>;
    /// From here on, in every process, only the key of that fingerprint seals; stale where another rotation has
    /// come first.
    async fn switch_key(&self, to: Fingerprint, event: Event) -> Result<Outcome, StoreError>;
    /// Seals everything anew that is under an older key; how much that was.
    async fn seal_anew(&self) -> Result<usize, StoreError>;
    /// For as long as it says a change waits for others that become durable with it: each transaction takes the
    /// processor from what keeps it busy, and makes that begin anew with cold caches.
    fn gather_for(&self, leisure: Leisure);
    /// The newest moment in the last hundred entries of the audit log, of what is not after `until`; and
    /// of the very last one, however late that is.
    async fn last_written(&self, until: UnixTime) -> Result<Option<UnixTime>, StoreError>;
    /// Whether a write is taken now, under a key that is at hand; and the store's own time of day, where it has
    /// one: by that the servers on it agree.
    async fn ready(&self) -> Result<Option<UnixTime>, StoreError>;
}

/// What the server that serves is called, and where people reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The service's name.
    pub issuer: String,
    /// The address of its pages, where that is known.
    pub url: Option<String>,
}

/// How a command beside the server that serves knows what that one is called.
#[async_trait]
pub trait Signs: Send + Sync {
    /// Hangs it out in the place of the one before.
    async fn hang_out(&self, sign: Sign) -> Result<(), StoreError>;
    /// The one that was hung out last; `None` where no server has served yet.
    async fn sign(&self) -> Result<Option<Sign>, StoreError>;
}

/// Most SSH keys of a person.
pub const MOST_SSH_KEYS: usize = 20;

/// Programs that the operator trusts, and people's keys for SSH.
#[async_trait]
pub trait Services: Send + Sync {
    /// The service of a token.
    async fn service(&self, digest: TokenDigest) -> Result<Option<Service>, StoreError>;
    /// All services, by name.
    async fn services(&self) -> Result<Vec<Service>, StoreError>;
    /// A service more; stale if the name is taken.
    async fn add_service(&self, service: Service, event: Event) -> Result<Outcome, StoreError>;
    /// A service less; stale if there is none of that name.
    async fn remove_service(&self, name: &str, event: Event) -> Result<Outcome, StoreError>;
    /// The keys of an account, the oldest first.
    async fn ssh_keys(&self, account: AccountId) -> Result<Vec<NamedKey>, StoreError>;
}

/// What both databases do for what leaves the server: letters, and codes that were sent.
#[async_trait]
pub trait Letters: Send + Sync {
    /// Takes letters of one way that are due; for two minutes nobody else is given them. One that does
    /// not open is left, and keeps no other from leaving.
    async fn claim_letters(
        &self,
        way: Way,
        now: UnixTime,
        most: usize,
    ) -> Result<Vec<Claimed>, StoreError>;
    /// Notes at `now` how the `attempt`-th try of a letter came out: to be tried `again`, or done with
    /// and its body erased. If somebody else has claimed it since, that one's word stands.
    async fn settle_letter(
        &self,
        id: LetterId,
        attempt: u32,
        progress: Progress,
        now: UnixTime,
        again: Option<UnixTime>,
    ) -> Result<(), StoreError>;
    /// Notes what the other side says of a letter that it has taken.
    async fn report_letter(&self, id: LetterId, progress: Progress) -> Result<(), StoreError>;
    /// How a letter fares; `None` if there is none of that name, or it was done with long ago.
    async fn letter_fate(&self, id: LetterId) -> Result<Option<Fate>, StoreError>;
    /// The code that was sent for a holder, to be looked at and not to be compared.
    async fn sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError>;
    /// Charges one try of that code, durably, and gives it to be compared; `None` where there is
    /// none, or its tries are used up.
    async fn charge_sent_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<SentCode>, StoreError>;
}
