//! Connects the keys that the app draws itself with the phone's own keyboard.

use slint::ComponentHandle;

use crate::host::android::PhoneWindow;
use crate::ui::{AppWindow, Keyboard};

/// Keeps the phone's keyboard away while the own keys are up.
pub fn connect(window: &AppWindow, activity: &PhoneWindow) {
    let activity = activity.clone();
    window.global::<Keyboard>().on_shown(move |up| activity.own_keys(up));
}
