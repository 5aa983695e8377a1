//! Statements, prepared once for each connection.

use std::future::poll_fn;
use std::task::Poll;

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// What a statement is given.
pub type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Runs a statement inside a transaction; how many rows it touched.
pub async fn execute(db: &Transaction<'_>, sql: &str, values: Values<'_>) -> Result<u64, Error> {
    let statement = db.prepare_cached(sql).await?;
    db.execute(&statement, values).await
}

/// The row that a statement gives inside a transaction, if it gives one.
pub async fn row(
    db: &Transaction<'_>,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>, Error> {
    let statement = db.prepare_cached(sql).await?;
    db.query_opt(&statement, values).await
}

/// Runs a statement in a transaction of its own; how many rows it touched.
pub async fn execute_alone(db: &Client, sql: &str, values: Values<'_>) -> Result<u64, Error> {
    let statement = db.prepare_cached(sql).await?;
    db.execute(&statement, values).await
}

/// The rows that a statement gives in a transaction of its own.
pub async fn rows(db: &Client, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Error> {
    let statement = db.prepare_cached(sql).await?;
    db.query(&statement, values).await
}

/// One thing that a [`Step`] is given.
pub type Value<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// What a [`Step`] is given, of one thing or several.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as $crate::store::postgres::statement::Value<'_>),*]
    };
}
pub(super) use values;

/// One statement of several that are sent together.
pub struct Step<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
    must_touch: bool,
}

impl<'a> Step<'a> {
    /// One that may touch any number of rows.
    pub fn new(sql: &'static str, values: Vec<Value<'a>>) -> Step<'a> {
        Step { sql, values, must_touch: false }
    }

    /// One without whose row none of them is to stand.
    pub fn touching(sql: &'static str, values: Vec<Value<'a>>) -> Step<'a> {
        Step { sql, values, must_touch: true }
    }
}

/// Sends them without waiting for the answer to one before the next: all of them cost one round trip. They are
/// worked off in their order. `false` where one touched not exactly one row that must; the caller takes back
/// what those behind it did.
///
/// # Errors
/// That of the first which fails, where all before it did what they must.
pub async fn all(db: &Transaction<'_>, steps: &[Step<'_>]) -> Result<bool, Error> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        let values: Vec<&(dyn ToSql + Sync)> =
            step.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        prepared.push((db.prepare_cached(step.sql).await?, values));
    }
    let sent = prepared.iter().map(|(statement, values)| db.execute(statement, values));
    for (step, touched) in steps.iter().zip(in_order(sent).await) {
        let touched = touched?;
        if step.must_touch && touched != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Begins each in its order before it waits for any; what they gave.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut begun: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, given) in &mut begun {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                *given = Some(output);
            }
        }
        Poll::Ready(())
    })
    .await;
    let mut outputs = Vec::with_capacity(begun.len());
    for (future, given) in begun {
        outputs.push(match given {
            Some(output) => output,
            None => future.await,
        });
    }
    outputs
}
