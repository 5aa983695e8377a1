//! Log-in by SMS: a number validated by a set-up code (R1), a code sent at log-in (R3).

use super::sent::{NotProved, later};
use super::sign_in::NotVerified;
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::domain::account::{Account, Phone};
use crate::domain::audit::{Event, Factor, What};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::Token;
use crate::domain::letter::{Letter, Progress, Way};
use crate::domain::number::{Number, NumberError};
use crate::domain::sent::{Purpose, SentCode};
use crate::domain::session::Session;
use crate::domain::throttle::Refused;
use crate::notify::texts::Notice;
use crate::store::{Change, Outcome};

/// Seconds before a number that took another's place logs in, or came after one that was taken away
/// (requirement 25).
const REBOUND: u64 = 24 * 3600;
/// How long the old number is told of the new one.
const TOLD: u64 = 24 * 3600;

/// No code is on its way to the number.
#[derive(Debug, thiserror::Error)]
pub enum NoNumber {
    /// See [`NumberError`].
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Two-factor authentication is off, or SMS is not set up here.
    #[error("SMS can be used only where two-factor authentication is on.")]
    Off,
    /// See [`NotThePerson`].
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// No SMS is on its way to somebody who logs in.
#[derive(Debug, thiserror::Error)]
pub enum NotTexted {
    /// There is no number, or it is too new.
    #[error("There is no phone number that a code can be sent to.")]
    NoNumber,
    /// See [`NotVerified`].
    #[error(transparent)]
    NotVerified(#[from] NotVerified),
}

impl Server {
    /// After the password: a set-up code to the number. Until it is typed everything is as it was.
    pub async fn begin_number(
        &self,
        session: &Session,
        typed: &str,
        number: &str,
    ) -> Result<Option<Token>, NoNumber> {
        let number = Number::parse(number)?;
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        if self.post.sms.is_none() || !matches!(found.value.enrolment, Enrolment::Active(_)) {
            return Err(NoNumber::Off);
        }
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        self.count_sms(&found.value.id, &number, Purpose::Number).await?;
        let StepUp { change, digest, token } = self.step_up(session);
        let (sent, letter) = self.sms_code(digest, Purpose::Number, found.value.id, &number);
        let change = Change { sent: Some(sent), letters: vec![letter], ..change };
        match self.store.commit(change).await.map_err(Trouble::from)? {
            Outcome::Done => Ok(token),
            Outcome::Stale => Err(NotThePerson::Gone.into()),
        }
    }

    /// The set-up code makes the number the account's. One that takes another's place works after 24
    /// hours, and the old one is told (requirement 25).
    pub async fn confirm_number(&self, session: &Session, typed: &str) -> Result<(), NotProved> {
        let sent = self.proved(session.digest, Purpose::Number, typed).await?;
        let number = Number::parse(&sent.to).map_err(|_| NotProved::Over)?;
        loop {
            let Some(mut found) = self.current(session).await? else { return Err(NotProved::Over) };
            let still = self.store.sent_code(session.digest, Purpose::Number).await;
            let is_on = matches!(found.value.enrolment, Enrolment::Active(_));
            if !is_on || still.map_err(Trouble::from)?.is_none() {
                return Err(NotProved::Over);
            }
            let now = self.now();
            let before = found.value.phone.take();
            // Validated once more, a number waits no longer and no shorter than it did.
            let same = before.as_ref().filter(|old| old.number == number);
            let waits = before.is_some() || found.value.number_gone.is_some();
            let (since, from) = match same {
                Some(same) => (same.since, same.from),
                None if waits => (now, later(now, REBOUND)),
                None => (now, now),
            };
            let old = before.filter(|old| old.number != number);
            let notice = if old.is_some() { Notice::NumberChanged } else { Notice::NumberSet };
            let mut letters = self.notice(&found.value, &session.device, notice);
            if let Some(old) = &old {
                let text = format!(
                    "{}: your number for log-in was replaced by another one. If that was not you, \
                     log in and change your password.",
                    &*self.issuer
                );
                letters.push(self.letter(Way::Sms, old.number.as_str(), "", text, TOLD));
            }
            found.value.phone = Some(Phone { number: number.clone(), since, from });
            found.value.number_gone = None;
            let mut events = vec![self.event(What::NumberSet, found.value.id).by(Factor::Sms)];
            if old.is_some() {
                events.extend(self.sms_vouches_no_more(&mut found.value, session, &mut letters));
            }
            let change = Change {
                events,
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

    /// After the password: no number any more.
    pub async fn remove_number(
        &self,
        session: &Session,
        typed: &str,
    ) -> Result<Option<Token>, NotThePerson> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone);
        };
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, typed).await?;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotThePerson::Gone);
            };
            let mut letters = self.notice(&found.value, &session.device, Notice::NumberGone);
            letters.extend(
                self.number_goes(&mut found.value, "your number for log-in was taken away"),
            );
            let mut events =
                vec![self.event(What::NumberGone, found.value.id).by(Factor::Password)];
            events.extend(self.sms_vouches_no_more(&mut found.value, session, &mut letters));
            let StepUp { change, token, .. } = self.step_up(session);
            let change = Change { events, letters, account: Some(found), ..change };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(token);
            }
        }
    }

    /// Takes an account's number away, if it has one: with the letter to it, which says what was done.
    fn number_goes(&self, account: &mut Account, done: &str) -> Option<Letter> {
        let old = account.phone.take()?;
        account.number_gone = Some(self.now());
        let text = format!(
            "{}: {done}. If that was not you, log in and change your password.",
            &*self.issuer
        );
        Some(self.letter(Way::Sms, old.number.as_str(), "", text, TOLD))
    }

    /// The number goes when the second factor does: that is no way round the wait of the next one.
    pub(super) fn number_goes_with_the_factor(&self, account: &mut Account) -> Option<Letter> {
        let done = "two-factor authentication was switched off, and your number taken away";
        self.number_goes(account, done)
    }

    /// A change of phone that waits was vouched for by an SMS to the number that goes: it goes with it.
    fn sms_vouches_no_more(
        &self,
        account: &mut Account,
        session: &Session,
        letters: &mut Vec<Letter>,
    ) -> Option<Event> {
        account.handover.take_if(|handover| handover.due().is_some())?;
        letters.extend(self.notice(account, &session.device, Notice::PhoneKept));
        Some(self.event(What::HandoverCancelled, account.id))
    }

    /// The number to which a code for logging in can be sent now, as its owner recognises it.
    pub fn sms_to(&self, account: &Account) -> Option<String> {
        let usable = account.phone.as_ref().filter(|phone| phone.from <= self.now());
        // Switched off with the app's, its code would be refused.
        let usable = usable.filter(|_| !account.codes_are_off());
        usable.filter(|_| self.post.sms.is_some()).map(|phone| phone.number.hint())
    }

    /// A code by SMS for this log-in and no other, in the place of one sent before (requirements 23
    /// and 24).
    pub async fn send_sms(&self, half: &Session) -> Result<(), NotTexted> {
        let account = self.half_account(half).await?;
        let usable = account.phone.as_ref().filter(|phone| phone.from <= self.now());
        let (Some(phone), Some(_)) = (usable, &self.post.sms) else {
            return Err(NotTexted::NoNumber);
        };
        if account.codes_are_off() {
            return Err(NotVerified::Refused(Refused::Off).into());
        }
        self.send_code(half, &account, &phone.number, Purpose::LogIn).await
    }

    /// A code by SMS for this holder, in the place of one that left before.
    pub(super) async fn send_code(
        &self,
        holder: &Session,
        account: &Account,
        to: &Number,
        purpose: Purpose,
    ) -> Result<(), NotTexted> {
        // One that has not left yet is still tried: during an outage nobody uses up the SMS of a day.
        let before = self.sent_progress(holder.digest, purpose).await.map_err(NotVerified::from)?;
        let is_same = |sent: &SentCode| sent.to.as_str() == to.as_str();
        if before.is_some_and(|(sent, progress)| is_same(&sent) && progress == Progress::Down) {
            return Ok(());
        }
        self.count_sms(&account.id, to, purpose).await.map_err(NotVerified::from)?;
        let (sent, letter) = self.sms_code(holder.digest, purpose, account.id, to);
        let change = Change {
            require: Some(holder.digest),
            sent: Some(sent),
            letters: vec![letter],
            events: vec![self.event(What::SmsSent, account.id)],
            ..Change::default()
        };
        match self
            .store
            .commit(change)
            .await
            .map_err(|error| NotVerified::from(Trouble::from(error)))?
        {
            Outcome::Done => Ok(()),
            Outcome::Stale => Err(NotVerified::Expired.into()),
        }
    }
}
