//! Recovery codes: made with the second factor, spent at log-in, looked at and replaced with the
//! password (R4 to R6).

use data_encoding::HEXLOWER;
use rand_core::Rng;
use zeroize::Zeroizing;

use super::sign_in::{Arrived, NotVerified, Proof};
use super::{NotThePerson, Server, StepUp, Trouble};
use crate::copies::{NotOpened, Stretched};
use crate::domain::account::{Account, CopyKey};
use crate::domain::audit::{Factor, What};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{AccountId, Token};
use crate::domain::password::Password;
use crate::domain::recovery::{CODES, Recovered, RecoveryCode, RecoverySet};
use crate::domain::session::{Face, Session};
use crate::domain::throttle::Limit;
use crate::notify::texts::Notice;
use crate::random::system_random;
use crate::store::{Change, Outcome, RecoveryChange, Versioned};

/// Recovery codes to show.
#[derive(Debug)]
pub struct Shown {
    /// Each with its number in the set, from 1.
    pub codes: Vec<(usize, Zeroizing<String>)>,
    /// The salt of their set, which tells one set from another.
    pub set: [u8; 16],
    /// The token under which the browser's session goes on.
    pub session: Option<Token>,
}

/// No recovery codes are shown.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// Two-factor authentication is off, and has none.
    #[error("Two-factor authentication is off, so there are no recovery codes.")]
    Off,
    /// They were never made, or their copy was sealed under a password that was reset since.
    #[error(
        "Your recovery codes cannot be shown any more: they were made under a password that was reset since. \
         Those that you have kept are good as before; new ones would make them void."
    )]
    NoCopy,
    /// A newer set is in the place of the one that was to be replaced.
    #[error(
        "New recovery codes were made meanwhile, in another window or on another device. Those are good now, \
         and none were made here: enter your password to see them."
    )]
    Overtaken,
    /// The password was not given.
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// It is not shown that the codes are stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// It is none of the codes left.
    #[error(
        "That is not one of your recovery codes. Enter one from the list that you have stored."
    )]
    Wrong,
    /// There is no set.
    #[error("You have no recovery codes. Make new ones.")]
    None,
    /// See [`NotThePerson`].
    #[error(transparent)]
    NotThePerson(#[from] NotThePerson),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// An account's recovery codes as they are kept.
    pub async fn recovery_set(&self, account: AccountId) -> Result<Option<RecoverySet>, Trouble> {
        Ok(self.store.recovery(account).await?.map(|found| found.value))
    }

    /// Log-in with a recovery code: it is spent in the step that opens the session.
    pub async fn consume_recovery(
        &self,
        half: &Session,
        code: &RecoveryCode,
        face: Face,
    ) -> Result<Arrived, NotVerified> {
        // Waits of its own, and never closed: whoever has the password cannot take this way in from
        // its owner (requirement 11).
        let throttle = self.keyring.throttle_key("recovery", half.account.as_bytes());
        let charge = self.charge(throttle, Limit::Waits).await?;
        loop {
            let (version, mut account, mut active) = self.active(half).await?;
            let Some(Versioned { seen, value: set }) =
                self.store.recovery(account.id).await.map_err(Trouble::from)?
            else {
                return Err(NotVerified::WrongRecovery);
            };
            let digest = self.digest(code, set.salt).await?;
            let (set, proof) = match set.consume(&charge, &digest, self.now()) {
                Recovered::Wrong => {
                    self.wrong_recovery(throttle, &account, half).await?;
                    return Err(NotVerified::WrongRecovery);
                }
                Recovered::Used => {
                    let used = self.event(What::RecoveryReplayed, account.id).by(Factor::Recovery);
                    self.record(used).await?;
                    self.not_counted(throttle, &charge).await?;
                    return Err(NotVerified::UsedRecovery);
                }
                Recovered::Accepted(set, proof) => (set, proof),
            };
            let left = set.left();
            let clock = active.clock_to_tell(&proof, self.now());
            account.enrolment = Enrolment::Active(active);
            let mut counted = self.store.throttle(throttle).await.map_err(Trouble::from)?;
            counted.value.succeeded(&charge);
            let (session, token) = half.completed(&proof, face, &mut system_random());
            let change = Change {
                account: Some(Versioned { seen: version, value: account.clone() }),
                throttles: vec![(throttle, counted)],
                consume: Some(half.digest),
                open: Some(session),
                recovery: Some(RecoveryChange::Changed(
                    account.id,
                    Versioned { seen, value: *set },
                )),
                letters: self.notice(&account, &half.device, Notice::RecoveryUsed { left }),
                events: vec![self.event(What::SignedIn, account.id).by(Factor::Recovery)],
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                let proof = Proof::Recovery { left };
                return Ok(Arrived { token, account, proof, clock });
            }
        }
    }

    /// Writes down a wrong recovery code, and tells its owner when they become many.
    pub(super) async fn wrong_recovery(
        &self,
        throttle: [u8; 32],
        account: &Account,
        half: &Session,
    ) -> Result<(), Trouble> {
        let failures = self.store.throttle(throttle).await?.value.consecutive;
        let letters = match failures {
            3 | 10 | 50 => self.notice(account, &half.device, Notice::WrongCodes),
            _ => Vec::new(),
        };
        let events = vec![self.event(What::RecoveryWrong, account.id).by(Factor::Recovery)];
        let _ = self.store.commit(Change { events, letters, ..Change::default() }).await?;
        Ok(())
    }

    /// After the password: the unused codes.
    pub async fn view_codes(&self, session: &Session, typed: &str) -> Result<Shown, NotShown> {
        let account = self.with_second_factor(session).await?;
        self.ask_again(&account, typed).await?;
        let found = self.store.recovery(account.id).await.map_err(Trouble::from)?;
        let (Some(Versioned { seen, value: set }), Some(key)) = (found, &account.copy_key) else {
            return Err(NotShown::NoCopy);
        };
        let stretched = self.stretch(typed, key.salt).await?;
        let copy = set.copy.as_ref().ok_or(NotShown::NoCopy)?;
        let codes =
            key.open(&account.id, &stretched, copy).map_err(|NotOpened| NotShown::NoCopy)?;
        let mut found = Versioned { seen, value: set };
        loop {
            let StepUp { change, token, .. } = self.step_up(session);
            let events = vec![self.event(What::RecoveryViewed, account.id).by(Factor::Password)];
            let mut change = Change { events, ..change };
            if session.by_sms {
                found.value.shown_by_sms = Some(self.now());
                let notice = Notice::RecoverySeenBySms;
                change.recovery = Some(RecoveryChange::Changed(account.id, found.clone()));
                change.letters = self.notice(&account, &session.device, notice);
            }
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(found.value.shown(&codes, token));
            }
            // Either the session is gone, or a code was spent meanwhile.
            if self.current(session).await?.is_none() {
                return Err(NotThePerson::Gone.into());
            }
            let name = found.value.salt;
            let now = self.store.recovery(account.id).await.map_err(Trouble::from)?;
            found = now.filter(|now| now.value.salt == name).ok_or(NotShown::Overtaken)?;
        }
    }

    /// After the password: a new set, which voids the old one in the same step. It replaces the set
    /// that was there when it began, and the one of that name where the asker has `seen` one: of two who
    /// make new codes at once, one is told that the other's are good.
    pub async fn regenerate_codes(
        &self,
        session: &Session,
        typed: &str,
        seen: Option<&str>,
    ) -> Result<Shown, NotShown> {
        let account = self.with_second_factor(session).await?;
        self.not_barred(&account)?;
        let replaced = set_name(self.recovery_set(account.id).await?.as_ref());
        if seen.is_some_and(|seen| seen != replaced) {
            return Err(NotShown::Overtaken);
        }
        self.ask_again(&account, typed).await?;
        let key = self.new_copy_key(&account.id, typed).await?;
        let (set, codes) = self.new_codes(session, Some(&key)).await?;
        loop {
            let Some(mut found) = self.current(session).await? else {
                return Err(NotThePerson::Gone.into());
            };
            if !matches!(found.value.enrolment, Enrolment::Active(_)) {
                return Err(NotShown::Off);
            }
            if found.value.password != account.password {
                // Changed in another window: the key pair would be wrapped under the old password.
                return Err(NotThePerson::Wrong.into());
            }
            // Read after the account, whose version grows with each new set.
            if set_name(self.recovery_set(account.id).await?.as_ref()) != replaced {
                return Err(NotShown::Overtaken);
            }
            found.value.copy_key = Some(key.clone());
            let StepUp { change, token, .. } = self.step_up(session);
            let change = Change {
                recovery: Some(RecoveryChange::Made(account.id, set.clone())),
                account: Some(found),
                letters: self.notice(&account, &session.device, Notice::RecoveryMade),
                events: vec![self.event(What::RecoveryMade, account.id).by(Factor::Password)],
                ..change
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(set.shown(&codes, token));
            }
        }
    }

    /// One of the codes, typed, shows that they are stored; it is not spent by that (R4).
    pub async fn codes_are_stored(
        &self,
        session: &Session,
        code: &RecoveryCode,
    ) -> Result<(), NotStored> {
        let throttle = self.keyring.throttle_key("recovery stored", session.account.as_bytes());
        let charge = self.charge(throttle, Limit::Waits).await?;
        loop {
            let found = self.store.recovery(session.account).await.map_err(Trouble::from)?;
            let Some(mut set) = found else { return Err(NotStored::None) };
            let digest = self.digest(code, set.value.salt).await?;
            if !set.value.holds(&charge, &digest) {
                return Err(NotStored::Wrong);
            }
            set.value.stored.get_or_insert(self.now());
            let mut counted = self.store.throttle(throttle).await.map_err(Trouble::from)?;
            counted.value.succeeded(&charge);
            let change = Change {
                throttles: vec![(throttle, counted)],
                require: Some(session.digest),
                events: vec![self.event(What::RecoveryStored, session.account)],
                recovery: Some(RecoveryChange::Changed(session.account, set)),
                ..Change::default()
            };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(());
            }
            if self.current(session).await?.is_none() {
                return Err(NotThePerson::Gone.into());
            }
        }
    }

    /// A key pair for copies, wrapped under a password that is known to be right.
    pub(super) async fn new_copy_key(
        &self,
        account: &AccountId,
        password: &str,
    ) -> Result<CopyKey, Trouble> {
        let mut rng = system_random();
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let stretched = self.stretch(password, salt).await?;
        Ok(CopyKey::make(account, salt, &stretched, &mut rng)?)
    }

    /// The key pair for copies under a new password; gone if it does not open under the old one.
    pub(super) async fn rewrapped(
        &self,
        account: &Account,
        old: &str,
        new: &str,
    ) -> Result<Option<CopyKey>, Trouble> {
        let Some(key) = &account.copy_key else { return Ok(None) };
        let mut rng = system_random();
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let (old, new) = (self.stretch(old, key.salt).await?, self.stretch(new, salt).await?);
        Ok(key.rewrapped(&account.id, &old, salt, &new, &mut rng).ok())
    }

    /// A new set, and its codes to be shown to this session.
    pub(super) async fn new_codes(
        &self,
        session: &Session,
        key: Option<&CopyKey>,
    ) -> Result<(RecoverySet, Vec<RecoveryCode>), Trouble> {
        let mut rng = system_random();
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random(&mut rng)).collect();
        let digests = self.passwords.digests(codes.clone(), salt).await?;
        let digests = digests.try_into().map_err(|_| Trouble::Copy(NotOpened))?;
        let copy = match key {
            None => None,
            Some(key) => Some(key.seal(&session.account, &codes, &mut rng)?),
        };
        let (made, stored) = (self.now(), None);
        let shown_by_sms = session.by_sms.then_some(made);
        Ok((RecoverySet { salt, digests, used: 0, made, stored, copy, shown_by_sms }, codes))
    }

    pub(super) async fn digest(
        &self,
        code: &RecoveryCode,
        salt: [u8; 16],
    ) -> Result<crate::domain::recovery::RecoveryDigest, Trouble> {
        let digests = self.passwords.digests(vec![code.clone()], salt).await?;
        digests.into_iter().next().ok_or(Trouble::Copy(NotOpened))
    }

    async fn stretch(&self, password: &str, salt: [u8; 16]) -> Result<Stretched, Trouble> {
        Ok(self.passwords.stretch(Password::typed(password), salt).await?)
    }

    async fn with_second_factor(&self, session: &Session) -> Result<Account, NotShown> {
        let Some(found) = self.current(session).await? else {
            return Err(NotThePerson::Gone.into());
        };
        match found.value.enrolment {
            Enrolment::Active(_) => Ok(found.value),
            Enrolment::Off | Enrolment::Pending(_) => Err(NotShown::Off),
        }
    }
}

/// What tells a set from every other; empty where there is none. No secret.
pub fn set_name(set: Option<&RecoverySet>) -> String {
    set.map(|set| HEXLOWER.encode(&set.salt)).unwrap_or_default()
}

impl RecoverySet {
    /// The codes that are left, to be shown.
    pub(super) fn shown(&self, codes: &[RecoveryCode], session: Option<Token>) -> Shown {
        let left = codes.iter().enumerate().filter(|(place, _)| !self.is_used(*place));
        let codes = left.map(|(place, code)| (place + 1, code.to_text())).collect();
        Shown { codes, set: self.salt, session }
    }
}
