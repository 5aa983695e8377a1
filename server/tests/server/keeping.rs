//! Looking after the account: sessions seen and ended, the password changed.

use holdfast_testkit::Server;

use crate::client::{Client, EMAIL, PASSWORD};

const NEW: &str = "a lantern under the pier";

#[test]
fn row_30_the_person_sees_her_sessions_and_ends_one() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let token = ann.cli_token();
    let page = ann.get("/account/sessions");
    page.must_say("Chromium on Linux").must_say("this one").must_say("laptop");
    let name = page.between("name=\"session\" value=\"", "\"").expect("the other one").to_owned();

    let mut eve = Client::of(&server);
    eve.post("/register", &[("email", "eve@example.org"), ("password", PASSWORD)]);
    eve.post("/account/sessions/end", &[("session", &name)]);
    assert_eq!(ann.api_get("/account", &token).status, 200, "another person cannot end it");

    let answer = ann.post("/account/sessions/end", &[("session", &name)]);
    assert_eq!(answer.location(), "/account/sessions");
    assert_eq!(ann.api_get("/account", &token).status, 401);
    assert!(ann.is_signed_in());
    assert!(!ann.get("/account/sessions").body.contains("laptop"));
}

#[test]
fn row_18_the_password_is_changed_with_the_old_one_and_ends_the_other_sessions() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let mut other = Client::of(&server);
    let change = |client: &mut Client, old, new| {
        client.submit("/account/password", &[("password", old), ("new_password", new)])
    };
    change(&mut ann, "not the password", NEW).must_say("That password is not right");
    change(&mut ann, PASSWORD, "password1").must_say("easy to guess");
    change(&mut ann, PASSWORD, NEW).must_say("Your password is changed");
    assert!(ann.two_factor_is_on(), "the second factor is not touched");
    assert_eq!(other.log_in().status, 401);
    let form = [("email", EMAIL), ("password", NEW)];
    assert_eq!(other.post("/login", &form).location(), "/login/second-factor");
}

#[test]
fn row_30_changing_the_password_ends_the_other_sessions() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let token = ann.cli_token();
    ann.post("/account/password", &[("password", PASSWORD), ("new_password", NEW)]);
    assert!(ann.is_signed_in());
    assert_eq!(ann.api_get("/account", &token).status, 401);
}
