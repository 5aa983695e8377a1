//! Data that outlives machines and versions: backups put back, and databases of every earlier version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use holdfast_otp::Secret;
use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle};
use crate::operator::{done, operate};

#[test]
fn a_backup_taken_under_load_is_put_back_and_works() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().expect("text");
    let stop = AtomicBool::new(false);
    let mut eve = Client::of(&server);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                count += 1;
                let email = format!("eve{count}@example.org");
                eve.post("/register", &[("email", &email), ("password", PASSWORD)]);
            }
        });
        let said = done(server.data_dir(), &["backup", copy], "");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(said, format!("The database is copied to {copy}.\n"));
    });
    let mode = fs::metadata(copy).expect("the copy").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left over");
    let again = operate(server.data_dir(), &["backup", copy], "");
    assert!(!again.ok() && again.err.contains("is there already"), "{again:?}");

    let new_home = tempfile::tempdir().expect("a folder");
    fs::copy(copy, new_home.path().join("holdfast.db")).expect("put back");
    fs::copy(server.data_dir().join("server.key"), new_home.path().join("server.key"))
        .expect("key");
    drop(server);
    done(new_home.path(), &["check"], "");
    let server = on(new_home.path());
    let mut ann = Client::of(&server);
    settle();
    ann.log_in();
    assert_eq!(ann.enter_code(&code(&secret, now())).location(), "/account");
    assert!(ann.two_factor_is_on());
}

#[test]
fn a_backup_that_cannot_be_written_leaves_nothing() {
    let server = Server::start();
    Client::registered(&server);
    let nowhere = server.data_dir().join("nowhere/copy.db");
    let ran = operate(server.data_dir(), &["backup", nowhere.to_str().expect("text")], "");
    assert!(!ran.ok() && ran.err.contains("cannot be written"), "{ran:?}");
}

/// Each folder holds a database that the version of that schema wrote, its key, and the secret of
/// Ann's phone; she has an API key and is enrolled. From the fifth on, one of her recovery codes is
/// there too, and a number; in the seventh a change of phone was begun, and left; in the eighth she has
/// seen her codes after a log-in by SMS; in the ninth her address was another one for a while; to the tenth belongs the
/// token of a command line. (The fourth was never written by a program: its step and the fifth came together. That one
/// is the third, taken one step on. The tenth is the ninth, logged in to by the server that went on with it.)
#[test]
fn a_database_of_every_earlier_version_is_upgraded_in_place() {
    let mut versions = 0;
    for entry in fs::read_dir(frozen()).expect("the frozen databases") {
        let frozen = entry.expect("one").path();
        let home = thawed(&frozen);
        let base32 = fs::read_to_string(frozen.join("secret.base32")).expect("the secret");
        let secret = Secret::from_base32(base32.trim()).expect("base32");

        let early = operate(home.path(), &["check"], "");
        let is_older = early.err.contains("start this version's `serve` once");
        assert!(early.ok() || is_older, "{}: {early:?}", frozen.display());
        let server = on(home.path());
        let mut ann = Client::of(&server);
        settle();
        assert_eq!(ann.log_in().location(), "/login/second-factor", "{}", frozen.display());
        assert_eq!(ann.enter_code(&code(&secret, now())).location(), "/account");
        ann.get("/account").must_say("<strong>On</strong>").must_say("Replace the API key");
        done(home.path(), &["key", "rotate"], "");
        done(home.path(), &["check"], "");
        assert!(ann.two_factor_is_on(), "{}", frozen.display());
        // Keys for SSH came with the third.
        let no_keys = ["schema-1", "schema-2"].iter().any(|early| frozen.ends_with(early));
        ann.get("/account/ssh-keys").must_say(if no_keys { "You have none" } else { "ann@laptop" });
        if let Ok(recovery) = fs::read_to_string(frozen.join("recovery.txt")) {
            ann.get("/account").must_say("codes are not stored yet").must_say("+49 … 89");
            let mut other = Client::of(&server);
            other.log_in();
            let answer = other.enter_code(recovery.trim());
            assert_eq!(answer.location(), "/account/done", "{}", frozen.display());
        }
        assert_eq!(ann.post("/login", &[("email", EMAIL), ("password", "x")]).status, 401);
        versions += 1;
    }
    assert!(versions >= 10, "there are frozen databases");
}

/// Their tokens do not say whose they are: command lines log in once more.
#[test]
fn a_session_of_the_tenth_version_ends_with_the_upgrade_however_fresh_it_is() {
    let frozen = frozen().join("schema-10");
    let token = fs::read_to_string(frozen.join("cli-token.txt")).expect("the token");
    let home = thawed(&frozen);
    let open = || rusqlite::Connection::open(home.path().join("holdfast.db")).expect("it opens");
    let sessions = "SELECT count(*) FROM sessions";
    let count = |sql| open().query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count");
    let fresh = "UPDATE sessions SET began = unixepoch(), seen = unixepoch() WHERE stage = 'cli'";
    assert_eq!(open().execute(fresh, []).expect("it is set"), 1);
    assert_ne!(count(sessions), 0);

    let server = on(home.path());
    let mut ann = Client::of(&server);
    assert_eq!(ann.api_get("/account", token.trim()).status, 401);
    assert_eq!(count(sessions), 0);
}

/// A copy of a frozen database that a server can go on with.
fn thawed(frozen: &Path) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["holdfast.db", "server.key"] {
        let file = home.path().join(name);
        fs::copy(frozen.join(name), &file).expect("a copy");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    }
    home
}

fn frozen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/frozen")
}

fn on(data_dir: &Path) -> Server {
    let data_dir = Some(data_dir.to_owned());
    Server::start_with(ServerOptions { data_dir, letters: true, ..Default::default() })
}
