//! Twins of what the device has beside the app: its screen, its browser, and its own lock.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::super::{
    ClipboardPicture, DeviceError, DeviceLock, LinkError, Links, ScreenError, Screens,
};
use super::lock;
use crate::vault::DeviceKey;

/// A screen that shows a picture, or nothing, or may not be seen.
#[derive(Default)]
pub struct MemoryScreens(Mutex<Option<Result<Vec<u8>, ScreenError>>>);

impl MemoryScreens {
    /// From now on the screen shows this picture file, or may not be seen; without either, the
    /// person says no.
    pub fn show(&self, shown: Option<Result<Vec<u8>, ScreenError>>) {
        *lock(&self.0) = shown;
    }
}

impl Screens for MemoryScreens {
    fn picture(&self) -> Result<Option<ClipboardPicture>, ScreenError> {
        lock(&self.0).clone().transpose().map(|file| file.map(ClipboardPicture::Encoded))
    }
}

/// A browser that remembers what it was to open, or is not there.
#[derive(Default)]
pub struct MemoryLinks {
    /// What it was to open.
    pub opened: Mutex<Vec<String>>,
    /// Whether there is none.
    pub missing: std::sync::atomic::AtomicBool,
}

impl Links for MemoryLinks {
    fn open(&self, link: &str) -> Result<(), LinkError> {
        if self.missing.load(Ordering::Relaxed) {
            return Err(LinkError(link.to_owned()));
        }
        lock(&self.opened).push(link.to_owned());
        Ok(())
    }
}

/// A device whose lock opens, or does not.
#[derive(Default)]
pub struct MemoryDevice {
    keys: Mutex<HashMap<String, DeviceKey>>,
    answer: Mutex<Option<DeviceError>>,
}

impl MemoryDevice {
    /// What comes of every question from now on; `None` where the person opens the lock.
    pub fn answer(&self, answer: Option<DeviceError>) {
        *lock(&self.answer) = answer;
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        lock(&self.keys).len()
    }

    fn ask(&self) -> Result<(), DeviceError> {
        lock(&self.answer).clone().map_or(Ok(()), Err)
    }
}

impl DeviceLock for MemoryDevice {
    fn holds(&self, name: &str) -> bool {
        lock(&self.keys).contains_key(name)
    }

    fn guard(&self, name: &str, key: &DeviceKey) -> Result<Vec<u8>, DeviceError> {
        self.ask()?;
        lock(&self.keys).insert(name.to_owned(), key.clone());
        Ok(Vec::new())
    }

    fn release(&self, name: &str, _wrapped: &[u8]) -> Result<DeviceKey, DeviceError> {
        self.ask()?;
        lock(&self.keys).get(name).cloned().ok_or(DeviceError::Changed)
    }

    fn forget(&self, name: &str) {
        lock(&self.keys).remove(name);
    }
}
