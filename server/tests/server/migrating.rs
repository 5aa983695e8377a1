//! Everything brought from the file into a cluster's database: whole, or not at all.

use std::path::Path;

use holdfast_testkit::{Ran, Server, ServerOptions};

use crate::client::{Client, code, now, settle};
use crate::operator::{done, operate};
use crate::postgres::{ask, cluster};

fn migrate(from: &Path, address: &str) -> Ran {
    let args = ["migrate", "--from", "sqlite", "--to", "postgres", "--database", address];
    operate(from, &args, "")
}

/// A server on the file in that folder.
fn on_file(folder: &Path) -> Server {
    let data_dir = Some(folder.to_owned());
    Server::start_with(ServerOptions { data_dir, ..ServerOptions::default() })
}

#[test]
fn the_accounts_move_from_the_file_with_all_that_is_theirs() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::TempDir::new().expect("a folder");
    let server = on_file(dir.path());
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let codes = ann.recovery_codes();
    settle();
    let spent = code(&secret, now());
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&spent).location(), "/account");
    let log = done(dir.path(), &["audit"], "");

    cluster.sql("postgres", "CREATE DATABASE moved");
    let address = cluster.address("moved");
    let migrate = || migrate(dir.path(), &address);
    let ran = migrate();
    assert!(!ran.ok() && ran.err.contains("A server still works on the database."), "{ran:?}");
    drop(server);
    let ran = migrate();
    assert!(ran.ok(), "{ran:?}");
    assert!(
        ran.out.contains("audit log: whole") && ran.out.contains("accounts: whole, 1"),
        "{ran:?}"
    );
    // Neither is anything served from the file any more, nor moved a second time.
    let refused = operate(dir.path(), &["serve", "--listen", "127.0.0.1:0"], "");
    assert!(
        !refused.ok() && refused.err.contains("were moved to the database moved at"),
        "{refused:?}"
    );
    let ran = migrate();
    assert!(!ran.ok() && ran.err.contains("were moved to the database moved at"), "{ran:?}");
    // Least of all to another one, where a spent code would be good again.
    cluster.sql("postgres", "CREATE DATABASE another");
    let ran = self::migrate(dir.path(), &cluster.address("another"));
    assert!(!ran.ok() && ran.err.contains("Give the --database of that one"), "{ran:?}");
    assert_eq!(cluster.sql("another", "SELECT to_regclass('accounts')"), "", "nothing is there");
    cluster.sql("moved", "CREATE SCHEMA another");
    let ran = self::migrate(dir.path(), &format!("{address} options='-c search_path=another'"));
    assert!(!ran.ok() && ran.err.contains("Give the --database of that one"), "{ran:?}");

    let server = Server::start_with(ServerOptions {
        data_dir: Some(dir.path().to_owned()),
        envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
        ..Default::default()
    });
    ask(&mut ann, &server);
    assert!(ann.two_factor_is_on(), "her session too has moved");
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&spent).status, 422, "a spent code stays spent");
    assert_eq!(other.enter_code(&codes[0]).location(), "/account/done");
    let database = ["--database", address.as_str()];
    let moved = done(dir.path(), &[&["audit"][..], &database].concat(), "");
    assert!(moved.starts_with(log.trim_end()), "the log goes on where it ended");
    done(dir.path(), &[&["check"][..], &database].concat(), "");
}

#[test]
fn of_a_move_that_breaks_off_nothing_is_there_no_server_begins_on_it_and_it_is_moved_again() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::TempDir::new().expect("a folder");
    let server = on_file(dir.path());
    let mut ann = Client::registered(&server);
    ann.enable();
    drop(server);
    cluster.sql("postgres", "CREATE DATABASE broken");
    let address = cluster.address("broken");
    let database = ["--database", address.as_str()];
    // Nobody has the file open meanwhile: it is moved by somebody who has it alone.
    let change = |sql: &str| {
        let file = rusqlite::Connection::open(dir.path().join("holdfast.db")).expect("the file");
        file.execute_batch(sql).expect("changed");
    };
    // Of the tables that are moved the last but one.
    change("ALTER TABLE outbox ADD COLUMN stray TEXT");
    let ran = migrate(dir.path(), &address);
    assert!(!ran.ok() && ran.err.contains("The table outbox is another one"), "{ran:?}");
    assert_eq!(cluster.sql("broken", "SELECT to_regclass('meta')"), "", "nothing is there");
    let said = [
        (&["serve", "--listen", "127.0.0.1:0"][..], "bring the accounts over with `migrate`"),
        (&["check"], "`migrate` brings the accounts of a file there"),
    ];
    for (command, sentence) in said {
        let ran = operate(dir.path(), &[command, &database].concat(), "");
        assert!(!ran.ok() && ran.err.contains(sentence), "{ran:?}");
    }
    change("ALTER TABLE outbox DROP COLUMN stray");
    let ran = migrate(dir.path(), &address);
    assert!(ran.ok() && ran.out.contains("accounts: whole, 1"), "{ran:?}");
}

#[test]
fn a_table_may_take_longer_to_move_than_any_statement_of_a_server() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::TempDir::new().expect("a folder");
    let server = on_file(dir.path());
    Client::registered(&server);
    drop(server);
    // As soon as the tables are there, each account takes two seconds.
    cluster.sql("postgres", "CREATE DATABASE slow");
    cluster.sql(
        "slow",
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_sleep(2); RETURN NEW; END';
         CREATE FUNCTION slow_down() RETURNS event_trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF to_regclass('accounts') IS NOT NULL
                     AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'slow') THEN
                     CREATE TRIGGER slow BEFORE INSERT ON accounts
                         FOR EACH ROW EXECUTE FUNCTION slow();
                 END IF;
             END $$;
         CREATE EVENT TRIGGER slow_down ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
             EXECUTE FUNCTION slow_down()",
    );
    let address = format!("{} options='-c statement_timeout=1s'", cluster.address("slow"));
    let ran = migrate(dir.path(), &address);
    assert!(ran.ok() && ran.out.contains("accounts: whole, 1"), "{ran:?}");
}
