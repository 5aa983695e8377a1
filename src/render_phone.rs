//! What the window shows on a phone only.

use slint::ComponentHandle;

use crate::ui::{AppWindow, Keyboard, Theme};

/// Gives the window keys of its own.
pub fn own_keys(window: &AppWindow) {
    window.global::<Keyboard>().set_own(true);
}

/// Says at the field with the focus that the keyboard sent what cannot be read.
pub fn unread(window: &AppWindow) {
    window.global::<Keyboard>().set_unread(true);
}

/// Makes the texts so many times as large.
pub fn texts(window: &AppWindow, scale: f32) {
    window.global::<Theme>().set_text_scale(scale);
}
