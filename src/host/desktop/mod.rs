//! The desktop's side of every port: files, clipboard, camera, screen, clock and randomness.

pub mod camera;
pub mod clipboard;
mod copied;
pub mod descriptor;
pub mod ending;
pub mod files;
pub mod links;
pub mod locking;
pub mod presence;
pub mod screens;
mod visible;

pub use super::posix::{memos, picture, settings, storage, system, text_file};

use holdfast_model::ports::{
    Clipboard, Clock, Files, Links, Memos, Ports, Screens, Settings, Storage,
};
use holdfast_model::scan::Desk;
use rand_core::CryptoRng;

use clipboard::DesktopClipboard;
use files::DesktopFiles;
use links::DesktopLinks;
use memos::StateFolder;
use presence::Presence;
use screens::DesktopScreens;
use settings::SettingsFile;
use storage::VaultFile;
use system::SystemClock;

/// The desktop as the app knows it, with the vault in one file.
pub struct Desktop {
    vault: VaultFile,
    memos: StateFolder,
    settings: SettingsFile,
    clipboard: DesktopClipboard,
    files: DesktopFiles,
    screens: DesktopScreens,
    links: DesktopLinks,
    clock: SystemClock,
    desk: Desk,
    presence: Presence,
}

impl Desktop {
    /// The desktop, with the vault and the settings in these files; it keeps the window's claim.
    #[must_use]
    pub fn new(vault: VaultFile, settings: SettingsFile, presence: Presence) -> Self {
        let memos = StateFolder::of(|name| std::env::var_os(name)).of_vault(vault.path());
        Self {
            vault,
            memos,
            settings,
            clipboard: DesktopClipboard::default(),
            files: DesktopFiles,
            screens: DesktopScreens,
            links: DesktopLinks,
            clock: SystemClock,
            desk: Desk::new(),
            presence,
        }
    }

    /// Whether another window was open on the vault when this one was.
    pub fn another_window(&self) -> bool {
        !self.presence.is_first()
    }
}

impl Ports for Desktop {
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

    fn screens(&self) -> &dyn Screens {
        &self.screens
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
