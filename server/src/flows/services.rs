//! What other programs ask: whether password and code are somebody's, and who may come in by SSH.
//! A person's waits count their tries with all others.

use super::code::Current;
use super::{NotThePerson, Patience, Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Event, Factor, What};
use crate::domain::code::{Code, CodeError};
use crate::domain::email::Email;
use crate::domain::enrolment::{Enrolment, NotFresh, Verdict};
use crate::domain::ids::{AccountId, Token, TokenDigest};
use crate::domain::password::Password;
use crate::domain::service::{Right, SERVICE_PREFIX, Service, ServiceNameError, service_name};
use crate::domain::session::Session;
use crate::domain::ssh::{NamedKey, SshKey, SshKeyError, key_name};
use crate::domain::throttle::{Charge, Limit, Refused};
use crate::flows::sign_in::NotSignedIn;
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, MOST_SSH_KEYS, Outcome, SshKeyChange, Versioned};

/// From where a code was tried that a service has asked about, in mails.
const A_SERVICE: &str = "a service that asks here";

/// Whoever it is was not verified.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// See [`NotSignedIn`].
    #[error(transparent)]
    Password(#[from] NotSignedIn),
    /// Without one she does not come in.
    #[error("A code is asked for, too. Send the 6 digits that the app shows.")]
    CodeMissing,
    /// See [`CodeError`].
    #[error(transparent)]
    NoCode(#[from] CodeError),
    /// Wrong, or for somebody who has no second factor or no account.
    #[error("That code is not right. Wait for the next code in your app and enter that one.")]
    Wrong,
    /// See [`NotFresh`].
    #[error(transparent)]
    Replayed(NotFresh),
    /// Too many tries.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The key was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// See [`SshKeyError`].
    #[error(transparent)]
    Key(#[from] SshKeyError),
    /// See [`NotThePerson`].
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`NotShown`].
    #[error(transparent)]
    NotShown(#[from] NotShown),
    /// It is there, or there are too many.
    #[error("That key is there already, or you have {MOST_SSH_KEYS} keys. Remove one first.")]
    NoRoom,
}

/// The service's token was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotTrusted {
    /// See [`ServiceNameError`].
    #[error(transparent)]
    Name(#[from] ServiceNameError),
    /// The name is taken, or there is none.
    #[error("There is a service of that name already. Remove it first, or choose another name.")]
    Taken,
    /// Nothing to remove.
    #[error("There is no service of that name. `token list` shows all there are.")]
    Unknown,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// Whether password and, where the account has a second factor, code are this person's; and
    /// whether it has one.
    pub async fn show_both(
        &self,
        email: &str,
        password: &str,
        code: Option<&str>,
    ) -> Result<(Email, bool), NotShown> {
        let account = self.check_password(email, password).await?;
        let is_on = matches!(account.enrolment, Enrolment::Active(_));
        if is_on {
            let code = code.ok_or(NotShown::CodeMissing)?;
            self.show_code(account.id, &Code::parse(code)?).await?;
        }
        Ok((account.email, is_on))
    }

    /// Whether the code is this person's, for a service that has checked the password.
    pub async fn show_code_alone(&self, email: &str, code: &str) -> Result<Email, NotShown> {
        let code = Code::parse(code)?;
        let Ok(email) = Email::parse(email) else { return Err(NotShown::Wrong) };
        let found = self.of_address(&email).await?.map(|found| found.value);
        let is_on = |account: &Account| matches!(account.enrolment, Enrolment::Active(_));
        let Some(account) = found.filter(is_on) else {
            // Where there is no phone to guess at, the same tries bring the same waits (requirement 34).
            let nobodys = self.keyring.throttle_key("code of nobody", email.as_str().as_bytes());
            return Err(match self.charge(nobodys, Limit::Off).await {
                Ok(_) => NotShown::Wrong,
                Err(NotThePerson::Refused(refused)) => refused.into(),
                Err(NotThePerson::Trouble(trouble)) => trouble.into(),
                Err(NotThePerson::Wrong | NotThePerson::Gone | NotThePerson::Barred(_)) => {
                    NotShown::Wrong
                }
            });
        };
        self.show_code(account.id, &code).await?;
        Ok(account.email)
    }

    /// The service of a token, if it has the right.
    pub async fn service(&self, shown: &str, right: Right) -> Result<Option<Service>, Trouble> {
        if !shown.starts_with(SERVICE_PREFIX) {
            return Ok(None);
        }
        let found = self.store.service(TokenDigest::of(shown)).await?;
        Ok(found.filter(|service| service.rights.contains(&right)))
    }

    /// The keys of whoever has this address; nobody's are none.
    pub async fn authorized_keys(&self, email: &str) -> Result<Vec<NamedKey>, Trouble> {
        let Ok(email) = Email::parse(email) else { return Ok(vec![]) };
        match self.store.account_by_email(&email).await? {
            Some(found) => Ok(self.store.ssh_keys(found.value.id).await?),
            None => Ok(vec![]),
        }
    }

    /// After the password and, where there is a second factor, a code: a key more (requirement 18).
    pub async fn add_ssh_key(
        &self,
        session: &Session,
        text: &str,
        name: &str,
        password: &str,
        code: &str,
    ) -> Result<(), NotAdded> {
        let (key, comment) = SshKey::parse(text)?;
        let found = self.current(session).await.map_err(NotThePerson::from)?;
        let account = found.ok_or(NotThePerson::Gone)?.value;
        let is_on = matches!(account.enrolment, Enrolment::Active(_));
        // What was typed is read before anything is charged.
        let code = if is_on { Some(Code::parse(code).map_err(NotShown::from)?) } else { None };
        self.not_barred(&account)?;
        self.ask_again(&account, password).await?;
        if let Some(code) = code {
            self.show_code(account.id, &code).await?;
        }
        let name = Some(key_name(name)).filter(|name| !name.is_empty()).unwrap_or(comment);
        let factor = if is_on { Factor::App } else { Factor::Password };
        let event = self.event(What::SshKeyAdded, account.id).by(factor).saying(&key.fingerprint());
        let key = NamedKey { key, name, added: self.now() };
        let notice = Notice::SshKeyAdded(&key.key.fingerprint());
        let change = Change {
            require: Some(session.digest),
            letters: self.notice(&account, &session.device, notice),
            ssh_key: Some(SshKeyChange::Added(account.id, key)),
            events: vec![event],
            ..Change::default()
        };
        match self.store.commit(change).await.map_err(Trouble::from).map_err(NotThePerson::from)? {
            Outcome::Done => Ok(()),
            Outcome::Stale => Err(NotAdded::NoRoom),
        }
    }

    /// A key less; one that is not there is left alone. `device` says where, in words.
    pub async fn remove_ssh_key(
        &self,
        account: &Account,
        device: &str,
        id: &str,
    ) -> Result<bool, Trouble> {
        let keys = self.store.ssh_keys(account.id).await?;
        let Some(key) = keys.iter().find(|key| key.key.id() == id) else { return Ok(false) };
        let fingerprint = key.key.fingerprint();
        let change = Change {
            letters: self.notice(account, device, Notice::SshKeyRemoved(&fingerprint)),
            ssh_key: Some(SshKeyChange::Removed(account.id, id.to_owned())),
            events: vec![self.event(What::SshKeyRemoved, account.id).saying(&fingerprint)],
            ..Change::default()
        };
        Ok(self.store.commit(change).await? == Outcome::Done)
    }

    /// A token for a service, shown once.
    pub async fn trust(
        &self,
        name: &str,
        rights: Vec<Right>,
        by: &str,
    ) -> Result<Token, NotTrusted> {
        let name = service_name(name)?;
        let token = Token::random(SERVICE_PREFIX, &mut system_random());
        let words: Vec<_> = rights.iter().map(|right| right.word()).collect();
        let said = format!("{name}: {}", words.join(", "));
        let event = Event::new(self.now(), What::ServiceTrusted, None, by).saying(&said);
        let service = Service { name, digest: token.digest(), rights, made: self.now() };
        match self.store.add_service(service, event).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(token),
            Outcome::Stale => Err(NotTrusted::Taken),
        }
    }

    /// Its token is void.
    pub async fn trust_no_more(&self, name: &str, by: &str) -> Result<(), NotTrusted> {
        let event = Event::new(self.now(), What::ServiceRemoved, None, by).saying(name);
        match self.store.remove_service(name, event).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(()),
            Outcome::Stale => Err(NotTrusted::Unknown),
        }
    }

    /// The account of an address whose password this is; charged like a log-in.
    async fn check_password(&self, email: &str, password: &str) -> Result<Account, NotSignedIn> {
        let Ok(email) = Email::parse(email) else { return Err(NotSignedIn::Wrong) };
        let charges = self.charge_guess(&email).await?;
        let found = self.of_address(&email).await?;
        let kept = found.as_ref().map(|found| found.value.password.as_str());
        let right = self.passwords.verify(Password::typed(password), kept).await;
        let right = right.map_err(Trouble::from)?;
        let account = found.as_ref().map(|found| found.value.id);
        let Some(found) = found.filter(|_| right) else {
            self.record(self.event(What::PasswordWrong, account).by(Factor::Password)).await?;
            return Err(NotSignedIn::Wrong);
        };
        let shown = self.event(What::PasswordRight, found.value.id).by(Factor::Password);
        self.succeeded(charges, Some(shown)).await?;
        Ok(found.value)
    }

    /// A code that opens nothing, charged and spent like one at a log-in.
    async fn show_code(&self, account: AccountId, code: &Code) -> Result<(), NotShown> {
        let (charge, charged) = self.charge_code_of(account).await?;
        let (now, mut charged) = (self.now(), Some(charged));
        loop {
            let (seen, found, active) = match charged.take() {
                Some(charged) => charged,
                None => self.phone_of(account).await?,
            };
            let with = |active| {
                let value = Account { enrolment: Enrolment::Active(active), ..found.clone() };
                Some(Versioned { seen, value })
            };
            let (active, what, said) = match active.verify(&charge, code, now) {
                Verdict::Accepted(active, _) => (active, What::CodeRight, Ok(())),
                Verdict::Wrong(active) => (active, What::CodeWrong, Err(NotShown::Wrong)),
                Verdict::Replayed(active, why) => {
                    (active, What::CodeReplayed, Err(NotShown::Replayed(why)))
                }
            };
            let mut events = vec![self.event(what, account).by(Factor::App)];
            if active.is_off() {
                events.push(self.event(What::CodesSwitchedOff, account));
            }
            let next = with(active);
            let letters = match &next {
                Some(next) if what == What::CodeWrong => {
                    self.told_of_wrong_codes(&next.value, A_SERVICE)
                }
                _ => Vec::new(),
            };
            let change = Change { account: next, events, letters, ..Change::default() };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return said;
            }
        }
    }

    async fn charge_code_of(&self, account: AccountId) -> Result<(Charge, Current), NotShown> {
        let mut patience = Patience::new();
        loop {
            let current = self.phone_of(account).await?;
            if let Some(charged) = self.try_charge::<NotShown>(current, &mut patience).await? {
                return Ok(charged);
            }
        }
    }

    async fn phone_of(&self, account: AccountId) -> Result<Current, NotShown> {
        let found = self.store.account(account).await.map_err(Trouble::from)?;
        let found = self.up_to_date(found).await?;
        let Versioned { seen, mut value } = found.ok_or(NotShown::Wrong)?;
        match std::mem::take(&mut value.enrolment) {
            Enrolment::Active(active) => Ok((seen, value, active)),
            Enrolment::Off | Enrolment::Pending(_) => Err(NotShown::Wrong),
        }
    }
}
