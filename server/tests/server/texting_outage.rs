//! What becomes of SMS while the gateway cannot be reached (rows 24 and 26).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD};
use crate::mailing::registered;
use crate::texting::{shows, shows_at};

const PHONE: &str = "/account/two-factor/phone";
const PHONE_CODE: &str = "/account/two-factor/phone/code";
const QUESTION: &str = "/login/second-factor";
const NUMBER: &str = "+4915123456789";
const OTHER: &str = "+4915198765432";
/// Longer than a letter waits for its second try.
const SECOND_TRY: Duration = Duration::from_secs(13);

/// A gateway that can be switched off and writes down what it lets through.
struct Gateway {
    folder: tempfile::TempDir,
}

impl Gateway {
    fn start() -> (Gateway, Server) {
        let gateway = Gateway { folder: tempfile::tempdir().expect("a folder") };
        let (program, at) = (gateway.path("send"), gateway.folder.path().display().to_string());
        let script = format!("#!/bin/sh\n[ -e {at}/up ] && cat >> {at}/through\n");
        fs::write(&program, script).expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("its mode");
        let args = vec!["--sms".to_owned(), program.display().to_string()];
        let server =
            Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
        (gateway, server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn is_up(&self, up: bool) {
        let sign = self.path("up");
        let done = if up { fs::write(sign, "") } else { fs::remove_file(sign) };
        done.expect("a sign");
    }

    /// To whom which codes went, in order.
    fn through(&self) -> Vec<(String, String)> {
        let lines = fs::read_to_string(self.path("through")).unwrap_or_default();
        let read = |line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text = |name: &str| line[name].as_str().expect("text").to_owned();
            let code = text("text").split(' ').next().expect("a code").to_owned();
            (text("to"), code)
        };
        lines.lines().map(read).collect()
    }

    #[track_caller]
    fn lets_through(&self, count: usize) -> Vec<(String, String)> {
        let began = Instant::now();
        while self.through().len() < count {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", self.through());
            thread::sleep(Duration::from_millis(100));
        }
        thread::sleep(SECOND_TRY);
        self.through()
    }
}

#[test]
fn row_24_a_code_that_was_replaced_before_it_left_does_not_leave() {
    let (gateway, server) = Gateway::start();
    let mut ann = registered(&server);
    ann.enable();
    ann.post(PHONE, &[("password", PASSWORD), ("number", OTHER)]);
    shows(&mut ann, "The SMS gateway cannot be reached now");
    // The mails of this server are files; its SMS are not.
    let page = ann.get(PHONE_CODE);
    assert!(
        !page.body.contains("being tried out") && !page.body.contains("was sent"),
        "{}",
        page.body
    );
    gateway.is_up(true);
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    let through = gateway.lets_through(1);
    let [(to, code)] = &through[..] else { panic!("{through:?}") };
    assert_eq!(to, NUMBER);
    assert_eq!(ann.post(PHONE_CODE, &[("code", code)]).location(), PHONE);
}

#[test]
fn row_24_asking_again_in_an_outage_uses_up_nothing_and_sends_one_sms() {
    let (gateway, server) = Gateway::start();
    let mut ann = registered(&server);
    ann.enable();
    gateway.is_up(true);
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    let set_up = gateway.lets_through(1).remove(0).1;
    assert_eq!(ann.post(PHONE_CODE, &[("code", &set_up)]).location(), PHONE);

    gateway.is_up(false);
    let mut phoneless = Client::of(&server);
    assert_eq!(phoneless.log_in().location(), QUESTION);
    // More often than there are SMS for a day.
    for _ in 0..15 {
        assert_eq!(phoneless.post("/login/second-factor/sms", &[]).location(), QUESTION);
        shows_at(&mut phoneless, QUESTION, "The SMS gateway cannot be reached now");
    }
    gateway.is_up(true);
    let through = gateway.lets_through(2);
    assert_eq!(through.len(), 2, "{through:?}");
    let other = if through[1].1 == "000000" { "000001" } else { "000000" };
    phoneless.post(QUESTION, &[("code", other)]).must_say("Enter the code from the newest SMS");
    phoneless.enter_code(&through[1].1);
    assert!(phoneless.is_signed_in(), "{EMAIL} is in");
}
