//! The server's key rotated, while it serves and while it does not, and broken off anywhere.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use holdfast_testkit::{Server, ServerOptions, database_of, program, run};

use crate::client::{Client, EMAIL, PASSWORD};
use crate::operator::{copy_of, done, operate};

/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

#[test]
fn row_14_the_key_is_rotated_while_the_server_serves() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let key = server.data_dir().join("server.key");
    let before = fs::read(&key).expect("the key");
    let mut stranger = Client::of(&server);
    for _ in 0..3 {
        assert_eq!(stranger.post("/login", &wrong()).status, 401);
    }
    assert_eq!(stranger.post("/login", &wrong()).status, 429);

    let said = done(server.data_dir(), &["key", "rotate"], "");
    assert!(said.starts_with("The key is rotated, and 3 sealed columns with it."), "{said}");
    let after = fs::read(&key).expect("the key");
    assert_eq!((before.len(), after.len()), (32, 32));
    assert_ne!(before, after);

    // The server that was running all the time reads what is sealed anew, and writes under it.
    assert_eq!(stranger.post("/login", &wrong()).status, 429, "limits outlive a rotation");
    let mut bob = Client::of(&server);
    bob.post("/register", &[("email", "bob@example.org"), ("password", PASSWORD)]);
    bob.begin();
    assert_eq!(ann.post("/account/api-key", &[("password", PASSWORD)]).location(), "/account/done");
    let said = done(server.data_dir(), &["check"], "");
    assert!(said.contains("seals: whole, 5 of them open\n"), "{said}");
    assert!(said.contains("audit log: whole"), "{said}");

    // The new key alone opens all, the old one nothing.
    let copy = copy_of(server.data_dir());
    let again = on(copy.path());
    ann.url = again.url().to_owned();
    assert!(ann.two_factor_is_on());
    drop(again);
    fs::write(copy.path().join("server.key"), &before).expect("the old key");
    let ran = operate(copy.path(), &["check"], "");
    assert!(!ran.ok() && ran.err.contains("The key does not belong"), "{ran:?}");
}

#[test]
fn row_14_a_rotation_by_root_leaves_the_key_to_whoever_the_server_runs_as() {
    let server = Server::start();
    let home = copy_of(server.data_dir());
    let key = home.path().join("server.key");
    let before = fs::read(&key).expect("the key");
    let ours = fs::metadata(home.path()).expect("a folder").uid();
    let mut rotate = Command::new(program("holdfast-server"));
    if ours == 0 {
        // Somebody who is on every machine and has nothing.
        for path in fs::read_dir(home.path()).expect("a folder") {
            chown(path.expect("a file").path(), Some(NOBODY), Some(NOBODY)).expect("given away");
        }
    } else {
        let by_sudo = run("sudo", ["-n", "true"], &[], b"").ok();
        assert!(by_sudo || std::env::var_os("CI").is_none(), "nobody here may become root");
        if !by_sudo {
            println!("skipped: only root can give a file to somebody else");
            return;
        }
        rotate = Command::new("sudo");
        rotate.arg("-n").arg(program("holdfast-server"));
    }
    rotate.args(["key", "rotate", "--data-dir"]).arg(home.path());
    if let Some(address) = database_of(home.path()) {
        rotate.args(["--database", &address]);
    }
    let ran = rotate.output().expect("it runs");
    assert!(ran.status.success(), "{ran:?}");
    assert_ne!(fs::read(&key).expect("the key"), before);
    let about = fs::metadata(&key).expect("the key");
    let owner = if ours == 0 { NOBODY } else { ours };
    assert_eq!((about.uid(), about.mode() & 0o777), (owner, 0o600));
}

#[test]
fn row_09_row_14_a_server_without_the_newest_key_says_that_it_is_not_ready() {
    let mut server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let key = server.data_dir().join("server.key");
    let old = fs::read(&key).expect("the key");
    // It stands still meanwhile, so that it has not read the new key before that is gone.
    let id = server.process().id().to_string();
    assert!(run("kill", ["-STOP", &id], &[], b"").ok());
    done(server.data_dir(), &["key", "rotate"], "");
    let new = fs::read(&key).expect("the key");
    fs::write(&key, &old).expect("the old key");
    assert!(run("kill", ["-CONT", &id], &[], b"").ok());
    let answer = ann.get("/readyz");
    assert_eq!(answer.status, 503);
    answer.must_say("server.key");
    fs::remove_file(&key).and_then(|()| fs::create_dir(&key)).expect("what is no file");
    assert_eq!(ann.get("/readyz").status, 503);
    // What it says of it arrives by itself.
    let said = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        server.output().contains("it is a folder")
    });
    assert!(said, "{}", server.output());
    fs::remove_dir(&key).and_then(|()| fs::write(&key, &new)).expect("the new key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its mode");
    assert_eq!(ann.get("/readyz").status, 200);
    assert!(ann.two_factor_is_on());
}

#[test]
fn row_14_a_rotation_broken_off_anywhere_is_taken_up_again() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    for round in 0..12 {
        let mut rotation = Command::new(program("holdfast-server"))
            .args(["key", "rotate", "--data-dir"])
            .arg(server.data_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        // From before it has opened anything until about its end.
        thread::sleep(Duration::from_millis(20 * round));
        rotation.kill().ok();
        rotation.wait().expect("it is gone");
        assert!(ann.two_factor_is_on(), "round {round}");
        assert_eq!(ann.post("/account/two-factor/enable", &[]).status, 422, "round {round}");
        let said = done(server.data_dir(), &["check"], "");
        assert!(said.contains("seals: whole, 3 of them open"), "round {round}: {said}");
    }
    done(server.data_dir(), &["key", "rotate"], "");
    let said = done(server.data_dir(), &["check"], "");
    assert!(said.contains("seals: whole, 3 of them open\n"), "{said}");
    assert_eq!(fs::read(server.data_dir().join("server.key")).expect("the key").len(), 32);
    let names = fs::read_dir(server.data_dir()).expect("the directory");
    let left = names.flatten().filter(|entry| entry.path().extension().is_some_and(|e| e == "new"));
    for entry in left {
        fs::remove_file(entry.path()).expect("what a kill left behind is only beside");
    }
    assert!(ann.two_factor_is_on());
}

fn wrong() -> [(&'static str, &'static str); 2] {
    [("email", EMAIL), ("password", "not hers")]
}

fn on(data_dir: &std::path::Path) -> Server {
    Server::start_with(ServerOptions { data_dir: Some(data_dir.to_owned()), ..Default::default() })
}
