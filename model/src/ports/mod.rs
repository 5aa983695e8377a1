//! What the app needs from the machine it runs on, as traits the shell fulfils.
//!
//! Every method may block: the shell calls [`crate::perform`] on a worker thread. Beside each
//! trait stands a twin that lives in memory ([`memory`]), for tests of the whole behaviour.

mod clipboard;
mod device;
mod files;
mod links;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod memos;
mod screens;
mod settings;
mod storage;

use std::time::Duration;

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use crate::scan::Desk;

pub use clipboard::{Clipboard, ClipboardError, ClipboardPicture};
pub use device::{DeviceError, DeviceLock};
pub use files::{FileError, Files, KeepError, PICTURE_LIMIT};
pub use links::{LinkError, Links, NoLinks};
pub use memos::{MemoError, Memos, end_note, place_name};
pub use screens::{NoScreens, ScreenError, Screens};
pub use settings::Settings;
pub use storage::{
    Copies, DestroyError, Expected, LoadError, SaveError, Stamp, Storage, Stray, VAULT_LIMIT,
};

/// The machine, as far as the app may know it.
pub trait Ports {
    /// Where the sealed vault is kept.
    fn storage(&self) -> &dyn Storage;
    /// Where the person's choices are kept.
    fn settings(&self) -> &dyn Settings;
    /// What this device remembers of vaults, outside their files.
    fn memos(&self) -> &dyn Memos;
    /// The clipboard.
    fn clipboard(&self) -> &dyn Clipboard;
    /// Pictures the person chooses.
    fn files(&self) -> &dyn Files;
    /// What the screen shows, where the system lets a program see it.
    fn screens(&self) -> &dyn Screens {
        &NoScreens
    }
    /// The system's browser.
    fn links(&self) -> &dyn Links {
        &NoLinks
    }
    /// The device's own lock, where it has one that guards keys.
    fn device_lock(&self) -> Option<&dyn DeviceLock> {
        None
    }
    /// The time of day.
    fn clock(&self) -> &dyn Clock;
    /// Where pictures are read, in bounded time.
    fn desk(&self) -> &Desk;
    /// A fresh source of randomness from the operating system. [`crate::State`] is given one at
    /// the start; the worker asks for another when it makes a vault.
    fn rng(&self) -> Box<dyn CryptoRng + Send>;
}

/// The time of day.
pub trait Clock {
    /// The seconds since 1970. A clock set before 1970 gives the seconds since it was first read, which the app
    /// then remarks on.
    fn now(&self) -> UnixTime;

    /// Does the work, on this thread, and says how long the processor was at it, whatever else it did
    /// meanwhile; `None` on a machine on which that cannot be told.
    fn time(&self, work: &mut dyn FnMut()) -> Option<Duration>;
}
