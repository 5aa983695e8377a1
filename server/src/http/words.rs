//! Words for what `hyper` refuses by itself. A request that is no HTTP, or whose head is too large,
//! never reaches a handler; its bare answer is replaced on its way out by one that says why.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};

/// A connection whose empty refusals carry a sentence.
pub struct Wordy<T> {
    inner: T,
    /// What is still to be written in the place of a bare refusal.
    pending: Vec<u8>,
}

impl<T> Wordy<T> {
    /// Over a connection.
    pub fn new(inner: T) -> Wordy<T> {
        Wordy { inner, pending: Vec::new() }
    }
}

impl<T: Write + Unpin> Wordy<T> {
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Read + Unpin> Read for Wordy<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for Wordy<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        match refusal_for(buf) {
            Some(words) => {
                self.pending = words;
                Poll::Ready(Ok(buf.len()))
            }
            None => Pin::new(&mut self.inner).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// The answer in words, if this is a whole answer that refuses and says nothing. No handler of ours
/// gives such a one.
fn refusal_for(answer: &[u8]) -> Option<Vec<u8>> {
    let (status, sentence) = [
        ("400 Bad Request", "What was sent is not a request that this server can read."),
        ("414 URI Too Long", "The address that was asked for is too long."),
        (
            "431 Request Header Fields Too Large",
            "The head of the request is too large: more than 16 KiB, or too many fields. Delete \
             this site's cookies in your browser and try again.",
        ),
    ]
    .into_iter()
    .find(|(status, _)| answer.starts_with(format!("HTTP/1.1 {status}\r\n").as_bytes()))?;
    let text = std::str::from_utf8(answer).ok()?;
    if !text.contains("\r\ncontent-length: 0\r\n") || !text.ends_with("\r\n\r\n") {
        return None;
    }
    let answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n\
         x-content-type-options: nosniff\r\ncache-control: no-store\r\ncontent-length: {}\r\n\r\n\
         {sentence}\n",
        sentence.len() + 1
    );
    Some(answer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_refusal_is_given_words() {
        let bare = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let words = refusal_for(bare).expect("words");
        let words = String::from_utf8(words).expect("text");
        let (head, body) = words.split_once("\r\n\r\n").expect("a body");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{words}");
        for other in [
            &b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"content-length: 0\r\n\r\n",
        ] {
            assert_eq!(refusal_for(other), None);
        }
    }
}
