//! What was begun before a password, an address or a number changed is void, and no detour ends a wait:
//! rows 25 and 28.

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Answer, Client, EMAIL, PASSWORD};
use crate::mailing::registered;
use crate::outbox::{letter, letters, mailed_code, server, texted_code};
use crate::texting::{NUMBER, signed_in_with_number};

const PHONE: &str = "/account/two-factor/phone";
const PHONE_CODE: &str = "/account/two-factor/phone/code";
const SMS: &str = "/login/second-factor/sms";
const OTHER: &str = "+4915198765432";
const NEXT: &str = "heron over the estuary";
const THIEFS: &str = "a password of the thief";

fn add_number(server: &Server, ann: &mut Client, number: &str) {
    ann.url = server.url().to_owned();
    ann.origin = Some(ann.url.clone());
    ann.post(PHONE, &[("password", PASSWORD), ("number", number)]);
    let sent = texted_code(&letter(server, number, "set-up code"));
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);
}

/// Forgets the letters so far, so that the next one is found.
fn clear(server: &Server) {
    let folder = server.data_dir().join("outbox");
    for file in std::fs::read_dir(folder).expect("the outbox") {
        std::fs::remove_file(file.expect("a letter").path()).expect("removed");
    }
}

fn offers_sms(server: &Server) -> bool {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    let offered = client.get("/login/second-factor").body.contains("Send me an SMS");
    assert_eq!(offered, client.post(SMS, &[]).location() != "/login/lost");
    offered
}

#[test]
fn row_25_a_number_that_is_validated_once_more_waits_as_long_as_before() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    drop(server);
    let server = start(40);
    add_number(&server, &mut ann, OTHER);
    drop(server);
    let server = start(3_600);
    clear(&server);
    add_number(&server, &mut ann, OTHER);
    ann.get(PHONE).must_say("+49 … 32").must_say("it works from");
    assert!(!offers_sms(&server));
    drop(server);
    // A day after the first time, not after the second.
    let server = start(40 + 86_400 + 60);
    assert!(offers_sms(&server));
}

#[test]
fn row_25_taking_a_number_away_first_is_no_way_round_the_wait_and_is_told_to_it() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    drop(server);
    let server = start(40);
    ann.url = server.url().to_owned();
    ann.origin = Some(ann.url.clone());
    let removed = ann.post("/account/two-factor/phone/remove", &[("password", PASSWORD)]);
    assert_eq!(removed.status, 303, "{}", removed.body);
    letter(&server, NUMBER, "your number for log-in was taken away");
    ann.get(PHONE).must_say("a new one works from");
    add_number(&server, &mut ann, OTHER);
    ann.get(PHONE).must_say("+49 … 32").must_say("it works from");
    assert!(!offers_sms(&server));
    drop(server);
    let server = start(40 + 86_400 + 60);
    assert!(offers_sms(&server));
}

/// Asks for a code to choose a new password; the browser that may use it, and the code.
fn ask(server: &Server) -> (Client, String) {
    let mut thief = Client::of(server);
    thief.post("/reset", &[("email", EMAIL)]);
    (thief, mailed_code(&letter(server, EMAIL, "choose a new password")))
}

fn reset(client: &mut Client, code: &str) -> Answer {
    client.post("/reset/code", &[("code", code), ("new_password", THIEFS)])
}

fn logs_in(server: &Server, email: &str, password: &str) -> bool {
    let form = [("email", email), ("password", password)];
    Client::of(server).post("/login", &form).location() == "/account"
}

#[test]
fn row_28_a_code_to_choose_a_new_password_does_not_outlive_the_password() {
    let server = server();
    let mut ann = registered(&server);
    let (mut thief, code) = ask(&server);
    let change = [("password", PASSWORD), ("new_password", NEXT)];
    ann.submit("/account/password", &change).must_say("Your password is changed");
    reset(&mut thief, &code).must_say("That code is not right");
    assert!(logs_in(&server, EMAIL, NEXT) && !logs_in(&server, EMAIL, THIEFS));
}

#[test]
fn row_28_nor_another_reset() {
    let server = server();
    registered(&server);
    let (mut thief, first) = ask(&server);
    let mut ann = Client::of(&server);
    ann.post("/reset", &[("email", EMAIL)]);
    let second = loop {
        let all = letters(&server.data_dir().join("outbox"));
        let codes = all.iter().filter(|one| one.contains("choose a new password"));
        match codes.map(|one| mailed_code(one)).find(|code| *code != first) {
            Some(code) => break code,
            None => std::thread::sleep(std::time::Duration::from_millis(50)),
        }
    };
    let form = [("code", second.as_str()), ("new_password", NEXT)];
    ann.post("/reset/code", &form).must_say("Your password is changed");
    reset(&mut thief, &first).must_say("That code is not right");
    assert!(logs_in(&server, EMAIL, NEXT));
}

#[test]
fn row_28_nor_the_address_it_was_sent_to() {
    const NEW: &str = "ann.new@example.org";
    let server = server();
    let mut ann = registered(&server);
    let (mut thief, code) = ask(&server);
    ann.post("/account/email", &[("password", PASSWORD), ("email", NEW)]);
    let mailed = mailed_code(&letter(&server, NEW, "use this address"));
    ann.post("/account/email/code", &[("code", &mailed)]);
    reset(&mut thief, &code).must_say("not good any more");
    assert!(logs_in(&server, NEW, PASSWORD) && !logs_in(&server, NEW, THIEFS));
}
