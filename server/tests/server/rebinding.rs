//! What was begun before a password, an address or a number changed is void, and no detour ends a wait:
//! rows 25 and 28.

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Answer, Client, EMAIL, PASSWORD, earlier_code};
use crate::handover::{CONFIRM, moved, only, options};
use crate::handover_sms::asked_by_sms;
use crate::mailing::registered;
use crate::operator::done;
use crate::outbox::{letter, letters, mailed_code, server, texted_code};
use crate::texting::{NUMBER, signed_in_with_number, with_number};

const PHONE: &str = "/account/two-factor/phone";
const PHONE_CODE: &str = "/account/two-factor/phone/code";
const SMS: &str = "/login/second-factor/sms";
const OTHER: &str = "+4915198765432";
const NEXT: &str = "heron over the estuary";
const THIEFS: &str = "a password of the thief";

fn add_number(server: &Server, ann: &mut Client, number: &str) {
    moved(ann, server);
    ann.post(PHONE, &[("password", PASSWORD), ("number", number)]);
    let sent = texted_code(&letter(server, number, "set-up code"));
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);
}

/// Forgets the letters so far, so that the next one is found.
fn clear(server: &Server) {
    let folder = server.data_dir().join("outbox");
    for file in std::fs::read_dir(folder).expect("the outbox") {
        let path = file.expect("a file").path();
        // Another one is being written, and will have its own name in a moment.
        if path.extension().is_some_and(|ending| ending == "txt") {
            std::fs::remove_file(path).expect("removed");
        }
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

/// Takes the number away an hour after it was added; the server that runs then, and the browser.
fn without_number(start: &impl Fn(i64) -> Server) -> (Server, Client) {
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    drop(server);
    let server = start(3_600);
    moved(&mut ann, &server);
    let removed = ann.post("/account/two-factor/phone/remove", &[("password", PASSWORD)]);
    assert_eq!(removed.status, 303, "{}", removed.body);
    letter(&server, NUMBER, "your number for log-in was taken away");
    (server, ann)
}

#[test]
fn row_25_taking_a_number_away_first_is_no_way_round_the_wait_and_is_told_to_it() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let (server, mut ann) = without_number(&start);
    ann.get(PHONE).must_say("a new one works 24 hours after you have added it");
    add_number(&server, &mut ann, OTHER);
    ann.get(PHONE).must_say("+49 … 32").must_say("it works from");
    assert!(!offers_sms(&server));
    drop(server);
    let server = start(3_600 + 86_400 + 60);
    assert!(offers_sms(&server));
}

#[test]
fn row_25_nor_is_waiting_without_a_number_since_the_new_one_waits_from_when_it_is_there() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let (server, mut ann) = without_number(&start);
    drop(server);
    let server = start(3_600 + 3 * 86_400);
    add_number(&server, &mut ann, OTHER);
    assert!(!offers_sms(&server));
    drop(server);
    let server = start(3_600 + 4 * 86_400 + 60);
    assert!(offers_sms(&server));
}

#[test]
fn row_25_nor_is_switching_off_and_on_again_of_which_the_number_is_told() {
    let server = server();
    let (mut ann, _) = signed_in_with_number(&server);
    ann.post("/account/two-factor/disable", &[("password", PASSWORD)]);
    letter(
        &server,
        NUMBER,
        "two-factor authentication was switched off, and your number taken away",
    );
    ann.enable();
    ann.get(PHONE).must_say("a new one works 24 hours after you have added it");
    add_number(&server, &mut ann, OTHER);
    ann.get(PHONE).must_say("it works from");
    assert!(!offers_sms(&server));
}

#[test]
fn row_25_nor_does_the_operators_reset_forget_that_there_was_a_number() {
    let server = server();
    with_number(&server);
    let reset = ["2fa", "reset", EMAIL, "--verified", "in person"];
    done(server.data_dir(), &reset, "");
    letter(
        &server,
        NUMBER,
        "two-factor authentication was switched off, and your number taken away",
    );
    let mut ann = Client::of(&server);
    ann.log_in();
    ann.enable();
    add_number(&server, &mut ann, OTHER);
    assert!(!offers_sms(&server));
}

#[test]
fn row_25_a_change_of_phone_that_waits_goes_with_the_number_that_vouched_for_it() {
    for gone in [true, false] {
        let server = Server::start_with(options());
        let (mut ann, old) = signed_in_with_number(&server);
        let new = asked_by_sms(&mut ann, &server);
        assert_eq!(ann.post(CONFIRM, &[("code", &earlier_code(&new))]).location(), "/account");
        ann.get("/account").must_say("A new phone takes over on");
        if gone {
            ann.post("/account/two-factor/phone/remove", &[("password", PASSWORD)]);
        } else {
            add_number(&server, &mut ann, OTHER);
        }
        assert!(!ann.get("/account").body.contains("A new phone takes over on"));
        letter(&server, EMAIL, "The change of phone was cancelled");
        only(&server, &old, &new);
    }
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
    reset(&mut thief, &first).must_say("That code is not good any more");
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

#[test]
fn row_28_nor_that_the_operator_has_ended_everything() {
    let server = server();
    registered(&server);
    let (mut thief, code) = ask(&server);
    done(server.data_dir(), &["user", "end-sessions", EMAIL], "");
    reset(&mut thief, &code).must_say("not good any more");
    assert!(logs_in(&server, EMAIL, PASSWORD) && !logs_in(&server, EMAIL, THIEFS));
}

#[test]
fn row_28_a_code_for_a_new_address_does_not_outlive_another_change_of_it() {
    const NEW: &str = "ann.new@example.org";
    const THIEFS_OWN: &str = "thief@example.org";
    let server = server();
    let mut ann = registered(&server);
    let mut thief = Client::of(&server);
    assert_eq!(thief.log_in().location(), "/account");
    thief.post("/account/email", &[("password", PASSWORD), ("email", THIEFS_OWN)]);
    let early = mailed_code(&letter(&server, THIEFS_OWN, "use this address"));
    ann.post("/account/email", &[("password", PASSWORD), ("email", NEW)]);
    let mailed = mailed_code(&letter(&server, NEW, "use this address"));
    assert_eq!(ann.post("/account/email/code", &[("code", &mailed)]).status, 303);
    thief.post("/account/email/code", &[("code", &early)]).must_say("not good any more");
    assert!(logs_in(&server, NEW, PASSWORD) && !logs_in(&server, THIEFS_OWN, PASSWORD));
}

#[test]
fn row_36_the_address_before_is_told_for_a_week_of_what_whoever_changed_it_does() {
    const OWN_NEW: &str = "ann.new@example.org";
    const THIEFS_OWN: &str = "thief@example.org";
    const SECOND: &str = "thief.too@example.org";
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let mut thief = registered(&server);
    for address in [OWN_NEW, THIEFS_OWN, SECOND] {
        thief.post("/account/email", &[("password", PASSWORD), ("email", address)]);
        let mailed = mailed_code(&letter(&server, address, "use this address"));
        assert_eq!(thief.post("/account/email/code", &[("code", &mailed)]).status, 303);
        letter(&server, EMAIL, "The e-mail address of your account was changed");
    }
    thief.enable();
    // She had changed it herself a moment before.
    letter(&server, OWN_NEW, "Two-factor authentication was switched on");
    let told = letter(&server, EMAIL, "Two-factor authentication was switched on");
    letter(&server, SECOND, "Two-factor authentication was switched on");
    let link = told.split("https://id.example.org").nth(1).expect("a link");
    let link = link.split_whitespace().next().expect("a link").to_owned();
    // Her link stops it, whatever was done with an earlier one.
    let mut ann = Client::of(&server);
    ann.get(&link);
    ann.post("/not-me", &[("password", PASSWORD)]).must_say("Everything is stopped");
    assert!(!thief.is_signed_in());
    drop(server);
    let server = start(8 * 86_400);
    clear(&server);
    let mut thief = Client::of(&server);
    thief.post("/reset", &[("email", SECOND)]);
    let code = mailed_code(&letter(&server, SECOND, "choose a new password"));
    thief.post("/reset/code", &[("code", &code), ("new_password", NEXT)]).must_say("is changed");
    letter(&server, SECOND, "Your password was reset");
    let all = letters(&server.data_dir().join("outbox"));
    assert!(!all.iter().any(|one| one.starts_with(&format!("To: {EMAIL}\n"))), "{all:#?}");
}
