//! The door of the vault: found or made, opened, and locked again.

use holdfast_otp::UnixTime;

use super::{astray, retire, save, watch};
use crate::msg::{AtStart, CreateFailure, OnDisk, OpenFailure};
use crate::ports::{Copies, DeviceError, LoadError, SaveError};
use crate::state::{Change, LockedBy, MoveChange, Opened, Page, Retirement, Stage, State, Watch};
use crate::vault::{OpenError, Passphrase};
use crate::{Effect, SecretText, Ticket, strength};

/// A second passed.
pub(super) fn tick(state: &mut State, now: UnixTime) -> Vec<Effect> {
    // A clock that was set back must not keep the vault open for longer than the idle time.
    state.active_at = state.active_at.min(now);
    if idle_too_long(state, now) {
        return lock_idle(state, now);
    }
    if is_away(state, now) && state.takes_a_passphrase() {
        // What was typed and not given goes too.
        (state.active_at, state.forgotten_at) = (now, now);
        lock(state, now);
    }
    if let Some(Opened { dial, vault, .. }) = state.opened_mut() {
        dial.turn(vault, vault.corrected(now));
    }
    watch::tick(state, now)
}

/// Whether the vault is open and the person has been away for the idle time.
pub(super) fn idle_too_long(state: &State, now: UnixTime) -> bool {
    state.is_open() && is_away(state, now)
}

fn is_away(state: &State, now: UnixTime) -> bool {
    now.0.saturating_sub(state.active_at.0) >= state.preferences.idle.as_seconds()
}

/// Locks, by itself for a reason or as the person asked, and leaves no code on the clipboard either.
pub(super) fn shut(state: &mut State, reason: Option<LockedBy>, now: UnixTime) -> Vec<Effect> {
    astray::warn_of_doubt(state);
    let mut effects = match reason {
        Some(reason) => lock_for(state, reason, now),
        None => lock(state, now),
    };
    effects.push(Effect::ClearClipboardNow);
    effects
}

/// The window is no longer seen. A code that was copied stays on the clipboard for its time: going
/// elsewhere is how one pastes it. While the system's own dialog to choose a picture stands in front,
/// that is no reason to lock; the idle time still runs.
pub(super) fn hidden(state: &mut State, now: UnixTime) -> Vec<Effect> {
    match state.opened() {
        // The system's own page stands in front.
        _ if state.device.asked.is_some() => Vec::new(),
        Some(opened) if opened.reading.is_some() => Vec::new(),
        _ if state.preferences.locks_hidden => {
            astray::warn_of_doubt(state);
            lock_for(state, LockedBy::Hidden, now)
        }
        _ => Vec::new(),
    }
}

/// Locks because the person was away for the idle time.
pub(super) fn lock_idle(state: &mut State, now: UnixTime) -> Vec<Effect> {
    shut(state, Some(LockedBy::Idle(state.preferences.idle)), now)
}

/// Locks by itself, and remembers why.
pub(super) fn lock_for(state: &mut State, reason: LockedBy, now: UnixTime) -> Vec<Effect> {
    let was_open = state.is_open();
    let effects = lock(state, now);
    if was_open {
        state.locked_by = Some(reason);
    }
    effects
}

/// What is said where an effect broke off.
const BROKEN: &str = "Holdfast made a mistake and has locked; try again, and look whether the last thing \
                      that you asked for was done.";

/// An effect will not be answered. Nothing waits for it any more, and nothing secret is kept meanwhile.
pub(super) fn broken(state: &mut State, now: UnixTime) -> Vec<Effect> {
    // What a lock orders may be what broke off; ordered again each time it would go on for ever.
    if matches!(state.stage, Stage::Blocked { .. }) {
        return Vec::new();
    }
    let effects = shut(state, None, now);
    (state.late_save, state.device.asked) = (None, None);
    if let Some(kept) = &mut state.kept {
        kept.awaited = None;
    }
    state.enter(Stage::Blocked { sentence: BROKEN.to_owned(), anew: false });
    effects
}

/// Drops everything that is secret, a passphrase that is being typed too. A save under way goes on by
/// itself; a passphrase that is being tried opens nothing any more, and a vault that is being made will be
/// found locked.
fn lock(state: &mut State, now: UnixTime) -> Vec<Effect> {
    let mut effects = astray::seal_for_lock(state, now);
    effects.extend(astray::look_once_more(state, now));
    match &mut state.stage {
        Stage::Open(opened) => {
            state.locked_by = None;
            state.watch = Watch::default();
            let camera = matches!(opened.page, Page::Camera(_));
            state.late_save = opened.saving.as_ref().map(|saving| saving.awaited).or(opened.keying);
            state.notice = None;
            state.enter(Stage::Locked { error: None, awaited: None });
            effects.extend(camera.then_some(Effect::StopCamera));
        }
        Stage::Locked { awaited, .. } => {
            *awaited = None;
            state.visit += 1;
        }
        Stage::FirstStart { awaited: Some(_), .. } => effects.extend(look(state)),
        Stage::FirstStart { strength, error, .. } => {
            (*strength, *error) = (None, None);
            state.visit += 1;
        }
        _ => {}
    }
    effects.extend(astray::write_again(state));
    // Nothing is typed before the door that is there now, so no time has to pass for it.
    state.forgotten_at = state.active_at;
    effects
}

fn look(state: &mut State) -> Vec<Effect> {
    let awaited = state.tickets.issue();
    state.enter(Stage::Starting { awaited });
    vec![Effect::FindVault { ticket: awaited }]
}

/// Makes a vault where one was that is gone.
pub(super) fn begin_anew(state: &mut State) -> Vec<Effect> {
    if state.waits_for_file() {
        state.enter(Stage::FirstStart { strength: None, error: None, awaited: None });
    }
    Vec::new()
}

fn blocked(failure: &OpenFailure) -> Stage {
    let anew = matches!(failure, OpenFailure::Vanished { .. });
    Stage::Blocked { sentence: failure.to_string(), anew }
}

/// Looks for the vault file again, or for the first time after one was destroyed.
pub(super) fn retry(state: &mut State) -> Vec<Effect> {
    match state.stage {
        Stage::Blocked { .. } => {
            let mut effects = astray::write_again(state);
            effects.extend(look(state));
            effects
        }
        // The receipt was read: what lies here by now, or a first start.
        Stage::Retired { .. } => look(state),
        _ => Vec::new(),
    }
}

pub(super) fn vault_found(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<AtStart, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    if let Ok(AtStart::Vault(vault)) = outcome {
        state.vault = Some(vault);
    }
    if state.watch.awaited.take_if(|awaited| *awaited == ticket).is_some() {
        // Looked for while the page stands that it is gone.
        if state.waits_for_file() && matches!(outcome, Ok(AtStart::Vault(_))) {
            state.enter(Stage::Locked { error: None, awaited: None });
        }
        return Vec::new();
    }
    if matches!(state.stage, Stage::Starting { awaited } if awaited == ticket) {
        state.enter(match outcome {
            Ok(AtStart::Vault(_)) => Stage::Locked { error: None, awaited: None },
            Ok(AtStart::Nothing) => {
                Stage::FirstStart { strength: None, error: None, awaited: None }
            }
            Ok(AtStart::Retired(remains)) => {
                Stage::Retired { remains, end: Retirement::Finished { at: now } }
            }
            Err(failure) => blocked(&failure),
        });
    }
    Vec::new()
}

/// Works out the hint, and keeps nothing else of what was typed.
pub(super) fn passphrase_typed(state: &mut State, typed: &SecretText) -> Vec<Effect> {
    let (hint, error) = match &mut state.stage {
        Stage::FirstStart { strength, error, .. } => (strength, error),
        Stage::Open(opened) => match &mut opened.page {
            Page::Passphrase { strength, error } => (strength, error),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    *hint = strength::of(typed);
    *error = None;
    Vec::new()
}

pub(super) fn create(
    state: &mut State,
    passphrase: &SecretText,
    again: &SecretText,
) -> Vec<Effect> {
    let Stage::FirstStart { error, awaited, .. } = &mut state.stage else { return Vec::new() };
    if awaited.is_some() {
        return Vec::new();
    }
    match state.config.accept(passphrase, again) {
        Ok(passphrase) => {
            let ticket = state.tickets.issue();
            *awaited = Some(ticket);
            *error = None;
            vec![Effect::Create { ticket, passphrase, cost: state.config.cost }]
        }
        Err(reason) => {
            *error = Some(reason.to_string());
            Vec::new()
        }
    }
}

pub(super) fn created(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<OnDisk, CreateFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    let Stage::FirstStart { error, awaited, .. } = &mut state.stage else { return Vec::new() };
    if *awaited != Some(ticket) {
        return Vec::new();
    }
    *awaited = None;
    match outcome {
        Ok(made) => enter_vault(state, made, now),
        Err(CreateFailure::Save(SaveError::Conflict)) => {
            let sentence =
                "Another window of Holdfast made a vault meanwhile; enter its passphrase.";
            state.enter(Stage::Locked { error: Some(sentence.to_owned()), awaited: None });
        }
        Err(failure) => *error = Some(failure.to_string()),
    }
    Vec::new()
}

pub(super) fn unlock(state: &mut State, passphrase: &SecretText) -> Vec<Effect> {
    let Stage::Locked { error, awaited } = &mut state.stage else { return Vec::new() };
    if awaited.is_some() {
        return Vec::new();
    }
    if passphrase.is_empty() {
        *error = Some("There is no passphrase yet; type yours.".to_owned());
        return Vec::new();
    }
    let ticket = state.tickets.issue();
    *awaited = Some(ticket);
    *error = None;
    let mut effects = astray::write_again(state);
    let passphrase = Passphrase::new(passphrase.as_str());
    effects.push(Effect::Open { ticket, passphrase, vault: state.vault });
    effects
}

pub(super) fn opened(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<OnDisk, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    state.device.asked.take_if(|asked| *asked == ticket);
    let Stage::Locked { error, awaited } = &mut state.stage else { return Vec::new() };
    if *awaited != Some(ticket) {
        return Vec::new();
    }
    *awaited = None;
    match outcome {
        Ok(found) => {
            let is_newest = !found.memo.is_missed_by(&found.vault);
            // A clock that was set back is to be told of, and a save would take its date.
            let goes_on = now >= found.vault.header().written_at();
            let is_due = is_newest && goes_on && found.vault.trash_is_due(now);
            // Unlocked before it was answered.
            if let Some(last) = state.last_look.take() {
                state.doubted.get_or_insert(last.doubted);
            }
            if state.doubted.is_some() {
                state.kept_how = None;
            }
            enter_vault(state, found, now);
            let mut effects = astray::settle_doubt(state);
            if is_due {
                effects.extend(save::keep(state, Change::Move(MoveChange::EmptyTrash), now));
            }
            return effects;
        }
        Err(OpenFailure::Open(
            reason @ (OpenError::WrongPassphrase | OpenError::OutOfMemory | OpenError::NotAllTried),
        )) => *error = Some(reason.to_string()),
        // It is over in a moment, and says nothing of the file.
        Err(OpenFailure::Load(reason @ LoadError::Busy)) => *error = Some(reason.to_string()),
        Err(OpenFailure::Retired(end)) => return retire::elsewhere(state, end),
        Err(OpenFailure::Device(reason)) => {
            *error = Some(reason.to_string());
            state.device.opens &= reason != DeviceError::Changed;
        }
        Err(OpenFailure::Open(reason @ (OpenError::WrongDeviceKey | OpenError::NoSuchSlot))) => {
            *error = Some(reason.to_string());
            state.device.opens = false;
        }
        Err(failure) => {
            state.enter(blocked(&failure));
            return astray::give_up_doubt(state);
        }
    }
    Vec::new()
}

fn enter_vault(state: &mut State, found: OnDisk, now: UnixTime) {
    state.active_at = now;
    state.vault = Some(found.vault.header().vault_id());
    let forgetful = found.forgetful.as_ref().map(ToString::to_string);
    let Copies { former, stray } = *found.copies.clone();
    let stray = stray.map(|stray| stray.to_string());
    state.enter(Stage::Open(Box::new(Opened::new(found, now))));
    // It may have been written while the passphrase was tried, where nobody could read of it.
    let kept_how = if state.kept.is_none() { state.kept_how.take() } else { None };
    let told: Vec<String> = [kept_how, forgetful, former, stray].into_iter().flatten().collect();
    if !told.is_empty() {
        state.say_trouble(told.join(" "), now);
    }
}
