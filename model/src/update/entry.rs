//! The list and one entry: search, copy, the next code of a counter, rename, delete, undo.

use holdfast_otp::{Kind, UnixTime};

use super::{go, refuse, save};
use crate::ports::ClipboardError;
use crate::screen::Beside;
use crate::state::{Change, Page, State};
use crate::vault::EntryId;
use crate::{Effect, SecretText, Ticket, naming};

pub(super) fn search(state: &mut State, text: String) -> Vec<Effect> {
    if let Some(opened) = state.opened_mut() {
        opened.search = text;
    }
    Vec::new()
}

pub(super) fn open(state: &mut State, id: EntryId) -> Vec<Effect> {
    match state.opened() {
        Some(opened) if opened.vault.entry(id).is_some() => {
            go(state, Page::Entry { id, error: None })
        }
        _ => Vec::new(),
    }
}

/// Copies the code that is shown, and asks for the clipboard to be cleared later.
pub(super) fn copy(state: &mut State, id: EntryId, now: UnixTime) -> Vec<Effect> {
    let Some(opened) = state.opened() else { return Vec::new() };
    let counter = opened
        .vault
        .entry(id)
        .is_some_and(|entry| matches!(entry.parameters.kind, Kind::Hotp { .. }));
    let code = match &opened.revealed {
        Some((shown, code)) if *shown == id => Ok(code.clone()),
        _ if counter => return Vec::new(),
        _ => opened.vault.code(id, opened.vault.corrected(now)),
    };
    let text = match code {
        Ok(code) => SecretText::from(code.as_str()),
        Err(reason) => {
            state.say_trouble(reason.to_string(), now);
            return Vec::new();
        }
    };
    let ticket = state.tickets.issue();
    if let Some(opened) = state.opened_mut() {
        opened.copying = Some(ticket);
    }
    vec![
        Effect::Copy { ticket, text: text.clone(), sensitive: true },
        Effect::ClearClipboard { text },
    ]
}

pub(super) fn copied(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<(), ClipboardError>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.copying.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    match outcome {
        Ok(()) => state.say(format!("Code copied. {}", state.config.clears()), now),
        Err(reason) => state.say_trouble(reason.to_string(), now),
    }
    Vec::new()
}

/// Moves a counter on. Its code is shown when the new counter is on disk, so that no code is ever
/// given twice.
pub(super) fn next_code(state: &mut State, id: EntryId, now: UnixTime) -> Vec<Effect> {
    save::keep(state, Change::Advance { id }, now)
}

pub(super) fn rename(
    state: &mut State,
    id: EntryId,
    issuer: String,
    account: String,
    now: UnixTime,
) -> Vec<Effect> {
    let (issuer, account) = (naming::plain(&issuer), naming::plain(&account));
    if issuer.is_empty() && account.is_empty() {
        refuse(state, NO_NAME.to_owned(), Beside::Names, now);
        return Vec::new();
    }
    save::keep(state, Change::Rename { id, issuer, account }, now)
}

/// What to say to an account without a name.
pub(super) const NO_NAME: &str =
    "The account has no name; enter who it is with, or what it is called there.";

pub(super) fn delete(state: &mut State, id: EntryId, now: UnixTime) -> Vec<Effect> {
    save::keep(state, Change::Remove { id }, now)
}
