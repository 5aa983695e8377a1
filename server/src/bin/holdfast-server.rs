//! Starts the verification server.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use clap::{Parser, Subcommand};
use holdfast_otp::UnixTime;
use holdfast_server::domain::issuer::Issuer;
use holdfast_server::flows::Server;
use holdfast_server::http;
use holdfast_server::passwords::Passwords;
use holdfast_server::place::{self, Opened};
use holdfast_server::random::system_random;

/// Asks for a code from the phone after e-mail and password.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the pages and the API until it is told to stop (SIGTERM or Ctrl-C).
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// Where accounts are kept; made if it is not there.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// The file with the server's key, kept away from the database [default: DIR/server.key].
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The service's name, as people will see it in their app.
    #[arg(long, value_name = "NAME", default_value = "Holdfast")]
    issuer: String,
    /// A proxy that is believed when it names in X-Forwarded-For for whom it asks; may be repeated.
    #[arg(long, value_name = "ADDRESS")]
    proxy: Vec<IpAddr>,
    /// For trying it out on this machine; only on a loopback address.
    #[arg(long)]
    dev: bool,
}

fn main() -> ExitCode {
    let Command::Serve(serve) = Arguments::parse().command;
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    match run(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(serve: Serve) -> anyhow::Result<()> {
    anyhow::ensure!(
        !serve.dev || serve.listen.ip().is_loopback(),
        "--dev is for this machine only, and {} is reachable from others. Listen on 127.0.0.1.",
        serve.listen
    );
    let issuer = Issuer::parse(&serve.issuer)?;
    let mut rng = system_random();
    let Opened { keyring, store } =
        place::open(&serve.data_dir, serve.key_file.as_deref(), &mut rng)?;
    let store = Arc::new(store);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let passwords = Passwords::new(cores, &mut rng)?;
    let server = Server { store, keyring, passwords, clock: system_clock, issuer };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The runtime does not start")?
        .block_on(listen(serve.listen, serve.proxy, Arc::new(server), serve.dev))
}

async fn listen(
    address: SocketAddr,
    proxies: Vec<IpAddr>,
    server: Arc<Server>,
    dev: bool,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            anyhow::anyhow!(
                "Another program listens on {address} already. Stop it, or give another port with \
                 --listen."
            )
        } else {
            anyhow::anyhow!("{address} cannot be listened on: {error}. Give another with --listen.")
        }
    })?;
    let address = listener.local_addr()?;
    if !address.ip().to_canonical().is_loopback() {
        tracing::warn!(
            "{address} is reachable from other machines, and what crosses it is not encrypted: put \
             a proxy with TLS between it and them"
        );
    }
    announce(address);
    tokio::spawn(sweep(Arc::clone(&server)));
    http::serve(listener, http::router(server, dev), proxies, told_to_stop()).await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the one line that others wait for")]
fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
}

#[expect(clippy::print_stderr, reason = "what the operator reads when it does not start")]
fn complain(error: &anyhow::Error) {
    eprintln!("holdfast-server: {error:#}");
}

/// Forgets what has run out, once an hour.
async fn sweep(server: Arc<Server>) {
    let mut hours = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hours.tick().await;
        match server.store.sweep(server.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "forgot sessions and throttles that had run out"),
            Err(error) => tracing::warn!(%error, "what has run out could not be forgotten"),
        }
    }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// The one clock; a clock before 1970 reads as 1970.
#[expect(clippy::disallowed_methods, reason = "the composition root meets the world")]
fn system_clock() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    UnixTime(since.map_or(0, |since| since.as_secs()))
}
