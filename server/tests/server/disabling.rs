//! Switching off, points D1 and D2 of the guide, the ways back in of L2 that need no code, and M1.

use serde_json::json;

use holdfast_testkit::Server;

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle};
use crate::ctl::person::Person;
use crate::enabling::api_key;
use crate::mailing::registered;
use crate::outbox::{letter, server};

#[test]
fn d1_disabled_from_the_account_page_with_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    ann.get("/account").must_say("Disable two-factor authentication");
    let path = "/account/two-factor/disable";
    ann.post(path, &[("password", "not the password")]).must_say("That password is not right");
    assert!(ann.two_factor_is_on());
    ann.submit(path, &[("password", PASSWORD)]).must_say("Two-factor authentication is off");
    assert!(!ann.two_factor_is_on());
    assert_eq!(Client::of(&server).log_in().location(), "/account", "the password does again");

    let new = ann.enable();
    assert_ne!(new, secret, "the old secret is deleted, not kept");
}

#[test]
fn d1_row_29_disabling_ends_the_other_sessions_and_replaces_the_api_key() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let old_key = api_key(&mut ann);
    let mut other = Client::of(&server);
    other.log_in();
    other.enter_code(&code(&secret, now()));
    assert!(other.is_signed_in());
    let answer = ann.submit("/account/two-factor/disable", &[("password", PASSWORD)]);
    assert!(ann.is_signed_in());
    assert!(!other.is_signed_in());
    let new_key = answer.between("id=\"new-api-key\">", "</p>").expect("the new key");
    assert_eq!(other.api_get("/account", &old_key).status, 401);
    assert_eq!(other.api_get("/account", new_key).status, 200);
}

#[test]
fn d1_row_18_disabling_throttles_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let path = "/account/two-factor/disable";
    // Enabling asked for it once, rightly; that does not count.
    for _ in 0..3 {
        assert_eq!(ann.post(path, &[("password", "not the password")]).status, 422);
    }
    assert_eq!(ann.post(path, &[("password", PASSWORD)]).status, 429);
    assert!(ann.two_factor_is_on());
}

#[test]
fn l2_a_command_line_that_is_signed_in_switches_off_with_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let challenge = ann.api_open().json()["challenge"].as_str().expect("one").to_owned();
    let answer = ann.api_code(&challenge, &code(&secret, now()));
    let token = answer.json()["token"].as_str().expect("a token").to_owned();

    let path = "/two-factor/disable";
    let answer = ann.api_post(path, None, &json!({"password": PASSWORD}));
    assert_eq!((answer.status, answer.error_code()), (401, "not_signed_in".to_owned()));
    let answer = ann.api_post(path, Some(&token), &json!({"password": "not the password"}));
    assert_eq!((answer.status, answer.error_code()), (401, "wrong_password".to_owned()));
    let answer = ann.api_post(path, Some(&token), &json!({"password": PASSWORD}));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["api_key"], json!(null), "there was none to replace");
    let answer = ann.api_post(path, Some(&token), &json!({"password": PASSWORD}));
    assert_eq!((answer.status, answer.error_code()), (409, "not_enabled".to_owned()));
    let account = ann.api_get("/account", &token).json();
    assert_eq!(account["two_factor"]["enabled"], false);
}

#[test]
fn d2_disabled_on_the_command_line_nothing_of_it_is_kept_and_a_mail_tells_of_it() {
    let server = server();
    let mut ann = registered(&server);
    let secret = ann.enable();
    let kept = || {
        let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("it");
        let sql = "SELECT (SELECT count(*) FROM accounts WHERE tf_secret IS NOT NULL
                OR copy_key IS NOT NULL), (SELECT count(*) FROM recovery)";
        db.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            .expect("two counts")
    };
    assert_eq!(kept(), (1, 1), "the search finds what is there");
    let terminal = Person::at(server.url());
    let input = format!("{EMAIL}\n{PASSWORD}\n{}\n", code(&secret, now()));
    assert_eq!(terminal.pipes(&input, &["login"]).code, Some(0));
    let wrong = terminal.pipes("not the password\n", &["2fa:disable"]);
    assert_eq!((wrong.code, kept()), (Some(1), (1, 1)), "{wrong:?}");
    let done = terminal.pipes(&format!("{PASSWORD}\n"), &["2fa:disable"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(kept(), (0, 0), "the secret and the codes are deleted");
    let told = letter(&server, EMAIL, "Two-factor authentication was switched off.");
    assert!(told.contains("From: 127.0.0.1, holdfastctl on "), "{told}");
}

/// By the old rules: off, then on again with the new phone. The old one needs no network for that.
#[test]
fn m1_the_old_phones_code_leads_in_and_off_and_on_again_leaves_it_for_the_new_one() {
    let server = Server::start();
    let old = Client::registered(&server).enable();
    let mut ann = Client::of(&server);
    ann.log_in();
    assert_eq!(ann.enter_code(&code(&old, now())).location(), "/account");
    ann.submit("/account/two-factor/disable", &[("password", PASSWORD)]).must_say("is off");
    let new = ann.enable();
    let log_in = |secret| {
        let mut other = Client::of(&server);
        assert_eq!(other.log_in().location(), "/login/second-factor");
        other.enter_code(&code(secret, now())).location().to_owned()
    };
    settle();
    assert_ne!(log_in(&old), "/account", "the old phone's codes are void");
    assert_eq!(log_in(&new), "/account");
}
