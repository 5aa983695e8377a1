//! The device's lock, which may open the vault in the place of the passphrase.

use holdfast_otp::UnixTime;

use super::astray;
use crate::device::{DeviceFailure, DeviceMsg};
use crate::msg::OnDisk;
use crate::ports::Expected;
use crate::state::{Page, Stage, State};
use crate::vault::Passphrase;
use crate::{Effect, SecretText, Ticket};

pub(super) fn update(state: &mut State, msg: DeviceMsg, now: UnixTime) -> Vec<Effect> {
    match msg {
        DeviceMsg::Found { is_there, opens } => {
            (state.device.is_there, state.device.opens) = (is_there, opens);
            Vec::new()
        }
        DeviceMsg::Unlock => unlock(state),
        DeviceMsg::Set(true) => set(state),
        DeviceMsg::Set(false) if state.device.opens => {
            super::go(state, Page::DeviceAway { error: None })
        }
        DeviceMsg::Set(false) => Vec::new(),
        DeviceMsg::TakeAway(passphrase) => take_away(state, &passphrase),
        DeviceMsg::IsSet { ticket, on, outcome } => is_set(state, ticket, on, outcome, now),
    }
}

/// Looks what the device can do, where the vault was just found, opened or locked.
pub(super) fn find(state: &mut State, was: Place) -> Option<Effect> {
    let is = Place::of(state);
    (state.config.device_lock && is != was && is != Place::Elsewhere).then_some(Effect::FindDevice)
}

/// Before which door one stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Elsewhere,
    Before,
    Behind,
}

impl Place {
    pub fn of(state: &State) -> Self {
        match state.stage {
            Stage::Locked { .. } => Self::Before,
            Stage::Open(_) => Self::Behind,
            _ => Self::Elsewhere,
        }
    }
}

fn unlock(state: &mut State) -> Vec<Effect> {
    let Stage::Locked { error, awaited } = &mut state.stage else { return Vec::new() };
    if awaited.is_some() || !state.device.opens {
        return Vec::new();
    }
    let ticket = state.tickets.issue();
    *awaited = Some(ticket);
    *error = None;
    state.device.asked = Some(ticket);
    let mut effects = astray::write_again(state);
    effects.push(Effect::OpenByDevice { ticket });
    effects
}

fn set(state: &mut State) -> Vec<Effect> {
    if !state.device.is_there || state.device.opens {
        return Vec::new();
    }
    let ticket = state.tickets.issue();
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    opened.keying = Some(ticket);
    let vault = Box::new(opened.vault.clone());
    state.device.asked = Some(ticket);
    vec![Effect::SetDevice { ticket, vault }]
}

fn take_away(state: &mut State, typed: &SecretText) -> Vec<Effect> {
    let ticket = state.tickets.issue();
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let Page::DeviceAway { error } = &mut opened.page else { return Vec::new() };
    if typed.is_empty() {
        *error = Some("There is no passphrase yet; type yours.".to_owned());
        return Vec::new();
    }
    *error = None;
    opened.keying = Some(ticket);
    let vault = Box::new(opened.vault.clone());
    let passphrase = Passphrase::new(typed.as_str());
    vec![Effect::TakeDeviceAway { ticket, vault, passphrase }]
}

fn is_set(
    state: &mut State,
    ticket: Ticket,
    on: bool,
    outcome: Result<OnDisk, DeviceFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    state.device.asked.take_if(|asked| *asked == ticket);
    let is_late = state.late_save.take_if(|late| *late == ticket).is_some();
    if outcome.is_ok() {
        state.device.opens = on;
    }
    if is_late && !on && outcome.is_err() {
        state.say_trouble(
            "This device's lock was not taken away before the vault was locked; it still opens it.",
            now,
        );
    }
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.keying.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    match outcome {
        Ok(OnDisk { vault, stamp, memo, opened_by, .. }) => {
            opened.vault = *vault;
            opened.on_disk = Expected::Stamped(stamp);
            opened.memo = memo;
            if on {
                state.say(
                    "This device's lock opens the vault from now on; the passphrase still does, too.",
                    now,
                );
            } else {
                opened.opened_by = opened_by;
                state.turn_to(Page::Codes);
                state.say(
                    "This device's lock opens the vault no more; only the passphrase does.",
                    now,
                );
            }
        }
        Err(reason) => match &mut opened.page {
            Page::DeviceAway { error } if !on => *error = Some(reason.to_string()),
            _ => state.say_trouble(reason.to_string(), now),
        },
    }
    Vec::new()
}
