//! The settings file: small, not secret, whole or not at all.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use holdfast_model::Preferences;
use holdfast_model::ports::{SaveError, Settings};

use super::storage::{Disk, FileLayer};

/// The name of the file beside the settings that keeps which camera was chosen.
pub const CAMERA: &str = "camera";

/// The largest settings file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// One settings file; without a path nothing is remembered.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: Option<PathBuf>,
}

impl SettingsFile {
    /// The settings in this file, which need not exist yet.
    #[must_use]
    pub fn at(path: Option<PathBuf>) -> Self {
        Self { path }
    }

    /// Where the settings are when nobody says otherwise: `$XDG_CONFIG_HOME/holdfast/settings`, else
    /// `$HOME/.config/holdfast/settings`. `variable` looks an environment variable up.
    #[must_use]
    pub fn default_path(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let set =
            |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
        Some(folder.join("holdfast").join("settings"))
    }
}

impl Settings for SettingsFile {
    fn forget(&self) -> Vec<String> {
        let Some(path) = &self.path else { return Vec::new() };
        let is_removed = |path: &PathBuf| {
            Disk.read(path, LIMIT).is_ok_and(|held| held.is_some()) && Disk.remove(path).is_ok()
        };
        let kept = [path.clone(), path.with_file_name(CAMERA)];
        kept.into_iter().filter(is_removed).map(|path| path.display().to_string()).collect()
    }

    fn load(&self) -> Preferences {
        let read = self.path.as_ref().and_then(|path| Disk.read(path, LIMIT).ok().flatten());
        read.map_or_else(Preferences::default, |file| Preferences::read(&file))
    }

    fn save(&self, preferences: Preferences) -> Result<(), SaveError> {
        match &self.path {
            Some(path) => replace(path, preferences.write().as_bytes()).map_err(failure),
            None => Ok(()),
        }
    }
}

/// Puts the bytes in the place of what is there: a new file beside it, on the disk before it takes
/// the name.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    Disk.create_folder(folder)?;
    let new = path.with_extension("new");
    let written = Disk.create(&new).and_then(|mut file| {
        Disk.write(&mut file, bytes)?;
        Disk.sync(&file)?;
        Disk.rename(&new, path)
    });
    if written.is_err() {
        // It takes up the space that a full disk needs.
        let _ = Disk.remove(&new);
    }
    written?;
    Disk.sync_folder(folder)
}

fn failure(error: io::Error) -> SaveError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SaveError::Full,
        _ => SaveError::ReadOnly,
    }
}
