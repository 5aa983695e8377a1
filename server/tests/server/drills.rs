//! The operator's drills, as they are shipped, in small.

use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use holdfast_testkit::{Process, Ran, program, run};
use serde_json::Value;

fn drill(args: &[&str]) -> Ran {
    run(program("holdfast-server"), ["drill"].iter().chain(args), &[], b"")
}

#[test]
fn a_code_sent_64_times_at_once_is_accepted_once() {
    raced(5);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_raced_a_hundred_rounds_each_code_is_accepted_once() {
    raced(100);
}

fn raced(rounds: usize) {
    let ran = drill(&["race", "--rounds", &rounds.to_string(), "--seed", "6"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    for kind in ["app code", "recovery code", "SMS code", "enrolment", "phone change"] {
        let lines = ran.out.lines().filter(|line| line.starts_with(kind));
        let once = lines.filter(|line| line.ends_with(": accepted 1 of 64")).count();
        assert_eq!(once, rounds, "{kind}");
    }
    assert_eq!(ran.out.lines().count(), 5 * rounds);
}

#[test]
fn three_servers_over_one_directory_accept_a_code_once() {
    let ran = drill(&["race", "--rounds", "1", "--servers", "3", "--seed", "6", "--json"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    let rounds: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rounds.len(), 5);
    for round in rounds {
        let counts = ["submitted", "accepted", "refused", "failed", "logged", "sessions"];
        assert_eq!(counts.map(|count| round[count].as_u64()), [64, 1, 63, 0, 1, 1].map(Some));
        assert_eq!((&round["servers"], &round["seed"]), (&Value::from(3), &Value::from(6)));
    }
}

#[test]
fn row_10_no_more_guesses_are_looked_at_than_the_limits_say_however_many_guess_at_once() {
    guessed(1);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_guessed_a_hundred_rounds_no_more_is_looked_at_than_the_limits_say() {
    guessed(100);
}

fn guessed(times: usize) {
    let ran = drill(&["guess", "--rounds", &times.to_string(), "--seed", "6", "--json"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    let rounds: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rounds.len(), 4 * times);
    for round in rounds {
        let count = |name: &str| round[name].as_u64().expect("a count");
        assert_eq!(count("submitted"), 128);
        assert!((1..=count("limit")).contains(&count("evaluated")), "{round}");
        assert_eq!(count("refused"), 128 - count("evaluated"), "{round}");
        assert!(count("limit") <= 50, "{round}");
    }
}

#[test]
fn row_12_the_chance_of_a_guess_is_as_the_page_on_security_says() {
    let ran = drill(&["odds"]);
    assert!(ran.ok(), "{ran:?}");
    let page = include_str!("../../../docs/security.md");
    for line in ran.out.lines() {
        assert!(page.contains(&format!("\n    {line}\n")), "docs/security.md says not: {line}");
    }
    let percent = ran.out.lines().last().and_then(|line| line.rsplit(' ').nth(1));
    let percent: f64 = percent.expect("a number").parse().expect("a number");
    assert!(percent <= 0.03, "{percent}");
}

#[test]
fn killed_20_times_under_load_the_server_keeps_its_word() {
    killed(20);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_killed_a_thousand_times_under_load_the_server_keeps_its_word() {
    killed(1000);
}

/// Each code on its way at a kill was accepted once or is still good, nobody is half enrolled, and the
/// database is whole.
fn killed(times: u64) {
    let ran = drill(&["kill", "--kills", &times.to_string(), "--json"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    let tally: Value = serde_json::from_str(&ran.out).expect("JSON");
    let count = |name: &str| tally[name].as_u64().expect("a count");
    assert_eq!(count("kills"), times);
    assert_eq!(count("said") + count("unsaid") + count("undone"), 11 * times);
    // The kills came in time, and not too early.
    assert!(count("said") > 0 && count("undone") > 0, "{tally}");
}

#[test]
fn a_drill_that_is_told_to_stop_leaves_no_server_and_no_folder() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(program("holdfast-server"));
        command.args(["drill", "kill", "--kills", "1000"]).env("TMPDIR", folder.path());
        let mut drill = Process::start(command);
        // It is at work once its server has made its data.
        let began = Instant::now();
        let server = loop {
            let children = run("pgrep", ["-P", &drill.id().to_string()], &[], b"").out;
            let at_work = fs::read_dir(folder.path()).expect("read").next().is_some();
            if let (Some(id), true) = (children.split_whitespace().next(), at_work) {
                break id.to_string();
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{}", drill.output());
            thread::sleep(Duration::from_millis(20));
        };
        let id = drill.id().to_string();
        assert!(run("kill", [format!("-{signal}"), id], &[], b"").ok());
        while drill.is_running() {
            assert!(began.elapsed() < Duration::from_secs(60), "{signal}: it goes on");
            thread::sleep(Duration::from_millis(20));
        }
        let left: Vec<_> = fs::read_dir(folder.path()).expect("read").collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
        let state = fs::read_to_string(format!("/proc/{server}/status")).unwrap_or_default();
        assert!(state.is_empty(), "{signal}: {state}");
    }
}
