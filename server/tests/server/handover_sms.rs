//! A change of phone for which an SMS stood in the old one's place: it waits a day and can be cancelled
//! (row 25), under a clock that is set forward.

use std::path::Path;
use std::process::Command;
use std::thread;

use holdfast_otp::Secret;
use holdfast_testkit::{Server, ServerOptions, installed, program};

use crate::client::{Client, EMAIL, PASSWORD, code, earlier_code, now, settle};
use crate::enabling::api_key;
use crate::handover::{CANCEL, CHANGE, CONFIRM, SCAN, begin, count, moved, only, only_at, options};
use crate::operator::done;
use crate::outbox::{all_settled, letter, mailed_code, texted_code};
use crate::texting::signed_in_with_number;

const SMS: &str = "/account/two-factor/change/sms";
const NUMBER: &str = "+4915123456789";
const DAY: i64 = 86_400;

#[test]
fn row_25_with_an_sms_the_new_phone_waits_and_every_page_says_so_and_can_cancel() {
    let server = Server::start_with(options());
    let (mut ann, old) = signed_in_with_number(&server);
    let key = api_key(&mut ann);
    let new = asked_by_sms(&mut ann, &server);
    assert_eq!(ann.post(CONFIRM, &[("code", &earlier_code(&new))]).location(), "/account");
    for path in ["/account", "/account/sessions", "/account/password", "/account/two-factor/codes"]
    {
        let page = ann.get(path);
        page.must_say("A new phone takes over on").must_say("Cancel the change of phone");
    }
    let mail = letter(&server, EMAIL, "A change of phone was begun by way of an SMS");
    assert!(mail.contains("https://id.example.org/not-me/"), "{mail}");
    assert_eq!(ann.api_get("/account", &key).status, 200, "nothing has changed yet");
    let waits = ann.api_get("/account", &key).json();
    assert!(waits["two_factor"]["new_phone_at"].as_u64().is_some_and(|at| at > now() + 86_000));
    assert_eq!(ann.get(CHANGE).location(), "/account", "one at a time");
    assert_eq!(ann.get(SCAN).location(), CHANGE, "the key is not shown any more");
    let mut other = Client::of(&server);
    other.log_in();
    other.get("/login/second-factor").must_say("A new phone takes over on");
    only(&server, &old, &new);
    done(server.data_dir(), &["check"], "");

    assert_eq!(ann.post(CANCEL, &[]).location(), "/account");
    assert!(!ann.get("/account").body.contains("A new phone takes over on"));
    letter(&server, EMAIL, "The change of phone was cancelled");
    assert_eq!(count(&server, "phone_changed"), 0);
}

#[test]
fn row_25_it_takes_over_after_a_day_and_not_a_minute_before() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    let key = api_key(&mut ann);
    let new = asked_by_sms(&mut ann, &server);
    let began = now();
    ann.post(CONFIRM, &[("code", &earlier_code(&new))]);
    told(&server);
    drop(server);

    let early = DAY - 60 - i64::try_from(now() - began).expect("small");
    let server = start(early);
    moved(&mut ann, &server);
    only_at(&server, &old, &new, early.unsigned_abs());
    ann.get("/account").must_say("A new phone takes over on");
    drop(server);

    // The first log-in after it, sixty-four times at once: it happens once.
    let server = start(DAY + 1);
    let url = server.url();
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| Client::at(url).log_in());
        }
    });
    moved(&mut ann, &server);
    assert_eq!(ann.get("/account").location(), "/login", "every session has ended");
    assert_eq!(ann.api_get("/account", &key).status, 401, "and the API key is void");
    assert_eq!(count(&server, "phone_changed"), 1);
    letter(&server, EMAIL, "It was set up by way of an SMS a day ago");
    only_at(&server, &new, &old, DAY.unsigned_abs() + 1);
    done(server.data_dir(), &["check"], "");
}

#[test]
fn row_25_it_takes_over_where_nobody_comes_and_at_the_first_use_where_nothing_serves() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    ann.post(CONFIRM, &[("code", &earlier_code(&new))]);
    told(&server);
    let place = server.data_dir().to_owned();
    drop(server);
    // Nothing serves: the operator's look at the account is its next use.
    let faketime = match installed("faketime") {
        Ok(faketime) => faketime,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let shown = |clock: &str| {
        let ran = Command::new(&faketime)
            .args(["-f", clock])
            .arg(program("holdfast-server"))
            .args(["user", "show", EMAIL, "--data-dir"])
            .arg(&place)
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert!(!shown("+86000s").contains("phone_changed"));
    let copy = tempfile::tempdir().expect("a folder");
    done(&place, &["backup", copy.path().join("holdfast.db").to_str().expect("text")], "");
    std::fs::copy(place.join("server.key"), copy.path().join("server.key")).expect("the key");
    let said = shown("+86500s");
    assert!(said.contains("phone_changed"), "{said}");

    // On the copy a server does it by itself, asked for nothing.
    let data_dir = Some(copy.path().to_owned());
    let server =
        Server::start_with(ServerOptions { clock_offset: DAY + 60, data_dir, ..options() });
    for _ in 0..100 {
        if count(&server, "phone_changed") == 1 {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("nothing was done by itself: {}", server.output());
}

#[test]
fn row_23_the_sms_is_good_for_this_and_for_its_browser_only() {
    let server = Server::start_with(options());
    let (mut ann, old) = signed_in_with_number(&server);
    assert_eq!(ann.post(SMS, &[]).location(), CHANGE);
    ann.get(CHANGE).must_say("takes over after 24 hours").must_say("+49 … 89");
    let sent = texted_code(&letter(&server, NUMBER, "code to set up a new phone"));
    let mut other = Client::of(&server);
    other.log_in();
    other.enter_code(&sent).must_say("That code is not right");
    assert_eq!(other.enter_code(&code(&old, now())).location(), "/account");
    let answer = other.post(CHANGE, &[("password", PASSWORD), ("code", &sent)]);
    answer.must_say("That code is not right");
    begin(&mut ann, &sent);
    assert_eq!(ann.post(CANCEL, &[]).location(), "/account");
    let again = ann.post(CHANGE, &[("password", PASSWORD), ("code", &sent)]);
    again.must_say("That code is not right");
}

#[test]
fn row_25_without_mail_no_sms_stands_for_the_old_phone() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, _) = signed_in_with_number(&server);
    let place = server.data_dir().to_owned();
    drop(server);
    let args = ["--mail", "none"].map(str::to_owned).to_vec();
    let data_dir = Some(place);
    let server =
        Server::start_with(ServerOptions { letters: true, args, data_dir, ..Default::default() });
    moved(&mut ann, &server);
    assert!(!ann.get(CHANGE).body.contains("Send me an SMS"));
    assert_eq!(ann.post(SMS, &[]).location(), CHANGE);
    assert_eq!(count(&server, "sms_sent"), 0);
}

#[test]
fn row_25_the_day_begins_anew_where_the_mail_that_tells_of_it_has_not_left() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    let place = server.data_dir().to_owned();
    drop(server);
    let unreachable = |clock_offset| without_mail_server(&place, clock_offset);
    let server = unreachable(1);
    moved(&mut ann, &server);
    assert_eq!(ann.post(CONFIRM, &[("code", &code(&new, now() - 29))]).location(), "/account");
    drop(server);
    let server = unreachable(DAY + 60);
    moved(&mut ann, &server);
    ann.get("/account").must_say("A new phone takes over on");
    assert_eq!(count(&server, "phone_changed"), 0);
    only_at(&server, &old, &new, DAY.unsigned_abs() + 60);
    drop(server);
    // It leaves now, and from the next day on the new phone guards.
    let server = start(DAY + 3_600);
    told(&server);
    drop(server);
    let server = start(2 * DAY + 7_200);
    only_at(&server, &new, &old, 2 * DAY.unsigned_abs() + 7_200);
}

#[test]
fn row_25_the_day_begins_when_the_mail_leaves_and_not_when_it_was_written() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    let place = server.data_dir().to_owned();
    drop(server);
    let unreachable = |clock_offset| without_mail_server(&place, clock_offset);
    let server = unreachable(1);
    moved(&mut ann, &server);
    assert_eq!(ann.post(CONFIRM, &[("code", &code(&new, now() - 29))]).location(), "/account");
    drop(server);
    // Minutes before its time it has not left yet, and leaves.
    let before = ann_sees(&mut ann, &unreachable(DAY - 300));
    let server = start(DAY - 240);
    told(&server);
    assert_eq!(ann_sees(&mut ann, &server), before, "a day after that look, or a little more");
    drop(server);
    let server = start(DAY + 600);
    assert_eq!(count(&server, "phone_changed"), 0);
    only_at(&server, &old, &new, DAY.unsigned_abs() + 600);
}

#[test]
fn row_25_a_mail_that_left_late_gives_its_owner_the_day_all_the_same() {
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    assert_eq!(ann.post(CONFIRM, &[("code", &earlier_code(&new))]).location(), "/account");
    told(&server);
    let place = server.data_dir().to_owned();
    drop(server);
    // As where the host slept for most of the day, and sent it when it woke.
    let late = 23 * 3_600;
    let db = rusqlite::Connection::open(place.join("holdfast.db")).expect("the database");
    db.execute("UPDATE outbox SET due = due + ?1", [late]).expect("it is written");
    drop(db);
    let server = start(DAY + 60);
    moved(&mut ann, &server);
    ann.get("/account").must_say("A new phone takes over on");
    assert_eq!(count(&server, "phone_changed"), 0);
    only_at(&server, &old, &new, DAY.unsigned_abs() + 60);
    drop(server);
    let server = start(DAY + late + 600);
    only_at(&server, &new, &old, (DAY + late).unsigned_abs() + 600);
}

#[test]
fn row_25_a_mail_that_one_of_the_addresses_did_not_take_ends_the_change() {
    const NEW: &str = "thief@example.org";
    let start = Server::on_one_disk_with(options());
    let server = start(0);
    let (mut ann, old) = signed_in_with_number(&server);
    ann.post("/account/email", &[("password", PASSWORD), ("email", NEW)]);
    let mailed = mailed_code(&letter(&server, NEW, "use this address"));
    assert_eq!(ann.post("/account/email/code", &[("code", &mailed)]).status, 303);
    let new = asked_by_sms(&mut ann, &server);
    assert_eq!(ann.post(CONFIRM, &[("code", &earlier_code(&new))]).location(), "/account");
    letter(&server, NEW, "A change of phone was begun");
    told(&server);
    let place = server.data_dir().to_owned();
    drop(server);
    // One mailbox is full, or refuses: whoever changed the address has the other one.
    let db = rusqlite::Connection::open(place.join("holdfast.db")).expect("the database");
    let told = "UPDATE outbox SET progress = 'refused'
        WHERE id = (SELECT substr(new_letter, -16) FROM accounts)";
    assert_eq!(db.execute(told, []).expect("it is written"), 1);
    drop(db);
    let server = start(DAY + 60);
    moved(&mut ann, &server);
    assert!(!ann.get("/account").body.contains("A new phone takes over on"));
    assert_eq!(count(&server, "phone_changed"), 0);
    assert_eq!(count(&server, "phone_change_cancelled"), 1);
    let mut other = Client::at(server.url());
    other.post("/login", &[("email", NEW), ("password", PASSWORD)]);
    let later = now() + DAY.unsigned_abs() + 60;
    assert_eq!(other.enter_code(&code(&old, later)).location(), "/account");
}

/// A server on that place whose mail goes nowhere.
fn without_mail_server(place: &Path, clock_offset: i64) -> Server {
    let args = ["--mail", "smtp://127.0.0.1:9", "--mail-from", "id@example.org"];
    let args = args.map(str::to_owned).to_vec();
    let data_dir = Some(place.to_owned());
    let options =
        ServerOptions { letters: true, args, data_dir, clock_offset, ..ServerOptions::default() };
    Server::start_with(options)
}

/// When the new phone takes over, as every page says it once the server has looked.
fn ann_sees(ann: &mut Client, server: &Server) -> String {
    moved(ann, server);
    thread::sleep(std::time::Duration::from_secs(3));
    let page = ann.get("/account");
    page.between("A new phone takes over on ", ".").expect("it waits").to_owned()
}

#[test]
fn row_25_a_new_password_and_switching_off_end_a_change_that_waits() {
    let server = Server::start_with(options());
    let (mut ann, _) = signed_in_with_number(&server);
    let new = asked_by_sms(&mut ann, &server);
    ann.post(CONFIRM, &[("code", &earlier_code(&new))]);
    let next = "a lantern under the pier";
    let changed =
        ann.submit("/account/password", &[("password", PASSWORD), ("new_password", next)]);
    changed.must_say("Your password is changed");
    assert!(!ann.get("/account").body.contains("A new phone takes over on"));
    assert_eq!(count(&server, "phone_change_cancelled"), 1);
}

/// Waits until the mail that tells of a new phone has left, which is written down right after.
fn told(server: &Server) {
    letter(server, EMAIL, "A change of phone was begun");
    all_settled(server);
}

/// As far as the new phone's barcode, with a code by SMS.
pub fn asked_by_sms(ann: &mut Client, server: &Server) -> Secret {
    settle();
    assert_eq!(ann.post(SMS, &[]).location(), CHANGE);
    let sent = texted_code(&letter(server, NUMBER, "code to set up a new phone"));
    begin(ann, &sent)
}
