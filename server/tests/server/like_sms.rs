//! What is worth no more than an SMS: the recovery codes that a log-in by SMS gets to see (row 25).

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD, code, codes_on, earlier_code, now, settle};
use crate::handover::{CHANGE, CONFIRM, begin, count, moved, only, options};
use crate::outbox::{letter, texted_code};
use crate::texting::{NUMBER, signed_in_with_number, with_number};

const SMS: &str = "/login/second-factor/sms";
const CODES: &str = "/account/two-factor/codes";
const NEW_CODES: &str = "/account/two-factor/codes/new";
const DAY: i64 = 86_400;

/// A browser that was logged in with a code by SMS; a minute must have passed since the last one.
pub fn in_by_sms(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client.post(SMS, &[]);
    let sent = texted_code(&letter(server, NUMBER, "log-in code"));
    assert_eq!(client.enter_code(&sent).location(), "/account");
    client
}

/// Makes new recovery codes, which the password alone is asked for.
fn new_codes(client: &mut Client) -> Vec<String> {
    let page = client.get(NEW_CODES);
    let set = page.between("name=\"set\" value=\"", "\"").expect("the set's name").to_owned();
    let made = client.post(NEW_CODES, &[("password", PASSWORD), ("set", &set)]);
    assert_eq!(made.location(), CODES, "{}", made.body);
    codes_on(&client.get(CODES))
}

/// Changes the phone with that recovery code: it must wait, and nothing has changed yet.
#[track_caller]
fn waits(server: &Server, client: &mut Client, old: &holdfast_otp::Secret, recovery: &str) {
    client.get(CHANGE).must_say("Your recovery codes were shown after a log-in by SMS");
    let new = begin(client, recovery);
    let answer = client.post(CONFIRM, &[("code", &earlier_code(&new))]);
    assert_eq!(answer.location(), "/account", "{}", answer.body);
    client.get("/account").must_say("A new phone takes over on");
    assert_eq!(count(server, "phone_changed"), 0);
    only(server, old, &new);
}

#[test]
fn row_25_recovery_codes_made_after_a_log_in_by_sms_are_no_way_round_the_wait() {
    let server = Server::start_with(options());
    let old = with_number(&server);
    let mut thief = in_by_sms(&server);
    // Twice: making them goes on under another token, which began no better.
    new_codes(&mut thief);
    let codes = new_codes(&mut thief);
    waits(&server, &mut thief, &old, &codes[0]);
}

#[test]
fn row_25_nor_are_those_that_such_a_log_in_has_seen() {
    let server = Server::start_with(options());
    let old = with_number(&server);
    let codes = in_by_sms(&server).recovery_codes();
    letter(&server, EMAIL, "A code by SMS was used to log in");
    letter(&server, EMAIL, "Your recovery codes were shown after a log-in by SMS");
    // By way of a log-in with one of them and yet another set.
    let mut thief = Client::of(&server);
    thief.log_in();
    assert_eq!(thief.enter_code(&codes[0]).location(), "/account/done");
    let codes = new_codes(&mut thief);
    waits(&server, &mut thief, &old, &codes[0]);
}

#[test]
fn row_25_no_time_mends_that() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let old = with_number(&server);
    let codes = new_codes(&mut in_by_sms(&server));
    drop(server);
    let server = start(3 * DAY);
    let mut ann = Client::of(&server);
    ann.log_in();
    settle();
    let ahead = 3 * DAY.unsigned_abs();
    assert_eq!(ann.enter_code(&code(&old, now() + ahead)).location(), "/account");
    ann.get(CHANGE).must_say("were shown after a log-in by SMS");
    let new = begin(&mut ann, &codes[0]);
    let answer = ann.post(CONFIRM, &[("code", &code(&new, now() + ahead))]);
    assert_eq!(answer.location(), "/account", "{}", answer.body);
    ann.get("/account").must_say("A new phone takes over on");
    assert_eq!(count(&server, "phone_changed"), 0);
}

#[test]
fn row_25_an_owner_with_her_app_makes_codes_that_stand_for_the_phone_at_once() {
    let server = Server::start_with(options());
    let (mut ann, old) = signed_in_with_number(&server);
    drop(in_by_sms(&server).recovery_codes());
    ann.get(CHANGE).must_say("were shown after a log-in by SMS");
    let codes = new_codes(&mut ann);
    assert!(!ann.get(CHANGE).body.contains("were shown after a log-in by SMS"));
    let new = begin(&mut ann, &codes[0]);
    let answer = ann.submit(CONFIRM, &[("code", &earlier_code(&new))]);
    answer.must_say("Your new phone is in use");
    only(&server, &new, &old);
}

#[test]
fn row_25_where_no_mail_could_tell_they_do_not_stand_for_the_phone_and_are_not_spent() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    with_number(&server);
    let mut thief = in_by_sms(&server);
    let codes = new_codes(&mut thief);
    let place = server.data_dir().to_owned();
    drop(server);
    let args = ["--mail", "none"].map(str::to_owned).to_vec();
    let data_dir = Some(place);
    let server =
        Server::start_with(ServerOptions { letters: true, args, data_dir, ..Default::default() });
    moved(&mut thief, &server);
    thief.get(CHANGE).must_say("They do not stand for your phone");
    let refused = thief.post(CHANGE, &[("password", PASSWORD), ("code", &codes[0])]);
    refused.must_say("they do not stand for your phone");
    assert_eq!(codes_on(&thief.get(CODES)).len(), 10, "none is spent");
}
