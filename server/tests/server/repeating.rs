//! Forms sent twice, by a reload or a double click: one true page, and a new API key stays readable.

use std::sync::Barrier;
use std::thread;

use holdfast_testkit::Server;

use crate::client::{Answer, Client, PASSWORD, code, now, settle};
use crate::enabling::api_key;

const CONFIRM: &str = "/account/two-factor/enable/confirm";
const DISABLE: &str = "/account/two-factor/disable";
const NEW: &str = "a lantern under the pier";

#[test]
fn what_was_done_is_told_on_a_page_that_can_be_loaded_again() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    api_key(&mut ann);
    settle();
    let secret = ann.begin();
    let typed = code(&secret, now());
    let answer = ann.post(CONFIRM, &[("code", &typed)]);
    assert_eq!((answer.status, answer.location()), (303, "/account/done"));
    let first = ann.get("/account/done");
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let key = first.between("id=\"new-api-key\">", "</p>").expect("the key").to_owned();
    assert_eq!(ann.api_get("/account", &key).status, 200);
    ann.get("/account/done").must_say("is on").must_say(&key);

    // The same form once more, as after going back.
    let again = ann.post(CONFIRM, &[("code", &typed)]);
    assert_eq!((again.status, again.location()), (303, "/account/done"));
    ann.get("/account/done").must_say("is on").must_say(&key);

    let off = ann.submit(DISABLE, &[("password", PASSWORD)]);
    off.must_say("is off").must_say("hf_api_");
    ann.submit(DISABLE, &[("password", PASSWORD)]).must_say("is off").must_say("hf_api_");

    let change = [("password", PASSWORD), ("new_password", NEW)];
    ann.submit("/account/password", &change).must_say("Your password is changed");
    ann.submit("/account/password", &change).must_say("changed a moment ago");
    ann.get("/account/done").must_say("Your password is changed");
}

#[test]
fn a_new_api_key_is_shown_to_its_session_only_for_five_minutes_and_while_it_is_valid() {
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    let mut other = Client::of(&server);
    other.log_in();
    let key = api_key(&mut ann);
    ann.get("/account/done").must_say(&key);

    let sealed = ann.cookies["__Host-holdfast-news"].clone();
    assert!(!sealed.contains(&key), "it is sealed");
    other.cookies.insert("__Host-holdfast-news".to_owned(), sealed);
    assert_eq!(other.get("/account/done").location(), "/account", "another session");
    let jar = ann.cookies.clone();

    drop(server);
    let server = start(301);
    for client in [&mut ann, &mut other] {
        client.url = server.url().to_owned();
        client.origin = Some(client.url.clone());
    }
    assert_eq!(ann.get("/account/done").location(), "/account", "after five minutes");

    drop(server);
    let server = start(0);
    for client in [&mut ann, &mut other] {
        client.url = server.url().to_owned();
        client.origin = Some(client.url.clone());
    }
    ann.cookies = jar;
    ann.get("/account/done").must_say(&key);
    api_key(&mut other);
    assert_eq!(ann.get("/account/done").location(), "/account", "replaced meanwhile");
}

#[test]
fn one_form_sent_twice_at_once_ends_at_a_true_page() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    api_key(&mut ann);
    settle();
    let secret = ann.begin();
    let typed = code(&secret, now());
    twice(&mut ann, CONFIRM, &[("code", &typed)]).must_say("is on").must_say("hf_api_");
    twice(&mut ann, DISABLE, &[("password", PASSWORD)]).must_say("is off").must_say("hf_api_");
    let change = [("password", PASSWORD), ("new_password", NEW)];
    twice(&mut ann, "/account/password", &change).must_say("Your password is changed");
}

/// Sends a form twice at the same moment from one browser, which keeps the cookies of both answers
/// and follows the slower one.
fn twice(ann: &mut Client, path: &str, form: &[(&str, &str)]) -> Answer {
    let together = Barrier::new(2);
    let (url, jar) = (ann.url.clone(), ann.cookies.clone());
    let send = || {
        let mut tab = Client::at(&url);
        tab.cookies = jar.clone();
        together.wait();
        let answer = tab.post(path, form);
        (answer, tab)
    };
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(send);
        let other = send();
        (one.join().expect("an answer"), other)
    });
    let renewed = |answer: &Answer| answer.header("set-cookie").is_some();
    let (first, late) = if renewed(&one.0) { (one, other) } else { (other, one) };
    assert!(!renewed(&late.0), "{path}: one of the two does it");
    *ann = first.1;
    let mut answer = late.0;
    for _ in 0..3 {
        if answer.status != 303 {
            break;
        }
        let next = answer.location().to_owned();
        answer = ann.get(&next);
    }
    answer
}
