//! What the person chooses about the window: it holds at once, and is remembered.

use holdfast_otp::UnixTime;

use super::retire;
use crate::ports::SaveError;
use crate::state::State;
use crate::{Effect, Preferences};

/// Changes what is chosen.
pub(super) fn change(state: &mut State, choose: impl FnOnce(&mut Preferences)) -> Vec<Effect> {
    let before = state.preferences;
    choose(&mut state.preferences);
    if state.preferences == before {
        return Vec::new();
    }
    let vault = state.opened().map(|opened| opened.vault.header().vault_id());
    vec![Effect::Remember { preferences: state.preferences, vault }]
}

/// It was remembered, or not: then it holds until the app ends.
pub(super) fn remembered(
    state: &mut State,
    outcome: Result<(), SaveError>,
    now: UnixTime,
) -> Vec<Effect> {
    if let Err(SaveError::Retired(end)) = outcome {
        return retire::elsewhere(state, end);
    }
    if outcome.is_err() {
        state.say_trouble(
            "The settings could not be saved, so they hold until Holdfast is closed; check the disk, \
             then choose again.",
            now,
        );
    }
    Vec::new()
}
