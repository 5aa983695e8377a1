//! Recovery codes on the command line, points R5 and C4.

use holdfast_testkit::{Server, run};
use serde_json::json;

use super::person::Person;
use crate::client::{Client, EMAIL, PASSWORD, code, now};

#[test]
fn r5_c2_a_recovery_code_serves_in_place_of_the_apps_code() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    browser.enable();
    let codes = browser.recovery_codes();
    let ann = Person::at(server.url());
    let (seen, exit) = ann
        .types(&["login"])
        .enters("Email: ", EMAIL)
        .enters_hidden("Password: ", PASSWORD)
        .enters_hidden("Two-factor code: ", &codes[0])
        .ends();
    assert_eq!(exit, 0, "{seen}");
    let url = server.url();
    let told = format!(
        "Authentication successful.\nYou used a recovery code: 9 of 10 are left. Set up two-factor \
         authentication anew at {url}/account, or make new codes with `holdfastctl \
         2fa:recovery-codes --new`.\n"
    );
    assert!(seen.contains(&told), "{seen}");
    assert!(!seen.contains(&codes[0]), "the code is on the screen");

    let again = format!("{EMAIL}\n{PASSWORD}\n{}\n", codes[0]);
    let ran = ann.pipes(&again, &["login"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("has been used already"), "{}", ran.err);
    let input = format!("{EMAIL}\n{PASSWORD}\n{}\n", codes[1]);
    let (object, exit) = ann.json(&input, &["login"]);
    assert_eq!((&object["recovery_codes_left"], exit), (&json!(8), Some(0)));
    let (object, exit) = ann.json(&format!("{PASSWORD}\n"), &["2fa:recovery-codes"]);
    let shown = object["recovery_codes"].as_array().expect("a list");
    let numbers: Vec<_> = shown.iter().map(|one| one["number"].as_u64().expect("one")).collect();
    assert_eq!((numbers, exit), ((3..=10).collect(), Some(0)), "the unused ones only");
    let status = ann.pipes("", &["2fa"]);
    let object = ann.json("", &["2fa"]).0;
    assert_eq!(object["recovery_codes_left"], 8);
    let at = format!("@{}", object["since"].as_u64().expect("seconds"));
    let since = run("date", ["-u", "-d", &at, "+%Y-%m-%dT%H:%M:%SZ"], &[], b"").out;
    let told = format!(
        "Two-factor authentication is on since {}; 8 recovery codes are left.\n",
        since.trim_end()
    );
    assert_eq!(status.out, told);
}

#[test]
fn c4_r6_recovery_codes_are_seen_and_made_anew_after_the_password() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let secret = browser.enable();
    let codes = browser.recovery_codes();
    let ann = Person::at(server.url());
    let input = format!("{EMAIL}\n{PASSWORD}\n{}\n", code(&secret, now()));
    assert_eq!(ann.pipes(&input, &["login"]).code, Some(0));

    let (seen, exit) =
        ann.types(&["2fa:recovery-codes"]).enters_hidden("Password: ", "not the password").ends();
    assert_eq!(exit, 1, "{seen}");
    assert!(!codes.iter().any(|code| seen.contains(code)));
    let (seen, exit) =
        ann.types(&["2fa:recovery-codes"]).enters_hidden("Password: ", PASSWORD).ends();
    assert_eq!(exit, 0, "{seen}");
    assert!(seen.contains("These recovery codes are left"), "{seen}");
    assert!(seen.contains(&format!("\n 1. {}\n", codes[0])), "{seen}");
    assert!(seen.contains(&format!("\n10. {}\n", codes[9])), "{seen}");

    let (object, exit) = ann.json(&format!("{PASSWORD}\n"), &["2fa:recovery-codes", "--new"]);
    assert_eq!((&object["new"], exit), (&json!(true), Some(0)));
    let new = object["recovery_codes"].as_array().expect("a list");
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|one| !codes.contains(&one["code"].as_str().unwrap().to_owned())));
    browser.submit("/account/two-factor/disable", &[("password", PASSWORD)]);
    assert!(!browser.cli_token().is_empty());
    let ran = ann.pipes(&format!("{EMAIL}\n{PASSWORD}\n"), &["login"]);
    assert_eq!(ran.code, Some(0));
    let (object, exit) = ann.json(&format!("{PASSWORD}\n"), &["2fa:recovery-codes"]);
    assert_eq!((object["error"]["code"].as_str(), exit), (Some("not_enabled"), Some(1)));
}

#[test]
fn row_11_a_script_is_told_how_long_to_wait() {
    let server = Server::start();
    Client::registered(&server);
    let ann = Person::at(server.url());
    let wrong = format!("{EMAIL}\na wild guess\n");
    for _ in 0..3 {
        let (object, exit) = ann.json(&wrong, &["login"]);
        assert_eq!((&object["error"]["code"], exit), (&json!("wrong_credentials"), Some(1)));
        assert_eq!(object["error"].get("retry_after"), None);
    }
    let (object, exit) = ann.json(&wrong, &["login"]);
    assert_eq!((&object["error"]["code"], exit), (&json!("too_many_tries"), Some(1)));
    let wait = object["error"]["retry_after"].as_u64().expect("seconds");
    assert!((1..=30).contains(&wait), "{object}");
    let said = ann.pipes(&wrong, &["login"]).err;
    assert!(said.starts_with("Too many tries.") && said.contains("The wait is "), "{said}");
}
