//! What a person knows and does about an account beside using its codes: notes, ways in, the trash.

use std::collections::BTreeMap;

use holdfast_otp::UnixTime;

use super::list::issuer;
use crate::state::{ASK_READY_EVERY, Opened, Page};
use crate::vault::{Entry, EntryId};
use crate::{dates, naming, services};

/// What the person does about an account beside using its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// The note.
    pub note: String,
    /// When recovery codes were last seen to be stored: "2026-11-25", or empty.
    pub recovery_codes: String,
    /// When a second way in was last seen, or empty.
    pub second_way: String,
    /// Whether that is today: then the button takes it back.
    pub seen_today: SeenToday,
    /// The service's pages.
    pub help: EntryHelp,
    /// The secrets that were replaced and are still kept.
    pub former: Vec<Former>,
}

/// Which ways in were seen today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenToday {
    /// The recovery codes.
    pub recovery_codes: bool,
    /// The second way in.
    pub second_way: bool,
}

/// Which pages of a service there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryHelp {
    /// On switching two-factor authentication on.
    pub two_factor: bool,
    /// On getting in without the phone.
    pub recovery: bool,
}

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// For [`crate::MoveMsg::Recover`].
    pub id: EntryId,
    /// "Replaced on 2026-11-25, kept until 2026-12-25"
    pub label: String,
}

/// An account that is in the trash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// For [`crate::MoveMsg::Recover`].
    pub id: EntryId,
    /// Which account it was.
    pub name: String,
    /// "Bring it back; kept at least until 2026-12-25"
    pub label: String,
}

pub(super) fn care(opened: &Opened, entry: &Entry, now: UnixTime) -> Care {
    let service = services::named(issuer(entry), &entry.account);
    let ready = entry.care.readiness;
    let day = |time: Option<UnixTime>| time.map(dates::day).unwrap_or_default();
    let today =
        |time: Option<UnixTime>| time.is_some_and(|time| dates::day(time) == dates::day(now));
    let former = opened.vault.trash().iter().filter(|item| item.entry.id == entry.id);
    Care {
        note: entry.care.note.clone(),
        recovery_codes: day(ready.recovery_codes_at),
        second_way: day(ready.second_way_at),
        seen_today: SeenToday {
            recovery_codes: today(ready.recovery_codes_at),
            second_way: today(ready.second_way_at),
        },
        help: EntryHelp {
            two_factor: service.is_some(),
            recovery: service.is_some_and(|service| service.recovery.is_some()),
        },
        former: former
            .map(|item| {
                let (since, until) = opened.vault.lies_in_trash(item, now);
                let (since, until) = (dates::day(since), dates::day(until));
                let label = format!("Replaced on {since}, kept at least until {until}");
                Former { id: item.id, label }
            })
            .collect(),
    }
}

/// The accounts in the trash that the vault has no more, each as it was last.
pub(super) fn in_trash(opened: &Opened, now: UnixTime) -> Vec<Gone> {
    let vault = &opened.vault;
    let gone = vault.trash().iter().filter(|item| vault.entry(item.entry.id).is_none());
    let last: BTreeMap<_, _> = gone.map(|item| (item.entry.id.to_string(), item)).collect();
    last.into_values()
        .map(|item| Gone {
            id: item.id,
            name: naming::in_sentence(issuer(&item.entry), &item.entry.account),
            label: format!(
                "Bring it back; kept at least until {}",
                dates::day(vault.lies_in_trash(item, now).1)
            ),
        })
        .collect()
}

/// Once a month, on the list of codes: to how many accounts there is no way in without this device.
pub(super) fn nudge(opened: &Opened, now: UnixTime) -> Option<String> {
    if !matches!(opened.page, Page::Codes) {
        return None;
    }
    let holding = || opened.vault.entries().iter().filter(|entry| entry.has_secret());
    let first = holding().map(|entry| entry.added_at.0).min()?;
    let due = opened.vault.ask_ready_at().map_or(first.saturating_add(ASK_READY_EVERY), |at| at.0);
    // A clock that was set back puts it off no further than ever.
    if now.0 < due && due - now.0 <= ASK_READY_EVERY {
        return None;
    }
    match holding().filter(|entry| !entry.care.readiness.is_ready()).count() {
        0 => None,
        1 => Some(
            "For 1 account you noted no way in without this device; look whether its recovery codes \
             are stored."
                .to_owned(),
        ),
        more => Some(format!(
            "For {more} accounts you noted no way in without this device; look whether their \
             recovery codes are stored."
        )),
    }
}
