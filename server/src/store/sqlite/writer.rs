//! The one thread that writes: it takes every change that waits, and syncs once for all of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_UNIQUE};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::checkpoint::Checkpoints;
use crate::store::{Leisure, Outcome, StoreError};

/// Most changes in one sync; more wait for the next.
const BATCH: usize = 256;

type Work = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Outcome> + Send>;

struct Job {
    work: Work,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// Hands changes to the writing thread; dropping it lets the thread finish and joins it.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// How long the thread waits for more before it writes.
    pub gather_for: Arc<OnceLock<Leisure>>,
}

impl Writer {
    /// Starts the thread on its own connection.
    pub fn start(connection: Connection, checkpoints: Checkpoints) -> std::io::Result<Writer> {
        let (jobs, inbox) = channel();
        let gather_for = Arc::new(OnceLock::new());
        let leisure = Arc::clone(&gather_for);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_all(connection, checkpoints, &inbox, &leisure))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), gather_for })
    }

    /// Runs `work` inside a transaction; answers once what it did is durable.
    pub async fn run(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<Outcome> + Send + 'static,
    ) -> Result<Outcome, StoreError> {
        let (answer, receiver) = oneshot::channel();
        let job = Job { work: Box::new(work), answer };
        self.jobs.as_ref().ok_or(StoreError::Closed)?.send(job).map_err(|_| StoreError::Closed)?;
        receiver.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has answered nobody; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

fn write_all(
    mut connection: Connection,
    mut checkpoints: Checkpoints,
    inbox: &Receiver<Job>,
    leisure: &OnceLock<Leisure>,
) {
    while let Ok(first) = inbox.recv() {
        let mut jobs = vec![first];
        let gather = |jobs: &mut Vec<Job>| {
            jobs.extend(inbox.try_iter().take(BATCH - jobs.len()));
        };
        gather(&mut jobs);
        let gather_for = leisure.get().map_or(Duration::ZERO, |leisure| leisure());
        if jobs.len() < BATCH && !gather_for.is_zero() {
            std::thread::sleep(gather_for);
            gather(&mut jobs);
        }
        write_batch(&mut connection, jobs);
        checkpoints.look(&connection);
    }
}

/// Each job in a savepoint of its own, all of them in one transaction, the answers after the sync.
fn write_batch(connection: &mut Connection, jobs: Vec<Job>) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let text = error.to_string();
            for job in jobs {
                let _ = job.answer.send(Err(StoreError::Database(text.clone())));
            }
            return;
        }
    };
    let mut answers = Vec::with_capacity(jobs.len());
    for Job { work, answer } in jobs {
        answers.push((answer, one(&transaction, work)));
    }
    let committed = transaction.commit().map_err(|error| error.to_string());
    for (answer, result) in answers {
        let result = match (&committed, result) {
            (Ok(()), Ok(outcome)) => Ok(outcome),
            (Ok(()), Err(error)) => Err(StoreError::Database(error.to_string())),
            (Err(text), _) => Err(StoreError::Database(text.clone())),
        };
        // Whoever asked may have gone; the change stands all the same.
        let _ = answer.send(result);
    }
}

fn one(transaction: &Connection, work: Work) -> rusqlite::Result<Outcome> {
    say(transaction, "SAVEPOINT job")?;
    let outcome = match work(transaction) {
        Err(error) if is_overtaken(&error) => Ok(Outcome::Stale),
        outcome => outcome,
    };
    if !matches!(outcome, Ok(Outcome::Done)) {
        // Where it fails the database has taken back the whole transaction, which its end will show.
        let _ = say(transaction, "ROLLBACK TO job");
    }
    let released = say(transaction, "RELEASE job");
    outcome.and_then(|outcome| released.map(|()| outcome))
}

/// A name that is taken, or a row that something hangs on and that is gone.
fn is_overtaken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code.is_some_and(|code| {
        [SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_UNIQUE].contains(&code)
    })
}

/// By statements that are kept: rusqlite's own savepoints are parsed anew for each job.
fn say(transaction: &Connection, what: &str) -> rusqlite::Result<()> {
    transaction.prepare_cached(what)?.execute([]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "how long it waits is what is looked at")]
    async fn a_change_waits_for_others_only_while_it_is_said_to() {
        const FOR: Duration = Duration::from_millis(6);
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("a.db");
        let [mut connection, beside] =
            [(); 2].map(|()| Connection::open(&path).expect("a database"));
        let checkpoints = Checkpoints::start(&mut connection, beside, &path).expect("a thread");
        let writer = Writer::start(connection, checkpoints).expect("a thread");
        let mut quickest = Duration::MAX;
        for _ in 0..20 {
            let began = Instant::now();
            assert_eq!(writer.run(|_| Ok(Outcome::Done)).await.ok(), Some(Outcome::Done));
            quickest = quickest.min(began.elapsed());
        }
        assert!(quickest < FOR, "{quickest:?}");
        assert!(writer.gather_for.set(Arc::new(|| FOR)).is_ok());
        let began = Instant::now();
        assert_eq!(writer.run(|_| Ok(Outcome::Done)).await.ok(), Some(Outcome::Done));
        assert!(began.elapsed() >= FOR);
    }
}
