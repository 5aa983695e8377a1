//! What log-ins leave in a store: entries of the audit log, and what a cluster writes to its own log.

use std::path::Path;

use holdfast_testkit::Postgres;
use rusqlite::Connection;

/// A store at one moment.
pub struct Left {
    entries: f64,
    /// Bytes of the audit log with its indexes.
    bytes: f64,
    /// Bytes that the cluster has written to its log (WAL) so far.
    logged: Option<f64>,
}

impl Left {
    /// A file's, beside the server that serves.
    pub fn sqlite(folder: &Path) -> anyhow::Result<Left> {
        let db = Connection::open(folder.join("holdfast.db"))?;
        let entries: i64 = db.query_row("SELECT count(*) FROM audit", [], |row| row.get(0))?;
        let bytes: i64 = db.query_row(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN
                (SELECT name FROM sqlite_schema WHERE tbl_name = 'audit')",
            [],
            |row| row.get(0),
        )?;
        Ok(Left { entries: entries as f64, bytes: bytes as f64, logged: None })
    }

    /// A database's.
    pub fn postgres(cluster: &Postgres, database: &str) -> anyhow::Result<Left> {
        let number = |sql: &str| cluster.sql(database, sql).parse::<f64>();
        Ok(Left {
            entries: number("SELECT count(*) FROM audit")?,
            bytes: number("SELECT pg_total_relation_size('audit')")?,
            logged: Some(number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")?),
        })
    }

    /// What so many of something have left since that moment, to be read.
    pub fn since(&self, before: &Left, count: usize) -> String {
        let entries = (self.entries - before.entries) / count as f64;
        let of_entry = self.bytes / self.entries;
        let logged = self.logged.zip(before.logged).map_or_else(String::new, |(now, then)| {
            format!("; {:.0} bytes of the cluster's log", (now - then) / count as f64)
        });
        format!("{entries:.1} entries of {of_entry:.0} bytes in the audit log{logged}")
    }
}
