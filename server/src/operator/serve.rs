//! `serve`: opens everything, says where it listens, and stops when told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tracing_subscriber::filter::LevelFilter;

use super::args::{LogFormat, LogLevel, Place, Serve};
use super::{operator, system_clock, voice};
use crate::domain::issuer::Issuer;
use crate::flows::Server;
use crate::http;
use crate::passwords::Passwords;
use crate::place::{self, Opened};
use crate::random::system_random;

/// Serves until SIGTERM or Ctrl-C.
pub fn run(place: &Place, serve: Serve) -> anyhow::Result<()> {
    write_log(serve.log_format, serve.log_level);
    anyhow::ensure!(
        !serve.dev || serve.listen.ip().is_loopback(),
        "--dev is for this machine only, and {} is reachable from others. Listen on 127.0.0.1.",
        serve.listen
    );
    let issuer = Issuer::parse(&serve.issuer)?;
    let mut rng = system_random();
    let Opened { keyring, store } =
        place::open(place.directory()?, place.key_file.as_deref(), &mut rng)?;
    let store = Arc::new(store);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let passwords = Passwords::new(cores, &mut rng)?;
    let server = Server { store, keyring, passwords, clock: system_clock, issuer };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The runtime does not start")?
        .block_on(listen(serve, Arc::new(server)))
}

fn write_log(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(level);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

async fn listen(serve: Serve, server: Arc<Server>) -> anyhow::Result<()> {
    let address = serve.listen;
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
    server.started(&operator()).await?;
    announce(address)?;
    tokio::spawn(sweep(Arc::clone(&server)));
    http::serve(listener, http::router(server, serve.dev), serve.proxy, told_to_stop()).await;
    Ok(())
}

/// The one line that others wait for.
fn announce(address: SocketAddr) -> std::io::Result<()> {
    voice::say(&format!("listening on http://{address}"))
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
