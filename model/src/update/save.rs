//! Every change goes to the disk at once: applied in memory, sealed, saved, and taken back if that
//! fails.

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::refuse;
use crate::msg::OpenFailure;
use crate::ports::{Expected, SaveError, Stamp};
use crate::state::{Applied, Change, Notice, Page, Retrying, Saving, Stage, State};
use crate::vault::Vault;
use crate::{Effect, Ticket};

/// How often a change is tried again because another instance saved in between.
const RELOADS: u8 = 3;

/// Makes a change and sends it to the disk. While another is on its way, nothing happens: the
/// screen says that it is busy.
pub(super) fn keep(state: &mut State, change: Change, now: UnixTime) -> Vec<Effect> {
    keep_again(state, change, 0, now)
}

fn keep_again(state: &mut State, change: Change, reloads: u8, now: UnixTime) -> Vec<Effect> {
    let Stage::Open(opened) = &mut state.stage else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let before = opened.vault.clone();
    match make(&mut opened.vault, &change, now, &mut *state.rng) {
        Ok((applied, sealed)) => {
            let awaited = state.tickets.issue();
            let expected = Expected::Stamped(opened.stamp);
            let stamp = Stamp::of(&sealed);
            opened.saving = Some(Saving { awaited, stamp, change, applied, before, reloads });
            vec![Effect::Save { ticket: awaited, sealed, expected }]
        }
        Err(reason) => {
            opened.vault = before;
            refuse(state, reason, now);
            Vec::new()
        }
    }
}

fn make(
    vault: &mut Vault,
    change: &Change,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<(Applied, Vec<u8>), String> {
    let applied = change.apply(vault, now, rng).map_err(|reason| reason.to_string())?;
    let sealed = vault.seal(now, rng).map_err(|reason| reason.to_string())?;
    Ok((applied, sealed))
}

/// The save was answered.
pub(super) fn saved(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<(), SaveError>,
    now: UnixTime,
) -> Vec<Effect> {
    if state.late_save.take_if(|late| *late == ticket).is_some() {
        return late(state, outcome, now);
    }
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let Some(saving) = opened.saving.take_if(|saving| saving.awaited == ticket) else {
        return Vec::new();
    };
    match outcome {
        Ok(()) => {
            opened.stamp = saving.stamp;
            done(state, &saving.change, saving.applied, now);
            Vec::new()
        }
        Err(SaveError::Conflict) if saving.reloads < RELOADS => {
            opened.vault = saving.before;
            let awaited = state.tickets.issue();
            let retrying = Retrying { awaited, change: saving.change, reloads: saving.reloads + 1 };
            if let Some(opened) = state.opened_mut() {
                opened.retrying = Some(retrying);
            }
            vec![Effect::Reload { ticket: awaited }]
        }
        Err(reason) => {
            opened.vault = saving.before;
            refuse(state, reason.to_string(), now);
            Vec::new()
        }
    }
}

/// The vault as another instance left it is here: open it with the key at hand, and make the change
/// again on top of it.
pub(super) fn reloaded(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Vec<u8>, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let Some(retrying) = opened.retrying.take_if(|waits| waits.awaited == ticket) else {
        return Vec::new();
    };
    let reopened = outcome.map_err(|failure| failure.to_string()).and_then(|sealed| {
        match opened.vault.reopen(&sealed) {
            Ok(vault) => Ok((vault, Stamp::of(&sealed))),
            Err(reason) => Err(reason.to_string()),
        }
    });
    match reopened {
        Ok((vault, stamp)) => {
            opened.vault = vault;
            opened.stamp = stamp;
            if let Change::Add(draft) = &retrying.change
                && let Some(id) = opened.vault.find_same_secret(&draft.secret)
            {
                state.turn_to(Page::Known { id });
                return Vec::new();
            }
            keep_again(state, retrying.change, retrying.reloads, now)
        }
        Err(reason) => {
            refuse(state, format!("Not saved. {reason}"), now);
            Vec::new()
        }
    }
}

/// A save that was under way at the lock was answered.
fn late(state: &mut State, outcome: Result<(), SaveError>, now: UnixTime) -> Vec<Effect> {
    if let Err(reason) = outcome {
        let sentence = format!("The change before the lock is lost. {reason}");
        state.say_trouble(sentence, now);
    }
    Vec::new()
}

/// A change is on disk: go where the person expects to be, and say so.
fn done(state: &mut State, change: &Change, applied: Applied, now: UnixTime) {
    let name = applied.name;
    let (sentence, undo) = match change {
        Change::Add(_) => (format!("{name} was added."), false),
        Change::Rename { .. } => (format!("Renamed to {name}."), true),
        Change::Replace { .. } => (format!("{name} now uses its new secret."), true),
        Change::Remove { .. } => (format!("{name} was deleted."), true),
        Change::Restore(_) => (format!("{name} is back."), false),
        Change::Advance { id } => {
            if let (Some(opened), Some(code)) = (state.opened_mut(), applied.code) {
                opened.revealed = Some((*id, code));
            }
            return;
        }
    };
    let undo = applied.undo.filter(|_| undo);
    state.notice = Some(Notice { undo, ..Notice::new(sentence, now) });
    leave_form(state);
}

/// Leaves the page whose purpose is fulfilled.
fn leave_form(state: &mut State) {
    let Some(opened) = state.opened() else { return };
    match opened.page {
        Page::Confirm { .. } | Page::Clash { .. } => state.turn_to(Page::Codes),
        Page::Entry { id, .. } => {
            let gone = opened.vault.entry(id).is_none();
            state.turn_to(if gone { Page::Codes } else { Page::Entry { id, error: None } });
        }
        _ => {}
    }
}
