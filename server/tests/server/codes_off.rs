//! Codes that are switched off after too many wrong ones (row 11): it is told, and nothing is offered that
//! cannot work (L2, row 36).

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, code, earlier_code, now, settle, wrong_code};
use crate::handover::{CHANGE, CONFIRM, begin, moved};
use crate::outbox::{letter, letters};
use crate::texting::signed_in_with_number;

const DAY: u64 = 86_400;

#[test]
fn row_11_and_36_codes_that_are_switched_off_are_told_and_no_sms_is_offered_that_cannot_log_in() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    let (mut ann, secret) = signed_in_with_number(&server);
    let codes = ann.recovery_codes();
    let token = {
        let mut other = Client::of(&server);
        let challenge = other.api_open().json()["challenge"].as_str().expect("one").to_owned();
        settle();
        let opened = other.api_code(&challenge, &code(&secret, now()));
        opened.json()["token"].as_str().expect("a token").to_owned()
    };
    let place = server.data_dir().to_owned();
    drop(server);
    // Forty-nine wrong ones in a row, some hours ago.
    let db = rusqlite::Connection::open(place.join("holdfast.db")).expect("the database");
    let long_ago = now() - 4 * 3600;
    let state = format!("49 {long_ago} {}:49", long_ago / DAY);
    db.execute("UPDATE accounts SET tf_throttle = ?1", [state]).expect("written");
    drop(db);

    let server = start(0);
    moved(&mut ann, &server);
    let mut other = Client::of(&server);
    other.log_in();
    other.get("/login/second-factor").must_say("Send me an SMS");
    other.enter_code(&wrong_code(&secret, now())).must_say("not right");
    let mail = letter(&server, EMAIL, "Codes are switched off after too many wrong ones");
    assert!(mail.contains("Log in with a recovery code and change the phone"), "{mail}");
    let page = other.get("/login/second-factor");
    page.must_say("Codes are switched off").must_say("Enter a recovery code");
    assert!(!page.body.contains("Send me an SMS"));
    assert!(!other.get("/login/lost").body.contains("Send me an SMS"));
    let sent = letters(&server.data_dir().join("outbox")).len();
    assert_eq!(other.post("/login/second-factor/sms", &[]).status, 429);
    assert_eq!(letters(&server.data_dir().join("outbox")).len(), sent, "none is sent");
    ann.get("/account").must_say("Codes are switched off").must_say("Change phone");
    assert_eq!(ann.api_get("/account", &token).json()["two_factor"]["codes_off"], true);

    assert_eq!(other.enter_code(&codes[0]).location(), "/account/done");
    let page = other.get("/account/done");
    page.must_say("Codes are switched off");
    assert!(!page.body.contains("everything can stay as it is"));
    other.get(CHANGE).must_say("Codes are switched off").must_say(">Recovery code</label>");
    assert!(!other.get(CHANGE).body.contains("Send me an SMS"));
    let new = begin(&mut other, &codes[1]);
    other.submit(CONFIRM, &[("code", &earlier_code(&new))]).must_say("Your new phone is in use");
    assert!(!other.get("/account").body.contains("Codes are switched off"));
    let mut third = Client::of(&server);
    third.log_in();
    third.get("/login/second-factor").must_say("Send me an SMS");
    assert_eq!(third.enter_code(&code(&new, now())).location(), "/account");
}
