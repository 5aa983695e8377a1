//! HAProxy in front of several servers, as Debian ships it, on a free port of the loopback address.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Process, installed};

/// A running proxy; it is ended when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    process: Process,
    url: String,
    _folder: TempDir,
}

impl Proxy {
    /// Starts one that asks the servers in turn, and leaves out those that are not ready.
    ///
    /// A request is given to another server only where the first one could not be reached at all: what may
    /// have been done is not done again unasked.
    ///
    /// # Errors
    /// As [`installed`].
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[track_caller]
    pub fn start(servers: &[SocketAddr]) -> Result<Self, String> {
        let sbin = std::path::PathBuf::from("/usr/sbin/haproxy");
        let program = if sbin.is_file() { sbin } else { installed("haproxy")? };
        let folder = TempDir::with_prefix("holdfast-proxy-").expect("a temporary folder");
        let address = free_address();
        let lines: Vec<String> = servers
            .iter()
            .map(|server| format!("    server at-{} {server}\n", server.port()))
            .collect();
        let settings = format!(
            "global
    maxconn 1000
defaults
    mode http
    option forwardfor
    option redispatch 1
    retries 3
    retry-on conn-failure
    timeout connect 1s
    timeout client 60s
    timeout server 60s
frontend people
    bind {address}
    default_backend servers
backend servers
    balance roundrobin
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr host localhost hdr connection close
    timeout check 5s
    default-server check inter 200ms fall 2 rise 1
{}",
            lines.concat()
        );
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, settings).expect("it can be written");
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(&file);
        let process = Process::start(command);
        let mut proxy = Self { process, url: format!("http://{address}"), _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(proxy.process.is_running(), "HAProxy ended: {}", proxy.process.output());
            assert!(Instant::now() < deadline, "HAProxy does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(proxy)
    }

    /// Where people reach the servers through it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// An address that nobody listens on just now.
///
/// # Panics
/// When there is none.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address")
}
