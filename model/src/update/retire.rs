//! The end of this device's vault: what goes with it is shown, then it is destroyed.

use holdfast_otp::UnixTime;

use super::go;
use crate::ports::{DestroyError, Expected, LoadError};
use crate::retire::{End, Remains};
use crate::state::{Page, Retirement, Stage, State, Watch};
use crate::vault::Passphrase;
use crate::{Effect, SecretText, SetAside, Ticket, moving};

/// Opens the page, which asks what the copies hold that go with the vault.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let looking = state.tickets.issue();
    let Some(opened) = state.opened() else { return Vec::new() };
    if opened.vault.moving().is_none() || opened.is_busy() {
        return Vec::new();
    }
    let look = Effect::LookAside { ticket: looking, vault: Box::new(opened.vault.clone()) };
    let effects = go(state, Page::Retire { aside: None, looking, error: None });
    effects.into_iter().chain([look]).collect()
}

/// Looks at the copies once more.
fn look_again(state: &mut State) -> Vec<Effect> {
    let ticket = state.tickets.issue();
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let Page::Retire { aside, looking, .. } = &mut opened.page else { return Vec::new() };
    (*aside, *looking) = (None, ticket);
    vec![Effect::LookAside { ticket, vault: Box::new(opened.vault.clone()) }]
}

/// What the copies hold is known.
pub(super) fn seen(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<SetAside, LoadError>,
) -> Vec<Effect> {
    match state.opened_mut().map(|opened| &mut opened.page) {
        Some(Page::Retire { aside, looking, error }) if *looking == ticket => match outcome {
            Ok(found) => *aside = Some(found),
            Err(reason) => {
                *error = Some(format!("What lies beside the vault cannot be looked at: {reason}"));
            }
        },
        _ => {}
    }
    Vec::new()
}

pub(super) fn retire(state: &mut State, typed: &SecretText) -> Vec<Effect> {
    let ticket = state.tickets.issue();
    let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) else {
        return Vec::new();
    };
    let Page::Retire { aside, error, .. } = &mut opened.page else { return Vec::new() };
    let Expected::Stamped(stamp) = opened.on_disk else { return Vec::new() };
    if typed.is_empty() {
        *error = Some("The passphrase is missing; type it to destroy the vault.".to_owned());
        return Vec::new();
    }
    let Some(aside) = aside.clone() else {
        // Nothing is destroyed that the person could not see.
        *error = Some(LOOKING.to_owned());
        return look_again(state);
    };
    *error = None;
    opened.keying = Some(ticket);
    let vault = Box::new(opened.vault.clone());
    let passphrase = Passphrase::new(typed.as_str());
    vec![Effect::Destroy { ticket, vault, passphrase, stamp, aside }]
}

const LOOKING: &str =
    "It is still being looked at what lies beside the vault; try again in a moment.";

pub(super) fn destroyed(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Remains, DestroyError>,
    now: UnixTime,
) -> Vec<Effect> {
    let late = state.late_save.take_if(|late| *late == ticket).is_some();
    if !late {
        let awaited = state.opened_mut().map(|opened| &mut opened.keying);
        if awaited.and_then(|keying| keying.take_if(|awaited| *awaited == ticket)).is_none() {
            return Vec::new();
        }
    }
    match outcome {
        Ok(remains) => {
            let (accounts, unready) = state.opened().map_or((0, Vec::new()), |opened| {
                (opened.vault.entries().len(), moving::unready(&opened.vault))
            });
            let aside = match state.opened_mut().map(|opened| &mut opened.page) {
                Some(Page::Retire { aside, .. }) => aside.take().unwrap_or_default().accounts,
                _ => Vec::new(),
            };
            // What was told of accounts is over with them.
            state.notice = None;
            let end = Retirement::Done { accounts, at: now, unready, aside };
            state.enter(Stage::Retired { remains, end });
            vec![Effect::ClearClipboardNow]
        }
        Err(reason) => {
            match state.opened_mut().map(|opened| &mut opened.page) {
                Some(Page::Retire { error, .. }) => *error = Some(reason.to_string()),
                _ => state.say_trouble(reason.to_string(), now),
            }
            if reason == DestroyError::Changed { look_again(state) } else { Vec::new() }
        }
    }
}

/// The vault that is open here was destroyed by another window or the terminal, as its owner wanted: what is
/// held of it is forgotten, and nothing of it is written.
pub(super) fn elsewhere(state: &mut State, end: End) -> Vec<Effect> {
    let camera = matches!(state.opened().map(|opened| &opened.page), Some(Page::Camera(_)));
    forget_what_was_held(state);
    (state.locked_by, state.late_save, state.notice, state.handed) = (None, None, None, None);
    state.watch = Watch::default();
    let end = Retirement::Elsewhere(end);
    state.enter(Stage::Retired { remains: Remains::default(), end });
    let stop = camera.then_some(Effect::StopCamera);
    std::iter::once(Effect::ClearClipboardNow).chain(stop).collect()
}

/// The same of a vault that had been open here, and of which this window still held what a lock would lose.
pub(super) fn of_what_was_held(state: &mut State, end: End, now: UnixTime) -> Vec<Effect> {
    if !state.is_open() {
        return elsewhere(state, end);
    }
    // Another one is open by now, and is not to suffer for it.
    forget_what_was_held(state);
    let sentence = format!(
        "The vault that was open here before was destroyed on this device{}; what this window held of it \
         is forgotten.",
        end.when()
    );
    state.say(sentence, now);
    Vec::new()
}

fn forget_what_was_held(state: &mut State) {
    (state.kept, state.kept_how, state.doubted, state.last_look) = (None, None, None, None);
}
