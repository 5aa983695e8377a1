//! The vault file: read whole, replaced whole, never half written and never overwritten unseen.

mod aside;
mod destroy;
mod error;
mod layer;
mod lock;
mod place;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use holdfast_model::ports::{
    Copies, Expected, LoadError, SaveError, Stamp, Storage, Stray, VAULT_LIMIT,
};
use holdfast_model::vault::{Header, OpenError, header_of};

pub use layer::{Disk, FileLayer};
pub use place::default_vault_path;

use error::Trouble;
use lock::Lock;

/// What may lie beside a vault, by how its name ends.
const COMPANIONS: [&str; 5] = [".lock", ".new", ".previous", ".previous.new", ".destroying"];

/// One vault file, shared by whoever uses it.
///
/// Beside `vault` live `vault.lock` (held while saving, shared while reading), `vault.previous` (the
/// generation before the last save, until [`Storage::opened`] says that the newer one is whole) and,
/// for the length of a save, `vault.new`. A first save that fails leaves none of them. A vault that is
/// being destroyed is `vault.destroying`. What lay in the place of a vault that was open is
/// `vault.set-aside`, and nobody touches it.
///
/// A path that is a symbolic link is followed, and the file it points at is replaced: the person who
/// keeps the vault on another disk made that link, replacing it would leave two vaults that drift
/// apart, and a sealed file gives nothing away wherever it lies.
#[derive(Debug, Clone)]
pub struct VaultFile<L = Disk> {
    path: PathBuf,
    layer: L,
}

impl VaultFile {
    /// The vault at this path, which need not exist yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::on(Disk, path)
    }
}

impl<L: FileLayer> VaultFile<L> {
    /// The vault at this path of another file layer.
    pub fn on(layer: L, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), layer }
    }

    /// Where the vault is, as the person named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The generation before the last save, where it is still kept.
    ///
    /// # Errors
    /// One sentence on why it cannot be read.
    pub fn previous(&self) -> Result<Option<Vec<u8>>, LoadError> {
        Ok(self.read_locked(".previous")?)
    }

    /// Reads under the lock; but where no file is, or no regular one, no lock file is left either.
    fn read_locked(&self, ending: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let path = beside(&place::resolve(&self.path)?, ending);
        if !place::holds_file(&path)? {
            return Ok(None);
        }
        let _lock = Lock::shared(&place::resolve(&self.path)?)?;
        self.read(&path)
    }

    fn replace(&self, sealed: &[u8], expected: Expected) -> Result<(), Trouble> {
        let path = place::resolve(&self.path)?;
        let missing = place::missing_folders(folder_of(&path));
        let done = self.replace_at(&path, sealed, expected);
        if done.is_err() {
            // One in which something is by now stays, and so do those above it.
            let _ = missing.iter().try_for_each(fs::remove_dir);
        }
        done
    }

    fn replace_at(&self, path: &Path, sealed: &[u8], expected: Expected) -> Result<(), Trouble> {
        self.layer.create_folder(folder_of(path))?;
        place::holds_file(path)?;
        let _lock = Lock::exclusive(path)?;
        let done = self.replace_locked(path, sealed, expected);
        if done.is_err() && matches!(place::holds_file(path), Ok(false)) {
            // Beside no vault a lock is of no use.
            let _ = self.layer.remove(&beside(path, ".lock"));
        }
        done
    }

    fn replace_locked(
        &self,
        path: &Path,
        sealed: &[u8],
        expected: Expected,
    ) -> Result<(), Trouble> {
        let folder = folder_of(path);
        let present = self.read(path)?;
        if !expected.matches(present.as_deref()) {
            return Err(Trouble::Conflict);
        }
        let previous = beside(path, ".previous");
        // A folder whose names cannot be put on the disk is known before anything is written to it.
        self.layer.sync_folder(folder)?;
        match &present {
            Some(present) => {
                self.spare(path, &previous, present)?;
                put(&self.layer, &previous, present)?;
            }
            // The copy would be the next save's to replace, and it may be the last there is of a vault.
            None if self.is_copy_of_another(&previous, sealed)? => {
                return Err(Trouble::OnlyCopy(previous));
            }
            None => {}
        }
        put(&self.layer, path, sealed)?;
        self.layer.sync_folder(folder).map_err(Trouble::Unconfirmed)?;
        if present.is_some_and(|present| gives_up_key(&present, sealed)) {
            // What the passphrase before opens must not stay; the new file is on the disk by now.
            let gone = self.layer.remove(&previous).and_then(|()| self.layer.sync_folder(folder));
            gone.map_err(|error| Trouble::FormerStays(previous, error))?;
        }
        Ok(())
    }

    /// Sets aside what lies where `present` is to be kept as the generation before, unless it is an older one
    /// of the same vault: it may be the newest that there is, or the last copy of another vault.
    fn spare(&self, path: &Path, previous: &Path, present: &[u8]) -> Result<(), Trouble> {
        let copy = match self.read(previous) {
            Err(Trouble::TooLarge) => None,
            copy => copy?,
        };
        let Some(copy) = copy.filter(|copy| copy != present) else { return Ok(()) };
        let is_older = |copy: &Header| {
            header_of(present).is_ok_and(|present| {
                copy.vault_id() == present.vault_id() && copy.generation() < present.generation()
            })
        };
        if holds_nothing_but(&copy, &is_older) {
            Ok(())
        } else {
            self.move_free(path, previous).map(drop)
        }
    }

    /// Whether a usable copy of another vault is there than the one in these bytes.
    fn is_copy_of_another(&self, copy: &Path, sealed: &[u8]) -> Result<bool, Trouble> {
        Ok(self.read(copy)?.is_some_and(|copy| is_of_another_vault(&copy, sealed)))
    }

    /// With what is in the way told, where something else lies where a file beside the vault belongs.
    fn told<T>(&self, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
        let Err(Trouble::System(error)) = outcome else { return outcome };
        // A link is not followed: a save puts its own file in the place of one, and a lock is never one.
        let is_in_the_way = |path: &PathBuf| {
            let found = fs::symlink_metadata(path);
            found.is_ok_and(|found| {
                !found.is_file()
                    && (!found.is_symlink() || path.extension() == Some("lock".as_ref()))
            })
        };
        let path = place::resolve(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut companions = COMPANIONS.iter().map(|ending| beside(&path, ending));
        match companions.find(is_in_the_way) {
            Some(companion) => Err(Trouble::Companion(companion)),
            None => Err(Trouble::System(error)),
        }
    }

    /// A sentence where a copy that was set aside still opens as the vault did before its key was changed:
    /// what lies there is the person's, and nothing but the person removes it.
    fn former_aside(&self) -> Option<String> {
        let path = &place::resolve(&self.path).ok()?;
        let mut now = None;
        let copies = self.copies_aside(path, || {
            now = self.read(path).ok().flatten();
            now.clone()
        });
        let (copies, now) = (copies.ok()?, now?);
        let (copy, _) = copies.into_iter().find(|(_, before)| gives_up_key(before, &now))?;
        Some(error::former_aside(&copy))
    }

    /// A sentence where the generation before does so, and could not be removed.
    fn former_stays(&self, trouble: &Trouble) -> Option<String> {
        let path = place::resolve(&self.path).ok()?;
        let previous = beside(&path, ".previous");
        let (before, now) = (self.read(&previous).ok()??, self.read(&path).ok()??);
        gives_up_key(&before, &now).then(|| error::former_stays(&previous, trouble))
    }

    fn drop_previous(
        &self,
        opened: Stamp,
        covers: &dyn Fn(&Header) -> bool,
    ) -> Result<Option<Stray>, Trouble> {
        let path = place::resolve(&self.path)?;
        let previous = beside(&path, ".previous");
        let Some(copy) = self.read(&previous)? else { return Ok(None) };
        let _lock = Lock::exclusive(&path)?;
        let present = self.read(&path)?;
        // Another program may have saved since: what it replaced is not ours to remove.
        if !Expected::Stamped(opened).matches(present.as_deref()) {
            return Ok(None);
        }
        if holds_nothing_but(&copy, covers) {
            self.layer.remove(&previous)?;
            return Ok(None);
        }
        let aside = self.move_free(&path, &previous)?.display().to_string();
        let is_of_another = |present| is_of_another_vault(&copy, present);
        let of_another = present.as_deref().is_some_and(is_of_another);
        Ok(Some(if of_another { Stray::Another(aside) } else { Stray::HoldsMore(aside) }))
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
        match self.layer.read(path, VAULT_LIMIT as u64)? {
            Some(bytes) if bytes.len() > VAULT_LIMIT => Err(Trouble::TooLarge),
            bytes => Ok(bytes),
        }
    }
}

/// Does this with the file of this name while no other program does, and leaves no lock file.
pub(in crate::host) fn alone(path: &Path, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let _lock = Lock::exclusive(path).map_err(|trouble| match trouble {
        Trouble::System(error) => error,
        _ => io::ErrorKind::ResourceBusy.into(),
    })?;
    let done = work();
    // Where it stays, the next one locks it as it is.
    let _ = Disk.remove(&beside(path, ".lock"));
    done
}

/// Puts the bytes under this name: a new file beside it, written and on the disk before it takes the
/// name.
pub(in crate::host) fn put(layer: &impl FileLayer, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    let done = write_new(layer, &new, bytes).and_then(|()| layer.rename(&new, path));
    if done.is_err() {
        // Nothing is lost by leaving it (the next save replaces it), but it takes up the space that
        // a full disk needs.
        let _ = layer.remove(&new);
    }
    done
}

fn write_new(layer: &impl FileLayer, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = layer.create(path)?;
    layer.write(&mut file, bytes)?;
    layer.sync(&file)
}

/// Whether nothing is lost with this copy: what `covers` says of its header, or that it is of no use. One of a
/// newer Holdfast is of use there.
fn holds_nothing_but(copy: &[u8], covers: &dyn Fn(&Header) -> bool) -> bool {
    match header_of(copy) {
        Ok(header) => covers(&header),
        Err(reason) => !matches!(reason, OpenError::NewerVersion { .. }),
    }
}

/// Whether a usable copy is of another vault than the one in these bytes.
fn is_of_another_vault(copy: &[u8], vault: &[u8]) -> bool {
    let vault_in = |bytes: &[u8]| header_of(bytes).ok().map(|header| header.vault_id());
    vault_in(copy).is_some_and(|copy| vault_in(vault) != Some(copy))
}

/// Whether the passphrase was changed or a slot removed between these two files of a vault.
fn gives_up_key(before: &[u8], after: &[u8]) -> bool {
    let (before, after) = (header_of(before), header_of(after));
    matches!((before, after), (Ok(before), Ok(after)) if !before.has_same_key_as(&after))
}

impl<L: FileLayer> Storage for VaultFile<L> {
    fn load(&self) -> Result<Option<Vec<u8>>, LoadError> {
        Ok(self.told(self.read_locked(""))?)
    }

    /// As the port asks; and what was there before is kept as `vault.previous`. After an error the
    /// file holds either the old vault or, if only its name could not be put on the disk, the new.
    fn save(&self, sealed: &[u8], expected: Expected) -> Result<(), SaveError> {
        Ok(self.told(self.replace(sealed, expected))?)
    }

    fn set_aside(&self, stamp: Stamp) -> Result<(), SaveError> {
        Ok(self.told(self.move_aside(stamp))?)
    }

    fn keep_beside(&self, sealed: &[u8]) -> Result<String, SaveError> {
        Ok(self.told(self.put_beside(sealed))?.display().to_string())
    }

    fn copies_aside(&self) -> Result<Vec<(String, Vec<u8>)>, LoadError> {
        Ok(self.told(self.named_copies())?)
    }

    fn generation_before(&self) -> Result<Option<Vec<u8>>, LoadError> {
        self.previous()
    }

    fn retire(&self, stamp: Stamp) -> Result<(), SaveError> {
        Ok(self.told(self.begin_to_go(stamp))?)
    }

    fn retiring(&self) -> Option<Vec<u8>> {
        self.going()
    }

    fn finish_retiring(&self) -> Result<Vec<String>, SaveError> {
        let gone = self.destroy_going()?;
        Ok(gone.iter().map(|path| path.display().to_string()).collect())
    }

    /// What was deleted from the vault must not stay on the disk for ever, so the previous
    /// generation goes as soon as it is not needed.
    fn opened(&self, stamp: Stamp, covers: &dyn Fn(&Header) -> bool) -> Copies {
        // Nothing depends on it, and the next unlock tries again.
        match self.drop_previous(stamp, covers) {
            Ok(stray) => Copies { former: self.former_aside(), stray },
            Err(trouble) => Copies { former: self.former_stays(&trouble), stray: None },
        }
    }

    fn place(&self) -> Option<PathBuf> {
        Some(self.path.clone())
    }

    fn copy_beside(&self) -> Option<PathBuf> {
        let previous = beside(&place::resolve(&self.path).ok()?, ".previous");
        let bytes = self.read(&previous).ok()??;
        header_of(&bytes).ok().map(|_| previous)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The path with this ending added to its file name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
