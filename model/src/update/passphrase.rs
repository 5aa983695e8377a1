//! The passphrase of an open vault, changed or asked for; and a vault file that is an older one.

use holdfast_otp::UnixTime;

use crate::msg::{OnDisk, OpenedBy, PassphraseFailure};
use crate::ports::Expected;
use crate::state::{Opened, Page, State};
use crate::vault::{OpenError, Passphrase};
use crate::{Effect, SecretText, Ticket};

/// The person saw the dates, and goes on with this file.
pub(super) fn use_older(state: &mut State) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() || !matches!(opened.page, Page::Older) {
        return Vec::new();
    }
    opened.memo.accept(&opened.vault);
    let memo = opened.vault.seal_memo(&opened.memo);
    state.turn_to(Page::Codes);
    vec![Effect::KeepMemo(memo)]
}

pub(super) fn change(
    state: &mut State,
    current: &SecretText,
    passphrase: &SecretText,
    again: &SecretText,
) -> Vec<Effect> {
    let (ticket, config) = (state.tickets.issue(), state.config);
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let Page::Passphrase { error, .. } = &mut opened.page else { return Vec::new() };
    let must_know = opened.opened_by == OpenedBy::Passphrase;
    if must_know && current.is_empty() {
        *error = Some("The present passphrase is missing; type it first.".to_owned());
        return Vec::new();
    }
    match config.accept(passphrase, again) {
        Ok(passphrase) => {
            *error = None;
            opened.keying = Some(ticket);
            let current = must_know.then(|| Passphrase::new(current.as_str()));
            let vault = Box::new(opened.vault.clone());
            vec![Effect::ChangePassphrase { ticket, vault, current, passphrase, cost: config.cost }]
        }
        Err(reason) => {
            *error = Some(reason.to_string());
            Vec::new()
        }
    }
}

pub(super) fn changed(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<OnDisk, PassphraseFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    if state.late_save.take_if(|late| *late == ticket).is_some() {
        match outcome {
            Ok(_) => state.say("The passphrase was changed; unlock with the new one.", now),
            Err(_) => state.say_trouble(
                "The passphrase was not changed before the lock; the one before still opens the vault.",
                now,
            ),
        }
        return Vec::new();
    }
    let Some(opened) = answered(state, ticket) else { return Vec::new() };
    match outcome {
        Ok(OnDisk { vault, stamp, memo, opened_by, .. }) => {
            opened.vault = *vault;
            opened.on_disk = Expected::Stamped(stamp);
            (opened.memo, opened.opened_by) = (memo, opened_by);
            // It took every other way in away.
            state.device.opens = false;
            state.turn_to(Page::Codes);
            state.say("The passphrase was changed; the one before opens nothing any more.", now);
        }
        Err(reason) => {
            if let Page::Passphrase { error, .. } = &mut opened.page {
                *error = Some(reason.to_string());
            }
        }
    }
    Vec::new()
}

/// Tries a passphrase that was asked for.
pub(super) fn attempt(state: &mut State, typed: &SecretText) -> Vec<Effect> {
    let ticket = state.tickets.issue();
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let Page::Remind { error } = &mut opened.page else { return Vec::new() };
    if typed.is_empty() {
        *error = Some("There is no passphrase yet; type yours.".to_owned());
        return Vec::new();
    }
    *error = None;
    opened.keying = Some(ticket);
    let vault = Box::new(opened.vault.clone());
    vec![Effect::TryPassphrase { ticket, vault, passphrase: Passphrase::new(typed.as_str()) }]
}

pub(super) fn attempted(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<bool, OpenError>,
    now: UnixTime,
) -> Vec<Effect> {
    // One that a lock overtook changes nothing on disk.
    state.late_save.take_if(|late| *late == ticket);
    let Some(opened) = answered(state, ticket) else { return Vec::new() };
    let sentence = match outcome {
        Ok(true) => {
            opened.memo.typed(now);
            let memo = opened.vault.seal_memo(&opened.memo);
            state.turn_to(Page::Codes);
            state.say("That is your passphrase.", now);
            return vec![Effect::KeepMemo(memo)];
        }
        Ok(false) => {
            "This is not the passphrase; try again, or choose a new one while this device \
                      still opens the vault."
                .to_owned()
        }
        Err(error) => error.to_string(),
    };
    if let Page::Remind { error } = &mut opened.page {
        *error = Some(sentence);
    }
    Vec::new()
}

pub(super) fn ask_later(state: &mut State, now: UnixTime) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() || !matches!(opened.page, Page::Remind { .. }) {
        return Vec::new();
    }
    opened.memo.put_off(now);
    let memo = opened.vault.seal_memo(&opened.memo);
    state.turn_to(Page::Codes);
    vec![Effect::KeepMemo(memo)]
}

/// The open vault that waits for this answer, which now waits no more.
fn answered(state: &mut State, ticket: Ticket) -> Option<&mut Opened> {
    let opened = state.opened_mut()?;
    opened.keying.take_if(|awaited| *awaited == ticket)?;
    Some(opened)
}
