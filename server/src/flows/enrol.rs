//! Switching the second factor on (E1 to E5) and off (D1).

use holdfast_otp::{KeyUri, Parameters, Secret};

use super::recovery::Shown;
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::domain::account::{API_KEY_PREFIX, Account, ApiKey};
use crate::domain::audit::{Event, Factor, What};
use crate::domain::clock::ClockOff;
use crate::domain::code::Code;
use crate::domain::enrolment::{Enrolment, Pending, Unconfirmed};
use crate::domain::ids::Token;
use crate::domain::letter::Letter;
use crate::domain::session::Session;
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, Outcome, RecoveryChange, Versioned};

/// No barcode is to be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The second factor is on.
    #[error("Two-factor authentication is on already.")]
    AlreadyOn,
    /// The password was not given.
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Nothing was switched on.
#[derive(Debug, thiserror::Error)]
pub enum NotConfirmed {
    /// The code is not of this barcode.
    #[error("That code is not right. Wait for the next code in your app and enter that one.")]
    Wrong,
    /// It is one, but of another time.
    #[error(
        "That code is not right now: the clock of your phone is {}. Let it set its time by itself, then enter the next code.",
        .0.words()
    )]
    ClockOff(ClockOff),
    /// There is no barcode any more.
    #[error("This barcode has expired. Start again to get a new one.")]
    Expired,
    /// It was switched on, perhaps by the same form sent twice.
    #[error("Two-factor authentication is on already.")]
    AlreadyOn,
    /// The session has ended meanwhile.
    #[error("You are not logged in any more. Log in again.")]
    Gone,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Nothing was switched off.
#[derive(Debug, thiserror::Error)]
pub enum NotDisabled {
    /// It is off.
    #[error("Two-factor authentication is off already.")]
    AlreadyOff,
    /// The password was not given.
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What came with the change.
#[derive(Debug)]
pub struct Switched {
    /// The API key that replaces the old one, if there was one; shown once.
    pub api_key: Option<Token>,
    /// The token under which the browser's session goes on.
    pub session: Option<Token>,
    /// The recovery codes that came with it, to be shown.
    pub codes: Option<Shown>,
}

impl Server {
    /// After the password: a new secret, for this session only, which goes on under the token
    /// returned.
    pub async fn begin_enrolment(
        &self,
        session: &Session,
        typed: &str,
    ) -> Result<Option<Token>, NotBegun> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        if matches!(found.value.enrolment, Enrolment::Active(_)) {
            return Err(NotBegun::AlreadyOn);
        }
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        let before = found.value;
        let key = self.new_copy_key(&before.id, typed).await?;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotThePerson::Gone.into());
            };
            if matches!(found.value.enrolment, Enrolment::Active(_)) {
                return Err(NotBegun::AlreadyOn);
            }
            if found.value.password != before.password {
                // Changed in another window: the key pair is wrapped under the one before.
                return Err(NotThePerson::Wrong.into());
            }
            found.value.copy_key = Some(key.clone());
            let StepUp { change, digest, token } = self.step_up(session);
            let pending = Pending::begin(digest, self.now(), &mut system_random());
            found.value.enrolment = Enrolment::Pending(pending);
            let events =
                vec![self.event(What::EnrolmentBegun, found.value.id).by(Factor::Password)];
            let change = Change { account: Some(found), events, ..change };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(token);
            }
        }
    }

    /// The key URI to show to this session, while its enrolment is unfinished (requirement 16).
    pub fn key_uri(&self, session: &Session, account: &Account) -> Option<KeyUri> {
        let Enrolment::Pending(pending) = &account.enrolment else { return None };
        let secret = pending.secret_for(&session.digest, self.now())?;
        Some(self.key_uri_of(account, secret))
    }

    pub(super) fn key_uri_of(&self, account: &Account, secret: &Secret) -> KeyUri {
        KeyUri {
            issuer: Some(self.issuer.to_string()),
            account: account.email.as_str().to_owned(),
            parameters: Parameters::default(),
            secret: secret.clone(),
        }
    }

    /// The first code switches it on: in one step the secret becomes the guard, recovery codes are
    /// made, the other sessions end, and the API key is replaced (E4, E5, R4).
    pub async fn confirm_enrolment(
        &self,
        session: &Session,
        code: &Code,
    ) -> Result<Switched, NotConfirmed> {
        let _turn = self.passwords.turn().await.map_err(Trouble::from)?;
        let now = self.now();
        let mut made = None;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotConfirmed::Gone);
            };
            let pending = match std::mem::take(&mut found.value.enrolment) {
                Enrolment::Pending(pending) => pending,
                Enrolment::Active(_) => return Err(NotConfirmed::AlreadyOn),
                Enrolment::Off => return Err(NotConfirmed::Expired),
            };
            let active = match pending.confirm(&session.digest, code, now) {
                Ok(active) => active,
                Err(Unconfirmed::Wrong(_, None)) => return Err(NotConfirmed::Wrong),
                Err(Unconfirmed::Wrong(_, Some(off))) => return Err(NotConfirmed::ClockOff(off)),
                Err(Unconfirmed::Expired) => return Err(NotConfirmed::Expired),
            };
            found.value.enrolment = Enrolment::Active(active);
            let (set, codes) = match made.take() {
                Some(made) => made,
                None => self.new_codes(session, found.value.copy_key.as_ref()).await?,
            };
            let event = self.event(What::TwoFactorOn, found.value.id).by(Factor::App);
            let recovery = Some(RecoveryChange::Made(found.value.id, set.clone()));
            if let Some(switched) =
                self.switch(found, session, recovery, event, Notice::SwitchedOn, None).await?
            {
                return Ok(Switched { codes: Some(set.shown(&codes, None)), ..switched });
            }
            made = Some((set, codes));
        }
    }

    /// Abandons an unfinished enrolment; the account is as it was.
    pub async fn cancel_enrolment(&self, session: &Session) -> Result<(), Trouble> {
        loop {
            let Some(mut found) = self.current(session).await? else { return Ok(()) };
            let Enrolment::Pending(_) = found.value.enrolment else { return Ok(()) };
            found.value.enrolment = Enrolment::Off;
            found.value.copy_key = None;
            let change = Change {
                events: vec![self.event(What::EnrolmentCancelled, found.value.id)],
                account: Some(found),
                require: Some(session.digest),
                ..Change::default()
            };
            if self.store.commit(change).await? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// The password switches it off: secret and recovery codes are deleted, the other sessions end,
    /// and the API key is replaced.
    pub async fn disable(&self, session: &Session, typed: &str) -> Result<Switched, NotDisabled> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        if !matches!(found.value.enrolment, Enrolment::Active(_)) {
            return Err(NotDisabled::AlreadyOff);
        }
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotThePerson::Gone.into());
            };
            if !matches!(found.value.enrolment, Enrolment::Active(_)) {
                return Err(NotDisabled::AlreadyOff);
            }
            found.value.enrolment = Enrolment::Off;
            found.value.handover = None;
            found.value.copy_key = None;
            let told = self.number_goes_with_the_factor(&mut found.value);
            let event = self.event(What::TwoFactorOff, found.value.id).by(Factor::Password);
            let recovery = Some(RecoveryChange::Gone(found.value.id));
            if let Some(switched) =
                self.switch(found, session, recovery, event, Notice::SwitchedOff, told).await?
            {
                return Ok(switched);
            }
        }
    }

    /// Writes a changed second factor together with all that goes with it (requirement 29); `None`
    /// if the row had changed. `besides` is a letter of its own.
    pub(super) async fn switch(
        &self,
        mut next: Versioned<Account>,
        session: &Session,
        recovery: Option<RecoveryChange>,
        event: Event,
        notice: Notice<'_>,
        besides: Option<Letter>,
    ) -> Result<Option<Switched>, Trouble> {
        let api_key =
            next.value.api_key.map(|_| Token::random(API_KEY_PREFIX, &mut system_random()));
        next.value.api_key =
            api_key.as_ref().map(|key| ApiKey { digest: key.digest(), made: self.now() });
        let StepUp { change, token, .. } = self.step_up(session);
        let change = Change {
            end_others: Some((next.value.id, Some(session.digest))),
            letters: self
                .notice(&next.value, &session.device, notice)
                .into_iter()
                .chain(besides)
                .collect(),
            account: Some(next),
            recovery,
            events: vec![event],
            ..change
        };
        let outcome = self.store.commit(change).await?;
        Ok((outcome == Outcome::Done).then_some(Switched { api_key, session: token, codes: None }))
    }
}
