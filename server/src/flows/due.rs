//! A new phone that has waited for its time takes over: before the account is next used, or soon
//! after, whichever comes first.

use holdfast_otp::UnixTime;

use super::sent::later;
use super::{Server, Trouble};
use crate::domain::account::Account;
use crate::domain::audit::{Event, Factor, What};
use crate::domain::enrolment::Enrolment;
use crate::domain::handover::{Handover, WAIT_SECONDS};
use crate::domain::letter::Progress;
use crate::notify::texts::Notice;
use crate::store::{Change, Versioned};

/// Where it is done, for the log and the mail: nobody's request does it.
const HERE: &str = "the server's host";
/// Most that are done in one go.
const AT_ONCE: usize = 100;
/// Most that are looked at for the mail that tells of them: all that were begun within a day.
const LOOKED_AT: usize = 10_000;

/// Seconds between two looks whether the mail that tells of one has left.
const LOOKED_AT_EVERY: u64 = 600;

/// Whether somebody has had the day to hear of a new phone that waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// For a day and longer.
    Long,
    /// It begins then: when the last of its mails left, or, while one has not left, at the next look.
    From(UnixTime),
    Never,
}

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
            let told = self.is_told(&next.value).await?;
            if told != Told::Long {
                let _ = self.store.commit(self.not_told(next, told)).await?;
                found = self.store.account(id).await?;
                continue;
            }
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

    /// Whether the mail that tells of a new phone that waits has left, and a day ago: without it nobody
    /// had the day. A host that slept through the day sends it when it wakes.
    async fn is_told(&self, account: &Account) -> Result<Told, Trouble> {
        let Some(Handover::Waiting(waiting)) = &account.handover else { return Ok(Told::Long) };
        let now = self.now();
        let (mut begins, mut is_refused) = (UnixTime(0), false);
        // Of several addresses each: the newest may be of whoever does this.
        for letter in waiting.letters() {
            let fate = self.store.letter_fate(*letter).await?;
            match fate.map(|fate| fate.progress) {
                Some(Progress::Waiting | Progress::Down) => {
                    return Ok(Told::From(later(now, LOOKED_AT_EVERY)));
                }
                // What was done with a week ago is not known any more: an outage was as long.
                Some(Progress::Refused | Progress::Late) | None => is_refused = true,
                Some(Progress::Sent | Progress::Queued | Progress::Delivered) => {
                    begins = begins.max(fate.and_then(|fate| fate.done).unwrap_or(begins));
                }
            }
        }
        Ok(match is_refused {
            true => Told::Never,
            false if later(begins, WAIT_SECONDS) <= now => Told::Long,
            false => Told::From(begins),
        })
    }

    /// The step in which a new phone waits for another day, or is given up where no mail can tell of it.
    fn not_told(&self, mut next: Versioned<Account>, told: Told) -> Change {
        let now = self.now();
        let (what, said) = match (told, next.value.handover.take()) {
            (Told::From(begins), Some(Handover::Waiting(waiting))) => {
                next.value.handover = Some(Handover::Waiting(waiting.from(begins)));
                (What::HandoverWaits, "its mail has not left for a day yet")
            }
            _ => (What::HandoverCancelled, "its mail could not be delivered"),
        };
        let letters = match next.value.handover {
            Some(_) => Vec::new(),
            None => self.notice_from(HERE, &next.value, said, Notice::PhoneKept),
        };
        let event = Event::new(now, what, Some(next.value.id), HERE).by(Factor::Sms).saying(said);
        Change { account: Some(next), letters, events: vec![event], ..Change::default() }
    }

    /// Lets every new phone take over whose time has come; how many. One that nobody has been told of yet
    /// is put off before that: the day begins when its mail has left.
    pub async fn hand_over_due(&self) -> Result<usize, Trouble> {
        let soon = later(self.now(), WAIT_SECONDS);
        for id in self.store.due_handovers(soon, LOOKED_AT).await? {
            let Some(found) = self.store.account(id).await? else { continue };
            let told = self.is_told(&found.value).await?;
            let Told::From(begins) = told else { continue };
            let due = found.value.handover.as_ref().and_then(Handover::due);
            let day_ends = later(begins, WAIT_SECONDS);
            if due.is_some_and(|due| due > self.now() && due < day_ends) {
                let change = Change { events: Vec::new(), ..self.not_told(found, told) };
                let _ = self.store.commit(change).await?;
            }
        }
        let due = self.store.due_handovers(self.now(), AT_ONCE).await?;
        for id in &due {
            self.up_to_date(self.store.account(*id).await?).await?;
        }
        Ok(due.len())
    }
}
