//! Brings everything from the embedded database into one of a cluster: whole, or not at all.
//!
//! The file is held alone meanwhile. Its mark that it has moved is written before the cluster's commit:
//! broken off between the two it has moved nowhere, no server starts on it, and moving it again goes
//! through. The other way round two databases could be served.

use std::pin::pin;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::postgres::{Cluster, ClusterError, TABLES};
use super::sqlite::{MOVED, OpenError, Tables, moved_to};
use crate::keyring::Keyring;

/// It was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// See [`OpenError`].
    #[error(transparent)]
    From(#[from] OpenError),
    /// See [`ClusterError`].
    #[error(transparent)]
    To(#[from] ClusterError),
    /// Another process has the file open.
    #[error("A server still works on the database. Stop it, then move.")]
    InUse,
    /// There is something already where it shall go.
    #[error("There are accounts in the database {0} already. Give an empty one.")]
    NotEmpty(String),
    /// It is where it shall go already.
    #[error(
        "The accounts were moved to the database {0} already. Start the server with its --database; if \
         that move was broken off before it said that it was done, let `check` look over that database first."
    )]
    Moved(String),
    /// It is on its way to another one, or has gone there.
    #[error(
        "The accounts were moved to the database {0}, or a move there broke off. Give the --database of \
         that one: moved to two, both could be served."
    )]
    MovedElsewhere(String),
    /// The file says no.
    #[error("The database cannot be read: {0}.")]
    Read(#[from] rusqlite::Error),
    /// The cluster says no; the text is what it said.
    #[error("The new database cannot be written: {0}. Nothing was moved.")]
    Write(String),
    /// The two tables of one name have not the same columns.
    #[error("The table {0} is another one in the new database. Give an empty database.")]
    Shape(&'static str),
    /// A column holds what no version writes.
    #[error("The column {column} of {table} holds something no version writes. Run `check`.")]
    Column {
        /// The table.
        table: &'static str,
        /// Its column.
        column: String,
    },
}

impl From<tokio_postgres::Error> for MigrateError {
    fn from(error: tokio_postgres::Error) -> Self {
        MigrateError::Write(super::postgres::reason(&error))
    }
}

/// Moves all rows of all tables. How many they were.
pub async fn migrate(from: Tables, to: &Cluster, keyring: &Keyring) -> Result<usize, MigrateError> {
    let place = to.whereabouts().await?;
    let mut from = from.alone(keyring)?.ok_or(MigrateError::InUse)?;
    let source = hold(&mut from)?;
    let moved = moved_to(&source)?;
    if let Some(before) = moved.as_ref().filter(|before| **before != place) {
        return Err(MigrateError::MovedElsewhere(before.clone()));
    }
    if !to.is_empty().await? && to.is_marked().await? {
        return Err(match moved {
            Some(_) => MigrateError::Moved(place),
            None => MigrateError::NotEmpty(place),
        });
    }
    source.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
        (MOVED, place.as_bytes()),
    )?;
    let mut client = to.client().await?;
    let target = client.transaction().await?;
    // The tables too: in those that a broken move left, a server would begin with nobody.
    to.upgrade_in(&target).await?;
    // A table is one statement, and takes as long as its rows do.
    target
        .batch_execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .await?;
    let mut count = 0;
    for table in TABLES {
        count += copy(&source, &target, table).await?;
    }
    copy_meta(&source, &target).await?;
    source.commit()?;
    target.commit().await?;
    Ok(count)
}

/// Keeps everybody out until the transaction ends. A server that has begun in the meantime has brought the file's log
/// back, and could read on beside it.
fn hold(file: &mut Connection) -> Result<rusqlite::Transaction<'_>, MigrateError> {
    let held = match file.transaction_with_behavior(TransactionBehavior::Exclusive) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            return Err(MigrateError::InUse);
        }
        held => held?,
    };
    let mode: String = held.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "delete" { Ok(held) } else { Err(MigrateError::InUse) }
}

/// Copies a table; how many rows it has.
async fn copy(
    source: &Connection,
    target: &Transaction<'_>,
    table: &'static str,
) -> Result<usize, MigrateError> {
    let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns
         WHERE table_name = $1 AND table_schema = current_schema() ORDER BY ordinal_position";
    let columns = target.query(sql, &[&table]).await?;
    let mut names = Vec::new();
    let mut types = Vec::new();
    for column in columns {
        let kind: String = column.try_get(1)?;
        names.push(column.try_get::<_, String>(0)?);
        types.push(match kind.as_str() {
            "bytea" => Type::BYTEA,
            "bigint" => Type::INT8,
            _ => Type::TEXT,
        });
    }
    // What the new tables have no place for would be left behind unseen.
    let columns: i64 =
        source
            .query_row("SELECT count(*) FROM pragma_table_info(?1)", [table], |row| row.get(0))?;
    if columns != names.len() as i64 {
        return Err(MigrateError::Shape(table));
    }
    let list = names.join(", ");
    let sink = target.copy_in(&format!("COPY {table} ({list}) FROM STDIN BINARY")).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    let mut select = source.prepare(&format!("SELECT {list} FROM {table}"))?;
    let mut rows = select.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let mut cells: Vec<Box<dyn ToSql + Sync>> = Vec::with_capacity(names.len());
        for (at, (name, kind)) in names.iter().zip(&types).enumerate() {
            let cell = cell(row.get(at)?, kind);
            cells.push(cell.ok_or_else(|| MigrateError::Column { table, column: name.clone() })?);
        }
        let cells: Vec<&(dyn ToSql + Sync)> = cells.iter().map(AsRef::as_ref).collect();
        writer.as_mut().write(&cells).await?;
        count += 1;
    }
    writer.finish().await?;
    Ok(count)
}

/// What `meta` says of the accounts: their key, where the log ends, what the server is called.
async fn copy_meta(source: &Connection, target: &Transaction<'_>) -> Result<(), MigrateError> {
    let mut select = source.prepare("SELECT name, value FROM meta WHERE name != ?1")?;
    let mut rows = select.query([MOVED])?;
    while let Some(row) = rows.next()? {
        let (name, value): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)";
        target.execute(sql, &[&name, &value]).await?;
    }
    Ok(())
}

/// A value as the cluster takes it; `None` where it is not of the column's type.
fn cell(value: Value, kind: &Type) -> Option<Box<dyn ToSql + Sync>> {
    Some(match (value, kind) {
        (Value::Null, &Type::BYTEA) => Box::new(None::<Vec<u8>>),
        (Value::Null, &Type::INT8) => Box::new(None::<i64>),
        (Value::Null, _) => Box::new(None::<String>),
        (Value::Blob(bytes), &Type::BYTEA) => Box::new(bytes),
        (Value::Integer(number), &Type::INT8) => Box::new(number),
        (Value::Text(text), &Type::TEXT) => Box::new(text),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_begins_while_the_file_is_to_be_held_is_in_its_use() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("a.db");
        let open = |mode: &str| {
            let file = Connection::open(&path).expect("opened");
            file.busy_timeout(std::time::Duration::ZERO).expect("set");
            file.pragma_update(None, "journal_mode", mode).expect("set");
            file
        };
        let mut ours = open("DELETE");
        ours.execute_batch("CREATE TABLE t (a)").expect("made");
        hold(&mut ours).expect("nobody else has it");
        let theirs = open("DELETE");
        theirs.execute_batch("BEGIN IMMEDIATE").expect("begun");
        assert!(matches!(hold(&mut ours), Err(MigrateError::InUse)));
        drop(theirs);
        let theirs = open("WAL");
        theirs.query_row("SELECT count(*) FROM t", [], |_| Ok(())).expect("read");
        assert!(matches!(hold(&mut ours), Err(MigrateError::InUse)));
    }
}
