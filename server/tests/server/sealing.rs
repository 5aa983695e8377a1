//! The server's key rotated, while it serves and while it does not, and broken off anywhere.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use holdfast_testkit::{Server, ServerOptions, program};

use crate::client::{Client, EMAIL, PASSWORD};
use crate::operator::{copy_of, done, operate};

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
