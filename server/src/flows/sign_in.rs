//! Registering, and signing in: the password first, then the code where the account has one.

use super::{Charges, NotThePerson, Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Factor, What};
use crate::domain::clock::ClockOff;
use crate::domain::code::{Code, Entered};
use crate::domain::email::{Email, EmailError};
use crate::domain::enrolment::{Enrolment, NotFresh, Verdict};
use crate::domain::ids::{AccountId, Token};
use crate::domain::password::{Password, PasswordError};
use crate::domain::sent::Purpose;
use crate::domain::session::{Face, Session, Stage};
use crate::domain::throttle::{Limit, Refused};
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::source::Source;
use crate::store::{Change, Outcome, Version, Versioned};

/// Tries to register, a day: an address, and from one source.
const REGISTRATIONS: (u32, u32) = (10, 100);

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
    /// Too many mails were asked for.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// How far somebody came who registers.
#[derive(Debug)]
pub enum Registered {
    /// All the way: the session's token.
    In(Token),
    /// To the question for the code in a mail: the token of the browser that waits for it.
    Mailed(Token),
}

/// How far the right password led.
#[derive(Debug)]
pub enum SignedIn {
    /// All the way.
    Whole(Token, Email),
    /// To the question for the code; with the number, as its owner recognises it, to which one can be
    /// sent by SMS.
    Half(Token, Option<String>),
}

/// Somebody who is in, all the way.
#[derive(Debug)]
pub struct Arrived {
    /// The session's token.
    pub token: Token,
    /// Who it is.
    pub account: Account,
    /// By what.
    pub proof: Proof,
    /// How far the phone's clock is off, where codes refused before have shown that.
    pub clock: Option<ClockOff>,
}

/// What was shown besides the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A code of the app.
    App,
    /// A code sent by SMS.
    Sms,
    /// A recovery code, now spent.
    Recovery {
        /// How many are left.
        left: usize,
    },
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
    /// Wrong, where an SMS was sent too.
    #[error(
        "That code is not right. Enter the code from the newest SMS, or the next code in your app."
    )]
    WrongOfSms,
    /// See [`NotFresh`].
    #[error(transparent)]
    Replayed(NotFresh),
    /// None of the recovery codes.
    #[error("That recovery code is not right. Compare it with your list and enter it again.")]
    WrongRecovery,
    /// A recovery code that is spent.
    #[error("That recovery code has been used already. Enter another one of your list.")]
    UsedRecovery,
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

impl Server {
    /// A new account, signed in; where mail is set up, its address is validated first.
    pub async fn register(
        &self,
        email: &str,
        password: &str,
        device: String,
    ) -> Result<Registered, NotRegistered> {
        let email = Email::parse(email)?;
        let password = Password::choose(password, &self.known_of(email.as_str()))?;
        self.count_registration(&email).await?;
        let mut rng = system_random();
        let password = self.passwords.hash(password, &mut rng).await.map_err(Trouble::from)?;
        if self.post.mail.is_some() {
            return Ok(Registered::Mailed(self.begin_registration(&email, password).await?));
        }
        let now = self.now();
        let id = AccountId::random(&mut rng);
        let (session, token) = Session::whole(id, Face::Web, device, now, &mut rng);
        let account = Account::new(id, email, password, now);
        let change = Change {
            account: Some(Versioned { seen: Version(0), value: account }),
            open: Some(session),
            events: vec![self.event(What::Registered, id).by(Factor::Password)],
            ..Change::default()
        };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(Registered::In(token)),
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
        let mut charges = self.charge_guess(&email).await?;
        let mut found = self.of_address(&email).await?;
        let typed = Password::typed(password);
        let mut right = self.is_password(&typed, found.as_ref()).await?;
        loop {
            let who = found.as_ref().map(|found| found.value.id);
            let Some(known) = found.filter(|_| right) else {
                // For nobody too, in the same time (requirement 34).
                self.record(self.event(What::PasswordWrong, who).by(Factor::Password)).await?;
                return Err(NotSignedIn::Wrong);
            };
            let account = &known.value;
            let (now, mut rng) = (self.now(), system_random());
            let (session, token) = match account.enrolment {
                Enrolment::Active(_) => Session::half(account.id, device.clone(), now, &mut rng),
                Enrolment::Off | Enrolment::Pending(_) => {
                    Session::whole(account.id, face, device.clone(), now, &mut rng)
                }
            };
            let half = session.stage == Stage::Half;
            let what = if half { What::PasswordRight } else { What::SignedIn };
            let change = Change {
                unchanged: Some((account.id, known.seen)),
                throttles: self.given_back(&mut charges).await?,
                open: Some(session),
                events: vec![self.event(what, account.id).by(Factor::Password)],
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                if self.passwords.is_outdated(&account.password) {
                    self.renew_hash(known.clone(), typed).await?;
                }
                return Ok(match half {
                    true => SignedIn::Half(token, self.sms_to(account)),
                    false => SignedIn::Whole(token, account.email.clone()),
                });
            }
            found = self.of_address(&email).await?;
            if found.as_ref().is_none_or(|found| found.value.password != account.password) {
                right = self.is_password(&typed, found.as_ref()).await?;
            }
        }
    }

    /// Whether it is the account's password; for nobody it takes the same time and is not.
    async fn is_password(
        &self,
        typed: &Password,
        found: Option<&Versioned<Account>>,
    ) -> Result<bool, Trouble> {
        let kept = found.map(|found| found.value.password.as_str());
        Ok(self.passwords.verify(typed.clone(), kept).await?)
    }

    /// The second step: what was entered turns the half session into a whole one, under a new token.
    pub async fn verify(
        &self,
        half: &Session,
        entered: &Entered,
        face: Face,
    ) -> Result<Arrived, NotVerified> {
        match entered {
            Entered::Code(code) => self.verify_code(half, code, face).await,
            Entered::Recovery(code) => self.consume_recovery(half, code, face).await,
        }
    }

    async fn verify_code(
        &self,
        half: &Session,
        code: &Code,
        face: Face,
    ) -> Result<Arrived, NotVerified> {
        let (charge, charged) = self.charge_code(half).await?;
        let (now, mut charged) = (self.now(), Some(charged));
        loop {
            let (seen, account, active) = self.since(charged.take(), half).await?;
            let account_with = |active| Versioned {
                seen,
                value: Account { enrolment: Enrolment::Active(active), ..account.clone() },
            };
            if let Some(sent) = self.texted(half, Purpose::LogIn, &account, code).await? {
                let (mut active, proof) = active.accept_sent(&charge, now);
                let clock = active.clock_to_tell(&proof, now);
                let (session, token) = half.completed(&proof, face, &mut system_random());
                let change = Change {
                    account: Some(account_with(active)),
                    consume: Some(half.digest),
                    open: Some(session),
                    spend: Some(sent),
                    letters: self.notice(&account, &half.device, Notice::InBySms),
                    events: vec![self.event(What::SignedIn, account.id).by(Factor::Sms)],
                    ..Change::default()
                };
                if self.commit(change).await? == Outcome::Done {
                    return Ok(Arrived { token, account, proof: Proof::Sms, clock });
                }
                continue;
            }
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
                        return Ok(Arrived { token, account, proof: Proof::App, clock: None });
                    }
                }
                Verdict::Wrong(active) => {
                    if self.code_was_wrong(account_with(active), &half.device).await? {
                        return Err(self.wrong_code(half, Purpose::LogIn).await?);
                    }
                }
                Verdict::Replayed(active, why) => {
                    if self.code_was_used(account_with(active)).await? {
                        return Err(NotVerified::Replayed(why));
                    }
                }
            }
        }
    }

    /// Charges one try at a person's password: with growing waits from where it comes, and with
    /// short ones from everywhere, so that a stranger slows down the stranger (requirement 11).
    pub(super) async fn charge_guess(&self, email: &Email) -> Result<Charges, NotThePerson> {
        let person = email.as_str();
        let source = Source::here().map(Source::name).unwrap_or_default();
        let here = self.keyring.throttle_key("password", format!("{source} {person}").as_bytes());
        let everywhere = self.keyring.throttle_key("password everywhere", person.as_bytes());
        self.charge_all(&[(here, Limit::Waits), (everywhere, Limit::Breathers)]).await
    }

    /// Counts somebody who registers, before a password is hashed and before it shows whether the
    /// address is taken.
    async fn count_registration(&self, email: &Email) -> Result<(), NotThePerson> {
        let source = Source::here().map(Source::name).unwrap_or_default();
        let key = |kind, name: &str| self.keyring.throttle_key(kind, name.as_bytes());
        let limit = |a_day| Limit::Sends { a_day, pause: 0 };
        self.charge_all(&[
            (key("register source", &source), limit(REGISTRATIONS.1)),
            (key("register address", email.as_str()), limit(REGISTRATIONS.0)),
            (key("register day", ""), limit(self.registrations_a_day)),
        ])
        .await?;
        Ok(())
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

    pub(super) async fn commit(&self, change: Change) -> Result<Outcome, Trouble> {
        Ok(self.store.commit(change).await?)
    }
}

impl From<NotThePerson> for NotSignedIn {
    fn from(error: NotThePerson) -> Self {
        match error {
            NotThePerson::Wrong | NotThePerson::Gone | NotThePerson::Barred(_) => {
                NotSignedIn::Wrong
            }
            NotThePerson::Refused(refused) => NotSignedIn::Refused(refused),
            NotThePerson::Trouble(trouble) => NotSignedIn::Trouble(trouble),
        }
    }
}

impl From<NotThePerson> for NotRegistered {
    fn from(error: NotThePerson) -> Self {
        match error {
            NotThePerson::Wrong | NotThePerson::Gone | NotThePerson::Barred(_) => {
                NotRegistered::Taken
            }
            NotThePerson::Refused(refused) => NotRegistered::Refused(refused),
            NotThePerson::Trouble(trouble) => NotRegistered::Trouble(trouble),
        }
    }
}

impl From<NotThePerson> for NotVerified {
    fn from(error: NotThePerson) -> Self {
        match error {
            NotThePerson::Wrong | NotThePerson::Gone | NotThePerson::Barred(_) => {
                NotVerified::Expired
            }
            NotThePerson::Refused(refused) => NotVerified::Refused(refused),
            NotThePerson::Trouble(trouble) => NotVerified::Trouble(trouble),
        }
    }
}
