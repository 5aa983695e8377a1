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
mod voice;

use std::process::ExitCode;

use clap::Parser;

use args::Arguments;
use commands::Session;
use voice::Voice;

/// Runs the program with the arguments and the environment of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let voice = Voice::new(arguments.json);
    let outcome = Session::begin(arguments.server.as_deref(), &voice)
        .and_then(|mut session| session.perform(arguments.command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            voice.failed(&failure);
            failure.exit_code().into()
        }
    }
}
