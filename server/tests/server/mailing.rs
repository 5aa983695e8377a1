//! Mail: what people are told (E6, row 36), addresses proved, passwords reset (L1, row 28), and the
//! outbox between server and mail server (row 26).

use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use holdfast_testkit::{Process, Server, ServerOptions, python};

use crate::client::{Answer, Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::operator::done;
use crate::outbox::{letter, letters, mailed_code, server};
use crate::services::KEY;
use crate::texting::shows_at;

const NEXT: &str = "a lantern under the pier";
const DISABLE: &str = "/account/two-factor/disable";
const SSH_KEYS: &str = "/account/ssh-keys";

#[test]
fn e6_row_36_every_change_of_a_factor_is_told_with_when_and_from_where() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    let page = ann.get("/account/done");
    page.must_say("<strong>On</strong> since ").must_say(" UTC, switched on from 127.0.0.1");
    let told = letter(&server, EMAIL, "Two-factor authentication was switched on.");
    for part in ["When: ", " UTC\n", "From: 127.0.0.1, Chromium on Linux", "If it was not"] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    let codes = ann.recovery_codes();
    let mut other = Client::of(&server);
    other.log_in();
    other.enter_code(&codes[0]);
    letter(&server, EMAIL, "A recovery code was used to log in. 9 of 10 are left.");
    ann.post("/account/two-factor/codes/new", &[("password", PASSWORD)]);
    letter(&server, EMAIL, "New recovery codes were made.");
    ann.submit("/account/password", &[("password", PASSWORD), ("new_password", NEXT)]);
    letter(&server, EMAIL, "Your password was changed.");
    let page = ann.submit(DISABLE, &[("password", NEXT)]);
    page.must_say("<strong>Off</strong> since ").must_say(" UTC, switched off from 127.0.0.1");
    letter(&server, EMAIL, "Two-factor authentication was switched off.");
}

#[test]
fn row_36_new_and_removed_keys_are_told() {
    let server = server();
    let mut ann = registered(&server);
    ann.submit("/account/api-key", &[("password", PASSWORD)]).must_say("id=\"new-api-key\"");
    let told = letter(&server, EMAIL, "A new API key was made for your account.");
    assert!(told.contains("From: 127.0.0.1, Chromium on Linux") && !told.contains("hf_api_"));
    let form = [("key", KEY), ("name", "laptop"), ("password", PASSWORD), ("code", "")];
    assert_eq!(ann.post(SSH_KEYS, &form).location(), SSH_KEYS);
    let page = ann.get(SSH_KEYS);
    let fingerprint = page.between("SHA256:", "<").expect("its fingerprint").to_owned();
    let told = letter(&server, EMAIL, "A key for SSH was added to your account.");
    assert!(told.contains(&format!("SHA256:{fingerprint}.")), "{told}");
    let id = page.between("name=\"id\" value=\"", "\"").expect("its name").to_owned();
    ann.post(&format!("{SSH_KEYS}/remove"), &[("id", &id)]);
    let told = letter(&server, EMAIL, "A key for SSH was removed from your account.");
    assert!(told.contains(&format!("SHA256:{fingerprint}.")), "{told}");
}

#[test]
fn l3_row_36_the_operators_reset_is_told() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    done(server.data_dir(), &["2fa", "reset", EMAIL, "--verified", "came with her passport"], "");
    let told = letter(&server, EMAIL, "switched off by whoever runs this service");
    assert!(told.contains("From: the server's host, whoever runs this service"), "{told}");
    assert!(!told.contains("passport"), "how it was verified is the log's");
}

#[test]
fn l3_the_operators_reset_and_every_page_bear_the_services_own_name() {
    let args = ["--issuer", "Kelp & Tide", "--public-url", "https://id.example.org/"];
    let args = args.map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
    let mut ann = registered(&server);
    ann.enable();
    let codes = ann.get("/account/two-factor/codes.txt");
    assert!(codes.header("content-disposition").is_some_and(|name| name.contains("kelp-tide-")));
    let mut stranger = Client::of(&server);
    let hers = ["/account", "/account/two-factor/codes"].map(|path| (path, ann.get(path)));
    let all = ["/login", "/register", "/no/such/page"].map(|path| (path, stranger.get(path)));
    for (path, page) in hers.into_iter().chain(all) {
        page.must_say(" · Kelp &#38; Tide</title>");
        page.must_say("<a class=\"name\" href=\"/account\">Kelp &#38; Tide</a>");
        assert!(!page.body.contains("Holdfast"), "{path} names the program: {}", page.body);
    }
    done(server.data_dir(), &["2fa", "reset", EMAIL, "--verified", "came with her passport"], "");
    let told = letter(&server, EMAIL, "switched off by whoever runs this service");
    assert!(told.contains("Account: ann@example.org at Kelp & Tide\n"), "{told}");
    assert!(told.contains("Subject: Kelp & Tide: Two-factor authentication was"), "{told}");
    assert!(told.contains("log in at https://id.example.org/account"), "{told}");
    for letter in letters(&server.data_dir().join("outbox")) {
        assert!(!letter.contains("Holdfast"), "a mail names the program: {letter}");
    }
}

#[test]
fn row_36_a_right_password_followed_by_wrong_codes_is_told() {
    let server = server();
    let mut ann = registered(&server);
    let secret = ann.enable();
    let mut other = Client::of(&server);
    other.log_in();
    for _ in 0..3 {
        assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 422);
    }
    let told = letter(&server, EMAIL, "your right password and then wrong codes");
    assert!(told.contains("From: 127.0.0.1"), "{told}");
}

#[test]
fn letters_of_a_server_being_tried_out_are_files_for_their_owner_only_and_the_page_says_so() {
    let server = server();
    let mut ann = Client::of(&server);
    let answer = ann.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
    assert_eq!(answer.location(), "/register/code", "{}", answer.body);
    let folder = server.data_dir().join("outbox");
    ann.get("/register/code").must_say("being tried out").must_say(&folder.display().to_string());
    letter(&server, EMAIL, "make your account");
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("it").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).expect("a folder") {
        assert_eq!(mode(&file.expect("a file").path()), 0o600);
    }
}

#[test]
fn an_account_is_made_when_the_code_of_its_mail_is_typed_and_not_before() {
    let server = server();
    let mut ann = Client::of(&server);
    let form = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(ann.post("/register", &form).location(), "/register/code");
    assert_eq!(Client::of(&server).log_in().status, 401, "there is no account yet");
    let code = mailed_code(&letter(&server, EMAIL, "make your account"));
    let mut stranger = Client::of(&server);
    stranger.post("/register/code", &[("code", &code)]).must_say("not good any more");
    ann.post("/register/code", &[("code", "AAAA-AAAA")]).must_say("That code is not right");
    let typed = code.to_lowercase().replace('-', " ");
    assert_eq!(ann.post("/register/code", &[("code", &typed)]).location(), "/account");
    assert!(ann.is_signed_in());
    ann.post("/register/code", &[("code", &code)]).must_say("not good any more");
    assert_eq!(Client::of(&server).log_in().location(), "/account");
}

#[test]
fn five_tries_at_a_mailed_code_and_no_more() {
    let server = server();
    let mut ann = Client::of(&server);
    ann.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
    let code = mailed_code(&letter(&server, EMAIL, "make your account"));
    for _ in 0..5 {
        ann.post("/register/code", &[("code", "AAAA-AAAA")]).must_say("That code is not right");
    }
    ann.post("/register/code", &[("code", &code)]).must_say("not good any more");
}

#[test]
fn row_34_registering_tells_nobody_who_has_an_account() {
    let server = server();
    registered(&server);
    let mut eve = Client::of(&server);
    let mut ask = |email: &str| {
        let form = [("email", email), ("password", NEXT)];
        let answer = eve.post("/register", &form);
        let page = eve.get("/register/code");
        (answer.status, answer.location().to_owned(), page.status, page.body.replace(email, "…"))
    };
    assert_eq!(ask(EMAIL), ask("nobody@example.org"));
    letter(&server, EMAIL, "There is one already");
    letter(&server, "nobody@example.org", "make your account");
    assert_eq!(Client::of(&server).log_in().location(), "/account", "her password is as it was");
}

#[test]
fn l1_row_28_a_reset_changes_the_password_and_nothing_else_and_signs_nobody_in() {
    let server = server();
    let mut ann = registered(&server);
    let secret = ann.enable();
    let codes = ann.recovery_codes();
    let mut lost = Client::of(&server);
    lost.get("/login").must_say("Forgotten your password?");
    lost.get("/reset").must_say("does not switch two-factor authentication off");
    assert_eq!(lost.post("/reset", &[("email", EMAIL)]).location(), "/reset/code");
    let mailed = mailed_code(&letter(&server, EMAIL, "choose a new password"));
    let try_it = |client: &mut Client, code: &str, new: &str| -> Answer {
        client.post("/reset/code", &[("code", code), ("new_password", new)])
    };
    try_it(&mut lost, "AAAA-AAAA", NEXT).must_say("That code is not right");
    try_it(&mut lost, &mailed, "password1").must_say("easy to guess");
    try_it(&mut Client::of(&server), &mailed, NEXT).must_say("not good any more");
    let done = try_it(&mut lost, &mailed, NEXT);
    done.must_say("Your password is changed").must_say("Two-factor authentication is as it was");
    assert!(!lost.is_signed_in(), "nobody is signed in by a reset");
    assert!(!ann.is_signed_in(), "every session ends");
    try_it(&mut lost, &mailed, "another one entirely").must_say("not good any more");
    letter(&server, EMAIL, "Your password was reset by e-mail.");

    assert_eq!(lost.log_in().status, 401, "the old one is gone");
    let form = [("email", EMAIL), ("password", NEXT)];
    assert_eq!(lost.post("/login", &form).location(), "/login/second-factor", "2FA is on");
    settle();
    assert_eq!(lost.enter_code(&code(&secret, now())).location(), "/account");
    // The copy of the codes was sealed under the old password; the codes themselves are good.
    let page = lost.post("/account/two-factor/codes", &[("password", NEXT)]);
    page.must_say("cannot be shown any more").must_say("are good as before");
    let mut other = Client::of(&server);
    other.post("/login", &form);
    assert_eq!(other.enter_code(&codes[0]).location(), "/account/done");
}

#[test]
fn row_34_a_reset_tells_nobody_who_has_an_account() {
    let server = server();
    registered(&server);
    let mut eve = Client::of(&server);
    let mut ask = |email: &str| {
        let answer = eve.post("/reset", &[("email", email)]);
        let page = eve.get("/reset/code");
        (answer.status, answer.location().to_owned(), page.body.replace(email, "…"))
    };
    assert_eq!(ask(EMAIL), ask("nobody@example.org"));
    letter(&server, EMAIL, "choose a new password");
    let form = [("code", "AAAA-AAAA"), ("new_password", NEXT)];
    eve.post("/reset/code", &form).must_say("That code is not right");
    let all = letters(&server.data_dir().join("outbox"));
    assert!(!all.iter().any(|one| one.contains("nobody@example.org")), "{all:#?}");
}

#[test]
fn row_18_the_address_is_changed_with_the_password_and_a_code_sent_to_the_new_one() {
    let server = server();
    let mut ann = registered(&server);
    let new = "ann@new.example.org";
    let ask = [("password", PASSWORD), ("email", new)];
    let wrong = [("password", "not the password"), ("email", new)];
    ann.post("/account/email", &wrong).must_say("That password is not right");
    assert_eq!(ann.post("/account/email", &ask).location(), "/account/email/code");
    let mailed = mailed_code(&letter(&server, new, "use this address"));
    ann.get("/account").must_say(EMAIL);
    ann.post("/account/email/code", &[("code", "AAAA-AAAA")]).must_say("That code is not right");
    assert_eq!(ann.post("/account/email/code", &[("code", &mailed)]).location(), "/account");
    ann.get("/account").must_say(new);
    for address in [EMAIL, new] {
        letter(&server, address, "The e-mail address of your account was changed.");
    }
    let form = [("email", new), ("password", PASSWORD)];
    assert_eq!(Client::of(&server).post("/login", &form).location(), "/account");
    assert_eq!(Client::of(&server).log_in().status, 401);
}

#[test]
fn row_18_the_account_is_deleted_with_the_password_and_nothing_of_it_stays() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    let token = ann.get("/account").status;
    assert_eq!(token, 200);
    let path = "/account/delete";
    ann.post(path, &[("password", "not the password")]).must_say("That password is not right");
    assert!(ann.is_signed_in());
    ann.post(path, &[("password", PASSWORD)]).must_say("Your account is deleted");
    assert!(!ann.is_signed_in());
    assert_eq!(Client::of(&server).log_in().status, 401);
    letter(&server, EMAIL, "Your account was deleted.");
    let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("it");
    for table in ["accounts", "sessions", "recovery"] {
        let count: i64 = db
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .expect("a count");
        assert_eq!(count, 0, "{table}");
    }
}

#[test]
fn without_mail_nothing_that_needs_it_is_offered() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    assert!(!ann.get("/account").body.contains("/account/email"));
    assert_eq!(ann.get("/account/email").status, 404);
    let mut other = Client::of(&server);
    assert!(!other.get("/login").body.contains("/reset"));
    assert_eq!(other.get("/reset").status, 404);
    assert_eq!(other.post("/reset", &[("email", EMAIL)]).status, 404);
    ann.enable();
    assert!(!server.data_dir().join("outbox").exists(), "and nothing is written");
}

#[test]
fn row_26_mail_goes_through_a_mail_server_which_may_be_down_for_a_while() {
    let Some(mut smtp) = Smtp::start(0) else { return };
    let port = smtp.port;
    let args = ["--mail", &format!("smtp://127.0.0.1:{port}"), "--mail-from", "id@example.org"];
    let args = args.map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
    let mut ann = Client::of(&server);
    assert_eq!(
        ann.post("/register", &[("email", EMAIL), ("password", PASSWORD)]).location(),
        "/register/code"
    );
    let mail = smtp.mail();
    assert!(mail.contains("To: ann@example.org"), "{mail}");
    assert!(mail.contains("From: Holdfast <id@example.org>"), "{mail}");
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    let code = mail.split("\n\n").nth(1).and_then(|text| text.lines().next()).expect("a code");
    assert_eq!(ann.post("/register/code", &[("code", code)]).location(), "/account");

    // Down: the step is done all the same, and its mail is kept, sealed, until the server is back.
    drop(smtp);
    let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("it");
    let first: Vec<u8> =
        db.query_row("SELECT id FROM outbox", [], |row| row.get(0)).expect("the code's letter");
    ann.enable();
    // By name, not by its second: both letters may well be of the same one.
    let row = || -> (String, Option<Vec<u8>>) {
        db.query_row("SELECT progress, body FROM outbox WHERE id <> ?1", [&first], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("a letter")
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while row().0 != "down" {
        assert!(Instant::now() < deadline, "{:?}", row().0);
        thread::sleep(Duration::from_millis(100));
    }
    let sealed = row().1.expect("it is kept");
    let readable = |what: &[u8]| sealed.windows(what.len()).any(|part| part == what);
    assert!(!readable(EMAIL.as_bytes()) && !readable(b"switched on"), "it is sealed");
    let mut smtp = Smtp::start(port).expect("it started before");
    let mail = smtp.mail();
    assert!(mail.contains("switched on"), "{mail}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while row() != ("sent".to_owned(), None) {
        assert!(Instant::now() < deadline, "{:?}", row().0);
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn row_26_the_page_says_that_the_mail_with_its_code_does_not_arrive() {
    let Some(smtp) = Smtp::start(0) else { return };
    let args =
        ["--mail", &format!("smtp://127.0.0.1:{}", smtp.port), "--mail-from", "id@example.org"];
    let args = args.map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
    let mut ann = Client::of(&server);
    let register = |ann: &mut Client, email| {
        let answer = ann.post("/register", &[("email", email), ("password", PASSWORD)]);
        assert_eq!(answer.location(), "/register/code", "{}", answer.body);
    };
    register(&mut ann, "nobody@example.org");
    let says = "The mail to <strong>nobody@example.org</strong> could not be delivered.";
    shows_at(&mut ann, "/register/code", says);
    assert!(!ann.get("/register/code").body.contains("on its way"));
    register(&mut ann, EMAIL);
    shows_at(
        &mut ann,
        "/register/code",
        "A mail is on its way to <strong>ann@example.org</strong>.",
    );
    drop(smtp);
    register(&mut ann, "bob@example.org");
    shows_at(
        &mut ann,
        "/register/code",
        "The mail server cannot be reached now; it is tried again.",
    );
}

/// A real mail server of another make, which prints what it is given.
struct Smtp {
    process: Process,
    port: u16,
}

const SMTP: &str = "
import asyncio, sys
from aiosmtpd.controller import Controller

class Printer:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody@'):
            return '550 there is no such person here'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        for line in envelope.content.decode('utf8').splitlines():
            print('|' + line, flush=True)
        print('|.', flush=True)
        return '250 OK'

controller = Controller(Printer(), hostname='127.0.0.1', port=int(sys.argv[1]))
controller.start()
print('port', controller.server.sockets[0].getsockname()[1], flush=True)
asyncio.new_event_loop().run_forever()
";

impl Smtp {
    fn start(port: u16) -> Option<Smtp> {
        let python = match python() {
            Ok(python) => python,
            Err(sentence) => {
                println!("skipped: {sentence}");
                return None;
            }
        };
        let port = if port == 0 { free_port() } else { port };
        let mut command = Command::new(python);
        command.args(["-c", SMTP, &port.to_string()]);
        let mut process = Process::start(command);
        let port = process.wait_for(Duration::from_secs(30), |line| {
            line.strip_prefix("port ").and_then(|port| port.trim().parse().ok())
        });
        Some(Smtp { process, port })
    }

    /// The next mail, as it came.
    fn mail(&mut self) -> String {
        let mail = RefCell::new(String::new());
        self.process.wait_for(Duration::from_secs(60), |line| {
            let line = line.strip_prefix('|')?;
            mail.borrow_mut().push_str(line);
            mail.borrow_mut().push('\n');
            (line == ".").then_some(())
        });
        mail.into_inner()
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// A new account, signed in, by the code of its mail.
#[track_caller]
pub fn registered(server: &Server) -> Client {
    let mut client = Client::of(server);
    let answer = client.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
    assert_eq!(answer.location(), "/register/code", "{}", answer.body);
    let code = mailed_code(&letter(server, EMAIL, "make your account"));
    assert_eq!(client.post("/register/code", &[("code", &code)]).location(), "/account");
    client
}
