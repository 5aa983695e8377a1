//! What a person does with `holdfastctl`, told as what is to be seen on the terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use holdfast_testkit::Server;
use serde_json::json;

use super::person::Person;
use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::enabling::api_key;

/// What is piped in to log in without two-factor authentication.
fn credentials() -> String {
    format!("{EMAIL}\n{PASSWORD}\n")
}

#[test]
fn c2_login_without_2fa_asks_for_email_and_password_only() {
    let server = Server::start();
    Client::registered(&server);
    let ann = Person::at(server.url());
    let terminal = ann.types(&["login"]).enters("Email: ", EMAIL);
    let (seen, exit) = terminal.enters_hidden("Password: ", PASSWORD).ends();
    let kept_in = ann.file().display().to_string();
    assert_eq!(
        seen,
        format!(
            "Email: {EMAIL}\nPassword: \nAuthentication successful.\n\
             Your log-in is kept in {kept_in}, readable only by you.\n"
        )
    );
    assert_eq!(exit, 0);

    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(ann.file()), 0o600);
    assert_eq!(mode(ann.file().parent().unwrap().to_owned()), 0o700);
    let kept = fs::read_to_string(ann.file()).unwrap();
    assert!(!kept.contains(PASSWORD), "a password is never kept");

    // The place of the log-in is told once.
    let terminal = ann.types(&["login"]).enters("Email: ", EMAIL);
    let (seen, _) = terminal.enters_hidden("Password: ", PASSWORD).ends();
    assert!(seen.ends_with("Password: \nAuthentication successful.\n"), "{seen}");
}

#[test]
fn c2_login_with_2fa_asks_for_the_code_too_and_again_when_it_is_mistyped() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let ann = Person::at(server.url());
    let (right, wrong) = (code(&secret, now()), wrong_code(&secret, now()));
    let (seen, exit) = ann
        .types(&["login"])
        .enters("Email: ", EMAIL)
        .enters_hidden("Password: ", PASSWORD)
        .enters_hidden("Two-factor code: ", &wrong)
        .enters_hidden("Two-factor code: ", &right)
        .ends();
    assert_eq!(exit, 0, "{seen}");
    let told = "That code is not right. Wait for the next code in your app and enter that one.";
    let expected = format!(
        "Email: {EMAIL}\nPassword: \nTwo-factor code: \n{told}\nTwo-factor code: \n\
         Authentication successful.\n"
    );
    assert!(seen.starts_with(&expected), "{seen}");
    for hidden in [PASSWORD, &right, &wrong] {
        assert!(!seen.contains(hidden), "{hidden} is on the screen");
    }
    assert_eq!(ann.pipes("", &["whoami"]).out, format!("{EMAIL}\n"));

    // The same code a second time is refused, here as on the page.
    let again = ann.pipes(&format!("{}{right}\n", credentials()), &["login"]);
    assert_eq!((again.code, again.out.as_str()), (Some(1), ""), "{}", again.err);
    assert!(again.err.contains("used already"), "{}", again.err);
}

#[test]
fn c2_a_script_gives_the_answers_on_standard_input() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let ann = Person::at(server.url());
    let input = format!("{}{}\n", credentials(), code(&secret, now()));
    let (object, exit) = ann.json(&input, &["login"]);
    let expected = json!({ "email": EMAIL, "server": server.url(), "kept_in": ann.file() });
    assert_eq!((object, exit), (expected, Some(0)));
    let (object, exit) = ann.json("", &["whoami"]);
    assert_eq!((object, exit), (json!({ "email": EMAIL, "server": server.url() }), Some(0)));
}

#[test]
fn c1_earlier_log_ins_stop_working_when_2fa_is_switched_on() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let ann = Person::at(server.url());
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    assert_eq!(ann.pipes("", &["whoami"]).code, Some(0));

    browser.enable();
    let over = ann.pipes("", &["whoami"]);
    let url = server.url();
    assert_eq!(
        over.err,
        format!(
            "Your log-in at {url} is no longer valid; run `holdfastctl login` to log in again.\n"
        )
    );
    assert_eq!((over.code, over.out.as_str()), (Some(4), ""));
    // What the server does not know any more is not kept.
    assert!(!fs::read_to_string(ann.file()).unwrap().contains("hf_cli_"));
    let (object, exit) = ann.json("", &["2fa"]);
    assert_eq!((object["error"]["code"].as_str(), exit), (Some("not_logged_in"), Some(4)));
}

#[test]
fn c3_2fa_is_switched_off_with_the_password() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let secret = browser.enable();
    let ann = Person::at(server.url());
    let input = format!("{}{}\n", credentials(), code(&secret, now()));
    assert_eq!(ann.pipes(&input, &["login"]).code, Some(0));
    let status = ann.pipes("", &["2fa"]);
    let since = status.out.strip_prefix("Two-factor authentication is on since 20");
    let left = "Z; 10 recovery codes are left.\n";
    assert!(since.is_some_and(|rest| rest.ends_with(left)), "{status:?}");

    let (seen, exit) =
        ann.types(&["2fa:disable"]).enters_hidden("Password: ", "not my password").ends();
    assert_eq!(exit, 1);
    assert_eq!(
        seen,
        "Password: \nThat password is not right. Enter the password of this account.\n"
    );
    let (object, _) = ann.json("", &["2fa"]);
    assert_eq!(object["enabled"], true);
    assert!(object["since"].as_u64().is_some_and(|since| now() - since < 600), "{object}");

    let (seen, exit) = ann.types(&["2fa:disable"]).enters_hidden("Password: ", PASSWORD).ends();
    let told = "Two-factor authentication is off. You are logged out everywhere but here.";
    assert_eq!((seen, exit), (format!("Password: \n{told}\n"), 0));
    let (object, exit) = ann.json("", &["2fa"]);
    assert_eq!((object, exit), (json!({ "enabled": false, "since": null }), Some(0)));
    let off = ann.pipes("", &["2fa"]).out;
    let page = server.page("/account/two-factor/enable");
    assert_eq!(off, format!("Two-factor authentication is off; switch it on at {page}.\n"));

    // From now on the password alone logs in, here and in a browser.
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    let mut other = Client::of(&server);
    assert_eq!(other.log_in().location(), "/account");
    let (object, exit) = ann.json(&format!("{PASSWORD}\n"), &["2fa:disable"]);
    assert_eq!((object["error"]["code"].as_str(), exit), (Some("not_enabled"), Some(1)));
}

#[test]
fn c3_the_api_key_that_comes_with_switching_off_is_told() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let old = api_key(&mut browser);
    for json in [false, true] {
        let secret = browser.enable();
        let ann = Person::at(server.url());
        let input = format!("{}{}\n", credentials(), code(&secret, now()));
        assert_eq!(ann.pipes(&input, &["login"]).code, Some(0));
        let key = if json {
            let (object, exit) = ann.json(&format!("{PASSWORD}\n"), &["2fa:disable"]);
            assert_eq!((&object["enabled"], exit), (&json!(false), Some(0)));
            assert_eq!(object["other_sessions_ended"], true);
            object["api_key"].as_str().expect("the new key").to_owned()
        } else {
            let ran = ann.pipes(&format!("{PASSWORD}\n"), &["2fa:disable"]);
            assert!(ran.out.contains("Your old API key is void."), "{}", ran.out);
            ran.out.lines().last().expect("the new key").to_owned()
        };
        assert_ne!(key, old);
        assert_eq!(browser.api_get("/account", &key).json()["email"], EMAIL);
        assert!(!browser.is_signed_in(), "the other sessions ended");
        browser.log_in();
    }
}

#[test]
fn c4_logout_ends_the_log_in_here_and_on_the_server() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let ann = Person::at(server.url());
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    let token = kept_token(&ann);
    assert_eq!(browser.api_get("/account", &token).status, 200);

    let out = ann.pipes("", &["logout"]);
    assert_eq!((out.out.as_str(), out.code), ("You are logged out.\n", Some(0)));
    assert_eq!(browser.api_get("/account", &token).status, 401);
    let out = ann.pipes("", &["whoami"]);
    let url = server.url();
    let expected = format!("You are not logged in at {url}; run `holdfastctl login` first.\n");
    assert_eq!((out.err, out.code), (expected, Some(4)));
    // The server is still known.
    let ann = Person { server: String::new(), ..ann };
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
}

#[test]
fn a_second_log_in_ends_the_first_one_on_the_server() {
    let server = Server::start();
    let mut browser = Client::registered(&server);
    let ann = Person::at(server.url());
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    let first = kept_token(&ann);
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    let second = kept_token(&ann);
    assert_ne!(first, second);
    assert_eq!(browser.api_get("/account", &first).status, 401);
    assert_eq!(browser.api_get("/account", &second).status, 200);
}

#[test]
fn wrong_passwords_are_refused_and_then_slowed_down() {
    let server = Server::start();
    Client::registered(&server);
    let ann = Person::at(server.url());
    settle();
    let mut codes = Vec::new();
    for _ in 0..8 {
        let (object, exit) = ann.json(&format!("{EMAIL}\nnot my password\n"), &["login"]);
        assert_eq!(exit, Some(1), "{object}");
        codes.push(object["error"]["code"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(codes.first().map(String::as_str), Some("wrong_credentials"));
    assert_eq!(codes.last().map(String::as_str), Some("too_many_tries"));
    assert!(!ann.file().exists(), "nothing is kept of a log-in that failed");
}

#[test]
fn two_servers_have_a_log_in_each() {
    let (home, work) = (Server::start(), Server::start());
    for server in [&home, &work] {
        Client::registered(server);
    }
    let ann = Person { server: String::new(), ..Person::at("") };
    for server in [&home, &work] {
        let ran = ann.pipes(&credentials(), &["--server", server.url(), "login"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let server_of = |arguments: &[&str]| ann.json("", arguments).0["server"].clone();
    assert_eq!(server_of(&["whoami"]), work.url(), "the last one is meant");
    assert_eq!(server_of(&["whoami", "--server", home.url()]), home.url());
    assert_eq!(server_of(&["logout", "--server", home.url()]), home.url());
    assert_eq!(ann.pipes("", &["whoami"]).code, Some(0));
}

fn kept_token(person: &Person) -> String {
    let kept: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(person.file()).unwrap()).unwrap();
    kept["logins"][&person.server]["token"].as_str().expect("a token").to_owned()
}
