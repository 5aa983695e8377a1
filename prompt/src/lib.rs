//! A line asked for on the terminal without echo: how both programs ask for a passphrase or a password.
//!
//! Echo is off before the prompt can be seen, so that nothing typed or pasted at once shows up, and
//! on again afterwards, also when the person gives up with Ctrl-C.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

/// What Ctrl-C types.
const INTERRUPT: u8 = 3;

/// The most of one line that a terminal of Linux hands over, in bytes and without its end; what is typed
/// beyond that it drops.
const LINE_BYTES: usize = 4095;

/// Shows a prompt on the terminal of this process and reads a line, without echo and without what
/// ends it. Editing within the line is the terminal's own.
///
/// # Errors
/// `Interrupted` after Ctrl-C, `UnexpectedEof` after Ctrl-D, `InvalidData` for what is not UTF-8,
/// `FileTooLarge` for a line that the terminal may have cut, and what the system says.
pub fn hidden_line(prompt: &str) -> io::Result<Zeroizing<String>> {
    let quiet = Quiet::on(OpenOptions::new().read(true).write(true).open("/dev/tty")?)?;
    let mut terminal = &quiet.terminal;
    terminal.write_all(prompt.as_bytes())?;
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES + 1));
    let mut byte = Zeroizing::new([0]);
    let end = loop {
        match terminal.read(byte.as_mut())? {
            0 => break Err(io::ErrorKind::UnexpectedEof),
            _ if byte[0] == INTERRUPT => break Err(io::ErrorKind::Interrupted),
            _ if byte[0] == b'\n' => break Ok(()),
            _ => line.push(byte[0]),
        }
    };
    // Enter was not echoed either.
    terminal.write_all(b"\n")?;
    end?;
    if line.len() >= LINE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = std::str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The terminal without echo, until this is dropped.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn on(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        // Without ISIG Ctrl-C does not end the process before the echo is back; it ends the line.
        modes.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG;
        modes.local_modes |= LocalModes::ICANON;
        modes.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        let quiet = Self { terminal, before };
        tcsetattr(&quiet.terminal, OptionalActions::Now, &modes)?;
        Ok(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // There is no better terminal to say on that this failed.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
