//! Which camera the person chose, kept in a small file of its own.

use std::io;
use std::path::{Path, PathBuf};

use crate::host::desktop::settings::{CAMERA, SettingsFile};
use crate::host::desktop::storage::{Disk, FileLayer};

/// The longest name that is read, in bytes.
const LONGEST: usize = 256;

/// The name of the camera that was chosen last. A file that cannot be read or written costs no more
/// than the memory of it.
pub struct Remembered(Option<PathBuf>);

impl Remembered {
    /// Kept in this file.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(Some(path.to_owned()))
    }

    /// Kept in `$XDG_CONFIG_HOME/holdfast/camera`, or `~/.config/holdfast/camera`; nowhere if there
    /// is neither.
    #[must_use]
    pub fn in_config() -> Self {
        let settings = SettingsFile::default_path(|name| std::env::var_os(name));
        Self(settings.map(|settings| settings.with_file_name(CAMERA)))
    }

    /// The name, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let bytes = Disk.read(self.0.as_deref()?, LONGEST as u64).ok()??;
        let name = String::from_utf8(bytes).ok()?.trim().to_owned();
        (!name.is_empty() && name.len() <= LONGEST).then_some(name)
    }

    /// Keeps this name.
    pub fn keep(&self, name: &str) {
        if let Some(path) = &self.0 {
            // Without it the first camera is used the next time, which is no reason to stop now.
            let _ = written(path, name);
        }
    }
}

fn written(path: &Path, name: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        Disk.create_folder(folder)?;
    }
    let new = path.with_extension("new");
    let mut file = Disk.create(&new)?;
    Disk.write(&mut file, name.as_bytes())?;
    Disk.sync(&file)?;
    Disk.rename(&new, path)
}
