//! Moving to another phone: lists read part by part, steps, links and files.

use std::path::PathBuf;

use holdfast_otp::UnixTime;

use super::{camera, go, retire, save};
use crate::move_list::{self, Gathering, PREFIX, ReadListError};
use crate::move_msg::{HelpPage, MoveMsg, Way};
use crate::ports::{KeepError, LinkError};
use crate::state::{Change, Gathered, MoveChange, Opened, Page, State};
use crate::vault::EntryId;
use crate::{Effect, Ticket};
use crate::{dates, moving, services};

pub(super) fn update(state: &mut State, msg: MoveMsg, now: UnixTime) -> Vec<Effect> {
    let change = match msg {
        MoveMsg::Open => return go(state, Page::Moving { part: 1, error: None }),
        MoveMsg::ShowPart(number) => return show_part(state, number),
        MoveMsg::SaveList { page } => return save_list(state, page, None, now),
        MoveMsg::SaveListAt(path) => {
            let page = path.extension().is_some_and(|ending| {
                ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
            });
            return save_list(state, page, Some(path), now);
        }
        MoveMsg::ListSaved { ticket, outcome } => return list_saved(state, ticket, outcome, now),
        MoveMsg::Take => {
            let Some(Page::List { list, .. }) = state.opened().map(|opened| &opened.page) else {
                return Vec::new();
            };
            MoveChange::Take(list.clone())
        }
        MoveMsg::RemoveWaiting(list) => {
            let Some(opened) = state.opened() else { return Vec::new() };
            let waiting = moving::waiting(&opened.vault).remove(&list).unwrap_or_default();
            MoveChange::RemoveWaiting(waiting.into_iter().map(|entry| entry.id).collect())
        }
        MoveMsg::ScanFor(id) => return camera::open_for(state, id),
        MoveMsg::OpenHelp { id, way } => return open_help(state, id, way),
        MoveMsg::LinkOpened(outcome) => return link_opened(state, outcome, now),
        MoveMsg::OpenRetire => return retire::open(state),
        MoveMsg::AsideSeen { ticket, outcome } => return retire::seen(state, ticket, outcome),
        MoveMsg::Retire(passphrase) => return retire::retire(state, &passphrase),
        MoveMsg::Destroyed { ticket, outcome } => {
            return retire::destroyed(state, ticket, outcome, now);
        }
        MoveMsg::Begin => MoveChange::Begin,
        MoveMsg::End => MoveChange::End,
        MoveMsg::SetStep { id, step } => MoveChange::Step { id, step },
        MoveMsg::SetNote { id, note } => MoveChange::Note { id, note: note.trim().to_owned() },
        MoveMsg::SetReady { id, way, there } => {
            let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) else {
                return Vec::new();
            };
            MoveChange::Ready { id, way, at: seen_at(opened, (id, way), there, now) }
        }
        MoveMsg::AskReadyLater => MoveChange::AskReadyLater,
        MoveMsg::Recover(trashed) => MoveChange::Recover(trashed),
    };
    save::keep(state, Change::Move(change), now)
}

/// Now, where a way in was seen; else what was noted before, as far as this run knows it.
fn seen_at(
    opened: &mut Opened,
    which: (EntryId, Way),
    there: bool,
    now: UnixTime,
) -> Option<UnixTime> {
    if !there {
        return opened.seen_before.remove(&which).flatten();
    }
    let mut ready =
        opened.vault.entry(which.0).map(|entry| entry.care.readiness).unwrap_or_default();
    let before = *which.1.of(&mut ready);
    if before.is_none_or(|before| dates::day(before) != dates::day(now)) {
        opened.seen_before.insert(which, before);
    }
    Some(now)
}

/// The parts of a move list among these texts, line by line.
pub(super) fn parts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    texts.flat_map(str::lines).filter(|line| line.trim_start().starts_with(PREFIX)).collect()
}

/// Takes parts of a list. Once it is whole the person is shown what is in it; until then the page in
/// front says how far it is. In the viewfinder one looks on, and the reason why a part was not taken is given
/// back.
pub(super) fn gather(state: &mut State, parts: &[&str]) -> (Vec<Effect>, Option<ReadListError>) {
    let Some(opened) = state.opened_mut() else { return (Vec::new(), None) };
    let mut whole = None;
    let mut trouble = None;
    for part in parts {
        match opened.gathered.take(part) {
            Ok(list) => whole = list.or(whole),
            Err(error) => trouble = Some(error),
        }
    }
    let in_camera = matches!(opened.page, Page::Camera(_));
    if let Some(list) = whole {
        opened.gathered = Gathered::default();
        let new = moving::count_new(&opened.vault, &list);
        return (go(state, Page::List { list: Box::new(list), new, error: None }), None);
    }
    if in_camera {
        return (Vec::new(), trouble);
    }
    let said = trouble.map_or_else(|| so_far(&opened.gathered.gathering), |e| e.to_string());
    (go(state, Page::Add { error: Some(said) }), None)
}

/// How many parts are read, and what to do; where few are missing, which.
pub(crate) fn so_far(gathering: &Gathering) -> String {
    let Some((here, of)) = gathering.counted() else { return String::new() };
    let next = match *gathering.missing() {
        [last] => format!("part {last}"),
        [one, other] => format!("part {one} or {other}"),
        _ => "the next one".to_owned(),
    };
    format!("{here} of {of} parts of the move list are read; show {next}.")
}

fn show_part(state: &mut State, number: u16) -> Vec<Effect> {
    if let Some(Page::Moving { part, .. }) = state.opened_mut().map(|opened| &mut opened.page) {
        *part = number.max(1);
    }
    Vec::new()
}

/// Saves what is shown as barcodes, for paper or for a file.
fn save_list(state: &mut State, page: bool, path: Option<PathBuf>, now: UnixTime) -> Vec<Effect> {
    let Some(opened) = state.opened().filter(|opened| !opened.is_busy()) else { return Vec::new() };
    let Page::Moving { part, .. } = opened.page else { return Vec::new() };
    let Some(list) = moving::shown_list(&opened.vault, part, now) else { return Vec::new() };
    let (made, name) = if page {
        (move_list::page(&list), "holdfast-move-list.html")
    } else {
        (move_list::text(&list), "holdfast-move-list.txt")
    };
    match made {
        Ok(text) => {
            let effects = go(state, Page::Moving { part, error: None });
            let ticket = state.tickets.issue();
            if let Some(opened) = state.opened_mut() {
                opened.reading = Some(ticket);
            }
            let save = Effect::SaveText { ticket, name, text, path };
            effects.into_iter().chain([save]).collect()
        }
        Err(reason) => go(state, Page::Moving { part, error: Some(reason.to_string()) }),
    }
}

fn list_saved(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Option<PathBuf>, KeepError>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.reading.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    let Page::Moving { part, .. } = opened.page else { return Vec::new() };
    match outcome {
        Ok(Some(path)) => {
            state.say(format!("Saved as {}; there is no key in it.", path.display()), now);
            Vec::new()
        }
        Ok(None) => Vec::new(),
        Err(reason) => {
            opened.no_dialog |= reason == KeepError::NoDialog;
            go(state, Page::Moving { part, error: Some(reason.to_string()) })
        }
    }
}

fn open_help(state: &State, id: EntryId, way: HelpPage) -> Vec<Effect> {
    let entry = state.opened().and_then(|opened| opened.vault.entry(id));
    let service = entry.and_then(|entry| {
        services::named(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
    });
    let link = service.and_then(|service| match way {
        HelpPage::TwoFactor => Some(&service.two_factor),
        HelpPage::Recovery => service.recovery.as_ref(),
    });
    link.map(|link| vec![Effect::OpenLink(link.clone())]).unwrap_or_default()
}

fn link_opened(state: &mut State, outcome: Result<(), LinkError>, now: UnixTime) -> Vec<Effect> {
    if let Err(reason) = outcome {
        state.say_trouble(reason.to_string(), now);
    }
    Vec::new()
}
