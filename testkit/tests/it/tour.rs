//! The tour tells the story when all is well, and fails when any part of it is broken.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::{Ran, Server, installed, program, run};
use tempfile::TempDir;

#[test]
fn the_tour_ends_with_a_log_in_and_the_same_code_refused() {
    let tour = run(program("holdfast-tour"), [""; 0], &[], b"");
    assert!(tour.ok(), "{}{}", tour.out, tour.err);
    let lines: Vec<_> = tour.out.lines().filter(|line| !line.trim().is_empty()).collect();
    let accepted = lines.iter().position(|line| line.contains("accepted, ada@example.org"));
    let refused = lines.iter().rposition(|line| line.contains("refused (401)"));
    assert!(accepted.is_some() && refused > accepted, "{}", tour.out);
}

#[test]
fn a_server_whose_clock_is_an_hour_off_ends_the_tour() {
    let Ok(faketime) = installed("faketime").map_err(|why| println!("skipped: {why}")) else {
        return;
    };
    let real = program("holdfast-server");
    // By its library: under the program of that name the server is a child's child, and outlives the tour.
    let late = format!(
        "LD_PRELOAD=$({} -f +0s printenv LD_PRELOAD) FAKETIME=+3600s \\
         FAKETIME_DONT_FAKE_MONOTONIC=1 exec {} \"$@\"",
        faketime.display(),
        real.display()
    );
    let tour = tour_with("holdfast-server", &late);
    assert_fails(&tour, "the switch-on");
}

#[test]
fn an_app_that_makes_codes_up_ends_the_tour() {
    let real = program("holdfast");
    let made_up = format!(
        "for one; do [ \"$one\" != code ] || {{ echo 000000; exit; }}; done; exec {} \"$@\"",
        real.display()
    );
    let tour = tour_with("holdfast", &made_up);
    assert_fails(&tour, "the switch-on");
}

#[test]
fn an_app_that_reads_no_barcode_ends_the_tour() {
    let tour = tour_with("holdfast", "echo 'There is no barcode in this picture.' >&2; exit 1");
    assert_fails(&tour, "There is no barcode in this picture.");
}

#[test]
fn a_server_that_takes_a_code_twice_ends_the_tour() {
    let server = Server::start();
    let forgetful = forgetful_proxy(server.url().trim_start_matches("http://"));
    let tour =
        tour_with("holdfast-server", &format!("echo 'listening on {forgetful}'; exec sleep 240"));
    assert_fails(&tour, "the server took the same code twice");
}

#[test]
fn arguments_that_it_does_not_know_are_refused_and_help_is_given() {
    for (arguments, code, words) in [
        (&["--help"][..], 0, "It takes no arguments"),
        (&["-h"], 0, "Exit codes: 0"),
        (&["--fast"], 2, "takes no arguments, and was given \"--fast\"; see --help."),
        (&["--help", "more"], 2, "takes no arguments"),
    ] {
        let tour = run(program("holdfast-tour"), arguments, &[], b"");
        let (said, other) = if code == 0 { (&tour.out, &tour.err) } else { (&tour.err, &tour.out) };
        assert_eq!((tour.code, other.as_str()), (Some(code), ""), "{tour:?}");
        assert!(said.contains(words), "{tour:?}");
    }
}

#[test]
fn stopped_at_any_moment_it_leaves_no_server_and_no_folder() {
    for (line, signal, code) in [
        ("The server starts", "TERM", 143),
        ("holdfast add barcode.png", "HUP", 129),
        ("    (waiting", "INT", 130),
    ] {
        let dir = TempDir::new().expect("a temporary folder");
        let mut tour = Command::new(program("holdfast-tour"))
            .env("TMPDIR", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(tour.stdout.take().expect("its output")).lines();
        let mut server = None;
        for said in lines.by_ref().map_while(Result::ok) {
            let word = said.split_whitespace().find_map(|word| word.strip_prefix("http://"));
            server = server.or(word.map(str::to_owned));
            if said.starts_with(line) {
                break;
            }
        }
        let server = server.expect("the server's address");
        assert!(TcpStream::connect(&server).is_ok(), "the server answers before {signal}");
        assert!(fs::read_dir(dir.path()).expect("a folder").count() > 0);
        let sent = Instant::now();
        let killed = Command::new("kill").args(["-s", signal, &tour.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        let rest: Vec<_> = lines.map_while(Result::ok).collect();
        assert_eq!(tour.wait().expect("it ends").code(), Some(code), "{rest:?}");
        assert!(sent.elapsed() < Duration::from_secs(10), "{signal} is waited for");
        assert!(rest.last().is_some_and(|line| line.contains("was stopped")), "{rest:?}");
        assert!(TcpStream::connect(&server).is_err(), "the server goes on after {signal}");
        let left: Vec<_> = fs::read_dir(dir.path()).expect("a folder").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn where_nobody_reads_it_cleans_up_all_the_same() {
    let dir = TempDir::new().expect("a temporary folder");
    let mut tour = Command::new(program("holdfast-tour"))
        .env("TMPDIR", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(tour.stdout.take());
    assert_eq!(tour.wait().expect("it ends").code(), Some(0));
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

/// The tour with one of the programs replaced by a script.
fn tour_with(replaced: &str, script: &str) -> Ran {
    let bin = TempDir::new().expect("a temporary folder");
    for name in ["holdfast", "holdfast-server"].into_iter().filter(|name| *name != replaced) {
        symlink(program(name), bin.path().join(name)).expect("a link");
    }
    let path = bin.path().join(replaced);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
    let envs = [("HOLDFAST_BIN_DIR", bin.path().as_os_str())];
    let tour = run(program("holdfast-tour"), [""; 0], &envs, b"");
    assert_eq!(started_from(bin.path()), [""; 0], "what it started goes with it");
    tour
}

/// What still runs of all that was told of this folder.
fn started_from(bin: &Path) -> Vec<String> {
    let bin = bin.as_os_str().as_encoded_bytes();
    let processes = fs::read_dir("/proc").expect("a list").flatten().map(|one| one.path());
    let told = |process: &PathBuf| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.windows(bin.len()).any(|part| part == bin)
    };
    let line = |process: PathBuf| fs::read_to_string(process.join("cmdline")).unwrap_or_default();
    processes.filter(told).map(line).collect()
}

#[track_caller]
fn assert_fails(tour: &Ran, why: &str) {
    assert_eq!(tour.code, Some(1), "the tour did not notice: {}{}", tour.out, tour.err);
    let last = tour.out.lines().last().unwrap_or_default();
    assert!(last.starts_with("The tour ends here: ") && last.contains(why), "{}", tour.out);
}

/// Passes everything on to the server, but once a code was accepted it says that all others are too.
fn forgetful_proxy(server: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = server.to_owned();
    let accepted = Arc::new(AtomicBool::new(false));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (server, accepted) = (server.clone(), Arc::clone(&accepted));
            thread::spawn(move || pass_on(stream, &server, &accepted));
        }
    });
    url
}

fn pass_on(mut client: TcpStream, server: &str, accepted: &AtomicBool) -> Option<()> {
    let request = read_request(&mut client)?;
    let is_code = request.starts_with("POST /api/v1/sessions/second-factor ");
    let mut upstream = TcpStream::connect(server).ok()?;
    let closing = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    upstream.write_all(closing.as_bytes()).ok()?;
    let mut answer = String::new();
    upstream.read_to_string(&mut answer).ok()?;
    if is_code && accepted.load(Ordering::SeqCst) {
        answer = answer.replacen(" 401 Unauthorized", " 201 Created", 1);
    } else if is_code && answer.starts_with("HTTP/1.1 201") {
        accepted.store(true, Ordering::SeqCst);
    }
    client.write_all(answer.as_bytes()).ok()
}

/// One request with its body, whose length the head states.
fn read_request(client: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let read = client.read(&mut buffer).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
    }
}
