//! The load: so many connections that are kept open, each asking again as soon as it was answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::people::Work;

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(30);

/// How it came out.
pub struct Outcome {
    /// What was answered as it should be, a second, from when it counts until it ends.
    pub a_second: f64,
    /// How many that were.
    pub right: usize,
    /// Answered otherwise, or not at all.
    pub wrong: usize,
    /// How long each took that was right, the quickest first.
    pub took: Vec<Duration>,
}

/// A connection that is kept open while the other side keeps it.
pub struct Line {
    to: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Outcome {
    /// The time within which that share of the answers came.
    pub fn within(&self, share: f64) -> Duration {
        let place = (self.took.len() as f64 * share).ceil() as usize;
        self.took.get(place.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// What several came to, one after another.
    pub fn together(each: Vec<Outcome>) -> Outcome {
        let a_second = each.iter().map(|outcome| outcome.a_second).sum::<f64>() / each.len() as f64;
        let (right, wrong) = each
            .iter()
            .fold((0, 0), |(right, wrong), outcome| (right + outcome.right, wrong + outcome.wrong));
        let mut took: Vec<_> = each.into_iter().flat_map(|outcome| outcome.took).collect();
        took.sort_unstable();
        Outcome { a_second, right, wrong, took }
    }

    /// Median and the time within which 99 of 100 came, to be read.
    pub fn times(&self) -> String {
        let ms = |share| self.within(share).as_secs_f64() * 1000.0;
        format!("p50 {:.1} ms, p99 {:.1} ms", ms(0.5), ms(0.99))
    }
}

/// Works through it over so many connections, for as long as `longest` at most. For `warm` it is let run before
/// what is answered counts, and what is answered after `longest` counts no more: while connections begin and
/// end there is less to do for them than the server could.
pub async fn drive(
    to: SocketAddr,
    connections: usize,
    work: Vec<Work>,
    warm: Duration,
    longest: Duration,
) -> anyhow::Result<Outcome> {
    let work = Arc::new(Mutex::new(VecDeque::from(work)));
    let began = Instant::now();
    let mut under_way = JoinSet::new();
    for _ in 0..connections {
        let work = Arc::clone(&work);
        under_way.spawn(async move {
            let mut line = Line { to, stream: None, buffer: Vec::with_capacity(4096) };
            let (mut took, mut wrong) = (Vec::new(), 0);
            while began.elapsed() < longest {
                let next = work.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(next) = next else { break };
                let start = Instant::now();
                match next.run(&mut line).await {
                    Ok(true) => took.push((start.elapsed(), began.elapsed())),
                    Ok(false) | Err(_) => wrong += 1,
                }
            }
            (took, wrong)
        });
    }
    let each = under_way.join_all().await;
    let end = began.elapsed().min(longest);
    let wrong = each.iter().map(|(_, wrong)| wrong).sum();
    let all: Vec<_> = each.into_iter().flat_map(|(took, _)| took).collect();
    let counted = all.iter().filter(|(_, at)| (warm..=end).contains(at)).count();
    anyhow::ensure!(counted > 0, "nothing was answered as it should be ({wrong} otherwise)");
    let a_second = counted as f64 / end.saturating_sub(warm).as_secs_f64();
    let mut took: Vec<_> = all.into_iter().map(|(took, _)| took).collect();
    took.sort_unstable();
    Ok(Outcome { a_second, right: took.len(), wrong, took })
}

impl Line {
    /// Posts it; the status, and the body.
    pub async fn post(
        &mut self,
        path: &str,
        kind: &str,
        body: &str,
    ) -> anyhow::Result<(u16, String)> {
        let to = self.to;
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {to}\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answered = tokio::time::timeout(LONGEST, self.exchange(request.as_bytes())).await;
        answered.context("no answer came").flatten().inspect_err(|_| self.stream = None)
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(u16, String)> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.to).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            anyhow::ensure!(stream.read_buf(&mut self.buffer).await? > 0, "it hung up");
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let field = |name: &str| {
            let lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
            lines.filter(|(field, _)| *field == name).map(|(_, value)| value.trim()).next()
        };
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length: usize =
            field("content-length").context("an answer without a length")?.parse()?;
        while self.buffer.len() < head + length {
            anyhow::ensure!(stream.read_buf(&mut self.buffer).await? > 0, "it hung up");
        }
        if field("connection") != Some("close") {
            self.stream = Some(stream);
        }
        let body = String::from_utf8_lossy(&self.buffer[head..head + length]).into_owned();
        Ok((status.context("no status")?, body))
    }
}
