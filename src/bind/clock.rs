//! What the person does about the device's clock, as messages.

use holdfast_model::{ClockMsg, Msg};
use slint::ComponentHandle;

use crate::ui::{AppWindow, ClockActions};

/// Hands all that happens about the clock to `send`.
pub(super) fn connect(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<ClockActions>();
    let plain = |msg: ClockMsg| {
        let send = send.clone();
        move || send(Msg::Clock(msg))
    };
    actions.on_open(plain(ClockMsg::Open));
    actions.on_correct(plain(ClockMsg::Correct));
    actions.on_remove(plain(ClockMsg::Remove));
}
