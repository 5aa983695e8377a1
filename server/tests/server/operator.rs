//! The operator's commands on the server's host, beside the server that serves.

use std::fs;
use std::path::Path;

use holdfast_testkit::{Ran, Server, ServerOptions, database_of, program, run};
use serde_json::{Value, json};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};

/// Runs a command on a data directory.
#[track_caller]
pub fn operate(data_dir: &Path, args: &[&str], stdin: &str) -> Ran {
    let data_dir = data_dir.display().to_string();
    let place = ["--data-dir", &data_dir];
    let database = database_of(Path::new(&data_dir));
    let database = database.as_ref().map(|address| ("HOLDFAST_DATABASE", address.as_ref()));
    run(program("holdfast-server"), place.iter().chain(args), database.as_slice(), stdin.as_bytes())
}

/// Runs a command that must succeed; what it printed.
#[track_caller]
pub fn done(data_dir: &Path, args: &[&str], stdin: &str) -> String {
    let ran = operate(data_dir, args, stdin);
    assert!(ran.ok(), "{ran:?}");
    ran.out
}

fn entries(data_dir: &Path, args: &[&str]) -> Vec<Value> {
    let printed = done(data_dir, args, "");
    printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn words(entries: &[Value]) -> Vec<(&str, Option<&str>)> {
    entries
        .iter()
        .map(|one| (one["what"].as_str().expect("a word"), one["factor"].as_str()))
        .collect()
}

#[test]
fn row_36_every_event_is_in_the_log_with_time_person_source_and_factor() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let began = now();
    let secret = ann.enable();
    let mut other = Client::of(&server);
    other.post("/login", &[("email", EMAIL), ("password", "not hers")]);
    other.post("/login", &[("email", "nobody@example.org"), ("password", "not hers")]);
    other.log_in();
    other.enter_code(&wrong_code(&secret, now()));
    other.enter_code(&code(&secret, now()));
    other.post("/account/api-key", &[("password", "not hers")]);
    other.post("/account/api-key", &[("password", PASSWORD)]);
    other.post("/logout", &[]);
    ann.post("/account/two-factor/disable", &[("password", PASSWORD)]);

    let log = entries(server.data_dir(), &["audit"]);
    assert_eq!(
        words(&log),
        [
            ("started", None),
            ("registered", Some("password")),
            ("enrolment_begun", Some("password")),
            ("two_factor_on", Some("app")),
            ("password_wrong", Some("password")),
            ("password_wrong", Some("password")),
            ("password_right", Some("password")),
            ("code_wrong", Some("app")),
            ("signed_in", Some("app")),
            ("password_wrong", Some("password")),
            ("api_key_made", Some("password")),
            ("signed_out", None),
            ("two_factor_off", Some("password")),
        ]
    );
    let ann_id = log[1]["account"].as_str().expect("whose");
    for (at, entry) in log.iter().enumerate() {
        assert_eq!(entry["seq"], json!(at + 1));
        let host = entry["source"].as_str().expect("from where").starts_with("this host, user ");
        assert!(if at == 0 { host } else { entry["source"] == "127.0.0.1" }, "{entry}");
        assert!(entry["at"].as_str().is_some_and(|at| at.ends_with('Z') && at.starts_with("20")));
        // The one of nobody is of nobody.
        assert_eq!(entry["account"].as_str(), (at != 0 && at != 5).then_some(ann_id), "{entry}");
    }
    let first = log[0]["at"].as_str().expect("a time").get(..4);
    assert_eq!(first, Some(&format!("{}", 1970 + began / 31_556_952)[..]));
    let hers = entries(server.data_dir(), &["audit", "--user", EMAIL, "--after", "2"]);
    assert_eq!(hers.len(), 10);
}

#[test]
fn row_36_whoever_gives_a_command_by_sudo_is_named() {
    let envs = vec![("SUDO_USER".to_owned(), "carol".to_owned())];
    let server = Server::start_with(ServerOptions { envs, ..Default::default() });
    let log = entries(server.data_dir(), &["audit"]);
    assert_eq!(log[0]["source"], "this host, carol by sudo");
}

#[test]
fn row_36_a_change_of_the_log_is_found() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let said = done(server.data_dir(), &["check"], "");
    assert!(said.contains("audit log: whole, 4 entries"), "{said}");
    for sql in [
        "UPDATE audit SET source = '203.0.113.9' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 4",
        "DELETE FROM audit WHERE seq = 1",
        "DELETE FROM audit; DELETE FROM meta WHERE name = 'audit_end'",
    ] {
        let copy = copy_of(server.data_dir());
        let database = rusqlite::Connection::open(copy.path().join("holdfast.db")).expect("open");
        database.execute_batch(sql).expect("a change");
        drop(database);
        let ran = operate(copy.path(), &["check"], "");
        assert!(!ran.ok() && ran.out.contains("audit log: NOT WHOLE"), "{sql}: {ran:?}");
    }
}

#[test]
fn row_36_nothing_said_can_pass_for_an_entry() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let said = "passport\n{\"seq\":9,\"what\":\"signed_in\"}\u{202e}\u{1b}[2J";
    done(server.data_dir(), &["2fa", "reset", EMAIL, "--verified", said], "");
    let log = entries(server.data_dir(), &["audit"]);
    assert_eq!(log.len(), 5, "{log:?}");
    assert_eq!(log[4]["note"], "passport {\"seq\":9,\"what\":\"signed_in\"}  [2J");
}

#[test]
fn check_finds_a_damaged_seal_and_a_broken_reference() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let copy = copy_of(server.data_dir());
    let database = rusqlite::Connection::open(copy.path().join("holdfast.db")).expect("open");
    let sql = "UPDATE accounts SET tf_secret = randomblob(length(tf_secret))";
    database.execute_batch(sql).expect("a change");
    drop(database);
    let ran = operate(copy.path(), &["check"], "");
    assert!(!ran.ok() && ran.out.contains("accounts: NOT WHOLE"), "{ran:?}");

    let copy = copy_of(server.data_dir());
    let database = rusqlite::Connection::open(copy.path().join("holdfast.db")).expect("open");
    let sql = "PRAGMA foreign_keys = OFF;
        UPDATE sessions SET account = randomblob(16);";
    database.execute_batch(sql).expect("a change");
    drop(database);
    let ran = operate(copy.path(), &["check"], "");
    assert!(!ran.ok() && ran.out.contains("database: NOT WHOLE"), "{ran:?}");
}

#[test]
fn l3_the_operator_switches_it_off_for_one_who_has_lost_every_way_in() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.post("/account/api-key", &[("password", PASSWORD)]);
    ann.enable();
    let mut bob = Client::of(&server);
    bob.post("/register", &[("email", "bob@example.org"), ("password", PASSWORD)]);

    let refused = operate(server.data_dir(), &["2fa", "reset", EMAIL], "");
    assert!(
        !refused.ok() && refused.err.contains("how you made sure whose account"),
        "{refused:?}"
    );
    assert!(ann.two_factor_is_on(), "nothing was changed");

    let args = ["2fa", "reset", EMAIL, "--verified", "came with her passport"];
    let said = done(server.data_dir(), &args, "");
    assert!(said.contains("Two-factor authentication of ann@example.org is off"), "{said}");
    assert!(!ann.is_signed_in(), "her sessions are ended");
    assert_eq!(ann.log_in().location(), "/account", "the password alone leads in");
    assert!(!ann.two_factor_is_on());
    ann.get("/account").must_say("You have none. With an API key");
    assert!(bob.is_signed_in(), "nobody else is touched");

    let log = entries(server.data_dir(), &["audit", "--user", EMAIL]);
    let entry = log.iter().find(|one| one["what"] == "operator_two_factor_off").expect("logged");
    assert_eq!(entry["note"], "came with her passport");
    assert!(entry["source"].as_str().is_some_and(|who| who.starts_with("this host, ")));
    let again = operate(server.data_dir(), &args, "");
    assert!(!again.ok() && again.err.contains("is off already"), "{again:?}");
    let unknown = ["2fa", "reset", "who@example.org", "--verified", "x"];
    let unknown = operate(server.data_dir(), &unknown, "");
    assert!(!unknown.ok() && unknown.err.contains("There is no account"), "{unknown:?}");
}

#[test]
fn the_operator_makes_lists_shows_and_signs_out() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.enable();
    let weak = operate(server.data_dir(), &["user", "add", "eve@example.org"], "password\n");
    assert!(!weak.ok() && weak.err.contains("easy to guess"), "{weak:?}");
    let said = done(server.data_dir(), &["user", "add", "Eve@Example.org"], PASSWORD);
    assert_eq!(said, "eve@example.org has an account.\n");
    let taken = operate(server.data_dir(), &["user", "add", "eve@example.org"], PASSWORD);
    assert!(!taken.ok() && taken.err.contains("already"), "{taken:?}");
    let mut eve = Client::of(&server);
    let form = [("email", "eve@example.org"), ("password", PASSWORD)];
    assert_eq!(eve.post("/login", &form).location(), "/account");

    let list = entries(server.data_dir(), &["user", "list"]);
    let emails: Vec<_> = list.iter().map(|one| one["email"].as_str().expect("one")).collect();
    assert_eq!(emails, [EMAIL, "eve@example.org"]);
    assert_eq!(list[0]["two_factor"]["state"], "active");

    let shown = done(server.data_dir(), &["user", "show", EMAIL], "");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["sessions"][0]["device"], "Chromium on Linux");
    assert_eq!(shown["events"][2]["what"], "two_factor_on");
    let session = ann.cookies.values().next().expect("one");
    for canary in [secret.to_base32().as_str(), session, "argon2"] {
        assert!(!shown.to_string().contains(canary));
    }
    let said = done(server.data_dir(), &["user", "end-sessions", EMAIL], "");
    let wanted = "1 session of ann@example.org is ended. An API key that it had is void.";
    assert_eq!(said.trim_end(), wanted);
    assert!(!ann.is_signed_in() && eve.is_signed_in());
}

#[test]
fn commands_make_nothing_where_nothing_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let nowhere = dir.path().join("nowhere");
    for args in [&["check"][..], &["user", "list"], &["audit"]] {
        let ran = operate(&nowhere, args, "");
        assert!(!ran.ok() && ran.err.contains("There is no database"), "{ran:?}");
        assert!(!nowhere.exists());
    }
    let ran = run(program("holdfast-server"), ["check"], &[], b"");
    assert!(ran.err.contains("--data-dir"), "{ran:?}");
}

#[test]
fn settings_come_from_flags_then_environment_then_the_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("server.toml");
    let config = file.to_str().expect("text");
    let help = |env: &[(&str, &str)], args: &[&str]| {
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let serve = ["serve", "--dev", "--data-dir", "/dev/null/x"];
        run(program("holdfast-server"), serve.iter().chain(args), &env, b"")
    };
    // Each source gives a name that no app can show, or one too far: the sentence tells them apart.
    fs::write(&file, "listen = \"0.0.0.0:0\"\n").expect("a file");
    let refused = help(&[], &["--config", config]);
    assert!(refused.err.contains("0.0.0.0:0 is reachable from others"), "{refused:?}");
    let over = help(&[("HOLDFAST_LISTEN", "192.0.2.1:1")], &["--config", config]);
    assert!(over.err.contains("192.0.2.1:1 is reachable from others"), "{over:?}");
    let flag = ["--listen", "192.0.2.2:2", "--config", config];
    let over = help(&[("HOLDFAST_LISTEN", "192.0.2.1:1")], &flag);
    assert!(over.err.contains("192.0.2.2:2 is reachable from others"), "{over:?}");
    let named = help(&[("HOLDFAST_CONFIG", config)], &[]);
    assert!(named.err.contains("0.0.0.0:0 is reachable from others"), "{named:?}");

    for (text, says) in [
        ("issuer = \"Kelp\"\nlissen = \"x\"\n", "Line 2 of the configuration file"),
        (
            "issuer = \"Kelp\"\n\nlisten = \"nowhere\"\n",
            "Line 3 of the configuration file: invalid",
        ),
        ("proxy = [\"x\"]\n", "Line 1 of the configuration file: invalid value 'x' for '--proxy"),
        ("log-level = \"loud\"\n", "Line 1 of the configuration file: invalid value 'loud'"),
    ] {
        fs::write(&file, text).expect("a file");
        let refused = help(&[], &["--config", config]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.err.contains(says), "{text}: {refused:?}");
    }
    let missing = help(&[], &["--config", "/dev/null/none"]);
    assert!(missing.err.contains("cannot be read"), "{missing:?}");
    // A mistake on the command line is not laid at the file's door.
    fs::write(&file, "issuer = \"Kelp\"\n").expect("a file");
    let wrong = help(&[], &["--config", config, "--listen", "x"]);
    assert!(wrong.err.contains("--listen") && !wrong.err.contains("Line"), "{wrong:?}");
}

/// A copy of the data directory, as a thief or a careless hand would change it.
pub fn copy_of(data_dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(data_dir).expect("the data directory") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
    }
    copy
}
