//! How the operator is spoken to: results on standard output, the rest on standard error.

use std::io::{self, IsTerminal, Write};

use holdfast_prompt::hidden_line;
use zeroize::Zeroizing;

/// Longest line that is taken from standard input.
const MOST: usize = 8192;

/// A line of the result. Whoever closed the other end does not want to read on.
pub fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Why something was not done.
pub fn complain(sentence: &str) {
    remark(&format!("holdfast-server: {}", sentence.trim_end()));
}

/// Something by the way.
pub fn remark(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "{sentence}");
}

/// Whether somebody sits there who can be asked.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

/// Asks for a line; `None` where nothing was entered.
pub fn ask(question: &str) -> io::Result<Option<String>> {
    if is_interactive() {
        let mut terminal = io::stderr().lock();
        write!(terminal, "{question}")?;
        terminal.flush()?;
    }
    let line = line()?.trim().to_owned();
    Ok((!line.is_empty()).then_some(line))
}

/// Asks for a password, without echo on a terminal.
pub fn ask_hidden(question: &str) -> io::Result<Zeroizing<String>> {
    if is_interactive() { hidden_line(question) } else { line() }
}

fn line() -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(MOST));
    io::BufRead::read_line(&mut io::Read::take(io::stdin().lock(), MOST as u64), &mut text)?;
    let kept = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(kept);
    Ok(text)
}
