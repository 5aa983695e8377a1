//! Puts what is in the log (WAL) into the tables, beside the thread that writes: it would keep everybody waiting while
//! thousands of pages go to the disk. It goes there in small parts, for a sync of the log waits for what is on its way.
//! What was written meanwhile is little; once the log is long the writer puts that there itself, so that the log
//! begins anew and does not grow.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// More pages in the log after which they are put into the tables: 1 MiB.
const SOME: usize = 256;
/// Pages in the log at which it begins anew: 32 MiB.
const MANY: usize = 8192;
/// Pages at which the writer does it alone, whoever waits: what is made beside it does not come through.
const TOO_MANY: usize = 8 * MANY;

/// The thread; dropping it ends it, after the checkpoint under way.
pub struct Checkpoints {
    due: Option<SyncSender<()>>,
    /// One was made, and the writer has not yet put the rest there.
    made: Arc<AtomicBool>,
    /// In the log, after the writer's last commit.
    pages: Arc<AtomicUsize>,
    /// How many those were when one was asked for last.
    asked: usize,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread, beside the connection that writes, on another one to that file.
    #[expect(clippy::disallowed_methods, reason = "the database's own file, to sync it")]
    pub fn start(
        writer: &mut Connection,
        beside: Connection,
        path: &Path,
    ) -> std::io::Result<Checkpoints> {
        let pages = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&pages);
        let counts = move |_: &mut Wal, pages| {
            count.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(counts)).map_err(std::io::Error::other)?;
        // Never closed: with any descriptor of a file a process gives up all of its locks on that file, SQLite's too.
        let file = ManuallyDrop::new(File::open(path)?);
        // Nobody is heard while one is made.
        let (due, asked) = sync_channel(0);
        let made = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&made);
        let thread =
            std::thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || {
                while asked.recv().is_ok() {
                    put(&beside);
                    // SQLite syncs only when nothing is left in the log, which is the writer's part; and on its sync
                    // everybody waits.
                    if let Err(error) = file.sync_data() {
                        tracing::warn!(%error, "the database's file was not synced; it will be tried again");
                    }
                    tell.store(true, Ordering::Release);
                }
            })?;
        Ok(Checkpoints { due: Some(due), made, pages, asked: 0, thread: Some(thread) })
    }

    /// After the writer's commit.
    pub fn look(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.asked {
            // It has begun anew.
            self.asked = 0;
        }
        if pages >= TOO_MANY || (pages >= MANY && self.made.swap(false, Ordering::Acquire)) {
            put(writer);
        } else if pages >= self.asked + SOME
            && self.due.as_ref().is_some_and(|due| due.try_send(()).is_ok())
        {
            self.asked = pages;
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
fn put(connection: &Connection) {
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
        let mut writer = connect(&path).expect("opened");
        for_writing(&writer).expect("set");
        writer.execute_batch("CREATE TABLE t (a BLOB)").expect("made");
        let beside = connect(&path).expect("opened");
        let mut checkpoints = Checkpoints::start(&mut writer, beside, &path).expect("begun");
        let count = Arc::clone(&checkpoints.pages);
        let pages = || count.load(Ordering::Relaxed);
        let write = |bytes: u32| {
            writer.execute("INSERT INTO t VALUES (randomblob(?1))", [bytes]).expect("written");
        };
        for _ in 0..3 {
            while pages() < MANY {
                write(1_000_000);
            }
            let deadline = Instant::now() + Duration::from_secs(20);
            while pages() >= MANY {
                assert!(Instant::now() < deadline, "{} pages are in the log", pages());
                // Without a pause: only what nobody writes meanwhile the thread puts there as a whole.
                checkpoints.look(&writer);
                write(10);
            }
        }
    }
}
