//! Changing the phone in one step: M2 of the guide, rows 17, 18, 29 and 37 of the requirements.

use std::thread;

use holdfast_otp::Secret;
use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD, code, earlier_code, now, settle, wrong_code};
use crate::enabling::api_key;
use crate::mailing::registered;
use crate::operator::{done, operate};
use crate::outbox::{letter, server};

pub const CHANGE: &str = "/account/two-factor/change";
pub const SCAN: &str = "/account/two-factor/change/scan";
pub const CONFIRM: &str = "/account/two-factor/change/confirm";
pub const CANCEL: &str = "/account/two-factor/change/cancel";

#[test]
fn m2_the_new_phones_first_code_retires_the_old_one_and_row_29_all_that_goes_with_it() {
    let server = server();
    let mut ann = registered(&server);
    let old_key = api_key(&mut ann);
    let old = ann.enable();
    let old_key = match ann.get("/account/done").between("id=\"new-api-key\">", "</p>") {
        Some(key) => key.to_owned(),
        None => old_key,
    };
    ann.get("/account").must_say("Change phone");
    ann.get(CHANGE).must_say("Step 1 of 3").must_say("giving up on the way changes nothing");
    settle();
    let new = begin(&mut ann, &code(&old, now()));
    assert_ne!(new, old);
    let page = ann.get(SCAN);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    page.must_say("<svg id=\"barcode\"").must_say("good for 15 minutes").must_say("Step 3 of 3");
    assert_eq!(ann.api_get("/account", &old_key).status, 200, "nothing has changed yet");

    let answer = ann.submit(CONFIRM, &[("code", &earlier_code(&new))]);
    answer.must_say("Your new phone is in use").must_say("Those of the old phone are void");
    let new_key = answer.between("id=\"new-api-key\">", "</p>").expect("the new key").to_owned();
    assert_eq!(ann.api_get("/account", &old_key).status, 401);
    assert_eq!(ann.api_get("/account", &new_key).status, 200);
    assert!(ann.is_signed_in(), "the session that changed it stays");
    assert_eq!(new_key_shown(&mut ann), None, "the secret is shown no more");
    letter(&server, EMAIL, "where it was done, and your API key was replaced.");
    only(&server, &new, &old);
    assert_eq!(count(&server, "phone_changed"), 1);
    done(server.data_dir(), &["check"], "");
}

#[test]
fn m2_a_recovery_code_stands_for_a_lost_phone_and_the_old_one_guards_until_the_change() {
    let server = server();
    let mut ann = registered(&server);
    let old = ann.enable();
    let codes = ann.recovery_codes();
    let mut other = Client::of(&server);
    other.log_in();
    settle();
    let new = begin(&mut ann, &codes[0]);
    letter(&server, EMAIL, "A recovery code was used to set up a new phone. 9 of 10 are left");
    // The new one guards nothing yet, and the old one does.
    let typed = code(&new, now());
    other.enter_code(&typed).must_say("That code is not right");
    assert_eq!(other.enter_code(&code(&old, now())).location(), "/account");
    let answer = ann.submit(CONFIRM, &[("code", &earlier_code(&new))]);
    answer.must_say("Your new phone is in use").must_say("9 of 10 are left");
    letter(&server, EMAIL, "are void and you were logged out everywhere but where it was done.");
    assert!(!other.is_signed_in(), "the other session ends");
    only(&server, &new, &old);
    let mut third = Client::of(&server);
    third.log_in();
    third.enter_code(&codes[0]).must_say("has been used already");
    assert_eq!(third.enter_code(&codes[1]).location(), "/account/done", "the others are left");
}

#[test]
fn m2_abandoning_changes_nothing() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let key = api_key(&mut ann);
    let old = ann.enable();
    let key = match ann.get("/account/done").between("id=\"new-api-key\">", "</p>") {
        Some(key) => key.to_owned(),
        None => key,
    };
    let codes = ann.recovery_codes();
    let mut other = Client::of(&server);
    other.log_in();
    settle();
    let new = begin(&mut ann, &codes[0]);
    assert_eq!(ann.post(CANCEL, &[]).location(), "/account");
    assert_eq!(new_key_shown(&mut ann), None);
    ann.post(CONFIRM, &[("code", &code(&new, now()))]).must_say("This barcode has expired");
    assert_eq!(ann.api_get("/account", &key).status, 200);
    assert_eq!(other.enter_code(&code(&old, now())).location(), "/account");
    only_refused(&server, &new);
    assert_eq!((count(&server, "phone_changed"), count(&server, "phone_change_cancelled")), (0, 1));
}

#[test]
fn row_17_an_unfinished_change_expires_within_15_minutes() {
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    let old = ann.enable();
    let codes = ann.recovery_codes();
    let new = begin(&mut ann, &codes[0]);
    drop(server);
    let server = start(14 * 60);
    moved(&mut ann, &server);
    assert_eq!(new_key_shown(&mut ann), Some(new.clone()), "14 minutes are not too long");
    drop(server);
    let server = start(15 * 60);
    moved(&mut ann, &server);
    assert_eq!(new_key_shown(&mut ann), None);
    settle();
    let late = ann.post(CONFIRM, &[("code", &code(&new, now() + 15 * 60))]);
    late.must_say("This barcode has expired").must_say("Step 1 of 3");
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&code(&old, now() + 15 * 60)).location(), "/account");
}

#[test]
fn row_18_and_37_password_and_code_are_asked_for_and_no_step_is_skipped() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    for path in [CHANGE, SCAN] {
        let answer = ann.get(path);
        assert!(matches!(answer.location(), "/account" | CHANGE), "{path}: off");
    }
    let off = ann.post(CHANGE, &[("password", PASSWORD), ("code", "123456")]);
    assert_eq!(off.location(), "/account");
    settle();
    let old = ann.begin();
    let spent = earlier_code(&old);
    ann.confirm(&spent).must_say("is on");
    assert_eq!(ann.get(SCAN).location(), CHANGE);
    ann.post(CONFIRM, &[("code", "123456")]).must_say("Step 1 of 3");
    settle();
    let ask = |ann: &mut Client, password: &str, code: &str| {
        ann.post(CHANGE, &[("password", password), ("code", code)])
    };
    let typed = code(&old, now());
    ask(&mut ann, "not the password", &typed).must_say("That password is not right");
    ask(&mut ann, PASSWORD, "12345").must_say("That is not a code");
    ask(&mut ann, PASSWORD, &wrong_code(&old, now())).must_say("That code is not right");
    ask(&mut ann, PASSWORD, "0000-0000-0000-0000").must_say("That recovery code is not right");
    ask(&mut ann, PASSWORD, &spent).must_say("used already");
    assert_eq!(ann.get(SCAN).location(), CHANGE);
    // Its tries are those of the log-in: here two more, and there none is free any more.
    for _ in 0..2 {
        ask(&mut ann, PASSWORD, &wrong_code(&old, now())).must_say("That code is not right");
    }
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&typed).status, 429);
    assert_eq!(ask(&mut ann, PASSWORD, &typed).status, 429);
    let mut stranger = Client::of(&server);
    for path in [CHANGE, SCAN] {
        assert_eq!(stranger.get(path).location(), "/login", "{path}");
    }
    assert_eq!(stranger.post(CONFIRM, &[("code", "123456")]).location(), "/login");
    assert_eq!(stranger.post(CANCEL, &[]).location(), "/login");
}

#[test]
fn m2_a_wrong_first_code_changes_nothing_and_the_barcode_stays() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let old = ann.enable();
    settle();
    let new = begin(&mut ann, &code(&old, now()));
    ann.post(CONFIRM, &[("code", &wrong_code(&new, now()))]).must_say("That code is not right");
    let off = ann.post(CONFIRM, &[("code", &code(&new, now() + 300))]);
    off.must_say("the clock of your phone is about");
    assert_eq!(new_key_shown(&mut ann), Some(new.clone()), "the barcode stays");
    // The old phone's code is no first code of the new one.
    ann.post(CONFIRM, &[("code", &code(&old, now()))]).must_say("That code is not right");
    assert_eq!(count(&server, "phone_changed"), 0);
    ann.submit(CONFIRM, &[("code", &code(&new, now()))]).must_say("Your new phone is in use");
    // Row 8: the code that confirmed does not also log in.
    let mut other = Client::of(&server);
    other.log_in();
    other.enter_code(&code(&new, now())).must_say("used already");
}

#[test]
fn m2_in_two_tabs_and_in_two_browsers_the_newest_barcode_is_the_one() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let old = ann.enable();
    let codes = ann.recovery_codes();
    let mut desk = Client::of(&server);
    desk.log_in();
    settle();
    assert_eq!(desk.enter_code(&code(&old, now())).location(), "/account");
    let first = begin(&mut ann, &codes[0]);
    let mut mark = || {
        let page = ann.get(SCAN);
        page.between("name=\"barcode\" value=\"", "\"").expect("which barcode it is").to_owned()
    };
    let of_first = mark();
    assert_eq!(of_first, mark(), "as long as the barcode stays");
    // Another tab of the same browser begins again.
    let second = begin(&mut ann, &codes[1]);
    assert_ne!(first, second);
    let typed = code(&first, now());
    ann.post(CONFIRM, &[("code", &typed)]).must_say("That code is not right");
    let told = ann.post(CONFIRM, &[("code", &typed), ("barcode", &of_first)]);
    told.must_say("A newer barcode was made in another tab").must_say("<svg id=\"barcode\"");
    let of_second = told.between("name=\"barcode\" value=\"", "\"").expect("the newer").to_owned();
    assert_ne!(of_first, of_second);
    let wrong = ann.post(CONFIRM, &[("code", &typed), ("barcode", &of_second)]);
    wrong.must_say("That code is not right");
    assert_eq!(new_key_shown(&mut ann), Some(second.clone()));
    // Another browser begins: the first one's barcode is void.
    let third = begin(&mut desk, &codes[2]);
    assert_eq!(new_key_shown(&mut ann), None);
    let late = ann.post(CONFIRM, &[("code", &code(&second, now()))]);
    late.must_say("This barcode has expired");
    desk.submit(CONFIRM, &[("code", &earlier_code(&third))]).must_say("is in use");
    assert!(!ann.is_signed_in());
    only(&server, &third, &old);
    for void in [first, second] {
        only_refused(&server, &void);
    }
}

#[test]
fn row_7_sixty_four_at_once_commit_one_change_once() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    api_key(&mut ann);
    let old = ann.enable();
    settle();
    let new = begin(&mut ann, &code(&old, now()));
    let typed = earlier_code(&new);
    let (url, jar) = (ann.url.clone(), ann.cookies.clone());
    let answers: Vec<_> = thread::scope(|scope| {
        let sent: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    let mut tab = Client::at(&url);
                    tab.cookies = jar.clone();
                    let answer = tab.post(CONFIRM, &[("code", &typed)]);
                    (answer, tab)
                })
            })
            .collect();
        sent.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let (mut done, late): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(answer, _)| answer.header("set-cookie").is_some());
    assert_eq!((done.len(), late.len()), (1, 63), "one of them does it");
    assert!(late.iter().all(|(answer, _)| answer.status == 303), "and the others end somewhere");
    assert_eq!(count(&server, "phone_changed"), 1);
    let winner = &mut done[0].1;
    let key = winner.get("/account/done");
    let key = key.between("id=\"new-api-key\">", "</p>").expect("the one key").to_owned();
    assert_eq!(winner.api_get("/account", &key).status, 200);
    only(&server, &new, &old);
}

#[test]
fn row_14_check_finds_a_new_phones_secret_that_does_not_open() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    begin(&mut ann, &codes[0]);
    done(server.data_dir(), &["check"], "");
    let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("it");
    // That of the phone that guards is another row's or another column's secret here.
    let count = db.execute("UPDATE accounts SET new_secret = tf_secret", []).expect("written");
    assert_eq!(count, 1);
    let ran = operate(server.data_dir(), &["check"], "");
    assert!(!ran.ok() && ran.out.contains("accounts: NOT WHOLE"), "{ran:?}");
    assert!(ran.out.contains("new_secret of"), "{ran:?}");
}

/// The barcode of a change that is begun with this code, shown as a key.
#[track_caller]
pub fn begin(client: &mut Client, typed: &str) -> Secret {
    let answer = client.post(CHANGE, &[("password", PASSWORD), ("code", typed)]);
    assert_eq!(answer.location(), SCAN, "{}", answer.body);
    new_key_shown(client).expect("the page shows the key")
}

pub fn new_key_shown(client: &mut Client) -> Option<Secret> {
    let page = client.get(SCAN);
    let key = page.between("id=\"key\">", "</p>")?;
    Some(Secret::from_base32(key).expect("the key is base32"))
}

/// The one phone logs in and the other does not: never both, never neither.
#[track_caller]
pub fn only(server: &Server, works: &Secret, void: &Secret) {
    only_at(server, works, void, 0);
}

/// The same on a server whose clock is so many seconds ahead.
#[track_caller]
pub fn only_at(server: &Server, works: &Secret, void: &Secret, ahead: u64) {
    settle();
    let mut other = Client::of(server);
    assert_eq!(other.log_in().location(), "/login/second-factor");
    let refused = other.enter_code(&code(void, now() + ahead));
    refused.must_say("That code is not right");
    let entered = other.enter_code(&code(works, now() + ahead));
    assert_eq!(entered.location(), "/account", "{}", entered.body);
}

#[track_caller]
fn only_refused(server: &Server, void: &Secret) {
    let mut other = Client::of(server);
    other.log_in();
    other.enter_code(&code(void, now())).must_say("That code is not right");
}

/// How many entries of the audit log are of that kind.
pub fn count(server: &Server, what: &str) -> usize {
    let log = done(server.data_dir(), &["audit"], "");
    log.matches(&format!("\"what\":\"{what}\"")).count()
}

/// The client goes on at another server on the same disk.
pub fn moved(client: &mut Client, server: &Server) {
    client.url = server.url().to_owned();
    client.origin = Some(client.url.clone());
}

/// What a server is started with whose mails say where its pages are.
pub fn options() -> ServerOptions {
    let args = ["--public-url", "https://id.example.org"].map(str::to_owned).to_vec();
    ServerOptions { letters: true, args, ..ServerOptions::default() }
}
