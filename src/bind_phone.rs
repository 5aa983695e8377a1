//! Connects the pages with what is around them on a phone: the system's keyboard and its bars.

use slint::ComponentHandle;

use crate::host::android::PhoneWindow;
use crate::ui::{AppWindow, Keyboard};

/// Keeps the phone's keyboard away while the own keys are up, and the ground beneath the bars that of the page.
pub fn connect(window: &AppWindow, activity: &PhoneWindow) {
    let phone = activity.clone();
    phone.edge(window.get_edge());
    window.on_edge_changed(move |edge| phone.edge(edge));
    let activity = activity.clone();
    window.global::<Keyboard>().on_shown(move |up| activity.own_keys(up));
}
