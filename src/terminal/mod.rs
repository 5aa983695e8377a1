//! The app in a terminal, one command at a time, on the same vault as the window.

mod account;
mod add;
mod args;
mod ask;
mod clock;
mod code;
mod create;
mod failure;
mod input;
mod list;
mod moving;
mod passphrase;
mod recover;
mod session;
mod ways;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::host::desktop::storage::{VaultFile, default_vault_path};
use args::{Args, Command, Common, Ways};
use failure::{Exit, Failure};

/// What the command line asked for.
#[derive(Debug)]
pub enum Asked {
    /// A command, which is done; this is its exit code.
    Done(ExitCode),
    /// No command: the window.
    Window {
        /// The vault file.
        vault: PathBuf,
        /// A recording to play as the camera.
        camera_file: Option<PathBuf>,
    },
}

/// Reads the command line (the program's name first), and does what it asks for unless that is the
/// window. Answers go to standard output, everything else to standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Asked {
    let args: Vec<OsString> = args.into_iter().collect();
    match Args::try_parse_from(&args) {
        Ok(Args { command: Some(command), common, .. }) => {
            let done = perform(&command, &common);
            Asked::Done(done.unwrap_or_else(|failure| failure.tell(common.json)).into())
        }
        Ok(Args { command: None, common, camera_file }) => match vault_path(&common) {
            Ok(vault) => match camera_file.as_deref().map_or(Ok(()), playable) {
                Ok(()) => Asked::Window { vault, camera_file },
                Err(failure) => Asked::Done(failure.tell(common.json).into()),
            },
            Err(failure) => Asked::Done(failure.tell(common.json).into()),
        },
        Err(error) => Asked::Done(not_understood(&args, &error)),
    }
}

/// Says that the window cannot be opened, and gives the exit code for that. What the window system
/// itself says would help nobody.
pub fn no_display() -> ExitCode {
    let sentence = "There is no display to open the window on; start Holdfast on a desktop, or use \
                    it in the terminal: holdfast --help.";
    Failure::new(Exit::NoDisplay, sentence).tell(false).into()
}

fn perform(command: &Command, common: &Common) -> Result<Exit, Failure> {
    let vault = VaultFile::at(vault_path(common)?);
    session::finish_retiring(&vault, common)?;
    let mut out = Out(io::stdout().lock());
    match command {
        Command::New => create::run(&vault, common, &mut out),
        Command::Add(what) => add::run(&vault, common, what, &mut out),
        Command::Passphrase(new) => passphrase::run(&vault, common, new, &mut out),
        Command::Ways { what: None } => ways::list(&vault, common, &mut out),
        Command::Ways { what: Some(Ways::Remove(order)) } => {
            ways::remove(&vault, common, order, &mut out)
        }
        Command::List => list::run(&vault, common, &mut out),
        Command::Move { what } => moving::run(&vault, common, what, &mut out),
        Command::Recover { name } => recover::run(&vault, common, name, &mut out),
        Command::Clock { what } => clock::run(&vault, common, what, &mut out),
        Command::Code { name } => code::run(&vault, common, name, &mut out),
    }?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Standard output. Whoever closes its other end, as `head` does, does not want the rest.
struct Out<W>(W);

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            done => done,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    }
}

/// Says on standard error what is worth knowing beside the answer. Where nobody takes it, the answer
/// counts all the same.
fn remark(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether there is something to play as the camera.
fn playable(recording: &Path) -> Result<(), Failure> {
    recording.metadata().map(drop).map_err(|error| {
        let sentence = format!(
            "There is nothing to play as the camera at {} ({error}); name a picture, a folder of \
             pictures or a film.",
            recording.display()
        );
        Failure::new(Exit::Usage, sentence)
    })
}

fn vault_path(common: &Common) -> Result<PathBuf, Failure> {
    let named = common.vault.clone();
    named.or_else(|| default_vault_path(|name| std::env::var_os(name))).ok_or_else(|| {
        let sentence = "There is no home folder to keep the vault in; name a file with --vault.";
        Failure::new(Exit::NoVault, sentence)
    })
}

/// Help and version, or what is wrong with the command line; but a secret in it is not repeated.
fn not_understood(args: &[OsString], error: &clap::Error) -> ExitCode {
    let said =
        |flag: &str| args.iter().skip(1).take_while(|arg| *arg != "--").any(|arg| arg == flag);
    let mut lowered = args.iter().map(|arg| arg.to_string_lossy().to_ascii_lowercase());
    let holds_secret = lowered.any(|arg| arg.contains("otpauth") || arg.contains("steam:"));
    if error.use_stderr() && (holds_secret || said("--json")) {
        let sentence = if holds_secret {
            "The command line was not understood; see holdfast --help.".to_owned()
        } else {
            in_one_sentence(error)
        };
        return Failure::new(Exit::Usage, sentence).tell(said("--json")).into();
    }
    // Where even this cannot be written, nobody is listening.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// What is wrong, without the paragraphs on how it is meant.
fn in_one_sentence(error: &clap::Error) -> String {
    let told = error.render().to_string();
    let told = told.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = told.trim_start_matches("error: ").split_whitespace().collect();
    format!("The command line was not understood ({}); see holdfast --help.", words.join(" "))
}
