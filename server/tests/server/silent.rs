//! A database that is gone without a word: connections to it stay, and nothing comes on them any more.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::{Server, ServerOptions};

use crate::client::Client;
use crate::postgres::cluster;

const SOCKET: &str = ".s.PGSQL.5432";

/// Stands before a cluster, and can fall silent on every connection that there is.
struct Relay {
    opened: Arc<AtomicUsize>,
    /// Connections before this one are silent.
    silent: Arc<AtomicUsize>,
}

impl Relay {
    fn before(cluster: PathBuf, listener: UnixListener) -> Relay {
        let relay = Relay { opened: Arc::default(), silent: Arc::default() };
        let (opened, silent) = (Arc::clone(&relay.opened), Arc::clone(&relay.silent));
        thread::spawn(move || {
            for asking in listener.incoming() {
                let asking = asking.expect("a connection");
                let asked = UnixStream::connect(&cluster).expect("the cluster");
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let both = |end: &UnixStream| end.try_clone().expect("a second handle");
                carry(both(&asking), both(&asked), number, Arc::clone(&silent));
                carry(asked, asking, number, Arc::clone(&silent));
            }
        });
        relay
    }

    fn falls_silent(&self) {
        self.silent.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

/// Carries from one end to the other, or loses it.
fn carry(mut from: UnixStream, mut to: UnixStream, number: usize, silent: Arc<AtomicUsize>) {
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let is_lost = number < silent.load(Ordering::SeqCst);
            if !is_lost && to.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

#[test]
fn connections_that_fell_silent_are_given_up_and_the_server_goes_on_with_new_ones() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE silent");
    let address = cluster.address("silent");
    let (host, rest) = address.split_once(' ').expect("a host, and the rest");
    let real = PathBuf::from(host.strip_prefix("host=").expect("a host")).join(SOCKET);
    let folder = tempfile::TempDir::new().expect("a folder");
    let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
    let relay = Relay::before(real, listener);
    let address = format!("host={} {rest}", folder.path().display());
    let server = Server::start_with(ServerOptions {
        envs: vec![("HOLDFAST_DATABASE".to_owned(), address)],
        ..ServerOptions::default()
    });
    Client::registered(&server);
    let ready = || Client::of(&server).get("/readyz").status;
    assert_eq!(ready(), 200);

    relay.falls_silent();
    assert_eq!(ready(), 503);
    let deadline = Instant::now() + Duration::from_mins(2);
    while ready() != 200 {
        assert!(Instant::now() < deadline, "it waits for those that are silent");
    }
    assert_eq!(Client::of(&server).log_in().location(), "/account");
}
