//! Changing the phone in one step (M2): what stands for the old one, the new one's barcode, and its
//! first code, with which the new one guards and the old one does not.

use holdfast_otp::{KeyUri, UnixTime};

use super::enrol::{NotConfirmed, Switched};
use super::sign_in::NotVerified;
use super::sms::NotTexted;
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Factor, What};
use crate::domain::code::{Code, Entered};
use crate::domain::enrolment::{Enrolment, Unconfirmed, Verdict, Verified};
use crate::domain::handover::{Confirmed, Handover};
use crate::domain::ids::Token;
use crate::domain::recovery::{Recovered, RecoveryCode};
use crate::domain::sent::Purpose;
use crate::domain::session::Session;
use crate::domain::throttle::Limit;
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, Outcome, RecoveryChange, Versioned};

/// No barcode for a new phone is to be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotHandedOver {
    /// There is no phone to take over from.
    #[error("Two-factor authentication is off, so there is no phone to change.")]
    Off,
    /// The recovery codes are worth no more than an SMS, and nobody could be told by mail that a new phone
    /// waits.
    #[error(
        "Your recovery codes were shown after a log-in by SMS, so they do not stand for your phone: a phone \
         number can be taken over by others."
    )]
    LikeSms,
    /// A new phone waits already.
    #[error("A new phone is to take over already. Cancel that first.")]
    Waits,
    /// The password was not given.
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// Nothing that stands for the old phone was given.
    #[error(transparent)]
    NotVerified(#[from] NotVerified),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What the new phone's first code has done.
#[derive(Debug)]
pub enum HandedOver {
    /// The new phone guards.
    Now(Switched),
    /// It will, from then on.
    Later(UnixTime),
}

impl Server {
    /// After the password and what stands for the old phone: a barcode for this session only, which
    /// goes on under the token returned. The old phone guards on.
    pub async fn begin_handover(
        &self,
        session: &Session,
        password: &str,
        entered: &Entered,
    ) -> Result<Option<Token>, NotHandedOver> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        may_begin(&found.value)?;
        self.not_barred(&found.value)?;
        self.ask_again(&found.value, password).await?;
        match entered {
            Entered::Code(code) => self.begin_with_code(session, code).await,
            Entered::Recovery(code) => self.begin_with_recovery(session, code).await,
        }
    }

    /// With a code of the old phone, or one that was sent by SMS; both are charged alike.
    async fn begin_with_code(
        &self,
        session: &Session,
        code: &Code,
    ) -> Result<Option<Token>, NotHandedOver> {
        let (charge, charged) = self.charge_code(session).await?;
        let (now, mut charged) = (self.now(), Some(charged));
        loop {
            let (seen, account, active) = self.since(charged.take(), session).await?;
            let with = |active| Versioned {
                seen,
                value: Account { enrolment: Enrolment::Active(active), ..account.clone() },
            };
            let sent = self.texted(session, Purpose::Handover, &account, code).await?;
            let (change, token) = if let Some(sent) = sent {
                let (active, proof) = active.accept_sent(&charge, now);
                let (change, token) = self.shown(session, with(active), &proof, Factor::Sms)?;
                (Change { spend: Some(sent), ..change }, token)
            } else {
                match active.verify(&charge, code, now) {
                    Verdict::Accepted(active, proof) => {
                        self.shown(session, with(active), &proof, Factor::App)?
                    }
                    Verdict::Wrong(active) => {
                        if self.code_was_wrong(with(active), &session.device).await? {
                            return Err(self.wrong_code(session, Purpose::Handover).await?.into());
                        }
                        continue;
                    }
                    Verdict::Replayed(active, why) => {
                        if self.code_was_used(with(active)).await? {
                            return Err(NotVerified::Replayed(why).into());
                        }
                        continue;
                    }
                }
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(token);
            }
        }
    }

    /// With a recovery code, which is spent in the step that shows the barcode.
    async fn begin_with_recovery(
        &self,
        session: &Session,
        code: &RecoveryCode,
    ) -> Result<Option<Token>, NotHandedOver> {
        // The same waits as at log-in, which are never closed.
        let throttle = self.keyring.throttle_key("recovery", session.account.as_bytes());
        let charge = self.charge(throttle, Limit::Waits).await?;
        loop {
            let (version, mut account, active) = self.active(session).await?;
            account.enrolment = Enrolment::Active(active);
            let found = self.store.recovery(account.id).await.map_err(Trouble::from)?;
            let Some(Versioned { seen, value: set }) = found else {
                return Err(NotVerified::WrongRecovery.into());
            };
            if set.is_like_sms() && self.post.mail.is_none() {
                self.not_counted(throttle, &charge).await?;
                return Err(NotHandedOver::LikeSms);
            }
            let digest = self.digest(code, set.salt).await?;
            let (set, proof) = match set.consume(&charge, &digest, self.now()) {
                Recovered::Wrong => {
                    self.wrong_recovery(throttle, &account, session).await?;
                    return Err(NotVerified::WrongRecovery.into());
                }
                Recovered::Used => {
                    let used = self.event(What::RecoveryReplayed, account.id).by(Factor::Recovery);
                    self.record(used).await?;
                    self.not_counted(throttle, &charge).await?;
                    return Err(NotVerified::UsedRecovery.into());
                }
                Recovered::Accepted(set, proof) => (set, proof),
            };
            let mut counted = self.store.throttle(throttle).await.map_err(Trouble::from)?;
            counted.value.succeeded(&charge);
            let notice = Notice::RecoveryUsedForPhone { left: set.left() };
            let letters = self.notice(&account, &session.device, notice);
            let set = RecoveryChange::Changed(account.id, Versioned { seen, value: *set });
            let next = Versioned { seen: version, value: account };
            let (change, token) = self.shown(session, next, &proof, Factor::Recovery)?;
            let (throttles, recovery) = (vec![(throttle, counted)], Some(set));
            let change = Change { throttles, recovery, letters, ..change };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(token);
            }
        }
    }

    /// The step that shows a barcode; one shown before, in whatever window, is void with it.
    fn shown(
        &self,
        session: &Session,
        mut next: Versioned<Account>,
        proof: &Verified,
        by: Factor,
    ) -> Result<(Change, Option<Token>), NotHandedOver> {
        may_begin(&next.value)?;
        let StepUp { change, digest, token } = self.step_up(session);
        let handover = Handover::begin(proof, by, digest, self.now(), &mut system_random());
        next.value.handover = Some(handover);
        let events = vec![self.event(What::HandoverBegun, next.value.id).by(by)];
        Ok((Change { account: Some(next), events, ..change }, token))
    }

    /// A code by SMS that stands for the old phone, for this session and no other. Only where mail can
    /// tell its owner (requirement 25).
    pub async fn send_handover_sms(&self, session: &Session) -> Result<(), NotTexted> {
        let account = self.half_account(session).await?;
        let usable = account.phone.as_ref().filter(|_| self.handover_sms_to(&account).is_some());
        let Some(phone) = usable else { return Err(NotTexted::NoNumber) };
        self.send_code(session, &account, &phone.number, Purpose::Handover).await
    }

    /// The number to which such a code can be sent now, as its owner recognises it.
    pub fn handover_sms_to(&self, account: &Account) -> Option<String> {
        self.sms_to(account).filter(|_| self.post.mail.is_some())
    }

    /// The new phone's key URI, to this session only (requirement 16).
    pub fn new_key_uri(&self, session: &Session, account: &Account) -> Option<KeyUri> {
        let secret = account.handover.as_ref()?.secret_for(&session.digest, self.now())?;
        Some(self.key_uri_of(account, secret))
    }

    /// The new phone's first code: in one step the new secret guards and the old one is gone, the other
    /// sessions end, and the API key is replaced; or, where an SMS stood for the old phone, the new one
    /// waits and all is as it was.
    pub async fn confirm_handover(
        &self,
        session: &Session,
        code: &Code,
    ) -> Result<HandedOver, NotConfirmed> {
        let now = self.now();
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotConfirmed::Gone);
            };
            let shown = match found.value.handover.take() {
                Some(Handover::Shown(shown)) => shown,
                Some(Handover::Waiting(_)) => return Err(NotConfirmed::AlreadyOn),
                None => return Err(NotConfirmed::Expired),
            };
            let by = shown.by();
            let id = found.value.id;
            match shown.confirm(&session.digest, code, now) {
                Ok(Confirmed::Now(phone)) => {
                    found.value.enrolment = Enrolment::Active(phone);
                    let event = self.event(What::PhoneChanged, id).by(by);
                    let notice = Notice::PhoneChanged { key: found.value.api_key.is_some() };
                    let switched = self.switch(found, session, None, event, notice, None).await?;
                    if let Some(switched) = switched {
                        return Ok(HandedOver::Now(switched));
                    }
                }
                Ok(Confirmed::Later(waiting)) => {
                    let due = waiting.due();
                    let notice = Notice::PhoneWaits { due };
                    let letters = self.notice(&found.value, &session.device, notice);
                    let waiting = waiting.told_by(letters.iter().map(|letter| letter.id).collect());
                    found.value.handover = Some(Handover::Waiting(waiting));
                    let change = Change {
                        require: Some(session.digest),
                        letters,
                        account: Some(found),
                        events: vec![self.event(What::HandoverWaits, id).by(by)],
                        ..Change::default()
                    };
                    let outcome = self.store.commit(change).await.map_err(Trouble::from)?;
                    if outcome == Outcome::Done {
                        return Ok(HandedOver::Later(due));
                    }
                }
                Err(Unconfirmed::Wrong(_, None)) => return Err(NotConfirmed::Wrong),
                Err(Unconfirmed::Wrong(_, Some(off))) => return Err(NotConfirmed::ClockOff(off)),
                Err(Unconfirmed::Expired) => return Err(NotConfirmed::Expired),
            }
        }
    }

    /// Gives a change of phone up, also one that waits; the old phone goes on. Whether there was one.
    pub async fn cancel_handover(&self, session: &Session) -> Result<bool, Trouble> {
        loop {
            let Some(found) = self.current(session).await? else { return Ok(false) };
            let Some(change) = self.cancelled(found, &session.device) else { return Ok(false) };
            let change = Change { require: Some(session.digest), ..change };
            if self.store.commit(change).await? == Outcome::Done {
                return Ok(true);
            }
        }
    }

    /// The step that gives a change of phone up; `None` where there is none.
    pub(super) fn cancelled(&self, mut found: Versioned<Account>, device: &str) -> Option<Change> {
        let handover = found.value.handover.take()?;
        // A barcode that nobody has proved yet is nothing to be told of.
        let letters = match handover.due() {
            Some(_) => self.notice(&found.value, device, Notice::PhoneKept),
            None => Vec::new(),
        };
        let events = vec![self.event(What::HandoverCancelled, found.value.id)];
        Some(Change { account: Some(found), letters, events, ..Change::default() })
    }
}

/// Whether there is a phone to take over from, and none that waits to do so.
fn may_begin(account: &Account) -> Result<(), NotHandedOver> {
    match (&account.enrolment, &account.handover) {
        (Enrolment::Active(_), Some(Handover::Waiting(_))) => Err(NotHandedOver::Waits),
        (Enrolment::Active(_), _) => Ok(()),
        (Enrolment::Off | Enrolment::Pending(_), _) => Err(NotHandedOver::Off),
    }
}
