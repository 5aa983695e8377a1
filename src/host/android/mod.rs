//! The phone's side of every port, and the window that an activity gives.

mod camera;
mod clipboard;
mod content;
mod door;
mod entry;
mod files;
mod input;
mod java;
mod keys;
mod keystore;
mod links;
mod platform;
mod surface;
mod text_size;
mod turn;

use std::path::Path;

use holdfast_model::ports::{
    Clipboard, Clock, DeviceLock, Files, Links, Memos, Ports, Settings, Storage,
};
use holdfast_model::scan::Desk;
use rand_core::CryptoRng;

use super::posix::memos::StateFolder;
use super::posix::settings::SettingsFile;
use super::posix::storage::VaultFile;
use super::posix::system::{self, SystemClock};
pub use clipboard::PhoneClipboard;
use files::PhoneFiles;
use java::Java;
use keystore::Keystore;
use links::PhoneLinks;

pub use android_activity::AndroidApp;
pub use camera::PhoneCameras;
pub use platform::{Phone as PhoneWindow, Told};
pub use turn::Turn;

/// The phone as the app knows it, with everything in the app's own folder, which no other app sees.
pub struct Phone {
    vault: VaultFile,
    memos: StateFolder,
    settings: SettingsFile,
    clipboard: PhoneClipboard,
    files: PhoneFiles,
    links: PhoneLinks,
    keystore: Keystore,
    clock: SystemClock,
    desk: Desk,
}

impl Phone {
    /// The phone, with what it keeps in this folder and the window's clipboard.
    #[must_use]
    pub fn new(app: &AndroidApp, window: &PhoneWindow, folder: &Path) -> Self {
        let java = Java::of(app);
        let vault = folder.join("vault");
        Self {
            memos: StateFolder::at(folder.join("memos")).of_vault(&vault),
            vault: VaultFile::at(vault),
            settings: SettingsFile::at(Some(folder.join("settings"))),
            clipboard: window.clipboard(),
            files: PhoneFiles::new(java.clone()),
            keystore: Keystore::new(java.clone()),
            links: PhoneLinks::new(java),
            clock: SystemClock,
            desk: Desk::new(),
        }
    }
}

/// The phone's cameras; the first that is opened asks the person for the permission.
#[must_use]
pub fn cameras(app: &AndroidApp) -> PhoneCameras {
    PhoneCameras::new(Java::of(app))
}

impl Ports for Phone {
    fn storage(&self) -> &dyn Storage {
        &self.vault
    }

    fn settings(&self) -> &dyn Settings {
        &self.settings
    }

    fn memos(&self) -> &dyn Memos {
        &self.memos
    }

    fn clipboard(&self) -> &dyn Clipboard {
        &self.clipboard
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn device_lock(&self) -> Option<&dyn DeviceLock> {
        Some(&self.keystore)
    }

    fn links(&self) -> &dyn Links {
        &self.links
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn rng(&self) -> Box<dyn CryptoRng + Send> {
        system::os_rng()
    }
}
