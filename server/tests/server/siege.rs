//! Very many connections that say nothing, say it slowly or never stop: the server stays up, its memory
//! stays bounded, and whoever comes honestly is served.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::{Client, code, now};

#[test]
fn besieged_by_300_connections_it_serves_on_in_bounded_memory() {
    besieged(300, Duration::from_secs(5), 100);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_besieged_by_10000_connections_it_serves_on_in_bounded_memory() {
    besieged(9_000, Duration::from_secs(120), 400);
}

/// The longest that somebody honest may wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// `many` idle connections, a ninth as many that send their head byte by byte, and a few that never
/// stop sending or stop in the middle of a body; for so long, in so many MiB at most.
fn besieged(many: usize, lasting: Duration, most_mib: usize) {
    take_descriptors(many);
    let mut server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let at_first = memory(&mut server, "VmRSS");
    let address = server.url().strip_prefix("http://").expect("an address").to_owned();
    let (over, floods) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut slowest, mut served, mut reopened) = (Duration::ZERO, 0, 0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    flood(&address);
                    floods.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut idle: Vec<TcpStream> = (0..many).map(|_| silent(&address)).collect();
        let mut slow: Vec<TcpStream> = (0..many / 9).map(|_| slow(&address)).collect();
        let mut stuck: Vec<TcpStream> = (0..many / 90).map(|_| stuck(&address)).collect();
        let began = Instant::now();
        while began.elapsed() < lasting {
            reopened += again(&mut idle, &address, silent);
            reopened += again(&mut slow, &address, self::slow);
            reopened += again(&mut stuck, &address, self::stuck);
            for stream in &mut slow {
                // One that was cut off meanwhile is opened again next time.
                stream.write_all(b"x").ok();
            }
            let asked = Instant::now();
            assert_eq!(Client::of(&server).get("/readyz").status, 200);
            slowest = slowest.max(asked.elapsed());
            served += 1;
            thread::sleep(Duration::from_millis(200));
        }
        let asked = Instant::now();
        let mut elsewhere = Client::of(&server);
        assert_eq!(elsewhere.log_in().location(), "/login/second-factor");
        assert_eq!(elsewhere.enter_code(&code(&secret, now())).location(), "/account");
        assert!(elsewhere.is_signed_in());
        slowest = slowest.max(asked.elapsed());
        over.store(true, Ordering::Relaxed);
    });
    let most = memory(&mut server, "VmHWM");
    let floods = floods.into_inner();
    println!(
        "{many} idle, {} slow, {} stuck connections and 8 floods for {} s: {reopened} were opened \
         again, {floods} floods were cut off; {served} honest requests and a log-in, the slowest \
         in {} ms; {at_first} MiB before, {most} at most",
        many / 9,
        many / 90,
        lasting.as_secs(),
        slowest.as_millis()
    );
    assert!(server.process().is_running());
    assert!(slowest < PATIENCE, "{slowest:?}");
    assert!(most <= most_mib, "{most} MiB");
    assert!(floods > 0);
}

fn silent(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nonblocking(true).expect("a socket");
    stream
}

fn slow(address: &str) -> TcpStream {
    let mut stream = silent(address);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ").expect("a start");
    stream
}

fn stuck(address: &str) -> TcpStream {
    let mut stream = silent(address);
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 30000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a start");
    stream
}

/// Sends a body without end, until it is cut off.
fn flood(address: &str) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 1000000000000\r\n\r\n"
    );
    let chunk = vec![b'x'; 64 * 1024];
    let mut sent = stream.write_all(head.as_bytes());
    for _ in 0..1600 {
        if sent.is_err() {
            return;
        }
        sent = stream.write_all(&chunk);
    }
    panic!("100 MiB were taken in");
}

/// Opens those again that the server has closed; how many that were.
fn again(streams: &mut [TcpStream], address: &str, open: fn(&str) -> TcpStream) -> usize {
    let mut count = 0;
    for stream in streams {
        let mut bytes = [0; 512];
        let closed = match stream.read(&mut bytes) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if closed {
            *stream = open(address);
            count += 1;
        }
    }
    count
}

/// A line of what the system says of the server's memory, in MiB.
fn memory(server: &mut Server, line: &str) -> usize {
    let status = format!("/proc/{}/status", server.process().id());
    let status = std::fs::read_to_string(status).expect("the server runs");
    let said = status.lines().find_map(|one| one.strip_prefix(line)).expect("the line");
    let kib = said.trim_start_matches(':').trim().trim_end_matches(" kB");
    kib.parse::<usize>().expect("a number") / 1024
}

fn take_descriptors(many: usize) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = 2 * many as u64 + 500;
    let most = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < most) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit }).expect("descriptors");
    }
}
