//! The audit log as lines of JSON: whatever stands in an entry cannot pass for another line.

use serde_json::{Value, json};

use super::args::{Audit, Place};
use super::{at_hand, voice, wait_for};
use crate::domain::audit::{Factor, Recorded};
use crate::domain::calendar::rfc3339;
use crate::domain::ids::AccountId;
use crate::flows::Server;

/// Entries read at once.
const PAGE: usize = 1000;

/// Prints it.
pub fn run(place: &Place, audit: &Audit) -> anyhow::Result<()> {
    let server = at_hand(place)?;
    wait_for(async {
        let person = match &audit.user {
            Some(email) => Some(server.by_address(email).await?.id),
            None => None,
        };
        let mut after = audit.after;
        loop {
            let page = server.store.events(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.seq;
            for entry in page.iter().filter(|one| person.is_none() || one.event.account == person) {
                voice::say(&line(entry).to_string())?;
            }
        }
    })
}

/// The last entries about a person, the newest last.
pub async fn of(server: &Server, person: AccountId, most: usize) -> anyhow::Result<Vec<Value>> {
    Ok(server.store.events_of(person, most).await?.iter().map(line).collect())
}

fn line(entry: &Recorded) -> Value {
    let event = &entry.event;
    json!({
        "seq": entry.seq,
        "at": rfc3339(event.at),
        "what": event.what.word(),
        "account": event.account.map(|id| id.to_string()),
        "source": event.source,
        "factor": event.factor.map(Factor::word),
        "note": event.note,
    })
}
