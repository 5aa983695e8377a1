//! "That was not me": what the link in every mail of ours leads to (L2, requirement 25).
//!
//! The link's word is the account's name and the moment of the mail, with a MAC under a key that is not
//! in the database: nothing is kept of it here. It is good for seven days, and for none once somebody
//! has used one that is as young; opening it changes nothing.

use data_encoding::BASE64URL_NOPAD;
use holdfast_otp::UnixTime;
use subtle::ConstantTimeEq;

use super::{NotThePerson, Server, Trouble};
use crate::domain::account::{Account, BARRED_SECONDS};
use crate::domain::audit::{Factor, What};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::AccountId;
use crate::domain::password::Password;
use crate::domain::throttle::{Limit, Refused};
use crate::flows::sent::later;
use crate::notify::texts::Notice;
use crate::source::Source;
use crate::store::{Change, Outcome, Versioned};

/// Seconds for which a mail's link is good.
const LINK_SECONDS: u64 = 7 * 86_400;
/// Tries a day from one source, at whatever link.
const TRIES: u32 = 100;
/// Bytes of the name and of the moment.
const NAMED: usize = 16 + 8;

/// Nothing was stopped.
#[derive(Debug, thiserror::Error)]
pub enum NotStopped {
    /// The link was never made, is too old, or was used; or the password is another one. Nobody is told
    /// which.
    #[error(
        "That did not work: the password is not right, or the link is not good any more. A link is \
         good for 7 days, and once."
    )]
    Wrong,
    /// The link was never made, is too old, or was used; or there is nothing to cancel.
    #[error(
        "There is nothing to cancel with this link: no change of phone waits, or the link is not good \
         any more."
    )]
    NothingToCancel,
    /// Too many tries.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// Where the link of a mail that is written now leads.
    pub(super) fn not_me_path(&self, account: &AccountId) -> String {
        let mut word = account.as_bytes().to_vec();
        word.extend_from_slice(&self.now().0.to_be_bytes());
        let mac = self.link_mac(&word);
        word.extend_from_slice(&mac);
        format!("/not-me/{}", BASE64URL_NOPAD.encode(&word))
    }

    /// After the password: every session ends, the API key is void, a change of phone is cancelled, and
    /// no factor is changed for a day. Until when. `device` says where, in words.
    pub async fn bar(&self, link: &str, typed: &str, device: &str) -> Result<UnixTime, NotStopped> {
        self.count_link().await?;
        let found = self.linked(link).await?;
        // The same tries as where the password is asked for again; at a link of nobody's, of its own.
        let name = found.as_ref().map(|found| found.value.id);
        let key = match &name {
            Some(id) => self.keyring.throttle_key("again", id.as_bytes()),
            None => self.keyring.throttle_key("no link", link.as_bytes()),
        };
        let charge = self.charge(key, Limit::Waits).await?;
        // For a link of nobody's too, in the same time (requirement 34).
        let kept = found.as_ref().map(|found| found.value.password.as_str());
        let right = self.passwords.verify(Password::typed(typed), kept).await;
        let right = right.map_err(Trouble::from)?;
        if !right || found.is_none() {
            let wrong = self.event(What::PasswordWrong, name).by(Factor::Password);
            self.record(wrong.saying("that was not me")).await?;
            return Err(NotStopped::Wrong);
        }
        let before = found.map(|found| found.value.password);
        loop {
            let Some(found) = self.linked(link).await? else { return Err(NotStopped::Wrong) };
            if Some(&found.value.password) != before.as_ref() {
                return Err(NotStopped::Wrong);
            }
            let mut counted = self.store.throttle(key).await.map_err(Trouble::from)?;
            counted.value.succeeded(&charge);
            let (change, until) = self.barred(found, device);
            let change = Change { throttles: vec![(key, counted)], ..change };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(until);
            }
        }
    }

    /// The link alone cancels a change of phone that waits; the phone there is goes on.
    pub async fn keep_phone(&self, link: &str, device: &str) -> Result<(), NotStopped> {
        self.count_link().await?;
        loop {
            let found = self.linked(link).await?;
            let found = found.filter(|found| {
                found.value.handover.as_ref().is_some_and(|handover| handover.due().is_some())
            });
            let change = found.and_then(|found| self.cancelled(found, device));
            let Some(change) = change else { return Err(NotStopped::NothingToCancel) };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(());
            }
        }
    }

    /// The step that stops everything.
    fn barred(&self, mut next: Versioned<Account>, device: &str) -> (Change, UnixTime) {
        let (id, now) = (next.value.id, self.now());
        let until = later(now, BARRED_SECONDS);
        let cancelled = next.value.handover.take().map(|_| self.event(What::HandoverCancelled, id));
        next.value.barred = Some(now);
        next.value.api_key = None;
        if matches!(next.value.enrolment, Enrolment::Pending(_)) {
            next.value.enrolment = Enrolment::Off;
            next.value.copy_key = None;
        }
        let said = self.event(What::Barred, id).by(Factor::Password);
        let change = Change {
            end_others: Some((id, None)),
            letters: self.notice(&next.value, device, Notice::Barred { until }),
            account: Some(next),
            events: [Some(said), cancelled].into_iter().flatten().collect(),
            ..Change::default()
        };
        (change, until)
    }

    /// The account of a link that is good: made by us, within seven days, and not before the last time
    /// that one was used.
    async fn linked(&self, link: &str) -> Result<Option<Versioned<Account>>, Trouble> {
        let Some((id, made)) = self.read_link(link) else { return Ok(None) };
        let found = self.up_to_date(self.store.account(id).await?).await?;
        Ok(found.filter(|found| found.value.barred.is_none_or(|barred| made > barred)))
    }

    fn read_link(&self, link: &str) -> Option<(AccountId, UnixTime)> {
        let bytes = BASE64URL_NOPAD.decode(link.as_bytes()).ok()?;
        let (word, mac) = bytes.split_at_checked(NAMED)?;
        if !bool::from(self.link_mac(word)[..].ct_eq(mac)) {
            return None;
        }
        let (id, made) = word.split_at_checked(16)?;
        let made = UnixTime(u64::from_be_bytes(made.try_into().ok()?));
        let is_fresh = self.now().0.abs_diff(made.0) < LINK_SECONDS;
        AccountId::from_bytes(id).filter(|_| is_fresh).map(|id| (id, made))
    }

    /// Hangs on the root, as limits do: a new key of the server voids no link.
    fn link_mac(&self, word: &[u8]) -> [u8; 32] {
        self.keyring.throttle_key("that was not me", word)
    }

    async fn count_link(&self) -> Result<(), NotStopped> {
        let source = Source::here().map(Source::name).unwrap_or_default();
        let key = self.keyring.throttle_key("link source", source.as_bytes());
        self.charge(key, Limit::Sends { a_day: TRIES, pause: 0 }).await?;
        Ok(())
    }
}

impl From<NotThePerson> for NotStopped {
    fn from(error: NotThePerson) -> Self {
        match error {
            NotThePerson::Wrong | NotThePerson::Gone | NotThePerson::Barred(_) => NotStopped::Wrong,
            NotThePerson::Refused(refused) => NotStopped::Refused(refused),
            NotThePerson::Trouble(trouble) => NotStopped::Trouble(trouble),
        }
    }
}
