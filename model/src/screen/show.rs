//! From the state to the page in front.

use holdfast_otp::{Kind, Parameters, Period, UnixTime};

use super::list::{issuer, rolling, row, tide};
use super::{
    Blocked, ByHandPage, ChoosePage, ConfirmPage, Detail, DeviceAwayPage, EntryPage, FirstStart,
    KnownPage, OlderPage, Page, PassphrasePage, RemindPage, Unlock,
};
use super::{adding, astray, care, choice, clash, clock, moving, retire, viewfinder, ways};
use crate::apart::apart_of;
use crate::msg::OpenedBy;
use crate::state::{self, EntryTrouble, Face, LockedBy, Opened, Stage, State, name_of};
use crate::vault::{Entry, Header, Memo};
use crate::{dates, naming};

/// The page in front.
pub(super) fn page(state: &State, now: UnixTime) -> Page {
    match &state.stage {
        Stage::Starting { .. } => Page::Starting,
        Stage::Blocked { sentence, anew } => {
            let kept = state.kept_how.as_deref();
            let sentence =
                [sentence.as_str()].into_iter().chain(kept).collect::<Vec<_>>().join(" ");
            let anew = anew.then(|| "Begin anew".to_owned());
            Page::Blocked(Blocked { sentence, retry: "Try again".to_owned(), anew })
        }
        Stage::FirstStart { strength, error, .. } => Page::FirstStart(FirstStart {
            statement: NO_RESET.to_owned(),
            strength: strength.clone(),
            error: error.clone(),
        }),
        Stage::Locked { error, .. } => {
            let beside = || state.config.another_window.then(|| ANOTHER_WINDOW.to_owned());
            let why = state.locked_by.map(why_locked).or_else(beside);
            let handed = state.handed.as_ref().map(|_| HANDED.to_owned());
            let why: Vec<String> =
                why.into_iter().chain(state.kept_how.clone()).chain(handed).collect();
            let why = (!why.is_empty()).then(|| why.join(" "));
            let by_device = state.device.opens;
            Page::Unlock(Unlock { why, by_device, error: error.clone() })
        }
        Stage::Open(opened) => open_page(opened, now),
        Stage::Retired { remains, end } => Page::Retired(retire::retired(remains, end)),
    }
}

/// What whoever makes a passphrase has to know.
pub const NO_RESET: &str = "This passphrase is the only key to your accounts: nobody can reset it, so \
     write it down and keep it safe.";

const HANDED: &str = "Another app handed something over; unlock the vault to look at it.";

const ANOTHER_WINDOW: &str = "Holdfast was open already, in another window. Both show the same \
     accounts; what you change in one is taken over by the other.";

fn why_locked(reason: LockedBy) -> String {
    match reason {
        LockedBy::Idle(idle) => match idle.as_minutes() {
            1 => "Locked after 1 minute without use.".to_owned(),
            minutes => format!("Locked after {minutes} minutes without use."),
        },
        LockedBy::Hidden => "Locked because the window went out of sight.".to_owned(),
        LockedBy::Sleep => "Locked because the computer went to sleep or was locked.".to_owned(),
        LockedBy::OtherVault => {
            "Another vault is in the place of the one that was open; enter its passphrase."
                .to_owned()
        }
        LockedBy::OtherKey => {
            "Locked because the passphrase of the vault was changed; enter the new one.".to_owned()
        }
    }
}

/// What a change of the passphrase comes to.
fn change_statement(opened: &Opened) -> String {
    let statement = "From then on only the new passphrase opens the vault on this device; copies made \
                     before still open with the old one.";
    match ways::ways_that_go(opened.vault.header()) {
        Some(ways) => format!("{statement} {ways}"),
        None => statement.to_owned(),
    }
}

/// What it comes to that this device opens the vault no more.
fn away_statement(opened: &Opened) -> String {
    let statement = "From then on it opens the vault no more. The vault is sealed under a new key, so that what \
                     was kept for this lock opens nothing but copies made before. Your passphrase, which goes \
                     on to open it, is needed for that.";
    match ways::ways_that_go_with_device(opened.vault.header()) {
        Some(ways) => format!("{statement} {ways}"),
        None => statement.to_owned(),
    }
}

fn open_page(opened: &Opened, now: UnixTime) -> Page {
    let corrected = opened.vault.corrected(now);
    match &opened.page {
        state::Page::Older => Page::Older(OlderPage { sentence: older_sentence(opened) }),
        state::Page::Astray { error, .. } => Page::Astray(astray::page(opened, error.clone())),
        state::Page::Remind { error } => Page::Remind(RemindPage {
            sentence:
                "You have unlocked with this device for a while. Only the passphrase opens the \
                       vault when the device is lost, so see whether you still know it."
                    .to_owned(),
            error: error.clone(),
        }),
        state::Page::Passphrase { strength, error } => Page::Passphrase(PassphrasePage {
            statement: change_statement(opened),
            asks_current: opened.opened_by == OpenedBy::Passphrase,
            strength: strength.clone(),
            error: error.clone(),
        }),
        state::Page::DeviceAway { error } => Page::DeviceAway(DeviceAwayPage {
            statement: away_statement(opened),
            error: error.clone(),
        }),
        state::Page::Codes => Page::Codes,
        state::Page::Entry { id, error } => match opened.vault.entry(*id) {
            Some(entry) => Page::Entry(entry_page(opened, entry, error.clone(), corrected)),
            None => Page::Codes,
        },
        state::Page::Add { error } => Page::Add(adding::page(opened, error.clone())),
        state::Page::Camera(finder) => Page::Camera(viewfinder::page(opened, finder)),
        state::Page::ByHand { form, error } => {
            Page::ByHand(ByHandPage { form: form.clone(), error: error.clone() })
        }
        state::Page::Choose { choices } => Page::Choose(ChoosePage {
            sentence: format!("{} barcodes were found; choose the one to add.", choices.len()),
            choices: choice::labels(opened, choices),
        }),
        state::Page::Confirm { draft, error, .. } => Page::Confirm(ConfirmPage {
            issuer: draft.issuer.clone(),
            account: draft.account.clone(),
            code: rolling(
                &draft.parameters,
                &Face::of(&draft.parameters, &draft.secret, corrected),
                corrected,
            ),
            tide: tide(&draft.parameters, corrected),
            remarks: draft.remarks.clone(),
            details: unusual(&draft.parameters),
            error: error.clone(),
        }),
        state::Page::Known { id, further_on } => Page::Known(KnownPage {
            id: *id,
            sentence: format!(
                "This account is already here, as {}{}; there is nothing to add.",
                name_of(&opened.vault, *id),
                if *further_on { ", and its counter is further on" } else { "" }
            ),
        }),
        state::Page::Moving { part, error } => {
            Page::Moving(moving::page(opened, *part, error.clone(), now))
        }
        state::Page::List { list, new, error } => {
            Page::List(moving::list_page(opened, list, *new, error.clone()))
        }
        state::Page::Clock { found, error } => {
            Page::Clock(clock::page(opened, *found, error.clone()))
        }
        state::Page::Retire { aside, error, .. } => {
            Page::Retire(retire::retire_page(opened, aside.as_ref(), error.clone()))
        }
        state::Page::Clash { draft, here: Some(here), ids, error, .. } => {
            Page::Clash(clash::whether(opened, draft, *here, ids, error.clone()))
        }
        state::Page::Clash { draft, ids, error, .. } => {
            Page::Clash(clash::page(opened, draft, ids, error.clone()))
        }
    }
}

fn older_sentence(opened: &Opened) -> String {
    let found = opened.vault.header();
    older_than_seen(found, &opened.memo)
}

/// That the file lacks what this device saw, with both dates; and as which saves, where dates do not
/// tell (two in one minute, or a clock that was wrong).
pub fn older_than_seen(found: &Header, memo: &Memo) -> String {
    let dates_tell = found.written_at().0 / 60 < memo.written_at.0 / 60;
    let is_older = found.generation() < memo.seen.generation;
    let at = |generation: u64, time| match (dates_tell, dates::minute(time)) {
        (true, minute) => minute,
        (false, minute) => format!("{minute} (save {generation})"),
    };
    let written = at(found.generation(), found.written_at());
    let seen = at(memo.seen.generation, memo.written_at);
    let what = if is_older && found.written_at() <= memo.written_at {
        format!(
            "is an older copy: it was written on {written}, and this device has seen one of {seen}"
        )
    } else {
        format!(
            "goes on from an older copy: it was written on {written}, but without what this device \
             has seen of {seen}"
        )
    };
    format!(
        "This vault file {what}. What changed in between is missing; if you did not put the copy back \
         yourself, somebody else did."
    )
}

fn entry_page(
    opened: &Opened,
    entry: &Entry,
    trouble: Option<EntryTrouble>,
    now: UnixTime,
) -> EntryPage {
    let mut details = details(&entry.parameters);
    details.push(detail("Added", dates::day(entry.added_at)));
    EntryPage {
        row: row(opened, entry, apart_of(&opened.vault, entry), now),
        tide: tide(&entry.parameters, now),
        // As they would be saved from there.
        issuer: naming::plain(issuer(entry)),
        account: naming::plain(&entry.account),
        details,
        care: Box::new(care::care(opened, entry, now)),
        beside: trouble.as_ref().map(|trouble| trouble.beside).unwrap_or_default(),
        error: trouble.map(|trouble| trouble.sentence),
    }
}

fn details(parameters: &Parameters) -> Vec<Detail> {
    let digits = || detail("Digits", parameters.digits.count().to_string());
    let algorithm = || detail("Algorithm", parameters.algorithm.to_string());
    match parameters.kind {
        Kind::Totp { period } => vec![
            detail("Kind", "By time (TOTP)"),
            digits(),
            detail("Period", seconds(period)),
            algorithm(),
        ],
        Kind::Hotp { counter } => vec![
            detail("Kind", "By counter (HOTP)"),
            digits(),
            detail("Counter", counter.to_string()),
            algorithm(),
        ],
        Kind::Steam => vec![detail("Kind", "Steam Guard")],
    }
}

/// The parameters that are not the usual ones.
fn unusual(parameters: &Parameters) -> Vec<Detail> {
    let usual = details(&Parameters::default());
    details(parameters).into_iter().filter(|detail| !usual.contains(detail)).collect()
}

fn seconds(period: Period) -> String {
    match period.seconds() {
        1 => "1 second".to_owned(),
        more => format!("{more} seconds"),
    }
}

fn detail(label: &str, value: impl Into<String>) -> Detail {
    Detail { label: label.to_owned(), value: value.into() }
}
