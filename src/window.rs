//! The desktop's window: the machine, the camera and the event loop, joined.

use std::path::PathBuf;
use std::sync::Arc;

use holdfast_model::Config;
use holdfast_model::vault::Cost;
use slint::{ComponentHandle, PlatformError};

use crate::WRITTEN;
use crate::bind_system;
use crate::host::camera::Cameras;
use crate::host::desktop::Desktop;
use crate::host::desktop::camera::{Devices, Recording, Remembered};
use crate::host::desktop::presence::Presence;
use crate::host::desktop::settings::SettingsFile;
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::{ending, locking};
use crate::shell::Shell;
use crate::ui::AppWindow;

/// Opens the window on this vault file and returns when it is closed, or the system asks the app to end. A recording can take the
/// place of the camera.
///
/// # Errors
/// There is no display, or none that can be drawn on.
pub fn run(vault: PathBuf, camera_file: Option<PathBuf>) -> Result<(), PlatformError> {
    let shell = open(vault, camera_file)?;
    // Where the system takes no handler, it ends the app in its own way.
    let _ = ending::watch(|| slint::quit_event_loop().is_ok());
    shell.window().run()
}

/// The window as [`run`] shows it, joined to this machine and not shown yet.
///
/// # Errors
/// There is no display, or none that can be drawn on.
pub fn open(vault: PathBuf, camera_file: Option<PathBuf>) -> Result<Shell<Desktop>, PlatformError> {
    let window = AppWindow::new()?;
    // Desktops join the window to its entry in the menu by this name.
    slint::set_xdg_app_id("holdfast")?;
    let cameras: Arc<dyn Cameras> = match camera_file {
        Some(recording) => Arc::new(Recording(recording)),
        None => Arc::new(Devices::new(Remembered::in_config())),
    };
    let settings = SettingsFile::default_path(|name| std::env::var_os(name));
    let presence = Presence::claim(&vault, |name| std::env::var_os(name));
    let machine = Desktop::new(VaultFile::at(vault), SettingsFile::at(settings), presence);
    let another_window = machine.another_window();
    let config = Config {
        cost: Cost::DESKTOP,
        built: WRITTEN,
        another_window,
        reads_screens: true,
        device_lock: false,
        plain_keys: false,
        clears_in_front: false,
    };
    let shell = Shell::start(window, machine, cameras, config);
    bind_system::connect(shell.window(), shell.teller());
    locking::watch(shell.suspender());
    Ok(shell)
}
