//! A code where somebody is asked for one: charged before it is compared, and written down where it was
//! wrong.

use super::sign_in::NotVerified;
use super::{Patience, Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Factor, What};
use crate::domain::code::Code;
use crate::domain::enrolment::{Active, Enrolment};
use crate::domain::letter::Letter;
use crate::domain::sent::{Purpose, SentCode};
use crate::domain::session::Session;
use crate::domain::throttle::{Charge, Refused};
use crate::notify::texts::Notice;
use crate::store::{Change, Outcome, Version, Versioned};

/// An account that codes are asked for, at this version, and its phone, which is taken out of it.
pub(super) type Current = (Version, Account, Active);

impl Server {
    /// Charges one try at the code, durably, before anything is compared (requirement 10).
    /// The account comes with the charge, as that left it.
    pub(super) async fn charge_code(
        &self,
        half: &Session,
    ) -> Result<(Charge, Current), NotVerified> {
        let mut patience = Patience::new();
        loop {
            let current = self.active(half).await?;
            if let Some(charged) = self.try_charge::<NotVerified>(current, &mut patience).await? {
                return Ok(charged);
            }
        }
    }

    /// Charges it; `None` where the account is to be read anew for that.
    pub(super) async fn try_charge<E: From<Refused> + From<Trouble>>(
        &self,
        (seen, account, active): Current,
        patience: &mut Patience,
    ) -> Result<Option<(Charge, Current)>, E> {
        let now = self.now();
        let unsettled = active.is_unsettled(now);
        let (active, charge) = match active.charge(now) {
            Ok(charged) => charged,
            Err(Refused::Wait(_)) if unsettled && patience.wait().await => return Ok(None),
            Err(refused) => return Err(refused.into()),
        };
        let value = Account { enrolment: Enrolment::Active(active.clone()), ..account.clone() };
        let change = Change { account: Some(Versioned { seen, value }), ..Change::default() };
        let done = self.commit(change).await? == Outcome::Done;
        Ok(done.then(|| (charge, (seen.next(), account, active))))
    }

    /// The account as the charge left it, or where that has been looked at and had changed, as it is now.
    pub(super) async fn since(
        &self,
        charged: Option<Current>,
        half: &Session,
    ) -> Result<Current, NotVerified> {
        match charged {
            Some(charged) => Ok(charged),
            None => self.active(half).await,
        }
    }

    /// What the half session is a half of, as long as it is there.
    pub(super) async fn active(&self, half: &Session) -> Result<Current, NotVerified> {
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

    /// The account of a half session that is not over.
    pub(super) async fn half_account(&self, half: &Session) -> Result<Account, NotVerified> {
        let (_, mut account, active) = self.active(half).await?;
        account.enrolment = Enrolment::Active(active);
        Ok(account)
    }

    /// What somebody is told whose code was wrong: an SMS that was asked for is what they look at.
    pub(super) async fn wrong_code(
        &self,
        holder: &Session,
        purpose: Purpose,
    ) -> Result<NotVerified, Trouble> {
        Ok(match self.sent_progress(holder.digest, purpose).await? {
            Some(_) => NotVerified::WrongOfSms,
            None => NotVerified::Wrong,
        })
    }

    /// Writes down a wrong code, and tells its owner when they become many; `false` if the row had
    /// changed.
    pub(super) async fn code_was_wrong(
        &self,
        next: Versioned<Account>,
        device: &str,
    ) -> Result<bool, Trouble> {
        let Enrolment::Active(active) = &next.value.enrolment else { return Ok(true) };
        let wrong = self.event(What::CodeWrong, next.value.id).by(Factor::App);
        let off = self.event(What::CodesSwitchedOff, next.value.id);
        let events = if active.is_off() { vec![wrong, off] } else { vec![wrong] };
        let letters = self.told_of_wrong_codes(&next.value, device);
        let change = Change { account: Some(next), events, letters, ..Change::default() };
        Ok(self.commit(change).await? == Outcome::Done)
    }

    /// The mail after a wrong code. The first three may be slips; from then on it is told, though not each
    /// time, and always that codes are switched off with it.
    pub(super) fn told_of_wrong_codes(&self, account: &Account, device: &str) -> Vec<Letter> {
        let Enrolment::Active(active) = &account.enrolment else { return Vec::new() };
        match active.failures() {
            _ if active.is_off() => self.notice(account, device, Notice::CodesOff),
            3 | 10 => self.notice(account, device, Notice::WrongCodes),
            _ => Vec::new(),
        }
    }

    /// Writes down a code that had been used; `false` if the row had changed.
    pub(super) async fn code_was_used(&self, next: Versioned<Account>) -> Result<bool, Trouble> {
        let events = vec![self.event(What::CodeReplayed, next.value.id).by(Factor::App)];
        let change = Change { account: Some(next), events, ..Change::default() };
        Ok(self.commit(change).await? == Outcome::Done)
    }

    /// The code that was sent by SMS to this holder, if that is what was typed, and it went to the
    /// number that still is the account's (requirement 23).
    pub(super) async fn texted(
        &self,
        holder: &Session,
        purpose: Purpose,
        account: &Account,
        code: &Code,
    ) -> Result<Option<SentCode>, Trouble> {
        let now = self.now();
        let sent = self.store.sent_code(holder.digest, purpose).await?;
        Ok(sent.filter(|sent| {
            let number = account.phone.as_ref().filter(|phone| phone.from <= now);
            let is_same = number.is_some_and(|phone| phone.number.as_str() == sent.to.as_str());
            is_same && !sent.is_over(now) && self.is_code_of(sent, code.as_str())
        }))
    }
}
