//! The lock beside the vault file, so that a window and a terminal can use one vault at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;

use super::error::Trouble;
use super::{beside, layer::flags};

/// How often, and how long between, a lock is tried: a save takes milliseconds, so that two seconds
/// mean that the other program hangs.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// A lock held until it is dropped. The lock file stays: removing it would let two programs hold
/// locks on two files of one name.
pub(super) struct Lock(#[expect(dead_code, reason = "dropping it releases the lock")] Option<File>);

impl Lock {
    /// The lock for reading: many may hold it, none while somebody saves. Where no lock file is and
    /// none can be made (a read-only disk), nobody can save either, and reading needs none.
    pub(super) fn shared(vault: &Path) -> Result<Self, Trouble> {
        match open(&beside(vault, ".lock")) {
            Ok(file) => wait(|| file.try_lock_shared()).map(|()| Self(Some(file))),
            Err(error) if makes_no_file(error.kind()) => Ok(Self(None)),
            Err(error) => Err(error.into()),
        }
    }

    /// The lock for saving: only one holds it, and nobody reads meanwhile.
    pub(super) fn exclusive(vault: &Path) -> Result<Self, Trouble> {
        let file = open(&beside(vault, ".lock"))?;
        wait(|| file.try_lock()).map(|()| Self(Some(file)))
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

fn wait(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(Trouble::Busy)
}
