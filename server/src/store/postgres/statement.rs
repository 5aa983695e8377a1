//! Statements, prepared once for each connection.

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
