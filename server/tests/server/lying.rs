//! An SMS gateway that lies: what it answers is believed only where it is what a Kannel says, what it
//! repeats is not written down, and nobody else speaks for it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use std::{fs, thread};

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD};
use crate::operator::done;
use crate::texting::shows;

const PHONE: &str = "/account/two-factor/phone";
const PHONE_CODE: &str = "/account/two-factor/phone/code";
const SECRET: &str = "kelp-and-tide";

/// Listens as a Kannel does, and answers each request with what the liar makes of it.
struct Liar {
    url: String,
    asked: Receiver<String>,
}

impl Liar {
    fn start(lie: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Liar {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/sendsms", listener.local_addr().expect("its address"));
        let (tell, asked): (Sender<String>, _) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut head = vec![0; 8192];
                let length = stream.read(&mut head).unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                lie(&head, &mut stream);
                if tell.send(head).is_err() {
                    return;
                }
            }
        });
        Liar { url, asked }
    }

    /// A server whose SMS go through it, and a person who has just asked for a set-up code.
    fn serve(&self) -> (Server, Client, tempfile::TempDir) {
        let home = tempfile::tempdir().expect("a folder");
        let password = home.path().join("password");
        fs::write(&password, SECRET).expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&password, mode).expect("its mode");
        let args = ["--sms", &self.url, "--sms-user", "holdfast", "--sms-password-file"];
        let args = args.map(str::to_owned).into_iter();
        let args = args.chain([password.display().to_string(), "--sms-report-url".to_owned()]);
        let args = args.chain(["http://127.0.0.1:1".to_owned()]).collect();
        let server =
            Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
        done(server.data_dir(), &["user", "add", EMAIL], PASSWORD);
        let mut ann = Client::of(&server);
        assert_eq!(ann.log_in().location(), "/account");
        ann.enable();
        let form = [("password", PASSWORD), ("number", "+4915123456789")];
        assert_eq!(ann.post(PHONE, &form).location(), PHONE_CODE);
        (server, ann, home)
    }

    /// What it was asked, with the signs of an address undone.
    #[track_caller]
    fn request(&self) -> String {
        let asked = self.asked.recv_timeout(Duration::from_secs(30)).expect("it is asked");
        let line = asked.lines().next().unwrap_or_default();
        let mut plain = String::new();
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                plain.push(c);
                continue;
            }
            let code: String = rest.by_ref().take(2).collect();
            plain.push(u8::from_str_radix(&code, 16).map_or('?', char::from));
        }
        plain
    }
}

/// Answers with a whole response.
fn says(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
}

#[test]
fn row_26_and_33_a_refusal_that_repeats_everything_is_shown_and_none_of_it_is_written_down() {
    let liar = Liar::start(|asked, stream| {
        says(stream, "403 Forbidden", &format!("no: {asked}\r\nERROR a line of its own"));
    });
    let (server, mut ann, _home) = liar.serve();
    let asked = liar.request();
    shows(&mut ann, "The SMS could not be delivered");
    ann.get(PHONE_CODE).must_say("skip this");
    let sent = asked.split("text=").nth(1).and_then(|text| text.get(..6)).expect("a code");
    assert!(sent.bytes().all(|digit| digit.is_ascii_digit()), "{asked}");
    let log = server.output();
    assert!(log.contains("a letter was refused") && log.contains("403: no: GET"), "{log}");
    for secret in [sent, SECRET, "4915123456789"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    assert!(
        !log.lines().any(|line| line.starts_with("ERROR")),
        "it writes lines of the log: {log}"
    );
    // The code was made and never sent: it is good for whoever has it, and the liar has.
    assert_eq!(ann.post(PHONE_CODE, &[("code", sent)]).location(), PHONE);
}

#[test]
fn row_26_a_success_that_says_nothing_of_an_sms_is_taken_as_none_and_no_redirect_is_followed() {
    let trap = TcpListener::bind("127.0.0.1:0").expect("a port");
    trap.set_nonblocking(true).expect("it does not wait");
    let there = trap.local_addr().expect("its address");
    let (tell, lies) = channel::<String>();
    let liar = Liar::start(move |_, stream| {
        let lie = lies.try_recv().unwrap_or_default();
        let _ = stream.write_all(lie.as_bytes());
    });
    for lie in [
        "HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n<html>Log in</html>\r\n".to_owned(),
        format!("HTTP/1.1 302 Found\r\nlocation: http://{there}/\r\ncontent-length: 0\r\n\r\n"),
        "HTTP/1.1 202 Accepted\r\ncontent-length: 26\r\n\r\n0: Accepted for delivery\r\n"
            .to_owned(),
    ] {
        tell.send(lie).expect("it listens");
    }
    let (server, mut ann, _home) = liar.serve();
    shows(&mut ann, "The SMS gateway cannot be reached now");
    // Each try is after a longer pause: ten seconds, then twenty.
    shows(&mut ann, "The SMS is on its way");
    let asked: Vec<String> = (0..3).map(|_| liar.request()).collect();
    let id = |line: &str| line.split("letter=").nth(1).map(|rest| rest[..32].to_owned());
    assert!(asked.iter().all(|line| id(line) == id(&asked[0])), "one letter: {asked:#?}");
    assert!(trap.accept().is_err(), "a redirect was followed, with all that the address says");
    let log = server.output();
    assert!(log.contains("200: <html>") && log.contains("302: "), "{log}");
}

#[test]
fn row_26_an_answer_without_end_is_given_up_and_keeps_nobody_waiting() {
    let liar = Liar::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\n\r\n0: Accepted for delivery ");
        let endless = [b'x'; 65_536];
        while stream.write_all(&endless).is_ok() {}
    });
    let (server, mut ann, _home) = liar.serve();
    shows(&mut ann, "The SMS gateway cannot be reached now");
    assert!(server.output().lines().all(|line| line.len() < 1000), "it fills no log");
}

#[test]
fn row_26_a_report_counts_only_with_the_word_of_its_letter() {
    let liar = Liar::start(|_, stream| says(stream, "202 Accepted", "0: Accepted for delivery"));
    let (server, mut ann, _home) = liar.serve();
    let asked = liar.request();
    shows(&mut ann, "The SMS is on its way");
    let part = |name: &str| {
        let rest = asked.split(&format!("{name}=")).nth(1).expect("it is named");
        rest.split(['&', ' ']).next().expect("a value").to_owned()
    };
    let (id, proof) = (part("letter"), part("proof"));
    let other: String = id.chars().rev().collect();
    let word: String = proof.chars().rev().collect();
    let mut gateway = Client::of(&server);
    let mut reports = |query: &str| gateway.get(&format!("/gateway/kannel?{query}")).status;
    for (forged, status) in [
        (format!("letter={id}&proof={word}&status=1"), 404),
        (format!("letter={id}&proof=&status=1"), 404),
        (format!("letter={other}&proof={proof}&status=1"), 404),
        (format!("letter={id}00&proof={proof}&status=1"), 404),
        (format!("letter={id}&status=1"), 400),
        (format!("letter={id}&proof={proof}&status=1&status=2"), 400),
        (format!("letter={id}&proof={proof}&status=99"), 204),
        (format!("letter={id}&proof={proof}&status=1%27"), 204),
    ] {
        assert_eq!(reports(&forged), status, "{forged}");
        ann.get(PHONE_CODE).must_say("The SMS is on its way");
    }
    let right = |status: u8| format!("letter={id}&proof={proof}&status={status}");
    assert_eq!(reports(&right(4)), 204);
    shows(&mut ann, "later");
    assert_eq!(reports(&right(1)), 204);
    shows(&mut ann, "The SMS has arrived");
    // What has arrived has arrived, whatever comes after it.
    for late in [2, 16, 8, 4] {
        assert_eq!(reports(&right(late)), 204);
        ann.get(PHONE_CODE).must_say("The SMS has arrived");
    }
}
