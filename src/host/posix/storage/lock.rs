//! The lock beside the vault file, so that a window and a terminal can use one vault at a time.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::error::Trouble;
use super::{beside, layer::flags};

/// How often, and how long between, a lock is tried: a save takes milliseconds, so that two seconds
/// mean that the other program hangs. Often, since many who save at once come and go in between.
const TRIES: u32 = 400;
const PAUSE: Duration = Duration::from_millis(5);

/// A lock held until it is dropped. Its file stays as long as there is a vault. Where it goes, it
/// goes under the exclusive lock, and whoever waited for that file locks the next one of its name:
/// two programs never hold locks on two files.
pub(super) struct Lock(#[expect(dead_code, reason = "dropping it releases the lock")] Option<File>);

impl Lock {
    /// The lock for reading: many may hold it, none while somebody saves. Where no lock file is and
    /// none can be made (a read-only disk), nobody can save either, and reading needs none.
    pub(super) fn shared(vault: &Path) -> Result<Self, Trouble> {
        match locked(&beside(vault, ".lock"), FlockOperation::NonBlockingLockShared) {
            Err(Trouble::System(error)) if makes_no_file(error.kind()) => Ok(Self(None)),
            file => Ok(Self(Some(file?))),
        }
    }

    /// The lock for saving: only one holds it, and nobody reads meanwhile.
    pub(super) fn exclusive(vault: &Path) -> Result<Self, Trouble> {
        Ok(Self(Some(locked(&beside(vault, ".lock"), FlockOperation::NonBlockingLockExclusive)?)))
    }
}

/// The file of this name, locked. One that its holder removed meanwhile does not count; the next one
/// of its name does. By `flock` itself: the standard library does the same on a desktop, but knows no
/// locks on Android.
fn locked(path: &Path, lock: FlockOperation) -> Result<File, Trouble> {
    for _ in 0..TRIES {
        let file = open(path)?;
        wait(&file, lock)?;
        if has_name(&file, path)? {
            return Ok(file);
        }
    }
    Err(Trouble::Busy)
}

/// Whether the file still has this name.
fn has_name(file: &File, path: &Path) -> io::Result<bool> {
    let file = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags(OFlags::NONBLOCK | OFlags::NOFOLLOW))
        .open(path)
}

fn makes_no_file(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::StorageFull
    )
}

fn wait(file: &File, lock: FlockOperation) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        match flock(file, lock) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK) => std::thread::sleep(PAUSE),
            Err(Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Err(Trouble::Busy)
}
