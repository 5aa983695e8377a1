//! What is asked of the person: on the terminal itself, whatever standard input is.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};

use holdfast_model::SecretText;
use holdfast_prompt::hidden_line;
use zeroize::Zeroizing;

use super::args::Common;
use super::failure::{Exit, Failure};
use crate::host::desktop::descriptor;

/// The longest passphrase that is read from a descriptor, in bytes.
const PASSPHRASE_LIMIT: u64 = 64 * 1024;

/// How the passphrase is come by, and so whether it can be asked for again.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// Typed; and the option by which it could be given instead.
    Terminal(&'static str),
    Descriptor(u16),
}

impl Source {
    pub(super) fn of(common: &Common) -> Self {
        common.passphrase_fd.map_or(Self::Terminal("--passphrase-fd"), Self::Descriptor)
    }

    /// Where a passphrase comes from that is to take the place of the present one.
    pub(super) fn of_new(descriptor: Option<u16>) -> Self {
        descriptor.map_or(Self::Terminal("--new-passphrase-fd"), Self::Descriptor)
    }

    /// The passphrase as typed, or the descriptor's first line.
    pub(super) fn passphrase(self, prompt: &str) -> Result<SecretText, Failure> {
        match self {
            Self::Terminal(option) => {
                hidden_line(prompt).map(SecretText::from).map_err(|error| unasked(error, option))
            }
            Self::Descriptor(number) => first_line(number).map_err(|error| {
                let sentence = match error.kind() {
                    io::ErrorKind::UnexpectedEof => format!(
                        "The first line of file descriptor {number} is empty; put the passphrase \
                         into it."
                    ),
                    io::ErrorKind::FileTooLarge => format!(
                        "The first line of file descriptor {number} is longer than {} KiB; put a \
                         shorter passphrase into it.",
                        PASSPHRASE_LIMIT / 1024
                    ),
                    _ => format!(
                        "No passphrase could be read from file descriptor {number}; open it for \
                         this command and put one line of UTF-8 into it."
                    ),
                };
                Failure::new(Exit::Usage, sentence)
            }),
        }
    }
}

/// A link or a key, typed or pasted at the terminal; it is not shown, since it stays in sight there.
pub(super) fn link_or_key() -> Result<SecretText, Failure> {
    let line = hidden_line("Link or key (it is not shown): ");
    line.map(SecretText::from).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Failure::new(Exit::Usage, "No link or key was entered; nothing was changed.")
        }
        _ => unasked(error, "--passphrase-fd"),
    })
}

/// Why nothing was typed, in words for the person.
fn unasked(error: io::Error, option: &str) -> Failure {
    match error.kind() {
        io::ErrorKind::Interrupted => {
            Failure::new(Exit::Interrupted, "Stopped; nothing was changed.")
        }
        io::ErrorKind::UnexpectedEof => {
            Failure::new(Exit::Usage, "No passphrase was entered; nothing was changed.")
        }
        io::ErrorKind::FileTooLarge => Failure::new(
            Exit::Usage,
            format!(
                "That is longer than a terminal can pass on, so a part of it would be lost; nothing was \
                 changed. Give what is so long from a file: the passphrase with {option}, a link or key \
                 on standard input."
            ),
        ),
        io::ErrorKind::InvalidData => Failure::new(
            Exit::Usage,
            "What was typed is not UTF-8 text; set the terminal to UTF-8 and try again.",
        ),
        _ => Failure::new(
            Exit::Usage,
            format!("There is no terminal to ask for the passphrase; give it with {option}."),
        ),
    }
}

fn first_line(number: u16) -> io::Result<SecretText> {
    let file = descriptor::inherited(number.into())?;
    let mut line = Zeroizing::new(String::new());
    // Room for what ends the line, and for the byte that shows that it goes on.
    BufReader::new(file.take(PASSPHRASE_LIMIT + 3)).read_line(&mut line)?;
    let typed = line.strip_suffix('\n').unwrap_or(&line);
    let typed = typed.strip_suffix('\r').unwrap_or(typed);
    if typed.len() as u64 > PASSPHRASE_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    if typed.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(typed.into())
}

/// Whether there may be somebody to ask more than the passphrase.
pub(super) fn can_be_asked(common: &Common) -> bool {
    !common.json && io::stderr().is_terminal()
}

/// Asks for a line that may be seen; `None` as for [`letter`].
pub(super) fn line(common: &Common, question: &str) -> io::Result<Option<String>> {
    let Some(mut terminal) = terminal(common) else { return Ok(None) };
    write!(terminal, "{question} ")?;
    let mut answer = String::new();
    match BufReader::new(terminal).read_line(&mut answer)? {
        0 => Ok(None),
        _ => Ok(Some(answer.trim().to_owned())),
    }
}

/// The terminal, where somebody can be asked.
fn terminal(common: &Common) -> Option<File> {
    if !can_be_asked(common) {
        return None;
    }
    OpenOptions::new().read(true).write(true).open("/dev/tty").ok()
}

/// Asks a question that one of these letters answers; `None` where nobody can be asked: in a script,
/// that is without a terminal or with JSON wanted.
pub(super) fn letter(
    common: &Common,
    question: &str,
    letters: &[char],
) -> io::Result<Option<char>> {
    let Some(mut terminal) = terminal(common) else { return Ok(None) };
    let mut answers = BufReader::new(terminal.try_clone()?);
    loop {
        write!(terminal, "{question} ")?;
        let mut answer = String::new();
        if answers.read_line(&mut answer)? == 0 {
            return Ok(None);
        }
        let first = answer.trim().to_lowercase().chars().next();
        if let Some(letter) = first.filter(|letter| letters.contains(letter)) {
            return Ok(Some(letter));
        }
    }
}
