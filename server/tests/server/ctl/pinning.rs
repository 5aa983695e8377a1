//! Servers for whose certificate no authority vouches: pinned, or compared at the first log-in.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use holdfast_testkit::{Process, program, run};

use super::person::Person;
use crate::client::{EMAIL, PASSWORD};
use crate::operator::done;

/// A server with a certificate of its own making, Ann registered; its address and fingerprint.
fn start(data_dir: &Path) -> (Process, String, String) {
    let mut command = Command::new(program("holdfast-server"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--tls-self-signed", "localhost"]);
    let mut process = Process::start({
        command.arg("--data-dir").arg(data_dir);
        command
    });
    let mut url = String::new();
    process
        .wait_for(Duration::from_secs(30), |line| {
            line.split_once("listening on ").map(|(_, at)| at.trim().to_owned())
        })
        .clone_into(&mut url);
    let output = process.output();
    let pin = output.lines().find_map(|line| Some(line.split_once("certificate ")?.1.to_owned()));
    (process, url.replace("127.0.0.1", "localhost"), pin.expect("it names its fingerprint"))
}

#[test]
fn a_pinned_server_is_trusted_and_another_certificate_is_not() {
    let home = tempfile::tempdir().expect("a folder");
    let (_server, url, pin) = start(home.path());
    done(home.path(), &["user", "add", EMAIL], PASSWORD);
    let ann = Person::at(&url);
    let input = format!("{EMAIL}\n{PASSWORD}\n");
    let ran = ann.pipes(&input, &["login"]);
    assert_eq!(ran.code, Some(3), "without a pin: {ran:?}");
    let other = format!("sha256:{}", "0".repeat(64));
    let ran = ann.pipes(&input, &["login", "--pin", &other]);
    assert!(ran.code == Some(3) && ran.err.contains("the pinned one is another"), "{ran:?}");
    let ran = ann.pipes(&input, &["login", "--pin", "sha256:12"]);
    assert!(ran.code == Some(2) && ran.err.contains("not a pin"), "{ran:?}");
    let ran = ann.pipes(&input, &["login", "--pin", &pin]);
    assert_eq!(ran.out, "Authentication successful.\n", "{ran:?}");
    // It is kept.
    assert_eq!(ann.pipes("", &["whoami"]).out, format!("{EMAIL}\n"));
}

#[test]
fn at_the_first_log_in_the_fingerprint_is_compared_on_the_terminal() {
    let home = tempfile::tempdir().expect("a folder");
    let (_server, url, pin) = start(home.path());
    done(home.path(), &["user", "add", EMAIL], PASSWORD);
    let ann = Person::at(&url);
    let (seen, exit) = ann.types(&["login"]).enters("from now on: ", "no").ends();
    assert!(seen.contains(&pin) && seen.contains("nothing was sent to it"), "{seen}");
    assert_eq!(exit, 3);
    let (seen, exit) = ann
        .types(&["login"])
        .enters("from now on: ", "yes")
        .enters("Email: ", EMAIL)
        .enters_hidden("Password: ", PASSWORD)
        .ends();
    assert!(exit == 0 && seen.contains("Authentication successful."), "{seen}");
    assert_eq!(ann.pipes("", &["whoami"]).out, format!("{EMAIL}\n"), "it is remembered");
}

#[test]
fn completions_and_the_manual_page_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(program("holdfastctl"), ["completions", shell], &[], b"");
        assert!(ran.ok() && ran.out.contains("2fa:disable"), "{shell}: {ran:?}");
    }
    let ran = run(program("holdfastctl"), ["man"], &[], b"");
    assert!(
        ran.ok() && ran.out.contains(".TH holdfastctl") && ran.out.contains("whoami"),
        "{ran:?}"
    );
}
