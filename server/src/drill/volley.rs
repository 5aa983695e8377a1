//! Requests that arrive together: each connection sends all of its request but the last byte, and
//! when all have come so far they send that.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::race::Kind;
use crate::domain::ids::Token;

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(60);

/// A POST, as a browser or a program sends it.
#[derive(Clone, Debug)]
pub struct Request {
    path: &'static str,
    kind: &'static str,
    body: String,
    headers: Vec<String>,
}

/// A request on its way to a server, a moment after the others.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub request: Request,
    /// How long after the others its last byte leaves.
    pub late: Duration,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Request {
    /// A form of a page.
    pub fn form(path: &'static str, body: String) -> Request {
        let kind = "application/x-www-form-urlencoded";
        Request { path, kind, body, headers: Vec::new() }
    }

    /// JSON for the API.
    pub fn json(path: &'static str, body: &serde_json::Value) -> Request {
        Request { path, kind: "application/json", body: body.to_string(), headers: Vec::new() }
    }

    /// The second step of a log-in on a command line.
    pub fn second_factor(half: &Token, code: &str) -> Request {
        let body = json!({ "challenge": half.expose(), "code": code });
        Request::json("/api/v1/sessions/second-factor", &body)
    }

    /// The first code of a phone, from the browser whose session that is.
    pub fn confirmation(kind: Kind, session: &Token, code: &str) -> Request {
        let path = match kind {
            Kind::PhoneChange => "/account/two-factor/change/confirm",
            _ => "/account/two-factor/enable/confirm",
        };
        Request::form(path, format!("code={code}"))
            .with("cookie", &format!("__Host-holdfast={}", session.expose()))
    }

    /// The first step.
    pub fn password(email: &str, password: &str) -> Request {
        Request::json("/api/v1/sessions", &json!({ "email": email, "password": password }))
    }

    /// With a header more.
    pub fn with(mut self, name: &str, value: &str) -> Request {
        self.headers.push(format!("{name}: {value}\r\n"));
        self
    }

    fn to_bytes(&self, to: SocketAddr) -> Vec<u8> {
        let Request { path, kind, body, headers } = self;
        format!(
            "POST {path} HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\nconnection: close\r\n{}\r\n{body}",
            body.len(),
            headers.concat()
        )
        .into_bytes()
    }

    /// Sends it by itself.
    pub async fn send(&self, to: SocketAddr) -> anyhow::Result<Answer> {
        let shot = Shot { to, request: self.clone(), late: Duration::ZERO };
        shot.fire(&Barrier::new(1)).await
    }
}

impl Shot {
    async fn fire(self, together: &Barrier) -> anyhow::Result<Answer> {
        let bytes = self.request.to_bytes(self.to);
        let (last, start) = bytes.split_last().context("A request has bytes")?;
        let aimed = self.aim(start).await;
        // Whoever could not connect must not keep the others waiting.
        together.wait().await;
        let mut stream = aimed?;
        if !self.late.is_zero() {
            sleep(self.late).await;
        }
        let answered = async {
            stream.write_all(&[*last]).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.map(|_| answer)
        };
        Answer::parse(&timeout(LONGEST, answered).await.context("No answer came")??)
    }

    async fn aim(&self, start: &[u8]) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.to).await?;
        stream.set_nodelay(true)?;
        stream.write_all(start).await?;
        Ok(stream)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> anyhow::Result<Answer> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").context("The answer was cut off")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("What was answered is no HTTP")?;
        Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }
}

/// Fires all of them together; the answers in the order of the shots.
pub async fn volley(shots: Vec<Shot>) -> Vec<anyhow::Result<Answer>> {
    let together = Arc::new(Barrier::new(shots.len()));
    let mut under_way = JoinSet::new();
    for (place, shot) in shots.into_iter().enumerate() {
        let together = Arc::clone(&together);
        under_way.spawn(async move { (place, shot.fire(&together).await) });
    }
    let mut answers = under_way.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
