//! The phone's window: the activity, the machine and the event loop, joined.

use std::sync::Arc;

use holdfast_model::vault::Cost;
use holdfast_model::{Config, Msg};
use slint::platform::Key;
use slint::{ComponentHandle, PlatformError};

use crate::bind::{Happened, keyboard};
use crate::host::android::{AndroidApp, Phone, PhoneWindow, Told, Turn, cameras};
use crate::host::posix::system::keep_memory_private;
use crate::shell::Shell;
use crate::ui::AppWindow;
use crate::{WRITTEN, bind_phone, render_phone};

/// Runs the app from the activity's start to its end, or to that of its turn.
pub fn run(app: &AndroidApp, turn: &Turn) {
    // Where the system refuses, the app works all the same, only less protected.
    let _ = keep_memory_private();
    // Without a window there is nobody to tell, and Android shows that the app ended.
    let _ = run_in(app, turn);
}

fn run_in(app: &AndroidApp, turn: &Turn) -> Result<(), PlatformError> {
    let failed = |what: &str| PlatformError::Other(what.to_owned());
    let folder = app.internal_data_path().ok_or_else(|| failed("no folder"))?;
    let activity =
        PhoneWindow::set(app, turn).map_err(|_| failed("two activities on one thread"))?;
    let config = Config {
        cost: Cost::PHONE,
        built: WRITTEN,
        another_window: false,
        reads_screens: false,
        device_lock: true,
        plain_keys: true,
        clears_in_front: true,
    };
    let machine = Phone::new(app, &activity, &folder);
    let shell = Shell::start(AppWindow::new()?, machine, Arc::new(cameras(app)), config);
    render_phone::own_keys(shell.window());
    bind_phone::connect(shell.window(), &activity);
    let (teller, window) = (shell.teller(), shell.window().as_weak());
    activity.listen(move |told| {
        match told {
            Told::Seen(seen) => teller(Happened::Seen(seen)),
            Told::Touched => teller(Happened::Msg(Msg::Active)),
            Told::Unread => {
                if let Some(window) = window.upgrade() {
                    render_phone::unread(&window);
                }
            }
            Told::Texts(scale) => {
                if let Some(window) = window.upgrade() {
                    render_phone::texts(&window, scale);
                }
            }
            Told::Handed(handed) => teller(Happened::Msg(Msg::Handed(handed))),
            Told::Back => return window.upgrade().is_some_and(|window| back(&window)),
        }
        true
    });
    let ran = shell.window().run();
    activity.mute();
    ran
}

/// One page back, as the Escape key does it; on the page that is the first one, nothing.
fn back(window: &AppWindow) -> bool {
    if window.get_at_root() {
        return false;
    }
    keyboard::press(window, Key::Escape.into());
    true
}
