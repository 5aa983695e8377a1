//! The JSON API's contract, besides what the points of the guide ask of it.

use serde_json::{Value, json};

use holdfast_testkit::Server;

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::texting::with_number;

#[test]
fn a_token_lives_until_it_is_given_back() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let token = ann.cli_token();
    let account = ann.api_get("/account", &token);
    assert_eq!(account.json(), json!({"email": EMAIL, "two_factor": {"enabled": false}}));
    assert_eq!(account.header("content-type"), Some("application/json"));
    assert_eq!(ann.api_delete("/sessions/current", &token).status, 204);
    assert_eq!(ann.api_get("/account", &token).status, 401);
}

#[test]
fn errors_are_a_word_for_programs_and_a_sentence_for_people() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let wrong = ann.api_post("/sessions", None, &json!({"email": EMAIL, "password": "x"}));
    assert_eq!((wrong.status, wrong.error_code()), (401, "wrong_credentials".to_owned()));
    let none = ann.api_get("/nothing", "x");
    assert_eq!((none.status, none.error_code()), (404, "not_found".to_owned()));
    let gone = ann.api_code("hf_half_nothing", "123456");
    assert_eq!((gone.status, gone.error_code()), (410, "challenge_expired".to_owned()));
    let malformed = ann.api_post("/sessions", None, &json!({"password": PASSWORD}));
    assert_eq!((malformed.status, malformed.error_code()), (422, "malformed_request".to_owned()));
    for answer in [wrong, none, gone, malformed] {
        let message = answer.json()["error"]["message"].as_str().expect("a sentence").to_owned();
        assert!(message.ends_with('.') && !message.contains(PASSWORD), "{message}");
    }
}

#[test]
fn a_wrong_code_is_said_and_then_waits_are_named() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    settle();
    let challenge = ann.api_open().json()["challenge"].as_str().expect("one").to_owned();
    let wrong = wrong_code(&secret, now());
    for _ in 0..3 {
        let answer = ann.api_code(&challenge, &wrong);
        assert_eq!((answer.status, answer.error_code()), (401, "invalid_code".to_owned()));
    }
    let answer = ann.api_code(&challenge, &wrong);
    assert_eq!((answer.status, answer.error_code()), (429, "too_many_tries".to_owned()));
    assert!(answer.header("retry-after").is_some());
    let answer = ann.api_code(&challenge, "not a code");
    assert_eq!((answer.status, answer.error_code()), (401, "invalid_code".to_owned()));
}

/// Schemathesis looks whether what is described is there; this, whether what is there is described.
#[test]
fn every_field_of_an_answer_is_in_the_description() {
    let server = crate::outbox::server();
    let secret = with_number(&server);
    let mut ann = Client::of(&server);
    let description: Value =
        serde_json::from_str(&ann.get("/api/v1/openapi.json").body).expect("JSON");
    let is_described = |schema: &str, answer: &Value| {
        let known = &description["components"]["schemas"][schema];
        for (field, value) in answer.as_object().expect("an object") {
            let property = &known["properties"][field];
            assert!(property.is_object(), "{schema} has no {field}");
            for (inner, _) in value.as_object().into_iter().flatten() {
                assert!(property["properties"][inner].is_object(), "{schema}: no {field}.{inner}");
            }
        }
        for required in known["required"].as_array().into_iter().flatten() {
            assert!(answer.get(required.as_str().expect("a name")).is_some(), "{required}");
        }
    };
    let half = ann.api_open().json();
    assert!(half["sms_to"].is_string(), "{half}");
    is_described("Challenge", &half);
    let challenge = half["challenge"].as_str().expect("one").to_owned();
    settle();
    let whole = ann.api_code(&challenge, &code(&secret, now())).json();
    is_described("Login", &whole);
    let token = whole["token"].as_str().expect("a token").to_owned();
    let account = ann.api_get("/account", &token).json();
    assert_eq!(account["two_factor"]["recovery_codes_left"], 10);
    is_described("Account", &account);

    let shown =
        ann.api_post("/two-factor/recovery-codes", Some(&token), &json!({"password": PASSWORD}));
    is_described("RecoveryCodes", &shown.json());
    let recovery = shown.json()["recovery_codes"][0]["code"].as_str().expect("one").to_owned();
    let challenge = ann.api_open().json()["challenge"].as_str().expect("one").to_owned();
    assert_eq!(ann.api_code(&challenge, &code(&secret, now() + 300)).status, 401);
    let whole = ann.api_code(&challenge, &recovery).json();
    assert_eq!(whole["recovery_codes_left"], 9);
    assert!(whole["phone_clock_ahead"].as_i64().is_some_and(|ahead| ahead > 240), "{whole}");
    is_described("Login", &whole);
    let off = ann.api_post("/two-factor/disable", Some(&token), &json!({"password": PASSWORD}));
    is_described("Disabled", &off.json());
}
