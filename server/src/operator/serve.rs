//! `serve`: opens everything, says where it listens, and stops when told to.

use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use super::args::{LogFormat, LogLevel, Place, Serve};
use super::{notify, operator, system_clock, told_to_stop, voice};
use crate::domain::audit::Event;
use crate::domain::issuer::Issuer;
use crate::flows::Server;
use crate::http::metrics::{self, Metrics};
use crate::http::tls::{self, CertificateFiles, Tls};
use crate::http::{self, Door, Hosts};
use crate::notify::deliver;
use crate::passwords::Passwords;
use crate::place::{self, Opened};
use crate::random::system_random;

/// Enough descriptors for all connections that are taken at once, and for the files.
const DESCRIPTORS: u64 = 17_000;

/// Serves until SIGTERM or Ctrl-C.
pub fn run(place: &Place, serve: Box<Serve>) -> anyhow::Result<()> {
    write_log(serve.log_format, serve.log_level);
    anyhow::ensure!(
        !serve.dev || serve.listen.ip().is_loopback(),
        "--dev is for this machine only, and {} is reachable from others. Listen on 127.0.0.1.",
        serve.listen
    );
    let issuer = Issuer::parse(&serve.issuer)?;
    check(&serve, &issuer)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The runtime does not start")?
        .block_on(open(place, serve, issuer))
}

async fn open(place: &Place, serve: Box<Serve>, issuer: Issuer) -> anyhow::Result<()> {
    // Whatever can be refused is, before anything is made.
    take_descriptors();
    let listener = bind(serve.listen, "--listen").await?;
    let for_metrics = match serve.metrics_listen {
        Some(address) => Some(bind(address, "--metrics-listen").await?),
        None => None,
    };
    let given = given_tls(&serve)?;
    let mut rng = system_random();
    let metrics = Metrics::default();
    let heard = metrics.clone();
    let observer = Box::new(move |event: &Event| heard.event(event));
    let Opened { keyring, store } = place::open(place.whereabouts()?, observer, &mut rng).await?;
    let tls = match given {
        None if !serve.tls_self_signed.is_empty() => {
            Some(Tls::load(tls::self_signed(place.directory()?, &serve.tls_self_signed)?)?)
        }
        given => given,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let passwords = Passwords::new(cores, &mut rng)?;
    let hashing = passwords.clone();
    store.gather_for(Arc::new(move || hashing.leisure()));
    let post = serve.post.open(serve.dev, place.directory()?, &issuer, &keyring)?;
    let registrations_a_day = serve.registrations_a_day;
    let clock = system_clock;
    let server = Server { store, keyring, passwords, clock, issuer, post, registrations_a_day };
    listen(serve, (listener, for_metrics), tls, metrics, Arc::new(server)).await
}

/// Whether what was given goes together: before anything is made, so that a start that is refused leaves
/// nothing behind.
fn check(serve: &Serve, issuer: &Issuer) -> anyhow::Result<()> {
    match (&serve.tls_certificate, &serve.tls_key) {
        (Some(_), None) => anyhow::bail!("A certificate is of no use without its --tls-key."),
        (None, Some(_)) => anyhow::bail!("A key is of no use without its --tls-certificate."),
        (Some(_), Some(_)) if !serve.tls_self_signed.is_empty() => anyhow::bail!(
            "--tls-certificate names a certificate, and --tls-self-signed asks for another one. Leave \
             one of them out."
        ),
        _ => {}
    }
    let is_name = |name: &str| match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
    };
    if let Some(name) = serve.host.iter().find(|name| name.is_empty() || !is_name(name)) {
        anyhow::bail!(
            "--host {name} is no name. Give it as id.example.org, without https:// and without a port."
        );
    }
    if serve.metrics_listen.is_some_and(|other| other == serve.listen && other.port() != 0) {
        anyhow::bail!("--listen and --metrics-listen are the same address. Give two.");
    }
    Ok(serve.post.check(issuer)?)
}

/// The operator's own certificate, if there is one.
fn given_tls(serve: &Serve) -> anyhow::Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (&serve.tls_certificate, &serve.tls_key) else {
        return Ok(None);
    };
    let files = CertificateFiles { certificate: certificate.clone(), key: key.clone() };
    Ok(Some(Tls::load(files)?))
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

async fn listen(
    serve: Box<Serve>,
    (listener, for_metrics): (TcpListener, Option<TcpListener>),
    tls: Option<Tls>,
    metrics: Metrics,
    server: Arc<Server>,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    if tls.is_none() && !address.ip().to_canonical().is_loopback() {
        tracing::warn!(
            "{address} is reachable from other machines, and what crosses it is not encrypted: put \
             a proxy with TLS between it and them, or give --tls-certificate"
        );
    }
    if let Some(listener) = for_metrics {
        tracing::info!("metrics at http://{}/metrics", listener.local_addr()?);
        let router = metrics::router(metrics.clone(), Arc::clone(&server));
        let door = Door { proxies: Arc::new([]), tls: None, metrics: Metrics::default() };
        tokio::spawn(http::serve(listener, router, door, std::future::pending()));
    }
    if let Some(tls) = &tls {
        tracing::info!("certificate sha256:{}", tls.fingerprint());
        tokio::spawn(reload_when_told(tls.clone())?);
    }
    server.started(&operator()).await?;
    tokio::spawn(sweep(Arc::clone(&server)));
    tokio::spawn(rest(server.passwords.clone()));
    tokio::spawn(hand_over(Arc::clone(&server)));
    tokio::spawn(deliver(Arc::clone(&server)));
    let names = serve.host.iter().map(|name| name.to_ascii_lowercase()).collect();
    let hosts = Hosts { dev: serve.dev, names };
    let router = http::router(server, hosts, metrics.clone());
    // Before anybody hears that it is ready: who is told may stop it at once, and it must finish then too.
    let stopped = told_to_stop()?;
    let stopped = async {
        stopped.await;
        notify::tell("STOPPING=1");
    };
    // The one line that others wait for.
    let scheme = if tls.is_some() { "https" } else { "http" };
    voice::say(&format!("listening on {scheme}://{address}"))?;
    notify::tell("READY=1");
    let door = Door { proxies: serve.proxy.into(), tls, metrics };
    http::serve(listener, router, door, stopped).await;
    Ok(())
}

/// Each connection takes a descriptor, and at first the system often gives a thousand: takes as many
/// as it lets be taken. Where it does not, fewer people are served at once.
fn take_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
    if limit.current.is_some_and(|current| current < enough) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(enough), ..limit });
    }
}

async fn bind(address: SocketAddr, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            anyhow::anyhow!(
                "Another program listens on {address} already. Stop it, or give another port with \
                 {option}."
            )
        } else {
            anyhow::anyhow!("{address} cannot be listened on: {error}. Give another with {option}.")
        }
    })
}

/// Takes the certificate from its files again at each SIGHUP.
fn reload_when_told(tls: Tls) -> std::io::Result<impl Future<Output = ()>> {
    let mut signals = signal(SignalKind::hangup())?;
    Ok(async move {
        while signals.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => tracing::info!("certificate sha256:{}", tls.fingerprint()),
                Err(error) => tracing::error!(%error, "the certificate in use stays"),
            }
        }
    })
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

/// Gives back, once a minute, the memory of hashes that nobody waits for any more.
async fn rest(passwords: Passwords) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        passwords.rest();
    }
}

/// Lets new phones take over whose time has come, also where nobody comes to see it.
async fn hand_over(server: Arc<Server>) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = server.hand_over_due().await {
            tracing::warn!(%error, "a new phone that is due could not take over");
        }
    }
}
