//! Something on the loopback address that is no Holdfast server: it says what it is told to say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// What a Holdfast server says when it is greeted: the beginning of what it serves.
const DESCRIPTION: &str = r#"{"openapi":"3.1.0","info":{"title":"Holdfast"},"paths":{}}"#;

/// A listener that answers every request alike, or all but the greeting.
pub struct Responder {
    pub url: String,
    requests: Receiver<String>,
}

impl Responder {
    /// `answer` is sent as it is, then the connection is closed.
    pub fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::answering(answer.clone(), answer)
    }

    /// The same, but greeted it answers as a Holdfast server does: what is wrong comes later.
    pub fn greeting_then(answer: impl Into<Vec<u8>>) -> Self {
        Self::answering(whole("200 OK", DESCRIPTION).into_bytes(), answer.into())
    }

    fn answering(greeting: Vec<u8>, answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let request = request(&mut stream);
                let is_greeting = request.starts_with("GET /api/v1/openapi.json ");
                // Before it is answered: what comes after the answer the test need not wait for. It may
                // have gone, and the client too.
                if seen.send(request).is_err() {
                    return;
                }
                stream.write_all(if is_greeting { &greeting } else { &answer }).ok();
            }
        });
        Self { url: format!("http://{address}"), requests }
    }

    /// A complete answer with a JSON body.
    pub fn json(status: &str, body: &str) -> Self {
        Self::saying(whole(status, body))
    }

    /// The requests that came until now.
    pub fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

/// A complete answer with a JSON body.
pub fn whole(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// Head and body of one request.
fn request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while !is_complete(&bytes) {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the body has the length that the head announces.
pub fn is_complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse::<usize>().expect("a length"));
    bytes.len() >= head.len() + 4 + length
}
