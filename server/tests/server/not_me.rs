//! "That was not me": the link in every mail of a change, and what its page stops (L2, row 25).

use holdfast_testkit::Server;

use crate::client::{Client, EMAIL, PASSWORD, code, earlier_code, now, settle};
use crate::enabling::api_key;
use crate::handover::{CHANGE, CONFIRM, count, moved, only, only_at, options};
use crate::handover_sms::asked_by_sms;
use crate::mailing::registered;
use crate::operator::{done, operate};
use crate::outbox::{letter, mailed_code};
use crate::services::KEY;
use crate::texting::signed_in_with_number;

pub const PAGE: &str = "/not-me";
const KEEP: &str = "/not-me/keep";
const NOT_GOOD: &str = "the password is not right, or the link is not good any more";
/// All that [`refuses_every_change`] tries.
const STAYS: &str = "two-factor authentication, the phone, the number for SMS, the recovery codes and the \
    e-mail address stay as they are, no key for SSH is added, and the account is not deleted";
const NEW: &str = "a lantern under the pier";

#[test]
fn l2_the_page_ends_every_session_and_stops_changes_for_a_day() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, secret) = signed_in_with_number(&server);
    let key = api_key(&mut ann);
    let mail = letter(&server, EMAIL, "A new API key was made");
    let mut owner = Client::of(&server);
    let page = come(&mut owner, &link(&mail));
    page.must_say("Was that not you?").must_say("nothing has been changed by opening it");
    assert!(ann.is_signed_in(), "opening it changes nothing");
    owner.post(PAGE, &[("password", "not the password")]).must_say(NOT_GOOD);
    assert!(ann.is_signed_in());
    wait_a_second();
    let stopped = owner.post(PAGE, &[("password", PASSWORD)]);
    stopped.must_say("Everything is stopped").must_say("Choose a new password by mail");
    stopped.must_say(STAYS).must_say("a new API key made");
    assert!(!ann.is_signed_in());
    assert_eq!(ann.api_get("/account", &key).status, 401);
    let told = letter(&server, EMAIL, "said that something was not you").replace('\n', " ");
    assert!(told.contains(STAYS), "{told}");
    assert_eq!(count(&server, "not_me"), 1);
    owner.post(PAGE, &[("password", PASSWORD)]).must_say(NOT_GOOD);

    // Whoever logs in after it changes nothing that lets anybody in.
    let mut eve = Client::of(&server);
    eve.log_in();
    settle();
    assert_eq!(eve.enter_code(&code(&secret, now())).location(), "/account");
    let told = eve.get("/account");
    told.must_say("Changes are stopped until").must_say(STAYS).must_say("a new API key made");
    refuses_every_change(&mut eve);
    // What the page says goes on: an API key, and the password, which it says to change.
    api_key(&mut eve);
    let change = [("password", PASSWORD), ("new_password", NEW)];
    eve.submit("/account/password", &change).must_say("Your password is changed");
    done(server.data_dir(), &["check"], "");
    drop(server);

    let server = start(86_400 + 60);
    moved(&mut eve, &server);
    assert!(!eve.get("/account").body.contains("Changes are stopped"));
    let off = eve.submit("/account/two-factor/disable", &[("password", NEW)]);
    off.must_say("Two-factor authentication is off");
}

fn refuses_every_change(eve: &mut Client) {
    let said = STAYS;
    let password = ("password", PASSWORD);
    for (path, form) in [
        ("/account/two-factor/disable", vec![password]),
        (CHANGE, vec![password, ("code", "123456")]),
        ("/account/two-factor/codes/new", vec![password]),
        ("/account/two-factor/phone", vec![password, ("number", "+4915123456780")]),
        ("/account/two-factor/phone/remove", vec![password]),
        ("/account/email", vec![password, ("email", "eve@example.org")]),
        ("/account/delete", vec![password]),
        (
            "/account/ssh-keys",
            vec![password, ("code", "123456"), ("key", crate::services::KEY), ("name", "")],
        ),
    ] {
        let answer = eve.post(path, &form);
        assert_eq!(answer.status, 422, "{path}");
        answer.must_say(said);
    }
}

/// Whoever broke in may have left a key: it must go at once, and none may come.
#[test]
fn l2_a_code_to_choose_a_new_password_does_not_outlive_the_stop() {
    let server = Server::on_one_disk_with(options())(0);
    let mut ann = registered(&server);
    api_key(&mut ann);
    let mail = letter(&server, EMAIL, "A new API key was made");
    let mut thief = Client::of(&server);
    thief.post("/reset", &[("email", EMAIL)]);
    let sent = mailed_code(&letter(&server, EMAIL, "choose a new password"));
    wait_a_second();
    let mut owner = Client::of(&server);
    come(&mut owner, &link(&mail));
    owner.post(PAGE, &[("password", PASSWORD)]).must_say("Everything is stopped");
    let form = [("code", sent.as_str()), ("new_password", NEW)];
    thief.post("/reset/code", &form).must_say("not good any more");
    // A code of after it is good: the person has to get in.
    wait_a_second();
    let mut ann = Client::of(&server);
    ann.post("/reset", &[("email", EMAIL)]);
    let again = loop {
        let code = mailed_code(&letter(&server, EMAIL, "choose a new password"));
        if code != sent {
            break code;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let form = [("code", again.as_str()), ("new_password", NEW)];
    ann.post("/reset/code", &form).must_say("Your password is changed");
}

#[test]
fn l2_a_key_for_ssh_is_removed_also_while_changes_are_stopped_and_none_is_added() {
    const KEYS: &str = "/account/ssh-keys";
    let server = Server::start_with(options());
    let mut ann = registered(&server);
    let add = [("password", PASSWORD), ("key", KEY), ("name", "a thief's")];
    assert_eq!(ann.post(KEYS, &add).location(), KEYS);
    let mail = letter(&server, EMAIL, "A key for SSH was added");
    wait_a_second();
    let mut owner = Client::of(&server);
    come(&mut owner, &link(&mail));
    let stopped = owner.post(PAGE, &[("password", PASSWORD)]);
    stopped.must_say("Everything is stopped").must_say("remove at once each that you do not know");
    assert_eq!(owner.log_in().location(), "/account");
    let page = owner.get(KEYS);
    let id = page.between("name=\"id\" value=\"", "\"").expect("its name").to_owned();
    owner.post(&format!("{KEYS}/remove"), &[("id", &id)]);
    owner.get(KEYS).must_say("id=\"no-keys\"");
    owner.post(KEYS, &add).must_say(STAYS);
    owner.get(KEYS).must_say("id=\"no-keys\"");
}

#[test]
fn row_25_the_link_cancels_a_change_that_waits_and_the_page_a_change_too() {
    let server = Server::start_with(options());
    let (mut ann, old) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    ann.post(CONFIRM, &[("code", &earlier_code(&new))]);
    let mail = letter(&server, EMAIL, "A change of phone was begun");
    let mut owner = Client::of(&server);
    come(&mut owner, &link(&mail)).must_say("Only keep the phone that I have");
    ann.get("/account").must_say("A new phone takes over on");
    owner.post(KEEP, &[]).must_say("The change of phone is cancelled");
    assert!(!ann.get("/account").body.contains("A new phone takes over on"));
    assert!(ann.is_signed_in(), "and nothing else");
    letter(&server, EMAIL, "The change of phone was cancelled");
    owner.post(KEEP, &[]).must_say("There is nothing to cancel with this link");
    only(&server, &old, &new);
    assert_eq!(count(&server, "phone_change_cancelled"), 1);
}

#[test]
fn row_25_stopping_everything_cancels_the_change_that_waits() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    ann.post(CONFIRM, &[("code", &earlier_code(&new))]);
    let mail = letter(&server, EMAIL, "A change of phone was begun");
    wait_a_second();
    let mut owner = Client::of(&server);
    come(&mut owner, &link(&mail));
    owner.post(PAGE, &[("password", PASSWORD)]).must_say("Everything is stopped");
    drop(server);
    let server = start(2 * 86_400);
    only_at(&server, &old, &new, 2 * 86_400);
    assert_eq!(count(&server, "phone_changed"), 0);
}

#[test]
fn row_34_links_of_nobody_used_and_old_get_the_answers_of_a_wrong_password() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    api_key(&mut ann);
    let good = link(&letter(&server, EMAIL, "A new API key was made"));
    let mut broken = good.clone();
    let last = broken.pop().expect("a word");
    broken.push(if last == 'A' { 'B' } else { 'A' });
    let ask = |server: &Server, link: &str, password: &str| {
        let mut client = Client::of(server);
        let page = come(&mut client, link);
        let answer = client.post(PAGE, &[("password", password)]);
        let kept = client.post(KEEP, &[]);
        (page.status, page.body, answer.status, answer.body, kept.status, kept.body)
    };
    let nobodys =
        "/not-me/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let wrong = ask(&server, &good, "not the password");
    assert!(wrong.3.contains(NOT_GOOD), "{}", wrong.3);
    assert_eq!(ask(&server, &broken, PASSWORD), wrong);
    assert_eq!(ask(&server, nobodys, PASSWORD), wrong);
    assert_eq!(ask(&server, "/not-me/x", PASSWORD), wrong);
    assert!(ann.is_signed_in());
    drop(server);
    let server = start(7 * 86_400 + 60);
    assert_eq!(ask(&server, &good, PASSWORD), wrong, "after seven days");
    drop(server);
    let server = start(6 * 86_400);
    let mut owner = Client::of(&server);
    come(&mut owner, &good);
    owner.post(PAGE, &[("password", PASSWORD)]).must_say("Everything is stopped");
    assert_eq!(ask(&server, &good, PASSWORD), wrong, "used");
}

#[test]
fn row_12_guesses_at_a_links_password_wait_and_row_33_its_word_is_in_no_address_or_log() {
    let server = Server::start_with(options());
    let (mut ann, _) = signed_in_with_number(&server);
    api_key(&mut ann);
    let link = link(&letter(&server, EMAIL, "A new API key was made"));
    let mut owner = Client::of(&server);
    let answer = owner.get(&link);
    assert_eq!((answer.status, answer.location()), (303, PAGE), "it is taken out of the address");
    for _ in 0..3 {
        assert_eq!(owner.post(PAGE, &[("password", "x")]).status, 422);
    }
    assert_eq!(owner.post(PAGE, &[("password", PASSWORD)]).status, 429);
    assert!(ann.is_signed_in());
    let word = link.rsplit('/').next().expect("a word");
    assert!(!server.output().contains(word));
    let log = operate(server.data_dir(), &["audit"], "");
    assert!(!log.out.contains(word), "nor in the audit log");
    let page = owner.get(PAGE);
    assert!(!page.body.contains(word), "nor on the page");
}

#[test]
fn a_new_key_of_the_server_voids_no_link() {
    let server = Server::start_with(options());
    let (mut ann, _) = signed_in_with_number(&server);
    api_key(&mut ann);
    let link = link(&letter(&server, EMAIL, "A new API key was made"));
    done(server.data_dir(), &["key", "rotate"], "");
    wait_a_second();
    let mut owner = Client::of(&server);
    come(&mut owner, &link);
    owner.post(PAGE, &[("password", PASSWORD)]).must_say("Everything is stopped");
}

/// The path of the link in a mail.
#[track_caller]
pub fn link(mail: &str) -> String {
    let start = "https://id.example.org/not-me/";
    let line = mail.lines().find(|line| line.starts_with(start)).expect("a link");
    line.strip_prefix("https://id.example.org").expect("ours").to_owned()
}

/// Follows it as a browser does.
#[track_caller]
fn come(client: &mut Client, link: &str) -> crate::client::Answer {
    let answer = client.get(link);
    assert_eq!(answer.location(), PAGE);
    client.get(PAGE)
}

/// A link is void from the second on in which one was used.
fn wait_a_second() {
    std::thread::sleep(std::time::Duration::from_millis(1100));
}
