//! Switching off, point D1 of the guide, and the ways back in of L2 that need no code.

use serde_json::json;

use holdfast_testkit::Server;

use crate::client::{Client, PASSWORD, code, now};
use crate::enabling::api_key;

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
