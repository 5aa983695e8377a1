//! What the operator does to an account from the server's host, each step in the audit log.

use super::{Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Event, Factor, What};
use crate::domain::email::{Email, EmailError};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::AccountId;
use crate::domain::letter::Letter;
use crate::domain::password::{Password, PasswordError};
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, Outcome, RecoveryChange, Sign, Version, Versioned};

/// The operator's step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Nobody has this address.
    #[error("There is no account with the address {0}. `user list` shows all there are.")]
    Unknown(String),
    /// See [`EmailError`].
    #[error(transparent)]
    Email(#[from] EmailError),
    /// See [`PasswordError`].
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The address has an account.
    #[error("There is an account with the address {0} already.")]
    Taken(Email),
    /// There is nothing to switch off.
    #[error("Two-factor authentication of {0} is off already.")]
    AlreadyOff(Email),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// The account of an address.
    pub async fn by_address(&self, email: &str) -> Result<Account, NotDone> {
        Ok(self.found(email).await?.value)
    }

    /// Switches the second factor off for somebody who has lost every way in (L3): the secret
    /// and recovery codes are deleted, every session ends, the API key is void.
    pub async fn reset_two_factor(
        &self,
        email: &str,
        verified: &str,
        by: &str,
    ) -> Result<(), NotDone> {
        loop {
            let mut found = self.found(email).await?;
            if !matches!(found.value.enrolment, Enrolment::Active(_)) {
                return Err(NotDone::AlreadyOff(found.value.email));
            }
            let id = found.value.id;
            found.value.enrolment = Enrolment::Off;
            found.value.handover = None;
            found.value.copy_key = None;
            let told = self.number_goes_with_the_factor(&mut found.value);
            let event = Event::new(self.now(), What::OperatorTwoFactorOff, Some(id), by);
            let gone = Some(RecoveryChange::Gone(id));
            let who = "whoever runs this service";
            let mut letters = self.notice(&found.value, who, Notice::SwitchedOffByOperator);
            letters.extend(told);
            if self.lock_out(found, gone, letters, event.saying(verified)).await? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// Ends every session of an account and voids its API key; how many sessions there were.
    pub async fn end_all_sessions(&self, email: &str, by: &str) -> Result<usize, NotDone> {
        loop {
            let found = self.found(email).await?;
            let id = found.value.id;
            let count = self.store.sessions(id).await.map_err(Trouble::from)?.len();
            let event = Event::new(self.now(), What::OperatorSessionsEnded, Some(id), by);
            if self.lock_out(found, None, Vec::new(), event).await? == Outcome::Done {
                return Ok(count);
            }
        }
    }

    /// A new account, made by the operator.
    pub async fn register_by_operator(
        &self,
        email: &str,
        password: &str,
        by: &str,
    ) -> Result<Email, NotDone> {
        let email = Email::parse(email)?;
        let password = Password::choose(password, &self.known_of(email.as_str()))?;
        let mut rng = system_random();
        let password = self.passwords.hash(password, &mut rng).await.map_err(Trouble::from)?;
        let (id, now) = (AccountId::random(&mut rng), self.now());
        let account = Account::new(id, email.clone(), password, now);
        let event = Event::new(now, What::OperatorRegistered, Some(id), by).by(Factor::Password);
        let change = Change {
            account: Some(Versioned { seen: Version(0), value: account }),
            events: vec![event],
            ..Change::default()
        };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(email),
            Outcome::Stale => Err(NotDone::Taken(email)),
        }
    }

    /// Writes that a server begins to serve, of which version, and under what name.
    pub async fn started(&self, by: &str) -> Result<(), Trouble> {
        let url = self.post.public_url.clone();
        self.store.hang_out(Sign { issuer: self.issuer.to_string(), url }).await?;
        let event = Event::new(self.now(), What::Started, None, by);
        self.record(event.saying(concat!("version ", env!("CARGO_PKG_VERSION")))).await
    }

    /// Writes an account whose holders of every kind of token are let in no longer.
    async fn lock_out(
        &self,
        mut next: Versioned<Account>,
        recovery: Option<RecoveryChange>,
        letters: Vec<Letter>,
        event: Event,
    ) -> Result<Outcome, Trouble> {
        next.value.api_key = None;
        let change = Change {
            end_others: Some((next.value.id, None)),
            account: Some(next),
            recovery,
            letters,
            events: vec![event],
            ..Change::default()
        };
        Ok(self.store.commit(change).await?)
    }

    async fn found(&self, email: &str) -> Result<Versioned<Account>, NotDone> {
        let unknown = || NotDone::Unknown(email.trim().to_owned());
        let Ok(address) = Email::parse(email) else { return Err(unknown()) };
        let found = self.of_address(&address).await?;
        found.ok_or_else(unknown)
    }
}
