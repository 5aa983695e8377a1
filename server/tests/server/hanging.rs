//! What hangs, is locked or is damaged beside the server: a clear answer, nothing half-done, and nobody
//! else waits for it.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use holdfast_testkit::{Server, ServerOptions};
use rusqlite::Connection;

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle};
use crate::mailing::registered;
use crate::operator::done;
use crate::outbox::{letter, letters, texted_code};

const PHONE: &str = "/account/two-factor/phone";
const NUMBER: &str = "+4915123456789";

/// Takes connections and never says a word.
fn silent() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

fn mailing_to(port: u16) -> ServerOptions {
    let args = ["--mail", &format!("smtp://127.0.0.1:{port}"), "--mail-from", "id@example.org"];
    let args = args.map(str::to_owned).to_vec();
    ServerOptions { letters: true, args, ..ServerOptions::default() }
}

fn database(server: &Server) -> Connection {
    Connection::open(server.data_dir().join("holdfast.db")).expect("the database")
}

#[test]
fn a_mail_server_that_hangs_keeps_no_sms_waiting() {
    let mail = silent();
    let server = Server::start_with(mailing_to(mail.local_addr().expect("its address").port()));
    done(server.data_dir(), &["user", "add", EMAIL], PASSWORD);
    let mut ann = Client::of(&server);
    assert_eq!(ann.log_in().location(), "/account");
    ann.enable();
    let progress = || -> String {
        let sql = "SELECT progress FROM outbox WHERE way = 'mail' ORDER BY made LIMIT 1";
        database(&server).query_row(sql, [], |row| row.get(0)).expect("the mail that tells of it")
    };
    // By now the mail is in the hands of the server that hangs.
    thread::sleep(Duration::from_secs(1));
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    let sent = texted_code(&letter(&server, NUMBER, "set-up code"));
    assert_eq!(progress(), "waiting", "the SMS came before the mail was given up");
    assert_eq!(ann.post(&format!("{PHONE}/code"), &[("code", &sent)]).location(), PHONE);
}

#[test]
fn a_letter_that_does_not_open_keeps_no_other_from_leaving() {
    let disk = tempfile::tempdir().expect("a folder");
    let data_dir = || Some(disk.path().to_owned());
    // A port at which nobody is: the mail of the change stays in the outbox.
    let nobody = silent().local_addr().expect("its address").port();
    let server = Server::start_with(ServerOptions { data_dir: data_dir(), ..mailing_to(nobody) });
    done(server.data_dir(), &["user", "add", EMAIL], PASSWORD);
    let mut ann = Client::of(&server);
    ann.log_in();
    ann.enable();
    drop(server);
    let db = Connection::open(disk.path().join("holdfast.db")).expect("the database");
    db.execute_batch(
        "UPDATE outbox SET due = 0;
         INSERT INTO outbox (id, way, progress, body, made, until, due, attempts)
         SELECT randomblob(16), way, progress, randomblob(length(body)), made, until, 0, 0
         FROM outbox",
    )
    .expect("a damaged letter beside each");
    drop(db);
    let options = ServerOptions { letters: true, data_dir: data_dir(), ..Default::default() };
    let server = Server::start_with(options);
    letter(&server, EMAIL, "Two-factor authentication was switched on.");
    assert!(server.output().contains("a letter does not open"), "{}", server.output());
}

#[test]
fn a_database_that_another_program_locks_is_said_and_nothing_is_half_done() {
    let server = crate::outbox::server();
    let mut ann = registered(&server);
    let secret = ann.enable();
    let mut other = Client::of(&server);
    assert_eq!(other.log_in().location(), "/login/second-factor");
    settle();
    let shown = code(&secret, now());
    let db = database(&server);
    db.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let answer = other.enter_code(&shown);
    assert_eq!(answer.status, 503, "{}", answer.body);
    answer.must_say("Nothing was changed; try again in a minute.");
    assert_eq!(other.get("/readyz").status, 503);
    let answer = other.api_open();
    assert_eq!((answer.status, answer.error_code()), (503, "unavailable".to_owned()));
    assert!(ann.is_signed_in(), "what only reads goes on");
    db.execute_batch("ROLLBACK").expect("it is let go");
    assert_eq!(other.get("/readyz").status, 200);
    settle();
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/account", "as if never asked");
    let all = letters(&server.data_dir().join("outbox"));
    assert_eq!(all.iter().filter(|one| one.contains("switched on")).count(), 1, "{all:#?}");
    let output = server.output();
    assert!(!output.contains("panicked") && !output.contains(&shown), "{output}");
}
