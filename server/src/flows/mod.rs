//! What a person does, step by step, over the store: the same for the pages and for the API.
//!
//! Each step is one commit. Where a row had changed meanwhile the step is taken again from what is
//! there now; a try that has been charged is not charged twice.

pub mod account;
mod code;
mod due;
pub mod enrol;
pub mod handover;
pub mod mail;
pub mod not_me;
mod notice;
pub mod operate;
pub mod readiness;
pub mod recovery;
pub mod sent;
pub mod services;
pub mod shown_time;
pub mod sign_in;
pub mod sms;

use std::sync::Arc;
use std::time::Duration;

use holdfast_otp::UnixTime;

use crate::copies::NotOpened;
use crate::domain::account::{Account, BARRED};
use crate::domain::audit::{Event, Factor, What};
use crate::domain::calendar::when;
use crate::domain::email::Email;
use crate::domain::ids::{AccountId, Token, TokenDigest};
use crate::domain::issuer::Issuer;
use crate::domain::password::Password;
use crate::domain::session::{Session, Stage};
use crate::domain::throttle::{Charge, Limit, Refused, Throttle};
use crate::keyring::Keyring;
use crate::notify::Post;
use crate::passwords::{HashError, Passwords};
use crate::random::system_random;
use crate::source::Source;
use crate::store::{Change, Outcome, Store, StoreError, Throttles, Versioned};

/// What every step needs.
pub struct Server {
    /// Where accounts rest.
    pub store: Arc<dyn Store>,
    /// The key kept outside the store.
    pub keyring: Arc<Keyring>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// The time, of the server and never of a client (requirement 9).
    pub clock: fn() -> UnixTime,
    /// The service's name, as the app will show it.
    pub issuer: Issuer,
    /// By which ways letters leave.
    pub post: Post,
    /// Most people who register in a day, from wherever.
    pub registrations_a_day: u32,
}

/// A step that could not be taken for a reason that is not the person's.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See [`HashError`].
    #[error(transparent)]
    Hash(#[from] HashError),
    /// See [`NotOpened`].
    #[error(transparent)]
    Copy(#[from] NotOpened),
}

/// The password asked for again was not given.
#[derive(Debug, thiserror::Error)]
pub enum NotThePerson {
    /// It is another one.
    #[error("That password is not right. Enter the password of this account.")]
    Wrong,
    /// Too many tries.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Its owner has said that something was not her doing; until when no factor is changed.
    #[error(
        "Somebody with your password said that something was not your doing. Until {}, {BARRED}.",
        when(*.0)
    )]
    Barred(UnixTime),
    /// The session has ended meanwhile, perhaps by the same form sent twice.
    #[error("You are not logged in any more. Log in again.")]
    Gone,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// How a session goes on from a step-up: what its commit does to it, and what its holder is told.
struct StepUp {
    change: Change,
    /// The session as it is after the commit.
    digest: TokenDigest,
    /// The browser's new token; a command line keeps the one in its file.
    token: Option<Token>,
}

impl Server {
    /// Now.
    pub fn now(&self) -> UnixTime {
        (self.clock)()
    }

    /// Something that happens now, from where the request comes that is being answered.
    fn event(&self, what: What, account: impl Into<Option<AccountId>>) -> Event {
        let source = Source::here().map_or_else(|| "this host".to_owned(), Source::name);
        Event::new(self.now(), what, account.into(), &source)
    }

    /// Writes into the audit log what came with no other change.
    async fn record(&self, event: Event) -> Result<(), Trouble> {
        let change = Change { events: vec![event], ..Change::default() };
        let _ = self.store.commit(change).await?;
        Ok(())
    }

    /// The words that a guesser tries first for this person: the address, and the service's name.
    fn known_of<'a>(&'a self, email: &'a str) -> Vec<&'a str> {
        let name = email.split('@').next().unwrap_or_default();
        [email, name, &self.issuer].into_iter().chain(self.issuer.split_whitespace()).collect()
    }

    /// Whether factors may be changed: not for a day after "that was not me".
    fn not_barred(&self, account: &Account) -> Result<(), NotThePerson> {
        account.barred_until(self.now()).map_or(Ok(()), |until| Err(NotThePerson::Barred(until)))
    }

    /// The account of an address, as it is now.
    async fn of_address(&self, email: &Email) -> Result<Option<Versioned<Account>>, Trouble> {
        self.up_to_date(self.store.account_by_email(email).await?).await
    }

    /// Asks for the password once more before something that matters (requirement 18). Its tries
    /// are counted apart from those at the door, so that a stranger cannot use them up.
    pub async fn ask_again(&self, account: &Account, typed: &str) -> Result<(), NotThePerson> {
        let key = self.keyring.throttle_key("again", account.id.as_bytes());
        let charges = self.charge_all(&[(key, Limit::Waits)]).await?;
        let password = Password::typed(typed);
        let right = self
            .passwords
            .verify(password, Some(&account.password))
            .await
            .map_err(Trouble::from)?;
        if !right {
            let wrong = self.event(What::PasswordWrong, account.id).by(Factor::Password);
            self.record(wrong.saying("asked again")).await?;
            return Err(NotThePerson::Wrong);
        }
        self.succeeded(charges, None).await?;
        Ok(())
    }

    /// Charges one try, durably.
    async fn charge(&self, key: [u8; 32], limit: Limit) -> Result<Charge, NotThePerson> {
        let mut patience = Patience::new();
        loop {
            let mut throttle = self.store.throttle(key).await.map_err(Trouble::from)?;
            let charged = self.charged(&mut throttle.value, limit, &mut patience).await?;
            let Some(charge) = charged else { continue };
            let change = Change { throttles: vec![(key, throttle)], ..Change::default() };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(charge);
            }
        }
    }

    /// Charges one try under each of these keys, durably and in one step: where one of them refuses it,
    /// it is charged under none.
    async fn charge_all(&self, limits: &[([u8; 32], Limit)]) -> Result<Charges, NotThePerson> {
        let mut patience = Patience::new();
        'anew: loop {
            let keys: Vec<_> = limits.iter().map(|(key, _)| *key).collect();
            let mut throttles = self.store.throttles(&keys).await.map_err(Trouble::from)?;
            let mut charges = Charges::default();
            for ((key, throttle), (_, limit)) in throttles.iter_mut().zip(limits) {
                let charged = self.charged(&mut throttle.value, *limit, &mut patience).await?;
                let Some(charge) = charged else { continue 'anew };
                charges.each.push((*key, charge));
                let left = Versioned { seen: throttle.seen.next(), value: throttle.value.clone() };
                charges.left.push((*key, left));
            }
            let change = Change { throttles, ..Change::default() };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(charges);
            }
        }
    }

    /// Charges a throttle, which is not written yet; `None` after it has waited for how others come out.
    async fn charged(
        &self,
        throttle: &mut Throttle,
        limit: Limit,
        patience: &mut Patience,
    ) -> Result<Option<Charge>, NotThePerson> {
        let now = self.now();
        match throttle.charge(limit, now) {
            Ok(charge) => Ok(Some(charge)),
            Err(Refused::Wait(_)) if throttle.is_unsettled(now) && patience.wait().await => {
                Ok(None)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// Gives the charge of a try back that was not taken after all.
    async fn not_counted(&self, key: [u8; 32], charge: &Charge) -> Result<(), Trouble> {
        loop {
            let mut throttle = self.store.throttle(key).await?;
            throttle.value.not_counted(charge);
            let change = Change { throttles: vec![(key, throttle)], ..Change::default() };
            if self.store.commit(change).await? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// Gives the charges of a try back and says what it was, in one step.
    async fn succeeded(&self, mut charges: Charges, event: Option<Event>) -> Result<(), Trouble> {
        loop {
            let throttles = self.given_back(&mut charges).await?;
            let events = event.iter().cloned().collect();
            let change = Change { throttles, events, ..Change::default() };
            if self.store.commit(change).await? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// The throttles as they are once the charges of a try are given back: at first as the charges left
    /// them, and where another try changed them since, as they are now.
    async fn given_back(&self, charges: &mut Charges) -> Result<Throttles, Trouble> {
        let mut throttles = std::mem::take(&mut charges.left);
        if throttles.is_empty() {
            let keys: Vec<_> = charges.each.iter().map(|(key, _)| *key).collect();
            throttles = self.store.throttles(&keys).await?;
        }
        for ((_, throttle), (_, charge)) in throttles.iter_mut().zip(&charges.each) {
            throttle.value.succeeded(charge);
        }
        Ok(throttles)
    }

    /// The start of a change that only somebody who has just given the password may make: the
    /// browser's session goes on under a new token, and the old one is void (requirement 30).
    fn step_up(&self, session: &Session) -> StepUp {
        if session.stage != Stage::Web {
            let change = Change { require: Some(session.digest), ..Change::default() };
            return StepUp { change, digest: session.digest, token: None };
        }
        let (next, token) = session.renewed(self.now(), &mut system_random());
        let digest = next.digest;
        let change =
            Change { consume: Some(session.digest), open: Some(next), ..Change::default() };
        StepUp { change, digest, token: Some(token) }
    }

    /// The session's account as it is now; `None` if either is gone, so that a step taken again
    /// after it was overtaken ends where the session has ended.
    async fn current(&self, session: &Session) -> Result<Option<Versioned<Account>>, Trouble> {
        let found = self.up_to_date(self.store.account(session.account).await?).await?;
        // Asked last: a change of phone that was due has ended it.
        match self.store.session(session.digest).await? {
            Some(_) => Ok(found),
            None => Ok(None),
        }
    }
}

/// What a try was charged.
#[derive(Default)]
struct Charges {
    /// Under each of its keys.
    each: Vec<([u8; 32], Charge)>,
    /// The throttles as that left them, in the same order.
    left: Throttles,
}

/// How long a try that is refused only because of others under way waits for how they come out.
struct Patience(u32);

impl Patience {
    const LOOK_EVERY: Duration = Duration::from_millis(50);
    const LOOKS: u32 = 200;

    fn new() -> Patience {
        Patience(Self::LOOKS)
    }

    /// Waits a moment; `false` when it has waited long enough.
    async fn wait(&mut self) -> bool {
        let Some(left) = self.0.checked_sub(1) else { return false };
        self.0 = left;
        tokio::time::sleep(Self::LOOK_EVERY).await;
        true
    }
}
