//! Asking the person: on the terminal, or a line each from standard input where that is none.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use holdfast_prompt::hidden_line;
use zeroize::Zeroizing;

use super::failure::Failure;

/// More than any password has, so that a wrong file on standard input is not read to its end.
const MAX_BYTES: u64 = 4096;

/// Something to enter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Email,
    Password,
    Code,
}

impl Entry {
    /// What stands before the cursor (spec C2).
    const fn prompt(self) -> &'static str {
        match self {
            Self::Email => "Email: ",
            Self::Password => "Password: ",
            Self::Code => "Two-factor code: ",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Password => "password",
            Self::Code => "two-factor code",
        }
    }
}

/// Whether somebody sits there who can be asked again.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

/// Asks for one entry. Nothing is echoed but the e-mail address.
pub fn ask(entry: Entry) -> Result<Zeroizing<String>, Failure> {
    let broken = |reason| Failure::InputBroken { what: entry.name(), reason };
    let text = if !is_interactive() {
        line(entry)?
    } else if entry == Entry::Email {
        let mut terminal = io::stderr().lock();
        terminal.write_all(entry.prompt().as_bytes()).map_err(broken)?;
        terminal.flush().map_err(broken)?;
        line(entry)?
    } else {
        hidden_line(entry.prompt()).map_err(|reason| match reason.kind() {
            io::ErrorKind::UnexpectedEof => Failure::InputEnded(entry.name()),
            io::ErrorKind::Interrupted => Failure::Interrupted,
            io::ErrorKind::FileTooLarge => Failure::InputTooLong(entry.name()),
            _ => broken(reason),
        })?
    };
    if text.is_empty() {
        return Err(Failure::InputEnded(entry.name()));
    }
    Ok(text)
}

/// Asks a question on the terminal; whether the answer is `yes`.
pub fn agrees(question: &str) -> Result<bool, Failure> {
    let broken = |reason| Failure::InputBroken { what: "answer", reason };
    let mut terminal = io::stderr().lock();
    terminal.write_all(question.as_bytes()).map_err(broken)?;
    terminal.flush().map_err(broken)?;
    let mut answer = String::new();
    io::stdin().lock().take(MAX_BYTES).read_line(&mut answer).map_err(broken)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// One line of standard input, without what ends it.
fn line(entry: Entry) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES as usize));
    io::stdin()
        .lock()
        .take(MAX_BYTES)
        .read_line(&mut text)
        .map_err(|reason| Failure::InputBroken { what: entry.name(), reason })?;
    if text.len() as u64 == MAX_BYTES && !text.ends_with('\n') {
        return Err(Failure::InputTooLong(entry.name()));
    }
    let kept = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(kept);
    Ok(text)
}
