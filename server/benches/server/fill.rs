//! Fills a store with accounts that nobody asks for, straight by SQL: copies of one that is real, each with
//! its recovery codes, a session and two throttles, under names of their own.

use std::path::Path;

use holdfast_testkit::Postgres;
use rusqlite::Connection;

/// What each of its tables takes, in bytes for an account.
pub struct Sizes(pub Vec<(String, f64)>);

const TABLES: [&str; 4] = ["accounts", "recovery", "sessions", "throttles"];

impl Sizes {
    /// All of it, to be read.
    pub fn said(&self) -> String {
        let each: Vec<_> =
            self.0.iter().map(|(table, bytes)| format!("{table} {bytes:.0}")).collect();
        let sum: f64 = self.0.iter().map(|(_, bytes)| bytes).sum();
        format!("{sum:.0} bytes an account ({})", each.join(", "))
    }
}

/// The file's, beside the server that serves.
pub fn sqlite(folder: &Path, accounts: usize) -> anyhow::Result<Sizes> {
    let db = Connection::open(folder.join("holdfast.db"))?;
    db.busy_timeout(std::time::Duration::from_secs(60))?;
    // Nothing of this has to outlive the machine, and pages are to be written once.
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000;")?;
    let columns = |table: &str| -> anyhow::Result<Vec<String>> {
        let mut select = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let names = select.query_map([table], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    };
    let random = |bytes: usize| format!("randomblob({bytes})");
    let email = "lower(hex(randomblob(12))) || '@filler.example'";
    let there: i64 = db.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))?;
    let more = accounts.saturating_sub(usize::try_from(there)?);
    db.execute_batch(&format!(
        "BEGIN; CREATE TEMP TABLE fill (id BLOB PRIMARY KEY) WITHOUT ROWID;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more})
         INSERT INTO fill SELECT randomblob(16) FROM n; COMMIT;"
    ))?;
    for statement in statements(&columns, &random, email)? {
        db.execute_batch(&statement)?;
    }
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mut sizes = Vec::new();
    for table in TABLES {
        let bytes: i64 = db.query_row(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN
                (SELECT name FROM sqlite_schema WHERE tbl_name = ?1)",
            [table],
            |row| row.get(0),
        )?;
        sizes.push((table.to_owned(), bytes as f64 / accounts as f64));
    }
    Ok(Sizes(sizes))
}

/// The cluster's.
pub fn postgres(cluster: &Postgres, database: &str, accounts: usize) -> anyhow::Result<Sizes> {
    let ask = |sql: &str| cluster.sql(database, sql);
    let columns = |table: &str| -> anyhow::Result<Vec<String>> {
        let names = ask(&format!(
            "SELECT column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        ));
        Ok(names.lines().map(str::to_owned).collect())
    };
    let random = |bytes: usize| {
        format!(
            "substring(sha256(convert_to(random()::text || random(), 'UTF8') || fill.id), 1, {bytes})"
        )
    };
    let there: usize = ask("SELECT count(*) FROM accounts").parse()?;
    let more = accounts.saturating_sub(there);
    ask(&format!(
        "CREATE TABLE fill AS SELECT uuid_send(gen_random_uuid()) AS id
         FROM generate_series(1, {more})"
    ));
    let email = "encode(fill.id, 'hex') || '@filler.example'";
    for statement in statements(&columns, &random, email)? {
        ask(&statement);
    }
    ask("DROP TABLE fill");
    ask("VACUUM ANALYZE");
    ask("CHECKPOINT");
    let mut sizes = Vec::new();
    for table in TABLES {
        let bytes: f64 = ask(&format!("SELECT pg_total_relation_size('{table}')")).parse()?;
        sizes.push((table.to_owned(), bytes / accounts as f64));
    }
    Ok(Sizes(sizes))
}

/// Takes some of the accounts away again, here and there, so that who comes next is put in their places and not
/// together with others who have just come.
pub fn thin(cluster: &Postgres, database: &str) {
    cluster.sql(database, "DELETE FROM accounts WHERE random() < 0.001");
    cluster.sql(database, "VACUUM accounts");
}

/// A row for each name in `fill`, like one that is there, in each table.
fn statements(
    columns: &dyn Fn(&str) -> anyhow::Result<Vec<String>>,
    random: &dyn Fn(usize) -> String,
    email: &str,
) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for (table, times) in TABLES.into_iter().zip([1, 1, 1, 2]) {
        let names = columns(table)?;
        anyhow::ensure!(!names.is_empty(), "no table {table}");
        let values = names.iter().map(|name| match (table, name.as_str()) {
            ("accounts", "id") | (_, "account") => "fill.id".to_owned(),
            ("accounts", "email") => email.to_owned(),
            ("accounts", "api_key") => "NULL".to_owned(),
            (_, "digest" | "key") => random(32),
            (_, other) => format!("one.{other}"),
        });
        let insert = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM fill, (SELECT * FROM {table} LIMIT 1) AS one",
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        );
        all.extend((0..times).map(|_| insert.clone()));
    }
    Ok(all)
}
