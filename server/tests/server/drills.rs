//! The operator's drills, as they are shipped, in small.

use holdfast_testkit::{Ran, program, run};
use serde_json::Value;

fn drill(args: &[&str]) -> Ran {
    run(program("holdfast-server"), ["drill"].iter().chain(args), &[], b"")
}

#[test]
fn a_code_sent_64_times_at_once_is_accepted_once() {
    let ran = drill(&["race", "--rounds", "5", "--seed", "6"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    for kind in ["app code", "recovery code", "SMS code", "enrolment"] {
        let lines = ran.out.lines().filter(|line| line.starts_with(kind));
        assert_eq!(lines.filter(|line| line.ends_with(": accepted 1 of 64")).count(), 5, "{kind}");
    }
    assert_eq!(ran.out.lines().count(), 20);
}

#[test]
fn three_servers_over_one_directory_accept_a_code_once() {
    let ran = drill(&["race", "--rounds", "1", "--servers", "3", "--seed", "6", "--json"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    let rounds: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rounds.len(), 4);
    for round in rounds {
        let counts = ["submitted", "accepted", "refused", "failed", "logged", "sessions"];
        assert_eq!(counts.map(|count| round[count].as_u64()), [64, 1, 63, 0, 1, 1].map(Some));
        assert_eq!((&round["servers"], &round["seed"]), (&Value::from(3), &Value::from(6)));
    }
}
