//! `holdfastctl`: the command line of a person who has an account at a server.
//!
//! It knows the server only by its JSON API, and shares no state with it.

mod address;
mod api;
mod args;
mod ask;
mod commands;
mod failure;
mod kept;
mod keyring;
mod pin;
mod voice;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use commands::Session;
use voice::Voice;

/// Runs the program with the arguments and the environment of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let voice = Voice::new(arguments.json);
    match arguments.command {
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "holdfastctl", &mut std::io::stdout());
            return ExitCode::SUCCESS;
        }
        Command::Man => {
            let page = clap_mangen::Man::new(Arguments::command());
            let written = page.render(&mut std::io::stdout());
            return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(7) };
        }
        _ => {}
    }
    let outcome = Session::begin(arguments.server.as_deref(), arguments.pin.as_deref(), &voice)
        .and_then(|mut session| session.perform(arguments.command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            voice.failed(&failure);
            failure.exit_code().into()
        }
    }
}
