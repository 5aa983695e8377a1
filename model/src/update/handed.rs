//! What another app handed over: it waits until the vault is open and nothing half done would be lost.

use holdfast_otp::UnixTime;

use super::{adding, door};
use crate::Effect;
use crate::handed::{Handed, Waiting};
use crate::state::{Page, State};

const WAITS: &str =
    "Another app handed something over; finish this page or leave it, and it comes up.";

/// Another app handed this over. What came before it and was not looked at goes.
pub(super) fn receive(state: &mut State, what: Handed, now: UnixTime) -> Vec<Effect> {
    state.handed = Some(Waiting { what, since: now });
    if state.is_open() && !door::idle_too_long(state, now) && !may_look(state) {
        state.say(WAITS, now);
    }
    Vec::new()
}

/// Looks at what waits, if this is the time for it.
pub(super) fn look(state: &mut State, now: UnixTime) -> Vec<Effect> {
    if state.handed.take_if(|waiting| waiting.is_over(now)).is_some()
        || door::idle_too_long(state, now)
        || !may_look(state)
    {
        return Vec::new();
    }
    let Some(waiting) = state.handed.take() else { return Vec::new() };
    state.active_at = now;
    match waiting.what {
        Handed::Text(text) => adding::text_given(state, &text, now),
        Handed::Picture(path) => {
            adding::ask(state, |ticket| Effect::ReadPictures { ticket, paths: vec![path] })
        }
    }
}

/// Whether another page may come in the place of the one in front by itself.
fn may_look(state: &State) -> bool {
    let Some(opened) = state.opened() else { return false };
    let page = &opened.page;
    !opened.is_busy()
        && matches!(
            page,
            Page::Codes
                | Page::Add { .. }
                | Page::Camera(_)
                | Page::Known { .. }
                | Page::Moving { .. }
        )
}
