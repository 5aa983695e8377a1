//! The real disk, which now and then takes nothing.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use holdfast::host::desktop::storage::{Disk, FileLayer};

/// Full, or set to read only, while it holds an error.
pub struct Fickle(pub Arc<Mutex<Option<io::ErrorKind>>>);

impl Fickle {
    fn takes(&self) -> io::Result<()> {
        self.0.lock().expect("unpoisoned").map_or(Ok(()), |kind| Err(kind.into()))
    }
}

impl FileLayer for Fickle {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        Disk.read(path, limit)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk.create_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        Disk.create(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.takes()?;
        Disk.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        Disk.sync(file)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
}
