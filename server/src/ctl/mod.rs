//! `holdfastctl`: the command line of a person who has an account at a server.
//!
//! It knows the server only by its JSON API, and shares no state with it.

mod address;
mod api;
mod args;
mod ask;
mod commands;
mod completions;
mod failure;
mod kept;
mod keyring;
mod manual;
mod pin;
mod voice;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use commands::Session;
use failure::Failure;
use voice::Voice;

/// Runs the program with the arguments and the environment of this process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let voice = Voice::new(arguments.json);
    let outcome = match arguments.command {
        Command::Completions { shell } => {
            // Whole before it is written: what writes it otherwise ends in a panic where it cannot.
            voice.document(&completions::script(shell, &mut Arguments::command()))
        }
        Command::Man => {
            let page = manual::page(Arguments::command()).map_err(Failure::Unsaid);
            page.and_then(|text| voice.document(&text))
        }
        command => Session::begin(arguments.server.as_deref(), arguments.pin.as_deref(), &voice)
            .and_then(|mut session| session.perform(command)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            voice.failed(&failure);
            failure.exit_code().into()
        }
    }
}

/// Help and version, or what is wrong with the command line.
fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let shown = error.print();
        return if shown.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(7) };
    }
    let json = std::env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "--json");
    let failure = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        // It may be a password, which is not repeated.
        (ErrorKind::UnknownArgument, Some(ContextValue::String(word)))
            if !word.starts_with('-') =>
        {
            Failure::TooManyWords
        }
        _ => Failure::Usage(in_one_sentence(error)),
    };
    if json || matches!(failure, Failure::TooManyWords) {
        Voice::new(json).failed(&failure);
    } else {
        // Where even this cannot be written, nobody is listening.
        let _ = error.print();
    }
    failure.exit_code().into()
}

/// What is wrong, without the paragraphs on how it is meant.
fn in_one_sentence(error: &clap::Error) -> String {
    let told = error.render().to_string();
    let told = told.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = told.trim_start_matches("error: ").split_whitespace().collect();
    format!("The command line was not understood ({}); see holdfastctl --help.", words.join(" "))
}
