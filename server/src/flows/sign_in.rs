//! Registering, and signing in: the password first, then the code where the account has one.

use super::{NotThePerson, Patience, Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Factor, What};
use crate::domain::code::Code;
use crate::domain::email::{Email, EmailError};
use crate::domain::enrolment::{Active, Enrolment, Verdict};
use crate::domain::ids::{AccountId, Token};
use crate::domain::password::{Password, PasswordError};
use crate::domain::session::{Face, Session, Stage};
use crate::domain::throttle::{Charge, Limit, Refused};
use crate::random::system_random;
use crate::source::Source;
use crate::store::{Change, Outcome, Version, Versioned};

/// Nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum NotRegistered {
    /// See [`EmailError`].
    #[error(transparent)]
    Email(#[from] EmailError),
    /// See [`PasswordError`].
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The address has an account.
    #[error("There is an account with this e-mail address. Log in instead.")]
    Taken,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// How far the right password led.
#[derive(Debug)]
pub enum SignedIn {
    /// All the way.
    Whole(Token, Email),
    /// To the question for the code.
    Half(Token),
}

/// The password did not lead in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Unknown person or wrong password; nobody is told which (requirement 34).
    #[error("That e-mail address and password do not match. Check both and try again.")]
    Wrong,
    /// Too many tries.
    #[error(transparent)]
    Refused(Refused),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The code did not lead in.
#[derive(Debug, thiserror::Error)]
pub enum NotVerified {
    /// Wrong.
    #[error("That code is not right. Wait for the next code in your app and enter that one.")]
    Wrong,
    /// Right once.
    #[error("That code has been used already. Wait for the next code in your app.")]
    Replayed,
    /// Too many tries.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The half session is over.
    #[error("This log-in is over. Log in with your password again.")]
    Expired,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// A try at a password that has been charged in both places, each under its key.
pub(super) struct Guess {
    pub(super) here: ([u8; 32], Charge),
    pub(super) everywhere: ([u8; 32], Charge),
}

impl Server {
    /// A new account, signed in.
    pub async fn register(
        &self,
        email: &str,
        password: &str,
        device: String,
    ) -> Result<Token, NotRegistered> {
        let email = Email::parse(email)?;
        let password = Password::choose(password, &self.known_of(email.as_str()))?;
        let mut rng = system_random();
        let password = self.passwords.hash(password, &mut rng).await.map_err(Trouble::from)?;
        let now = self.now();
        let id = AccountId::random(&mut rng);
        let (session, token) = Session::whole(id, Face::Web, device, now, &mut rng);
        let account =
            Account { id, email, password, created: now, api_key: None, enrolment: Enrolment::Off };
        let change = Change {
            account: Some(Versioned { seen: Version(0), value: account }),
            open: Some(session),
            events: vec![self.event(What::Registered, id).by(Factor::Password)],
            ..Change::default()
        };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(token),
            Outcome::Stale => Err(NotRegistered::Taken),
        }
    }

    /// The first step: the password.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        face: Face,
        device: String,
    ) -> Result<SignedIn, NotSignedIn> {
        let Ok(email) = Email::parse(email) else { return Err(NotSignedIn::Wrong) };
        let guess = self.charge_guess(&email).await?;
        let found = self.store.account_by_email(&email).await.map_err(Trouble::from)?;
        let kept = found.as_ref().map(|found| found.value.password.as_str());
        let typed = Password::typed(password);
        let right = self.passwords.verify(typed.clone(), kept).await.map_err(Trouble::from)?;
        let account = found.as_ref().map(|found| found.value.id);
        let Some(found) = found.filter(|_| right) else {
            // For nobody too, in the same time (requirement 34).
            self.record(self.event(What::PasswordWrong, account).by(Factor::Password)).await?;
            return Err(NotSignedIn::Wrong);
        };

        if self.passwords.is_outdated(&found.value.password) {
            self.renew_hash(found.clone(), typed).await?;
        }
        let account = found.value;
        let now = self.now();
        let mut rng = system_random();
        let (session, token) = match account.enrolment {
            Enrolment::Active(_) => Session::half(account.id, device, now, &mut rng),
            Enrolment::Off | Enrolment::Pending(_) => {
                Session::whole(account.id, face, device, now, &mut rng)
            }
        };
        let half = session.stage == Stage::Half;
        let what = if half { What::PasswordRight } else { What::SignedIn };
        let event = self.event(what, account.id).by(Factor::Password);
        self.succeeded(guess.everywhere.0, &guess.everywhere.1, None, None).await?;
        self.succeeded(guess.here.0, &guess.here.1, Some(session), Some(event)).await?;
        Ok(if half { SignedIn::Half(token) } else { SignedIn::Whole(token, account.email) })
    }

    /// The second step: the code turns the half session into a whole one, under a new token.
    pub async fn verify(
        &self,
        half: &Session,
        code: &Code,
        face: Face,
    ) -> Result<(Token, Email), NotVerified> {
        let charge = self.charge_code(half).await?;
        let now = self.now();
        loop {
            let (seen, account, active) = self.active(half).await?;
            let account_with = |active| Versioned {
                seen,
                value: Account { enrolment: Enrolment::Active(active), ..account.clone() },
            };
            match active.verify(&charge, code, now) {
                Verdict::Accepted(active, proof) => {
                    let (session, token) = half.completed(&proof, face, &mut system_random());
                    let change = Change {
                        account: Some(account_with(active)),
                        consume: Some(half.digest),
                        open: Some(session),
                        events: vec![self.event(What::SignedIn, account.id).by(Factor::App)],
                        ..Change::default()
                    };
                    if self.commit(change).await? == Outcome::Done {
                        return Ok((token, account.email));
                    }
                }
                Verdict::Wrong(active) => {
                    let wrong = self.event(What::CodeWrong, account.id).by(Factor::App);
                    let off = self.event(What::CodesSwitchedOff, account.id);
                    let events = if active.is_off() { vec![wrong, off] } else { vec![wrong] };
                    let account = Some(account_with(active));
                    let change = Change { account, events, ..Change::default() };
                    if self.commit(change).await? == Outcome::Done {
                        return Err(NotVerified::Wrong);
                    }
                }
                Verdict::Replayed(active) => {
                    let events = vec![self.event(What::CodeReplayed, account.id).by(Factor::App)];
                    let account = Some(account_with(active));
                    let change = Change { account, events, ..Change::default() };
                    if self.commit(change).await? == Outcome::Done {
                        return Err(NotVerified::Replayed);
                    }
                }
            }
        }
    }

    /// Charges one try at a person's password: with growing waits from where it comes, and with
    /// short ones from everywhere, so that a stranger slows down the stranger (requirement 11).
    pub(super) async fn charge_guess(&self, email: &Email) -> Result<Guess, NotSignedIn> {
        let person = email.as_str();
        let source = Source::here().map(Source::name).unwrap_or_default();
        let here = self.keyring.throttle_key("password", format!("{source} {person}").as_bytes());
        let everywhere = self.keyring.throttle_key("password everywhere", person.as_bytes());
        let charge = self.charge(here, Limit::Waits).await?;
        match self.charge(everywhere, Limit::Breathers).await {
            Ok(other) => Ok(Guess { here: (here, charge), everywhere: (everywhere, other) }),
            Err(refused) => {
                self.not_counted(here, &charge).await?;
                Err(refused.into())
            }
        }
    }

    /// Charges one try at the code, durably, before anything is compared (requirement 10).
    async fn charge_code(&self, half: &Session) -> Result<Charge, NotVerified> {
        let mut patience = Patience::new();
        loop {
            let (seen, account, active) = self.active(half).await?;
            let now = self.now();
            let unsettled = active.is_unsettled(now);
            let (active, charge) = match active.charge(now) {
                Ok(charged) => charged,
                Err(Refused::Wait(_)) if unsettled && patience.wait().await => continue,
                Err(refused) => return Err(refused.into()),
            };
            let value = Account { enrolment: Enrolment::Active(active), ..account };
            let change = Change { account: Some(Versioned { seen, value }), ..Change::default() };
            if self.commit(change).await? == Outcome::Done {
                return Ok(charge);
            }
        }
    }

    /// What the half session is a half of, as long as it is there.
    async fn active(&self, half: &Session) -> Result<(Version, Account, Active), NotVerified> {
        if half.is_over(self.now()) {
            return Err(NotVerified::Expired);
        }
        let Some(Versioned { seen, mut value }) = self.current(half).await? else {
            return Err(NotVerified::Expired);
        };
        match std::mem::take(&mut value.enrolment) {
            Enrolment::Active(active) => Ok((seen, value, active)),
            Enrolment::Off | Enrolment::Pending(_) => Err(NotVerified::Expired),
        }
    }

    /// Hashes a right password again under today's parameters; if the row has changed, next time.
    async fn renew_hash(
        &self,
        mut found: Versioned<Account>,
        password: Password,
    ) -> Result<(), Trouble> {
        found.value.password = self.passwords.hash(password, &mut system_random()).await?;
        let change = Change { account: Some(found), ..Change::default() };
        let _ = self.store.commit(change).await?;
        Ok(())
    }

    async fn commit(&self, change: Change) -> Result<Outcome, Trouble> {
        Ok(self.store.commit(change).await?)
    }
}

impl From<NotThePerson> for NotSignedIn {
    fn from(error: NotThePerson) -> Self {
        match error {
            NotThePerson::Wrong | NotThePerson::Gone => NotSignedIn::Wrong,
            NotThePerson::Refused(refused) => NotSignedIn::Refused(refused),
            NotThePerson::Trouble(trouble) => NotSignedIn::Trouble(trouble),
        }
    }
}
