//! What the program says: results on standard output, remarks on standard error.

use std::io::{self, Write};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failure::Failure;

/// How to say it: in sentences, or as one JSON object.
#[derive(Clone, Copy)]
pub struct Voice {
    json: bool,
}

impl Voice {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// The result, in either form.
    pub fn result(self, sentence: &str, object: &Value) -> Result<(), Failure> {
        let said = if self.json { out(&object.to_string()) } else { out(sentence) };
        said.map_err(Failure::Unsaid)
    }

    /// A whole document, as it is.
    pub fn document(self, text: &[u8]) -> Result<(), Failure> {
        written(text).map_err(Failure::Unsaid)
    }

    /// Something worth knowing beside the result.
    pub fn remark(self, sentence: &str) {
        err(sentence);
    }

    /// Why there is no result.
    pub fn failed(self, failure: &Failure) {
        let message = failure.to_string();
        if self.json {
            let mut object = json!({ "error": { "code": failure.code(), "message": message } });
            if let Some(seconds) = failure.retry_after() {
                object["error"]["retry_after"] = seconds.into();
            }
            if out(&object.to_string()).is_err() {
                err(&message);
            }
        } else {
            err(&message);
        }
    }
}

/// A text from elsewhere, made safe for a terminal: no control characters, no switches of
/// direction, not endless.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => ' ',
            character if character.is_control() => ' ',
            character => character,
        })
        .take(300)
        .collect()
}

fn out(line: &str) -> io::Result<()> {
    written(Zeroizing::new(format!("{line}\n")).as_bytes())
}

fn written(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        // Whoever closed the other end does not want to read on.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

fn err(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_foreign_text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}"), "a [2Jb  c d ");
        assert_eq!(printable("Größe – ok"), "Größe – ok");
        assert_eq!(printable(&"x".repeat(1000)).len(), 300);
    }
}
