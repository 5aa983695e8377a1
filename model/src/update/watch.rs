//! Another program changed the vault while it is open here: it is read again with the key at hand.

use holdfast_otp::{Parameters, UnixTime};

use super::astray::{self, Found};
use super::save::leave_what_is_gone;
use super::{door, retire};
use crate::msg::OpenFailure;
use crate::ports::{Expected, LoadError, Stamp};
use crate::state::{Astray, LockedBy, Notice, Opened, Page, Stage, State};
use crate::vault::{EntryId, Vault};
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
    if state.waits_for_file() {
        let ticket = state.tickets.issue();
        (state.watch.looked_at, state.watch.awaited) = (now, Some(ticket));
        return vec![Effect::FindVault { ticket }];
    }
    let Some(opened) = state.opened().filter(|opened| !opened.is_busy()) else { return Vec::new() };
    let Expected::Stamped(known) = opened.on_disk else { return Vec::new() };
    let vault = opened.vault.header().vault_id();
    let ticket = state.tickets.issue();
    state.watch.looked_at = now;
    state.watch.awaited = Some(ticket);
    vec![Effect::Look { ticket, known, vault }]
}

/// The file was looked at. What cannot be read now is no reason to close what is open; but it is told, since
/// what is open may be nowhere else. That another program is saving just now says nothing.
pub(super) fn looked(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Option<Vec<u8>>, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    if let Some(last) = state.last_look.take_if(|last| last.ticket == ticket) {
        return astray::looked_once_more(state, last.doubted, outcome, now);
    }
    if state.watch.awaited.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) else {
        return Vec::new();
    };
    let sealed = match outcome {
        // It is this window's own save, made after the look was asked for.
        Ok(Some(sealed)) if opened.on_disk == Expected::Stamped(Stamp::of(&sealed)) => None,
        Ok(sealed) => sealed,
        Err(OpenFailure::Retired(end)) => return retire::elsewhere(state, end),
        Err(OpenFailure::Missing) => {
            astray::tell(state, Astray::Gone, false);
            return Vec::new();
        }
        Err(OpenFailure::Load(error)) if error != LoadError::Busy => {
            astray::tell(state, Astray::Barred(error), false);
            return Vec::new();
        }
        Err(_) => return Vec::new(),
    };
    let Some(sealed) = sealed else {
        state.doubted = None;
        let Some(opened) = state.opened_mut() else { return Vec::new() };
        let over = match &opened.astray {
            Some((Astray::Barred(_), _)) => "The vault file can be read again.",
            Some(_) => "The vault file is back in its place.",
            None => return Vec::new(),
        };
        astray::is_over(state);
        state.say(over, now);
        return Vec::new();
    };
    match astray::find(opened, &sealed) {
        Found::Newer(vault, stamp) => {
            astray::is_over(state);
            let mut effects = take(state, *vault, stamp, now);
            effects.extend(state.opened_mut().map(remember));
            effects
        }
        Found::Astray(Astray::Parted { theirs, stamp }) if theirs.covers(&opened.vault) => {
            take_what_covers(state, *theirs, stamp, now)
        }
        Found::Astray(found) => {
            astray::tell(state, found, false);
            Vec::new()
        }
        Found::Rekeyed => {
            opened.astray = None;
            // Nothing that is being typed is taken away: the lock waits until that is done.
            let waits = is_form(&opened.page);
            astray::doubt(state, now);
            if waits { Vec::new() } else { door::lock_for(state, LockedBy::OtherKey, now) }
        }
        Found::Unusable(reason) => {
            // A newer Holdfast wrote it: whether it is built on what is open here, nobody can say.
            astray::tell(state, Astray::Barred(LoadError::Other(reason.to_string())), false);
            Vec::new()
        }
    }
}

/// A copy went its own way, and holds all that is open here: there is nothing to ask.
fn take_what_covers(
    state: &mut State,
    mut theirs: Vault,
    stamp: Stamp,
    now: UnixTime,
) -> Vec<Effect> {
    astray::is_over(state);
    let State { stage: Stage::Open(opened), rng, .. } = state else { return Vec::new() };
    let on_disk = theirs.clone();
    if theirs.take_place_of(&opened.vault, now, &mut **rng).is_err() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if !opened.memo.is_missed_by(&theirs) {
        opened.memo.accept(&on_disk);
        effects.push(Effect::KeepMemo(theirs.seal_memo(&opened.memo)));
    }
    effects.extend(take(state, theirs, stamp, now));
    effects
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

/// Remembers what another program saved as if it had been unlocked: it is shown, so it would be missed.
pub(super) fn remember(opened: &mut Opened) -> Effect {
    opened.memo.saw(&opened.vault);
    Effect::KeepMemo(opened.vault.seal_memo(&opened.memo))
}

/// Where an entry stands.
fn at(vault: &Vault, id: EntryId) -> Option<Parameters> {
    vault.entry(id).map(|entry| entry.parameters)
}

/// Whether there is something on this page that the person typed or scanned and did not save.
pub(super) fn is_form(page: &Page) -> bool {
    !matches!(
        page,
        Page::Codes
            | Page::Older
            | Page::Add { .. }
            | Page::Known { .. }
            | Page::Moving { .. }
            | Page::Astray { .. }
    )
}
