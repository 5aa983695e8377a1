//! `holdfast-server`: serving, and what the operator does on the server's host.

mod args;
mod audit;
mod backup;
mod check;
mod config;
mod drill;
mod key;
mod migrate;
mod notify;
mod people;
mod serve;
mod token;
mod voice;

use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::Context;
use holdfast_otp::UnixTime;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::domain::issuer::Issuer;
use crate::flows::Server;
use crate::notify::{MailWay, Post};
use crate::passwords::Passwords;
use crate::place::{self, Opened};
use crate::random::system_random;
use args::{Command, Key, Place};

/// Runs the program with the arguments and the environment of this process.
pub fn run() -> ExitCode {
    let arguments = match config::arguments() {
        Ok(arguments) => arguments,
        Err(sentence) => {
            voice::complain(&sentence);
            return ExitCode::from(2);
        }
    };
    let place = &arguments.place;
    let done = match arguments.command {
        Command::Serve(serve) => serve::run(place, serve),
        Command::User { command } => people::user(place, command),
        Command::TwoFactor { command } => people::two_factor(place, command),
        Command::Audit(audit) => audit::run(place, &audit),
        Command::Backup { file } => backup::run(place, &file),
        Command::Migrate { .. } => migrate::run(place),
        Command::Token { command } => token::run(place, command),
        Command::Check => check::run(place),
        Command::Key { command: Key::Prepare } => key::prepare(place),
        Command::Key { command: Key::Rotate } => key::rotate(place),
        Command::Drill { command } => drill::run(&command, place.database.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            voice::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The server over what is there already, for a command beside or instead of the one that serves.
fn at_hand(place: &Place) -> anyhow::Result<Server> {
    let mut rng = system_random();
    let whereabouts = place.whereabouts()?;
    let Opened { keyring, store } =
        wait_for(async { Ok(place::open_existing(whereabouts).await?) })?;
    let passwords = Passwords::new(1, &mut rng)?;
    // What it writes to people is sent by the server that serves, and bears that one's name.
    let sign = wait_for(async { Ok(store.sign().await?) })?;
    let issuer = Issuer::parse(sign.as_ref().map_or("Holdfast", |sign| &sign.issuer))?;
    let public_url = sign.and_then(|sign| sign.url);
    let post = Post { mail: Some(MailWay::Elsewhere), public_url, ..Post::default() };
    Ok(Server {
        store,
        keyring,
        passwords,
        clock: system_clock,
        issuer,
        post,
        // Nobody registers here.
        registrations_a_day: 0,
    })
}

/// Runs a part of a command's work to its end. All parts share a runtime: a connection lives on the one
/// that it was made on.
fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let made = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let made = made.context("The runtime does not start")?;
            RUNTIME.get_or_init(|| made)
        }
    };
    runtime.block_on(work)
}

/// Listens from now on for SIGTERM and Ctrl-C, and ends once one of them came.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Who gives the command, as the audit log names it.
fn operator() -> String {
    let user = rustix::process::getuid().as_raw();
    match std::env::var("SUDO_USER") {
        Ok(name) => format!("this host, {name} by sudo"),
        Err(_) => format!("this host, user {user}"),
    }
}

/// The one clock; a clock before 1970 reads as 1970.
#[expect(clippy::disallowed_methods, reason = "the composition root meets the world")]
fn system_clock() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    UnixTime(since.map_or(0, |since| since.as_secs()))
}
