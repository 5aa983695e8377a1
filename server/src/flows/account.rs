//! What a signed-in person does with the account besides the second factor.

use super::enrol::Switched;
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::domain::account::{API_KEY_PREFIX, Account, ApiKey};
use crate::domain::audit::{Event, Factor, What};
use crate::domain::ids::{Token, TokenDigest};
use crate::domain::password::{Password, PasswordError};
use crate::domain::session::{Session, Stage, TOUCH_EVERY};
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, Outcome};

/// The password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum PasswordNotChanged {
    /// The old one was not given.
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// The new one is not taken.
    #[error(transparent)]
    Unfit(#[from] PasswordError),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// Who a token stands for, if it is of a session that is not over; its use is noted.
    pub async fn session(&self, shown: &str) -> Result<Option<Session>, Trouble> {
        let now = self.now();
        let Some(session) = self.store.session(TokenDigest::of(shown)).await? else {
            return Ok(None);
        };
        if session.is_over(now) {
            self.store.end(session.digest).await?;
            return Ok(None);
        }
        if now.0.saturating_sub(session.seen.0) >= TOUCH_EVERY {
            self.store.touch(session.digest, now).await?;
        }
        Ok(Some(session))
    }

    /// The account of a session; `None` if the session has ended with a change of phone that was due.
    pub async fn account(&self, session: &Session) -> Result<Option<Account>, Trouble> {
        match self.store.account(session.account).await? {
            Some(found) if found.value.is_handover_due(self.now()) => {
                let found = self.up_to_date(Some(found)).await?;
                // It may have been put off: then the session goes on.
                let is_open = self.store.session(session.digest).await?.is_some();
                Ok(found.filter(|_| is_open).map(|found| found.value))
            }
            found => Ok(found.map(|found| found.value)),
        }
    }

    /// The account of an API key.
    pub async fn account_by_api_key(&self, shown: &str) -> Result<Option<Account>, Trouble> {
        let found = self.store.account_by_api_key(TokenDigest::of(shown)).await?;
        if found.as_ref().is_some_and(|found| found.value.is_handover_due(self.now())) {
            let key = found.as_ref().and_then(|found| found.value.api_key).map(|key| key.digest);
            let found = self.up_to_date(found).await?.map(|found| found.value);
            return Ok(found.filter(|now| now.api_key.map(|key| key.digest) == key));
        }
        Ok(found.map(|found| found.value))
    }

    /// After the password: an API key in the place of the old one, shown once.
    pub async fn new_api_key(
        &self,
        session: &Session,
        typed: &str,
    ) -> Result<Switched, NotThePerson> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone);
        };
        self.ask_again(&found.value, typed).await?;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotThePerson::Gone);
            };
            let key = Token::random(API_KEY_PREFIX, &mut system_random());
            found.value.api_key = Some(ApiKey { digest: key.digest(), made: self.now() });
            let StepUp { change, token, .. } = self.step_up(session);
            let events = vec![self.event(What::ApiKeyMade, found.value.id).by(Factor::Password)];
            let letters = self.notice(&found.value, &session.device, Notice::ApiKeyMade);
            let change = Change { account: Some(found), events, letters, ..change };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(Switched { api_key: Some(key), session: token, codes: None });
            }
        }
    }

    /// The person's sessions that are whole and not over, the last used first.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<Session>, Trouble> {
        let now = self.now();
        let mut sessions = self.store.sessions(session.account).await?;
        sessions.retain(|other| other.stage != Stage::Half && !other.is_over(now));
        Ok(sessions)
    }

    /// Ends one of the person's sessions; one that is not hers, or has ended, is left alone.
    pub async fn end_session(&self, session: &Session, named: TokenDigest) -> Result<(), Trouble> {
        let sessions = self.store.sessions(session.account).await?;
        if sessions.iter().any(|other| other.digest == named) {
            self.end_with(named, self.event(What::SessionEnded, session.account)).await?;
        }
        Ok(())
    }

    /// After the old password: a new one. The other sessions end with the old password, and this one
    /// goes on under the token returned.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &str,
        new: &str,
    ) -> Result<Option<Token>, PasswordNotChanged> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        let chosen = Password::choose(new, &self.known_of(found.value.email.as_str()))?;
        self.ask_again(&found.value, old).await?;
        let hash =
            self.passwords.hash(chosen, &mut system_random()).await.map_err(Trouble::from)?;
        loop {
            let Some(mut next) = self.current(session).await? else {
                return Err(NotThePerson::Gone.into());
            };
            if next.value.password != found.value.password {
                // Changed in another window since: the old password is not the old one any more.
                return Err(NotThePerson::Wrong.into());
            }
            next.value.password.clone_from(&hash);
            next.value.copy_key = self.rewrapped(&next.value, old, new).await?;
            // Who began a change of phone knew the password that is void now.
            let cancelled = next.value.handover.take().map(|_| What::HandoverCancelled);
            let events = [Some(What::PasswordChanged), cancelled].into_iter().flatten();
            let events = events.map(|what| self.event(what, next.value.id).by(Factor::Password));
            let StepUp { change, token, .. } = self.step_up(session);
            let change = Change {
                events: events.collect(),
                end_others: Some((next.value.id, Some(session.digest))),
                letters: self.notice(&next.value, &session.device, Notice::PasswordChanged),
                account: Some(next),
                ..change
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(token);
            }
        }
    }

    /// Ends the session of a token that a new log-in in the same browser replaces.
    pub async fn replace_session(&self, shown: &str) -> Result<(), Trouble> {
        Ok(self.store.end(TokenDigest::of(shown)).await?)
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &Session) -> Result<(), Trouble> {
        self.end_with(session.digest, self.event(What::SignedOut, session.account)).await
    }

    /// Ends a session and says so; for one that has ended already there is nothing to say.
    async fn end_with(&self, session: TokenDigest, event: Event) -> Result<(), Trouble> {
        let change = Change { consume: Some(session), events: vec![event], ..Change::default() };
        let _ = self.store.commit(change).await?;
        Ok(())
    }
}
