//! Servers for whose certificate no authority vouches: pinned, or compared at the first log-in.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use holdfast_testkit::{Process, program, run};
use rexpect::session::spawn_command;

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
    // There is this one page: it sends nobody to another, and says of every command what it takes.
    assert!(!ran.out.contains("(1)"), "{}", ran.out);
    for said in ["2fa:recovery\\-codes", "B\\-\\-new", "10 new ones", "completions <SHELL>"] {
        assert!(ran.out.contains(said), "{said} is not in {}", ran.out);
    }
    let (_, codes) = ran.out.split_once(".SH \"EXIT STATUS\"\n").expect("they have their section");
    assert!(codes.contains(".TP\n\\fB130\\fR\ninterrupted with Ctrl\\-C\n"), "{}", ran.out);
    assert!(!ran.out.contains("EXTRA"), "{}", ran.out);
}

#[test]
fn a_tab_in_bash_completes_a_command_with_a_colon() {
    let folder = program("holdfastctl").parent().expect("a folder").display().to_string();
    // A shell that edits its line shows what is typed only on a terminal that does so itself.
    let mut command = Command::new("sh");
    command.args(["-c", "stty echo; exec bash --norc --noprofile -i"]).env("TERM", "dumb");
    command.env("PATH", format!("{folder}:{}", std::env::var("PATH").expect("a path")));
    let mut bash = spawn_command(command, Some(20_000)).expect("a terminal");
    // The echo of the line is not the answer to it.
    bash.send_line("source <(holdfastctl completions bash); echo rea''dy").expect("read");
    bash.exp_string("ready").expect("ready");
    for (typed, completed) in [
        ("holdfastctl 2fa:d", "isable "),
        ("holdfastctl 2fa:r", "ecovery-codes "),
        ("holdfastctl 2fa:recovery-codes --n", "ew "),
        ("holdfastctl --server http://127.0.0.1:1 2fa:d", "isable "),
        ("holdfastctl --server http://127.0.0.1:1 who", "ami "),
    ] {
        bash.send(&format!("{typed}\t.")).and_then(|_| bash.flush()).expect("typed");
        bash.exp_string(&format!("{typed}{completed}.")).expect(typed);
        // The line is taken back.
        bash.send_control('u').expect("taken back");
    }
    // Several are listed, each whole behind the colon.
    bash.send("holdfastctl 2fa:\t\t").and_then(|_| bash.flush()).expect("typed");
    bash.exp_regex(r"recovery-codes\s+disable").expect("both are listed");
}
