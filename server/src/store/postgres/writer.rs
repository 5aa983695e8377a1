//! Those who write: each takes the changes that wait and makes them durable together, so that many share
//! one sync of the cluster's log, and one place at the end of the audit chain.
//!
//! Most of the time nothing is in the way of any of them, and all are sent in one go. Where something is, all of
//! that is taken back, and each is written in a subtransaction of its own.

use std::iter;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Client, Pool, Transaction};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::{audit, change, seals};
use crate::domain::audit::Event;
use crate::store::change::SealedChange;
use crate::store::{Leisure, Outcome, StoreError};

/// Transactions that are under way at once. The end of the audit chain lets one commit at a time; while
/// it does, another one writes its rows.
const WRITERS: usize = 2;
/// Most changes in one transaction. Each may be a subtransaction, and PostgreSQL keeps 64 of them at hand.
const BATCH: usize = 60;
/// How long all of them may take. Each may wait for a row that another server holds, and a connection on which
/// nothing comes is given up.
const LONGEST: Duration = Duration::from_mins(1);
/// How often a change is tried whose rows another transaction holds.
const MOST_TRIES: u8 = 10;

struct Job {
    change: SealedChange,
    tries: u8,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// How one change of several came out, before they are durable.
enum Written {
    Done,
    Stale,
    /// Another transaction was in the way; nothing is wrong with the change.
    Again,
    Failed(StoreError),
}

/// Hands changes to those who write; they end when it is dropped and what waits is written.
pub struct Writer {
    jobs: UnboundedSender<Job>,
    /// How long they wait for more before they write.
    pub gather_for: Arc<OnceLock<Leisure>>,
}

impl Writer {
    /// Starts them, on connections of that pool.
    pub fn start(pool: &Pool) -> Writer {
        let (jobs, inbox) = unbounded_channel();
        let inbox = Arc::new(Mutex::new(inbox));
        let gather_for = Arc::new(OnceLock::new());
        for _ in 0..WRITERS {
            tokio::spawn(write_all(pool.clone(), Arc::clone(&inbox), Arc::clone(&gather_for)));
        }
        Writer { jobs, gather_for }
    }

    /// Writes a change; answers once it is durable.
    pub async fn write(&self, change: SealedChange) -> Result<Outcome, StoreError> {
        let (answer, receiver) = oneshot::channel();
        let job = Job { change, tries: 0, answer };
        self.jobs.send(job).map_err(|_| StoreError::Closed)?;
        receiver.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_all(
    pool: Pool,
    inbox: Arc<Mutex<UnboundedReceiver<Job>>>,
    leisure: Arc<OnceLock<Leisure>>,
) {
    loop {
        let mut jobs = Vec::new();
        let mut waiting = inbox.lock().await;
        if waiting.recv_many(&mut jobs, BATCH).await == 0 {
            return;
        }
        let gather_for = leisure.get().map_or(Duration::ZERO, |leisure| leisure());
        if jobs.len() < BATCH && !gather_for.is_zero() {
            tokio::time::sleep(gather_for).await;
            while jobs.len() < BATCH
                && let Ok(job) = waiting.try_recv()
            {
                jobs.push(job);
            }
        }
        drop(waiting);
        while !jobs.is_empty() {
            jobs = write_batch(&pool, jobs).await;
        }
    }
}

/// Writes them together and answers; gives back those that are to be tried again.
async fn write_batch(pool: &Pool, mut jobs: Vec<Job>) -> Vec<Job> {
    jobs.sort_by(|one, other| one.change.place().cmp(&other.change.place()));
    match write_together(pool, &jobs).await {
        Ok(written) => {
            let mut again = Vec::new();
            for (job, written) in jobs.into_iter().zip(written) {
                let result = match written {
                    Written::Done => Ok(Outcome::Done),
                    Written::Stale => Ok(Outcome::Stale),
                    Written::Failed(error) => Err(error),
                    Written::Again if job.tries < MOST_TRIES => {
                        again.push(Job { tries: job.tries + 1, ..job });
                        continue;
                    }
                    Written::Again => Err(StoreError::Database(IN_THE_WAY.to_owned())),
                };
                // Whoever asked may have gone; the change stands all the same.
                let _ = job.answer.send(result);
            }
            again
        }
        Err(error) => {
            let text = error.to_string();
            for job in jobs {
                let _ = job.answer.send(Err(StoreError::Database(text.clone())));
            }
            Vec::new()
        }
    }
}

const IN_THE_WAY: &str = "others have held the same rows for too long";

async fn write_together(pool: &Pool, jobs: &[Job]) -> Result<Vec<Written>, StoreError> {
    let mut client = pool.get().await.map_err(super::unreachable)?;
    let answer = timeout(LONGEST, write_with(&mut client, jobs)).await;
    super::answered(client, answer)
}

async fn write_with(client: &mut Client, jobs: &[Job]) -> Result<Vec<Written>, Error> {
    if !are_of_one(jobs) {
        let db = client.transaction().await?;
        if write_at_once(&db, jobs).await? {
            end(db, jobs).await?;
            return Ok(jobs.iter().map(|_| Written::Done).collect());
        }
        db.rollback().await?;
    }
    let db = client.transaction().await?;
    let written = write_each(&db, jobs).await?;
    let done = jobs.iter().zip(&written).filter(|(_, written)| matches!(written, Written::Done));
    end(db, done.map(|(job, _)| job)).await?;
    Ok(written)
}

/// Whether two of them, which are in the order of accounts, are of one: the second one will most likely find
/// what the first one changed.
fn are_of_one(jobs: &[Job]) -> bool {
    jobs.windows(2).any(|pair| match pair {
        [one, other] => {
            let id = one.change.account_id();
            id.is_some() && id == other.change.account_id()
        }
        _ => false,
    })
}

/// All of them in one go, as long as nothing is in the way of any; whether all were written.
///
/// # Errors
/// Where the connection cannot go on.
async fn write_at_once(db: &Transaction<'_>, jobs: &[Job]) -> Result<bool, Error> {
    let written = async {
        let key = seals::key_for_writing(db).await?;
        change::write(jobs.iter().map(|job| &job.change), db, &key).await
    };
    match written.await {
        Err(error) if error.code().is_none() => Err(error),
        written => Ok(matches!(written, Ok(true))),
    }
}

/// Each by itself, whatever becomes of the others.
///
/// # Errors
/// Where the transaction around them cannot go on.
async fn write_each(db: &Transaction<'_>, jobs: &[Job]) -> Result<Vec<Written>, Error> {
    let key = seals::key_for_writing(db).await?;
    let mut written = Vec::with_capacity(jobs.len());
    let mut begin = "SAVEPOINT change";
    for job in jobs {
        written.push(write_one(db, begin, &job.change, &key).await?);
        begin = "RELEASE change; SAVEPOINT change";
    }
    Ok(written)
}

/// Writes down what happened, and makes all of it durable.
async fn end(db: Transaction<'_>, jobs: impl IntoIterator<Item = &Job>) -> Result<(), Error> {
    let changes: Vec<&SealedChange> = jobs.into_iter().map(|job| &job.change).collect();
    let events: Vec<&Event> = changes.iter().flat_map(|change| &change.events).collect();
    // All of them hang on one root, whichever key seals.
    if let Some(change) = changes.first() {
        audit::append(&db, &change.chain, &events).await?;
    }
    db.commit().await
}

/// One change in a subtransaction of its own, which is to `begin` so, and is ended by whatever comes next.
///
/// # Errors
/// Where the transaction around it cannot go on.
async fn write_one(
    db: &Transaction<'_>,
    begin: &str,
    change: &SealedChange,
    key: &[u8],
) -> Result<Written, Error> {
    // The change's own statements are on their way before the answer to this is: they are worked off in the order
    // in which they are sent.
    let (begun, written) =
        tokio::join!(biased; db.batch_execute(begin), change::write(iter::once(change), db, key));
    begun?;
    let written = match written {
        Ok(true) => return Ok(Written::Done),
        Ok(false) => Written::Stale,
        Err(error) => match error.code() {
            // A name that is taken, or a row that something hangs on and that is gone.
            Some(&SqlState::UNIQUE_VIOLATION | &SqlState::FOREIGN_KEY_VIOLATION) => Written::Stale,
            Some(
                &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::LOCK_NOT_AVAILABLE,
            ) => Written::Again,
            Some(_) => Written::Failed(super::failed(error)),
            // The connection itself.
            None => return Err(error),
        },
    };
    db.batch_execute("ROLLBACK TO change").await?;
    Ok(written)
}
