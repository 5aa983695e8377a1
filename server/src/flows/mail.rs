//! What is proved by a mail: the address of somebody who registers, a forgotten password (L1), a new
//! address; and the end of an account.

use zeroize::Zeroizing;

use super::sent::NotProved;
use super::sign_in::NotRegistered;
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Factor, What};
use crate::domain::email::{Email, EmailError};
use crate::domain::ids::{AccountId, Token, TokenDigest};
use crate::domain::letter::Letter;
use crate::domain::password::{Password, PasswordError};
use crate::domain::sent::{Purpose, SentCode};
use crate::domain::session::{Face, Session};
use crate::notify::texts::{self, Notice};
use crate::random::system_random;
use crate::store::{Change, Outcome, Version, Versioned};

/// What stands before the token of a browser that waits for a mail's code.
const HOLDER: &str = "hf_mail_";

/// No mail with a code is on its way.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// See [`EmailError`].
    #[error(transparent)]
    Email(#[from] EmailError),
    /// See [`NotThePerson`].
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The password is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotReset {
    /// See [`NotProved`].
    #[error(transparent)]
    NotProved(#[from] NotProved),
    /// The new one is not taken.
    #[error(transparent)]
    Unfit(#[from] PasswordError),
}

impl From<Trouble> for NotReset {
    fn from(trouble: Trouble) -> Self {
        NotReset::NotProved(trouble.into())
    }
}

impl Server {
    /// Sends a code to the address of somebody who registers; the account is made when it is typed.
    /// The answer is the same for an address that has one: its owner is told so by the mail.
    pub async fn begin_registration(
        &self,
        email: &Email,
        password_hash: String,
    ) -> Result<Token, NotRegistered> {
        self.count_mail(email).await?;
        let (holder, token) = holder();
        let id = AccountId::random(&mut system_random());
        let taken = self.store.account_by_email(email).await.map_err(Trouble::from)?.is_some();
        let (mut sent, letter) = if taken {
            self.known_already(holder, Purpose::Register, id, email)
        } else {
            self.mail_code(holder, Purpose::Register, id, email, "your code", |code| {
                texts::code(code, "make your account")
            })
        };
        sent.besides = password_hash.into();
        self.send(sent, vec![letter], Change::default()).await?;
        Ok(token)
    }

    /// The code makes the account, signed in.
    pub async fn finish_registration(
        &self,
        holder: &str,
        typed: &str,
        device: String,
    ) -> Result<Token, NotProved> {
        let sent = self.proved(digest(holder), Purpose::Register, typed).await?;
        let (now, rng) = (self.now(), &mut system_random());
        let email = Email::parse(&sent.to).map_err(|_| NotProved::Over)?;
        let account = Account::new(sent.account, email, sent.besides.to_string(), now);
        let (session, token) = Session::whole(account.id, Face::Web, device, now, rng);
        let change = Change {
            events: vec![self.event(What::Registered, account.id).by(Factor::Mail)],
            account: Some(Versioned { seen: Version(0), value: account }),
            open: Some(session),
            spend: Some(sent),
            ..Change::default()
        };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(token),
            // Spent by the same form sent twice, or the address was taken meanwhile.
            Outcome::Stale => Err(NotProved::Over),
        }
    }

    /// Sends a code for choosing a new password, if the address has an account; the answer is the
    /// same if it has none.
    pub async fn begin_reset(&self, email: &str) -> Result<Token, NotSent> {
        let email = Email::parse(email)?;
        self.count_mail(&email).await?;
        let (holder, token) = holder();
        let found = self.store.account_by_email(&email).await.map_err(Trouble::from)?;
        let (sent, letters) = match found {
            Some(found) => {
                let id = found.value.id;
                let mut code = Zeroizing::new(String::new());
                let (sent, letter) =
                    self.mail_code(holder, Purpose::Reset, id, &email, "your code", |made| {
                        made.clone_into(&mut code);
                        texts::code(made, "choose a new password")
                    });
                // It is good for as long as the password that it replaces.
                let mac = self.reset_mac(&sent, &code, &found.value.password);
                (SentCode { mac, ..sent }, vec![letter])
            }
            None => {
                let nobody = AccountId::random(&mut system_random());
                (self.no_code(holder, Purpose::Reset, nobody, &email), Vec::new())
            }
        };
        self.send(sent, letters, Change::default()).await?;
        Ok(token)
    }

    /// The code and a new password: every session ends, nobody is signed in, and two-factor
    /// authentication stays as it is (requirement 28).
    pub async fn finish_reset(
        &self,
        holder: &str,
        typed: &str,
        new: &str,
        device: &str,
    ) -> Result<(), NotReset> {
        let asked = self.store.sent_code(digest(holder), Purpose::Reset).await;
        let Some(asked) = asked.map_err(Trouble::from)? else {
            return Err(NotProved::Over.into());
        };
        let chosen = Password::choose(new, &self.known_of(&asked.to))?;
        let before = self.store.account(asked.account).await.map_err(Trouble::from)?;
        let before = before.map(|found| found.value.password).unwrap_or_default();
        let sent = self.proved_for_reset(digest(holder), typed, &before).await?;
        let hash = self.passwords.hash(chosen, &mut system_random()).await;
        let hash = hash.map_err(Trouble::from)?;
        loop {
            let found = self.store.account(sent.account).await.map_err(Trouble::from)?;
            let Some(mut found) = found else { return Err(NotProved::Over.into()) };
            // Whoever reads what goes to an address of before has no say any more, nor has a code that
            // was sent before the password was changed or everything was stopped.
            let stopped = found.value.barred.is_some_and(|barred| barred >= sent.made);
            let moved = found.value.email.as_str() != sent.to.as_str();
            if stopped || moved || found.value.password != before {
                return Err(NotProved::Over.into());
            }
            found.value.password.clone_from(&hash);
            // Wrapped under a password that nobody knows any more (requirement 20).
            found.value.copy_key = None;
            // Who began a change of phone knew the password that is forgotten now.
            let cancelled = found.value.handover.take().map(|_| What::HandoverCancelled);
            let events = [Some(What::PasswordReset), cancelled].into_iter().flatten();
            let events = events.map(|what| self.event(what, found.value.id).by(Factor::Mail));
            let change = Change {
                letters: self.notice(&found.value, device, Notice::PasswordReset),
                end_others: Some((found.value.id, None)),
                events: events.collect(),
                account: Some(found),
                spend: Some(sent.clone()),
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(());
            }
            if self
                .store
                .sent_code(digest(holder), Purpose::Reset)
                .await
                .map_err(Trouble::from)?
                .is_none()
            {
                return Err(NotProved::Over.into());
            }
        }
    }

    /// After the password: a code to the new address. Until it is typed the old one stays.
    pub async fn begin_address(
        &self,
        session: &Session,
        typed: &str,
        new: &str,
    ) -> Result<Option<Token>, NotSent> {
        let email = Email::parse(new)?;
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        self.count_mail(&email).await?;
        let id = found.value.id;
        let StepUp { change, digest, token } = self.step_up(session);
        let taken = self.store.account_by_email(&email).await.map_err(Trouble::from)?.is_some();
        let (mut sent, letter) = if taken {
            self.known_already(digest, Purpose::Address, id, &email)
        } else {
            self.mail_code(digest, Purpose::Address, id, &email, "your code", |code| {
                texts::code(code, "use this address for your account")
            })
        };
        // It is good for as long as the address that it replaces.
        sent.besides = Zeroizing::new(found.value.email.as_str().to_owned());
        self.send(sent, vec![letter], change).await?;
        Ok(token)
    }

    /// The code makes the new address the account's; both addresses are told, of this and for some days of
    /// everything else.
    pub async fn finish_address(&self, session: &Session, typed: &str) -> Result<(), NotProved> {
        let sent = self.proved(session.digest, Purpose::Address, typed).await?;
        let email = Email::parse(&sent.to).map_err(|_| NotProved::Over)?;
        loop {
            let Some(mut found) = self.current(session).await? else { return Err(NotProved::Over) };
            let taken = self.store.account_by_email(&email).await.map_err(Trouble::from)?;
            let still = self.store.sent_code(session.digest, Purpose::Address).await;
            let moved = found.value.email.as_str() != sent.besides.as_str();
            if moved || taken.is_some() || still.map_err(Trouble::from)?.is_none() {
                return Err(NotProved::Over);
            }
            // From here on the address before is told too.
            found.value.move_to(email.clone(), self.now());
            let letters = self.notice(&found.value, &session.device, Notice::AddressChanged);
            let change = Change {
                events: vec![self.event(What::AddressChanged, found.value.id).by(Factor::Mail)],
                account: Some(found),
                require: Some(session.digest),
                spend: Some(sent.clone()),
                letters,
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// After the password: the account and all that is its own is deleted; the log of what happened
    /// stays.
    pub async fn delete_account(&self, session: &Session, typed: &str) -> Result<(), NotThePerson> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone);
        };
        // It would take every way in at once, and for good.
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        loop {
            let Some(found) = self.current(session).await? else {
                return Err(NotThePerson::Gone);
            };
            let id = found.value.id;
            let change = Change {
                require: Some(session.digest),
                delete: Some((id, found.seen)),
                letters: self.notice(&found.value, &session.device, Notice::Deleted),
                events: vec![self.event(What::Deleted, id).by(Factor::Password)],
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// A mail that says that there is an account already, and a code that nobody knows.
    fn known_already(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        account: AccountId,
        to: &Email,
    ) -> (SentCode, Letter) {
        self.mail_code(holder, purpose, account, to, "you have an account", |_| texts::known())
    }

    async fn send(
        &self,
        sent: SentCode,
        letters: Vec<Letter>,
        change: Change,
    ) -> Result<(), NotThePerson> {
        let change = Change { sent: Some(sent), letters, ..change };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(()),
            Outcome::Stale => Err(NotThePerson::Gone),
        }
    }
}

/// Who waits for a mail's code: a browser that is given the token.
fn holder() -> (TokenDigest, Token) {
    let token = Token::random(HOLDER, &mut system_random());
    (token.digest(), token)
}

fn digest(shown: &str) -> TokenDigest {
    TokenDigest::of(shown)
}
