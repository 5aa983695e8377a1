//! Puts what is in the log (WAL) into the tables, beside the thread that writes: it would keep everybody waiting while
//! thousands of pages go to the disk. What was written meanwhile is little, and the writer puts that there
//! itself, so that the log begins anew and does not grow.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

/// Changes between two checkpoints: some MiB of log.
const EVERY: usize = 1000;

/// The thread; dropping it ends it, after the checkpoint under way.
pub struct Checkpoints {
    due: Option<SyncSender<()>>,
    /// One was made, and the writer has not yet put the rest there.
    made: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Changes since one was asked for.
    changes: usize,
}

impl Checkpoints {
    /// Starts the thread on a connection of its own to that file.
    pub fn start(connection: Connection, path: &Path) -> std::io::Result<Checkpoints> {
        // Never closed: with any descriptor of a file a process gives up all of its locks on that file, SQLite's too.
        let file = ManuallyDrop::new(File::open(path)?);
        let (due, asked) = sync_channel(1);
        let made = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&made);
        let thread =
            std::thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || {
                while asked.recv().is_ok() {
                    checkpoint(&connection);
                    // SQLite syncs only when nothing is left in the log, which is the writer's part; and on its
                    // sync everybody waits.
                    if let Err(error) = file.sync_data() {
                        tracing::warn!(%error, "the database's file was not synced; it will be tried again");
                    }
                    tell.store(true, Ordering::Release);
                }
            })?;
        Ok(Checkpoints { due: Some(due), made, thread: Some(thread), changes: 0 })
    }

    /// After so many changes by this connection.
    pub fn after(&mut self, changes: usize, writer: &Connection) {
        self.changes += changes;
        if self.made.swap(false, Ordering::Acquire) {
            checkpoint(writer);
        } else if self.changes >= EVERY
            && self.due.as_ref().is_some_and(|due| due.try_send(()).is_ok())
        {
            self.changes = 0;
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.due = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has left the log as it was, and that is whole.
            let _ = thread.join();
        }
    }
}

/// As much as can be without keeping anybody waiting; what cannot be now is done the next time.
fn checkpoint(connection: &Connection) {
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = done {
        tracing::warn!(%error, "the database's log was not put into its tables; it will be tried again");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::store::sqlite::file::{connect, for_writing};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "how long it is waited for at most")]
    fn the_log_begins_anew_and_does_not_grow() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("a.db");
        let writer = connect(&path).expect("opened");
        for_writing(&writer).expect("set");
        writer.execute_batch("CREATE TABLE t (a BLOB)").expect("made");
        let mut checkpoints =
            Checkpoints::start(connect(&path).expect("opened"), &path).expect("begun");
        let write = |changes: usize| {
            for _ in 0..changes {
                writer.execute("INSERT INTO t VALUES (randomblob(2000))", []).expect("written");
            }
        };
        let log = || std::fs::metadata(folder.path().join("a.db-wal")).expect("a log").len();
        write(EVERY);
        let after_one = log();
        for _ in 0..4 {
            checkpoints.after(EVERY, &writer);
            let deadline = Instant::now() + Duration::from_secs(20);
            while !checkpoints.made.load(Ordering::Acquire) {
                assert!(Instant::now() < deadline, "no checkpoint was made");
                std::thread::sleep(Duration::from_millis(1));
            }
            // Written while it was made.
            write(10);
            checkpoints.after(10, &writer);
            write(EVERY);
        }
        assert!(log() < after_one * 3 / 2, "{after_one} bytes, then {}", log());
    }
}
