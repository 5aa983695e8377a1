//! Other programs: their tokens and rights, `verify`, SSH keys; and the API's description, held to
//! what the server does by a program that tries it.

use std::process::Command;

use holdfast_testkit::{Server, ServerOptions, python, run};
use serde_json::json;

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::operator::{done, operate};

pub const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann@laptop";
const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n";

fn token(server: &Server, name: &str, rights: &[&str]) -> String {
    let mut args = vec!["token", "add", name];
    for right in rights {
        args.extend(["--right", right]);
    }
    done(server.data_dir(), &args, "").trim().to_owned()
}

#[test]
fn a_service_asks_with_password_and_code_and_each_code_is_good_once() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let service = token(&server, "door", &["verify"]);
    let mut ask = |email: &str, password: &str, code: Option<&str>| {
        let body = json!({ "email": email, "password": password, "code": code });
        ann.api_post("/verify", Some(&service), &body)
    };
    let right = ask(EMAIL, PASSWORD, None);
    let answer =
        |second_factor| json!({ "verified": true, "email": EMAIL, "second_factor": second_factor });
    assert_eq!((right.status, right.json()), (200, answer(false)));
    assert_eq!(ask(EMAIL, "not hers", None).error_code(), "wrong_credentials");
    assert_eq!(ask("who@example.org", PASSWORD, None).error_code(), "wrong_credentials");

    let secret = ann.enable();
    settle();
    let mut ask = |password: &str, code: Option<&str>| {
        let body = json!({ "email": EMAIL, "password": password, "code": code });
        ann.api_post("/verify", Some(&service), &body)
    };
    let shown = code(&secret, now());
    assert_eq!(ask(PASSWORD, None).error_code(), "code_missing");
    // Row 22: without the right password the code is not spent.
    assert_eq!(ask("not hers", Some(&shown)).error_code(), "wrong_credentials");
    assert_eq!(ask(PASSWORD, Some(&wrong_code(&secret, now()))).error_code(), "invalid_code");
    let both = ask(PASSWORD, Some(&shown));
    assert_eq!((both.status, both.json()), (200, answer(true)));
    assert_eq!(ask(PASSWORD, Some(&shown)).error_code(), "invalid_code", "row 6: spent");
    assert_eq!(ann.log_in().location(), "/login/second-factor");
    ann.enter_code(&shown).must_say("has been used already");
}

#[test]
fn row_11_a_services_wrong_codes_count_with_the_persons_own() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let service = token(&server, "door", &["verify-code"]);
    let secret = ann.enable();
    settle();
    let wrong = wrong_code(&secret, now());
    let body = json!({ "email": EMAIL, "code": wrong });
    for _ in 0..2 {
        assert_eq!(ann.api_post("/verify", Some(&service), &body).error_code(), "invalid_code");
    }
    ann.log_in();
    assert_eq!(ann.enter_code(&wrong).status, 422);
    let late = ann.api_post("/verify", Some(&service), &body);
    assert_eq!((late.status, late.error_code()), (429, "too_many_tries".to_owned()));
    assert!(late.header("retry-after").is_some());
    assert_eq!(ann.enter_code(&code(&secret, now())).status, 429);
}

#[test]
fn row_34_a_service_that_asks_of_codes_alone_is_told_the_same_of_anybody() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let service = token(&server, "door", &["verify-code"]);
    // Nobody, and Ann, who has no phone.
    for email in ["nobody@example.org", EMAIL] {
        let body = json!({ "email": email, "code": "123456" });
        for _ in 0..3 {
            let answer = ann.api_post("/verify", Some(&service), &body);
            assert_eq!(answer.error_code(), "invalid_code", "{email}");
        }
        let late = ann.api_post("/verify", Some(&service), &body);
        assert_eq!((late.status, late.error_code()), (429, "too_many_tries".to_owned()), "{email}");
    }
    // That closes nothing for her.
    let secret = ann.enable();
    settle();
    let body = json!({ "email": EMAIL, "code": code(&secret, now()) });
    assert_eq!(ann.api_post("/verify", Some(&service), &body).status, 200);
}

#[test]
fn a_token_does_only_what_its_rights_say_and_nothing_once_it_is_void() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let cli = ann.cli_token();
    let verify = token(&server, "door", &["verify"]);
    let keys = token(&server, "sshd", &["authorized-keys"]);
    let both = json!({ "email": EMAIL, "password": PASSWORD });
    let alone = json!({ "email": EMAIL, "code": "123456" });
    for (shown, body) in [(&keys, &both), (&verify, &alone), (&cli, &both)] {
        let answer = ann.api_post("/verify", Some(shown), body);
        assert_eq!((answer.status, answer.error_code()), (403, "no_such_right".to_owned()));
    }
    assert_eq!(ann.api_post("/verify", None, &both).status, 401);
    assert_eq!(ann.api_get("/account", &verify).status, 401, "a service is no person");
    assert_eq!(ann.api_post("/verify", Some(&verify), &both).status, 200);

    let taken = operate(server.data_dir(), &["token", "add", "door", "--right", "verify"], "");
    assert!(!taken.ok() && taken.err.contains("already"), "{taken:?}");
    let unknown = operate(server.data_dir(), &["token", "add", "x", "--right", "all"], "");
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    let list = done(server.data_dir(), &["token", "list"], "");
    assert!(list.contains("\"name\":\"door\"") && !list.contains("hf_service_"), "{list}");
    done(server.data_dir(), &["token", "remove", "door"], "");
    assert_eq!(ann.api_post("/verify", Some(&verify), &both).status, 403);
    let log = done(server.data_dir(), &["audit"], "");
    assert!(log.contains("service_trusted") && log.contains("door: verify"), "{log}");
    assert!(log.contains("service_removed") && !log.contains("hf_service_"), "{log}");
}

#[test]
fn row_18_a_key_is_added_with_the_password_and_where_it_is_on_a_code() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let add = |ann: &mut Client, password: &str, code: &str| {
        let form = [("key", KEY), ("name", ""), ("password", password), ("code", code)];
        ann.post("/account/ssh-keys", &form)
    };
    add(&mut ann, "not hers", "").must_say("That password is not right");
    let secret = ann.enable();
    settle();
    ann.get("/account/ssh-keys").must_say("id=\"no-keys\"").must_say("name=\"code\"");
    add(&mut ann, PASSWORD, "").must_say("That is not a code");
    let wrong = wrong_code(&secret, now());
    add(&mut ann, PASSWORD, &wrong).must_say("That code is not right");
    ann.get("/account/ssh-keys").must_say("id=\"no-keys\"");
    assert_eq!(add(&mut ann, PASSWORD, &code(&secret, now())).location(), "/account/ssh-keys");
    let page = ann.get("/account/ssh-keys");
    page.must_say("ann@laptop").must_say("SHA256:");
    let id = page.between("name=\"id\" value=\"", "\"").expect("its name").to_owned();

    let mut eve = Client::of(&server);
    eve.post("/register", &[("email", "eve@example.org"), ("password", PASSWORD)]);
    eve.post("/account/ssh-keys/remove", &[("id", &id)]);
    ann.get("/account/ssh-keys").must_say("ann@laptop");
    ann.post("/account/ssh-keys/remove", &[("id", &id)]);
    ann.get("/account/ssh-keys").must_say("id=\"no-keys\"");
}

#[test]
fn e5_enabling_and_disabling_leave_ssh_keys_alone() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let sshd = token(&server, "sshd", &["authorized-keys"]);
    let form = [("key", KEY), ("name", "laptop"), ("password", PASSWORD)];
    assert_eq!(ann.post("/account/ssh-keys", &form).location(), "/account/ssh-keys");
    let keys = |who: &str| served(&server, &sshd, who);
    assert_eq!(keys(EMAIL), (200, LINE.to_owned()));
    ann.enable();
    assert_eq!(keys(EMAIL), (200, LINE.to_owned()), "after enabling");
    ann.post("/account/two-factor/disable", &[("password", PASSWORD)]);
    assert_eq!(keys(EMAIL), (200, LINE.to_owned()), "after disabling");
    assert_eq!(keys("who@example.org"), (200, String::new()), "nobody has none");
    assert_eq!(keys("../../etc/passwd"), (404, String::new()));
    let verify = token(&server, "door", &["verify"]);
    assert_eq!(served(&server, &verify, EMAIL).0, 403);
}

#[test]
fn an_api_key_lists_and_removes_keys_and_adds_none() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let page = ann.submit("/account/api-key", &[("password", PASSWORD)]);
    let key = page.between("id=\"new-api-key\">", "<").expect("a key").to_owned();
    let body = json!({ "key": KEY, "password": PASSWORD });
    assert_eq!(ann.api_post("/ssh-keys", Some(&key), &body).status, 401);
    let cli = ann.cli_token();
    assert_eq!(ann.api_post("/ssh-keys", Some(&cli), &body).status, 201);
    assert_eq!(ann.api_post("/ssh-keys", Some(&cli), &body).error_code(), "no_room");
    let private = json!({ "key": "-----BEGIN OPENSSH PRIVATE KEY-----", "password": PASSWORD });
    assert_eq!(ann.api_post("/ssh-keys", Some(&cli), &private).error_code(), "not_a_key");
    let list = ann.api_get("/ssh-keys", &key).json();
    assert_eq!(list["ssh_keys"][0]["name"], "ann@laptop");
    let id = list["ssh_keys"][0]["id"].as_str().expect("its name").to_owned();
    assert_eq!(ann.api_delete(&format!("/ssh-keys/{id}"), &key).status, 204);
    assert_eq!(ann.api_delete(&format!("/ssh-keys/{id}"), &key).status, 404);
}

/// The description is tried by a program that knows nothing else of the server: once without a
/// token, once with a person's, once with a service's.
#[test]
fn the_description_of_the_api_holds() {
    let python = match python() {
        Ok(python) => python,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let probe =
        Command::new(&python).args(["-c", "import schemathesis"]).output().expect("it runs");
    if !probe.status.success() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "schemathesis is missing");
        return println!("skipped: schemathesis is not installed; `./dev test` installs it");
    }
    let server = Server::start_with(ServerOptions::default());
    let mut ann = Client::registered(&server);
    let person = ann.cli_token();
    let service = token(&server, "tester", &["verify", "verify-code"]);
    let home = tempfile::tempdir().expect("a folder");
    let config = home.path().join("schemathesis.toml");
    std::fs::write(&config, include_str!("../data/schemathesis.toml")).expect("a file");
    let config = config.display().to_string();
    // It leaves a folder of its own where it runs.
    let place = home.path().display().to_string();
    let url = server.page("/api/v1/openapi.json");
    let at = server.page("/api/v1");
    for (shown, more) in [
        (&person, &["--exclude-path", "/verify", "--exclude-path", "/sessions/current"][..]),
        (&service, &["--include-path", "/verify"]),
    ] {
        let header = format!("Authorization: Bearer {shown}");
        let args = [
            "-m",
            "schemathesis.cli",
            "--config-file",
            &config,
            "run",
            &url,
            "--url",
            &at,
            "--header",
            &header,
            "--max-examples",
            "25",
            "--seed",
            "1",
            "--no-color",
            "--workers",
            "2",
            "--generation-database",
            "none",
            "--phases",
            "examples,coverage,fuzzing",
        ];
        let interpreter = python.display().to_string();
        let args = ["-C", &place, "timeout", "180", &interpreter].into_iter().chain(args);
        let ran = run("env", args.chain(more.iter().copied()), &[], b"");
        assert!(ran.ok() && ran.out.contains("generated"), "{}\n{}", ran.out, ran.err);
    }
    let output = server.output();
    assert!(!output.contains("panicked") && !output.contains("ERROR"), "{output}");
}

fn served(server: &Server, token: &str, who: &str) -> (u16, String) {
    let mut client = Client::of(server);
    let answer = client.get_with(&format!("/ssh/authorized-keys/{who}"), token);
    let text = if answer.status == 200 { answer.body } else { String::new() };
    (answer.status, text)
}
