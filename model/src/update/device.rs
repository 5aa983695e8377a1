//! The device's lock, which may open the vault in the place of the passphrase.

use holdfast_otp::UnixTime;

use super::astray;
use crate::Effect;
use crate::Ticket;
use crate::device::{DeviceFailure, DeviceMsg};
use crate::msg::OnDisk;
use crate::ports::Expected;
use crate::state::{Stage, State};

pub(super) fn update(state: &mut State, msg: DeviceMsg, now: UnixTime) -> Vec<Effect> {
    match msg {
        DeviceMsg::Found { is_there, opens } => {
            (state.device.is_there, state.device.opens) = (is_there, opens);
            Vec::new()
        }
        DeviceMsg::Unlock => unlock(state),
        DeviceMsg::Set(on) => set(state, on),
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

fn set(state: &mut State, on: bool) -> Vec<Effect> {
    if !state.device.is_there || state.device.opens == on {
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
    vec![Effect::SetDevice { ticket, vault, on }]
}

fn is_set(
    state: &mut State,
    ticket: Ticket,
    on: bool,
    outcome: Result<OnDisk, DeviceFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    state.device.asked.take_if(|asked| *asked == ticket);
    state.late_save.take_if(|late| *late == ticket);
    if outcome.is_ok() {
        state.device.opens = on;
    }
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.keying.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    match outcome {
        Ok(OnDisk { vault, stamp, memo, .. }) => {
            opened.vault = *vault;
            opened.on_disk = Expected::Stamped(stamp);
            opened.memo = memo;
            state.say(
                if on {
                    "This device's lock opens the vault from now on; the passphrase still does, too."
                } else {
                    "This device's lock opens the vault no more; the passphrase does."
                },
                now,
            );
        }
        Err(reason) => state.say_trouble(reason.to_string(), now),
    }
    Vec::new()
}
