//! Twins of the ports that live in memory and behave like the real ones: a disk that can be full or
//! taken, a clipboard that another program can write to, a clock that is set.

mod aside;
mod outside;
mod storage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdfast_otp::UnixTime;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};

use super::{
    Clipboard, ClipboardError, ClipboardPicture, Clock, DeviceLock, FileError, Files, KeepError,
    Links, MemoError, Memos, PICTURE_LIMIT, Ports, SaveError, Screens, Settings, Storage, end_note,
};
pub use outside::{MemoryDevice, MemoryLinks, MemoryScreens};
pub use storage::{DiskTrouble, MemoryStorage};

use crate::scan::Desk;
use crate::vault::{SealedMemo, VaultId};
use crate::{Preferences, SecretText};

/// A whole machine in memory. Two of them that share a disk are two instances of the app.
#[derive(Default)]
pub struct MemoryPorts {
    /// The disk, which may be shared.
    pub storage: Arc<MemoryStorage>,
    /// The settings, which may be shared as well.
    pub settings: Arc<MemorySettings>,
    /// What the machine remembers; it may be shared as well.
    pub memos: Arc<MemoryMemos>,
    /// The clipboard.
    pub clipboard: MemoryClipboard,
    /// The pictures that can be chosen.
    pub files: MemoryFiles,
    /// The screen.
    pub screens: MemoryScreens,
    /// The links that were opened.
    pub links: MemoryLinks,
    /// The device's lock.
    pub device: MemoryDevice,
    /// The clock.
    pub clock: MemoryClock,
    /// The real thing: it needs no machine.
    pub desk: Desk,
    /// Every generator has its own seed, so that a test repeats and no two streams are alike.
    pub seeds: AtomicU64,
}

impl Ports for MemoryPorts {
    fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    fn settings(&self) -> &dyn Settings {
        &*self.settings
    }

    fn memos(&self) -> &dyn Memos {
        &*self.memos
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

    fn device_lock(&self) -> Option<&dyn DeviceLock> {
        Some(&self.device)
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn rng(&self) -> Box<dyn CryptoRng + Send> {
        Box::new(ChaCha20Rng::seed_from_u64(self.seeds.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Settings in a file that may be full.
#[derive(Default)]
pub struct MemorySettings {
    file: Mutex<Option<String>>,
    full: Mutex<bool>,
}

impl MemorySettings {
    /// From now on there is no room for it, or there is.
    pub fn full(&self, full: bool) {
        *lock(&self.full) = full;
    }
}

impl Settings for MemorySettings {
    fn forget(&self) -> Vec<String> {
        lock(&self.file).take().map(|_| "the settings".to_owned()).into_iter().collect()
    }

    fn load(&self) -> Preferences {
        lock(&self.file)
            .as_deref()
            .map(str::as_bytes)
            .map_or_else(Preferences::default, Preferences::read)
    }

    fn save(&self, preferences: Preferences) -> Result<(), SaveError> {
        if *lock(&self.full) {
            return Err(SaveError::Full);
        }
        *lock(&self.file) = Some(preferences.write());
        Ok(())
    }
}

/// What a machine remembers of vaults.
#[derive(Default)]
pub struct MemoryMemos(Mutex<HashMap<[u8; 16], Vec<u8>>>, AtomicBool, Mutex<Option<UnixTime>>);

impl MemoryMemos {
    /// From now on nothing can be kept, or it can.
    pub fn full(&self, full: bool) {
        self.1.store(full, Ordering::Relaxed);
    }

    /// Forgets everything, as a new machine.
    pub fn forget_all(&self) {
        lock(&self.0).clear();
        *lock(&self.2) = None;
    }
}

impl Memos for MemoryMemos {
    fn was_here(&self) -> Option<UnixTime> {
        *lock(&self.2)
    }

    fn end(&self, vault: VaultId, at: UnixTime) -> Option<String> {
        *lock(&self.2) = None;
        lock(&self.0).remove(vault.as_bytes());
        if self.1.load(Ordering::Relaxed) {
            return None;
        }
        lock(&self.0).insert(*vault.as_bytes(), end_note(at).to_vec());
        Some("the note".to_owned())
    }

    fn recall(&self, vault: VaultId) -> Option<Vec<u8>> {
        lock(&self.0).get(vault.as_bytes()).cloned()
    }

    fn keep(&self, memo: &SealedMemo) -> Result<(), MemoError> {
        if self.1.load(Ordering::Relaxed) {
            return Err(MemoError("there is no room".to_owned()));
        }
        let mut kept = lock(&self.0);
        if kept.get(memo.vault.as_bytes()).is_some_and(|there| !memo.replaces(there)) {
            return Ok(());
        }
        kept.insert(*memo.vault.as_bytes(), memo.bytes.to_vec());
        *lock(&self.2) = Some(memo.written_at());
        Ok(())
    }
}

/// A clipboard that this app and others write to.
#[derive(Default)]
pub struct MemoryClipboard {
    content: Mutex<Option<Content>>,
}

/// What is on the clipboard.
#[derive(Clone)]
enum Content {
    Text { text: SecretText, sensitive: bool },
    PictureFile(Vec<u8>),
    Pixels { width: u32, height: u32, pixels: Vec<u8> },
    Files(Vec<PathBuf>),
}

impl MemoryClipboard {
    /// Another program copies a text.
    pub fn put_text(&self, text: &str) {
        *lock(&self.content) = Some(Content::Text { text: text.into(), sensitive: false });
    }

    /// Another program copies a picture file.
    pub fn put_picture_file(&self, bytes: Vec<u8>) {
        *lock(&self.content) = Some(Content::PictureFile(bytes));
    }

    /// A file manager copies files.
    pub fn put_files(&self, paths: &[&str]) {
        *lock(&self.content) = Some(Content::Files(paths.iter().map(PathBuf::from).collect()));
    }

    /// Another program copies pixels: red, green, blue, alpha.
    pub fn put_pixels(&self, width: u32, height: u32, pixels: Vec<u8>) {
        *lock(&self.content) = Some(Content::Pixels { width, height, pixels });
    }

    /// Whether the text on it was marked as sensitive.
    pub fn is_sensitive(&self) -> bool {
        matches!(*lock(&self.content), Some(Content::Text { sensitive: true, .. }))
    }
}

impl Clipboard for MemoryClipboard {
    fn text(&self) -> Result<Option<SecretText>, ClipboardError> {
        Ok(match &*lock(&self.content) {
            Some(Content::Text { text, .. }) => Some(text.clone()),
            _ => None,
        })
    }

    fn picture(&self) -> Result<Option<ClipboardPicture>, ClipboardError> {
        Ok(match lock(&self.content).clone() {
            Some(Content::PictureFile(bytes)) => Some(ClipboardPicture::Encoded(bytes)),
            Some(Content::Pixels { width, height, pixels }) => {
                Some(ClipboardPicture::Rgba { width, height, pixels })
            }
            _ => None,
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>, ClipboardError> {
        Ok(match &*lock(&self.content) {
            Some(Content::Files(paths)) => paths.clone(),
            _ => Vec::new(),
        })
    }

    fn set_text(&self, text: &SecretText, sensitive: bool) -> Result<(), ClipboardError> {
        *lock(&self.content) = Some(Content::Text { text: text.clone(), sensitive });
        Ok(())
    }

    fn clear_if_unchanged(&self, text: &SecretText) -> Result<bool, ClipboardError> {
        let mut content = lock(&self.content);
        let unchanged = matches!(&*content, Some(Content::Text { text: now, .. }) if now == text);
        if unchanged {
            *content = None;
        }
        Ok(unchanged)
    }
}

/// Picture files, and the one the person chooses next.
#[derive(Default)]
pub struct MemoryFiles {
    files: Mutex<HashMap<PathBuf, Vec<u8>>>,
    chosen: Mutex<Option<PathBuf>>,
    no_dialog: AtomicBool,
    full: AtomicBool,
}

impl MemoryFiles {
    /// What a file holds.
    pub fn held(&self, path: &str) -> Option<Vec<u8>> {
        lock(&self.files).get(Path::new(path)).cloned()
    }

    /// From now on there is no room for a file, or there is.
    pub fn full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    /// Puts a file there.
    pub fn put(&self, path: impl Into<PathBuf>, bytes: Vec<u8>) {
        lock(&self.files).insert(path.into(), bytes);
    }

    /// What the person chooses in every dialog from now on; `None` closes it without a choice.
    pub fn choose(&self, path: Option<&str>) {
        *lock(&self.chosen) = path.map(PathBuf::from);
    }

    /// A system that has no dialog, from now on.
    pub fn take_dialog_away(&self) {
        self.no_dialog.store(true, Ordering::Relaxed);
    }
}

impl Files for MemoryFiles {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        if self.no_dialog.load(Ordering::Relaxed) {
            return Err(FileError::NoDialog);
        }
        let chosen = lock(&self.chosen).clone();
        chosen.map(|path| self.read_picture(&path)).transpose()
    }

    fn read_picture(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        match lock(&self.files).get(path) {
            Some(bytes) if bytes.len() > PICTURE_LIMIT => Err(FileError::TooLarge),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(FileError::Missing),
        }
    }

    fn save_text(&self, _name: &str, text: &str) -> Result<Option<PathBuf>, KeepError> {
        if self.no_dialog.load(Ordering::Relaxed) {
            return Err(KeepError::NoDialog);
        }
        let chosen = lock(&self.chosen).clone();
        if let Some(path) = &chosen {
            lock(&self.files).remove(path);
            self.write_text(path, text)?;
        }
        Ok(chosen)
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(KeepError::Full);
        }
        let mut files = lock(&self.files);
        if files.contains_key(path) {
            return Err(KeepError::Taken);
        }
        files.insert(path.to_owned(), text.as_bytes().to_vec());
        Ok(())
    }
}

/// A clock that is set by hand.
#[derive(Default)]
pub struct MemoryClock(AtomicU64);

impl MemoryClock {
    /// Sets it.
    pub fn set(&self, now: UnixTime) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for MemoryClock {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::Relaxed))
    }

    /// It stands still, so it cannot tell.
    fn time(&self, _work: &mut dyn FnMut()) -> Option<Duration> {
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
