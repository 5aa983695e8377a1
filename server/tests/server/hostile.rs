//! Malformed, huge and slow requests: an answer or a closed line, and others are served on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use holdfast_testkit::Server;

use crate::client::Client;

#[test]
fn malformed_requests_are_answered_and_quote_nothing() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    for (path, form) in [
        ("/login", &[("email", "x")][..]),
        ("/login", &[][..]),
        ("/register", &[("password", "the-canary")][..]),
        ("/account/two-factor/enable", &[("passwort", "the-canary")][..]),
    ] {
        let answer = ann.post(path, form);
        assert_eq!(answer.status, 422, "{path}");
        answer.must_say("The form did not arrive whole");
        assert!(!answer.body.contains("the-canary"));
    }
    for body in [&b"{"[..], b"\xff\xfe", b"[]", b"{\"email\":7,\"password\":\"the-canary\"}"] {
        let answer = raw(&server, "POST", "/api/v1/sessions", "application/json", body);
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(answer.contains("malformed_request") && !answer.contains("the-canary"), "{answer}");
    }
    assert!(ann.is_signed_in());
}

#[test]
fn a_request_that_names_two_hosts_is_refused() {
    let server = Server::start();
    let address = server.url().strip_prefix("http://").expect("an address").to_owned();
    let ask = |hosts: &str| {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        let head = format!("GET /healthz HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let own = format!("host: {address}\r\n");
    assert!(ask(&own).starts_with("HTTP/1.1 200"));
    for two in [format!("{own}host: evil.example.org\r\n"), format!("{own}{own}")] {
        let answer = ask(&two);
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("more than one host"),
            "{answer}"
        );
    }
}

#[test]
fn huge_requests_are_refused() {
    let server = Server::start();
    let huge = vec![b'x'; 1024 * 1024];
    let answer = raw(&server, "POST", "/login", "application/x-www-form-urlencoded", &huge);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let long = "x".repeat(64 * 1024);
    let answer = raw(&server, "GET", &format!("/{long}"), "text/plain", b"");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(Client::of(&server).get("/healthz").status, 200);
}

#[test]
fn slow_heads_are_cut_off_and_do_not_stand_in_the_way() {
    let server = Server::start();
    let address = server.url().strip_prefix("http://").expect("an address").to_owned();
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").expect("a start");
            stream
        })
        .collect();
    let began = Instant::now();
    assert_eq!(Client::of(&server).get("/healthz").status, 200);
    assert!(began.elapsed() < Duration::from_secs(5));
    let mut first = slow.into_iter().next().expect("one");
    first.set_read_timeout(Some(Duration::from_secs(40))).expect("a limit");
    let mut rest = vec![];
    first.read_to_end(&mut rest).expect("the server closes the line");
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[test]
fn a_body_that_never_comes_is_answered_with_a_sentence() {
    let server = Server::start();
    for (path, kind, says) in [
        (
            "/login",
            "application/x-www-form-urlencoded",
            "did not arrive within 20 seconds, and nothing was done.",
        ),
        ("/api/v1/sessions", "application/json", "\"code\":\"too_slow\""),
    ] {
        let address = server.url().strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: {}\r\ncontent-type: {kind}\r\n\
             content-length: 100\r\nconnection: close\r\n\r\nx",
            server.url()
        );
        stream.write_all(head.as_bytes()).expect("a start");
        let mut answer = vec![];
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains(says) && answer.contains("content-security-policy"), "{answer}");
    }
}

pub fn raw(server: &Server, method: &str, path: &str, kind: &str, body: &[u8]) -> String {
    let address = server.url().strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\norigin: {}\r\ncontent-type: {kind}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        server.url(),
        body.len()
    );
    // The server may close before it has read all.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
