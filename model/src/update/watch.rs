//! Another program changed the vault while it is open here: it is read again with the key at hand.

use holdfast_otp::{Parameters, UnixTime};

use super::door;
use super::save::leave_what_is_gone;
use crate::msg::OpenFailure;
use crate::ports::{Expected, Stamp};
use crate::state::{LockedBy, Notice, Page, State};
use crate::vault::{EntryId, ReopenError, Vault};
use crate::{Effect, Ticket};

/// How many seconds lie between two looks.
const EVERY: u64 = 2;

/// A second passed: looks at the file now and then.
pub(super) fn tick(state: &mut State, now: UnixTime) -> Vec<Effect> {
    if now.0.abs_diff(state.watch.looked_at.0) < EVERY { Vec::new() } else { look(state, now) }
}

/// Looks at the vault file, unless a look or a change is under way.
pub(super) fn look(state: &mut State, now: UnixTime) -> Vec<Effect> {
    if state.watch.awaited.is_some() {
        return Vec::new();
    }
    let Some(opened) = state.opened().filter(|opened| !opened.is_busy()) else { return Vec::new() };
    let Expected::Stamped(known) = opened.on_disk else { return Vec::new() };
    let ticket = state.tickets.issue();
    state.watch.looked_at = now;
    state.watch.awaited = Some(ticket);
    vec![Effect::Look { ticket, known }]
}

/// The file was looked at. What cannot be read now is no reason to close what is open: the next
/// change says what is wrong with it.
pub(super) fn looked(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Option<Vec<u8>>, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    if state.watch.awaited.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) else {
        return Vec::new();
    };
    let Ok(Some(sealed)) = outcome else { return Vec::new() };
    let stamp = Stamp::of(&sealed);
    if opened.on_disk == Expected::Stamped(stamp) {
        // It is this window's own save, made after the look was asked for.
        return Vec::new();
    }
    match opened.vault.reopen(&sealed) {
        Ok(vault) if vault.generation() > opened.vault.generation() => {
            take(state, vault, stamp, now)
        }
        Ok(_) => Vec::new(),
        // Nothing that is being typed is taken away: the lock waits until that is done.
        Err(ReopenError::OtherKey) if is_form(&opened.page) => Vec::new(),
        Err(ReopenError::OtherKey) => door::lock_for(state, LockedBy::OtherKey),
        Err(ReopenError::Open(_)) => Vec::new(),
    }
}

fn take(state: &mut State, vault: Vault, stamp: Stamp, now: UnixTime) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.revealed.as_ref().is_some_and(|(id, _)| at(&vault, *id) != at(&opened.vault, *id)) {
        // The counter moved on elsewhere: what is shown is no longer its newest code.
        opened.revealed = None;
    }
    opened.vault = vault;
    opened.on_disk = Expected::Stamped(stamp);
    leave_what_is_gone(opened);
    if state.notice.is_none() {
        let sentence = "Another program changed the vault; the list is up to date.";
        state.notice = Some(Notice::new(sentence.to_owned(), now));
    }
    Vec::new()
}

/// Where an entry stands.
fn at(vault: &Vault, id: EntryId) -> Option<Parameters> {
    vault.entry(id).map(|entry| entry.parameters)
}

/// Whether there is something on this page that the person typed or scanned and did not save.
fn is_form(page: &Page) -> bool {
    !matches!(page, Page::Codes | Page::Add { .. } | Page::Known { .. } | Page::Moving { .. })
}
