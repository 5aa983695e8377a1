//! The keys that the app draws itself: each types as a real one does.

use slint::platform::WindowEvent;
use slint::{ComponentHandle, SharedString};

use crate::ui::{AppWindow, Keyboard};

/// Lets the own keys type into the field that has the focus.
pub(super) fn connect(window: &AppWindow) {
    let weak = window.as_weak();
    window.global::<Keyboard>().on_press(move |text| {
        if let Some(window) = weak.upgrade() {
            press(&window, text);
        }
    });
}

/// A key goes down and up.
pub fn press(window: &AppWindow, text: SharedString) {
    for event in [WindowEvent::KeyPressed { text: text.clone() }, WindowEvent::KeyReleased { text }]
    {
        // What nothing takes needs no other way: the key was pressed.
        let _ = window.window().dispatch_event_with_result(event);
    }
}
