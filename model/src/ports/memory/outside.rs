//! Twins of what the device shows beside the app: its screen, and its browser.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::super::{ClipboardPicture, LinkError, Links, ScreenError, Screens};
use super::lock;

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
