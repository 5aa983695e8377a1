//! A new phone that has waited for its time takes over: before the account is next used, or soon
//! after, whichever comes first.

use super::{Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Event, Factor, What};
use crate::domain::enrolment::Enrolment;
use crate::notify::texts::Notice;
use crate::store::{Change, Versioned};

/// Where it is done, for the log and the mail: nobody's request does it.
const HERE: &str = "the server's host";
/// Most that are done in one go.
const AT_ONCE: usize = 100;

impl Server {
    /// The account as it is now: a new phone whose time has come has taken over. With it every session
    /// ends and the API key is void, since nobody is there to be shown a new one.
    pub(super) async fn up_to_date(
        &self,
        mut found: Option<Versioned<Account>>,
    ) -> Result<Option<Versioned<Account>>, Trouble> {
        while let Some(mut next) = found {
            let now = self.now();
            if !next.value.is_handover_due(now) {
                return Ok(Some(next));
            }
            let id = next.value.id;
            let Some(phone) = next.value.handover.take().and_then(|waits| waits.take_over(now))
            else {
                return Ok(None);
            };
            next.value.enrolment = Enrolment::Active(phone);
            next.value.api_key = None;
            let event = Event::new(now, What::PhoneChanged, Some(id), HERE).by(Factor::Sms);
            let letters = self.notice_from(
                HERE,
                &next.value,
                "24 hours after it was asked for",
                Notice::PhoneTookOver,
            );
            let change = Change {
                end_others: Some((id, None)),
                account: Some(next),
                letters,
                events: vec![event],
                ..Change::default()
            };
            // Stale where another process was quicker: what it has made of it is read then.
            let _ = self.store.commit(change).await?;
            found = self.store.account(id).await?;
        }
        Ok(None)
    }

    /// Lets every new phone take over whose time has come; how many.
    pub async fn hand_over_due(&self) -> Result<usize, Trouble> {
        let due = self.store.due_handovers(self.now(), AT_ONCE).await?;
        for id in &due {
            self.up_to_date(self.store.account(*id).await?).await?;
        }
        Ok(due.len())
    }
}
