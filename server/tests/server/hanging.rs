//! What hangs, is locked or is damaged beside the server: a clear answer, nothing half-done, and nobody
//! else waits for it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use holdfast_testkit::{Process, Server, ServerOptions, program, run};
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

#[test]
fn a_database_that_is_locked_at_the_start_is_said_by_every_command_and_nothing_is_done() {
    let server = Server::start();
    Client::registered(&server);
    let data = server.data_dir().display().to_string();
    let before = done(server.data_dir(), &["audit"], "");
    let key = fs::read(server.data_dir().join("server.key")).expect("the key");
    let db = database(&server);
    db.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let says = "is locked by another program, and nothing was done. Wait until";
    for (args, input) in [
        (&["serve", "--listen", "127.0.0.1:0"][..], ""),
        (&["user", "add", "bob@example.org"], PASSWORD),
        (&["2fa", "reset", EMAIL, "--verified", "passport"], ""),
        (&["key", "rotate"], ""),
        (&["token", "add", "door", "--right", "verify"], ""),
    ] {
        let server = program("holdfast-server").display().to_string();
        let all = ["30", &server, "--data-dir", &data].into_iter().chain(args.iter().copied());
        let ran = run("timeout", all, &[], input.as_bytes());
        assert!(ran.code == Some(1) && ran.out.is_empty(), "{args:?}: {ran:?}");
        assert!(ran.err.contains(says) && !ran.err.contains("panicked"), "{args:?}: {ran:?}");
    }
    db.execute_batch("ROLLBACK").expect("it is let go");
    assert_eq!(done(server.data_dir(), &["audit"], ""), before, "nothing was done");
    assert_eq!(fs::read(server.data_dir().join("server.key")).expect("the key"), key);
}

/// On a disk of its own, that these processes alone see: full, and then with room again.
const FULL_DISK: &str = "mount -t tmpfs -o size=1m none \"$1\" || exit 77
    program=$2 disk=$1
    run() { timeout 20 \"$program\" --data-dir \"$disk/data\" \"$@\" 2>&1; echo \"code $?\"; }
    timeout 2 \"$program\" serve --data-dir \"$disk/data\" --listen 127.0.0.1:0 2>&1
    echo 'kelp on a cold rock' | run user add ann@example.org
    head -c 9000000 /dev/zero > \"$disk/other\" 2>/dev/null
    echo full
    echo 'kelp on a cold rock' | run user add bob@example.org
    run 2fa reset ann@example.org --verified passport
    run token add door --right verify
    run key rotate
    run backup \"$disk/backup\"
    ls \"$disk\"
    wc -c < \"$disk/data/server.key\"
    rm \"$disk/other\"
    echo free
    run check
    run user list
    run key rotate";

#[test]
fn a_full_disk_is_said_by_every_command_and_nothing_is_half_done() {
    let disk = tempfile::tempdir().expect("a folder");
    let (disk, server) = (disk.path().display().to_string(), program("holdfast-server"));
    let server = server.display().to_string();
    let alone = ["--user", "--map-root-user", "--mount", "sh", "-c", FULL_DISK, "sh"];
    let ran = run("unshare", alone.into_iter().chain([disk.as_str(), &server]), &[], b"");
    if ran.code == Some(77) || format!("{ran:?}").contains("unshare failed") {
        return println!("skipped: this machine gives no mount of one's own");
    }
    let (_, rest) = ran.out.split_once("full\n").expect("it fills");
    let (full, free) = rest.split_once("free\n").expect("it is emptied");
    assert_eq!(full.matches("The disk is full: ").count(), 5, "{full}");
    assert_eq!(full.matches("code 1\n").count(), 5, "{full}");
    assert!(full.ends_with("code 1\ndata\nother\n32\n"), "nothing is left half-written: {full}");
    assert_eq!(free.matches("whole, ").count(), 4, "{free}");
    assert_eq!(free.matches("\"email\"").count(), 1, "{free}");
    assert!(free.contains("The key is rotated") && !ran.out.contains("panicked"), "{free}");
}

/// A disk of its own, that the server's processes alone see, filled and emptied when told to.
const SMALL_DISK: &str = "mount -t tmpfs -o size=6m none \"$1\" || { echo no mount; exit; }
    \"$3\" serve --dev --mail none --sms none --data-dir \"$1/data\" --listen 127.0.0.1:0 &
    while [ ! -e \"$2/fill\" ]; do sleep 0.1; done
    head -c 9000000 /dev/zero > \"$1/other\" 2>/dev/null
    : > \"$2/filled\"
    while [ ! -e \"$2/free\" ]; do sleep 0.1; done
    rm \"$1/other\"
    : > \"$2/freed\"
    wait";

#[test]
fn a_disk_that_fills_while_it_serves_is_said_and_nothing_is_lost() {
    let (disk, told) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
    let mut command = Command::new("unshare");
    let alone = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"];
    command.args(alone).args(["sh", "-c", SMALL_DISK, "sh"]);
    command.args([disk.path(), told.path(), &program("holdfast-server")]);
    let mut process = Process::start(command);
    let url = process.wait_for(Duration::from_secs(30), |line| {
        let refused = line.contains("no mount") || line.contains("unshare");
        let url = line.split_once("listening on ").map(|(_, url)| Some(url.trim().to_owned()));
        if refused { Some(None) } else { url }
    });
    let Some(url) = url else {
        return println!("skipped: this machine gives no mount of one's own");
    };
    let mut ann = Client::at(&url);
    let form = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(ann.post("/register", &form).location(), "/account");
    let secret = ann.enable();
    assert_eq!(ann.get("/readyz").status, 200);

    say(told.path(), "fill", "filled");
    let mut other = Client::at(&url);
    let answer = other.log_in();
    assert_eq!(answer.status, 503, "{}", answer.body);
    answer.must_say("Nothing was changed; try again in a minute.");
    let ready = ann.get("/readyz");
    assert_eq!((ready.status, ready.body.contains("the disk is full")), (503, true), "{ready:?}");
    assert!(ann.two_factor_is_on(), "what only reads goes on");

    say(told.path(), "free", "freed");
    assert_eq!(ann.get("/readyz").status, 200);
    assert_eq!(other.log_in().location(), "/login/second-factor");
    settle();
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/account");
    assert!(!process.output().contains("panicked"), "{}", process.output());
}

/// Makes one file, and waits for the other.
#[track_caller]
fn say(folder: &Path, word: &str, answer: &str) {
    fs::write(folder.join(word), "").expect("a file");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !folder.join(answer).exists() {
        assert!(Instant::now() < deadline, "{word} is not {answer}");
        thread::sleep(Duration::from_millis(50));
    }
}
