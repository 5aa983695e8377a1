//! What stands between the server and others: TLS, names, metrics, logs, the service manager.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::{Process, Server, ServerOptions, installed, program, run};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Client, PASSWORD, code, now, settle, wrong_code};
use crate::hostile::raw;

/// A server without `--dev`, as an operator starts it; its address.
fn start(data_dir: &Path, args: &[&str]) -> (Process, String) {
    let mut command = Command::new(program("holdfast-server"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir).args(args);
    let mut process = Process::start(command);
    let url = process.wait_for(Duration::from_secs(30), |line| {
        line.split_once("listening on ").map(|(_, url)| url.trim().to_owned())
    });
    (process, url)
}

/// An answer over TLS, from a server that must show this certificate.
fn over_tls(url: &str, certificate: &Path, path: &str) -> Result<String, String> {
    let address = url.strip_prefix("https://").ok_or("no TLS")?;
    let mut roots = RootCertStore::empty();
    let ours = CertificateDer::from_pem_file(certificate).map_err(|error| error.to_string())?;
    roots.add(ours).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    let mut stream = StreamOwned::new(connection, stream);
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
    Ok(answer)
}

#[test]
fn tls_with_a_certificate_made_at_the_first_start() {
    let home = tempfile::tempdir().expect("a folder");
    let args = ["--tls-self-signed", "localhost"];
    let (server, url) = start(home.path(), &args);
    let certificate = home.path().join("tls.crt");
    let answer = over_tls(&url, &certificate, "/login").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");
    let der = CertificateDer::from_pem_file(&certificate).expect("a certificate");
    let printed = fingerprint(&der);
    assert!(server.output().contains(&format!("certificate sha256:{printed}")));
    assert!(!server.output().contains("not encrypted"));
    drop(server);
    let (_again, url) = start(home.path(), &args);
    let kept = CertificateDer::from_pem_file(&certificate).expect("a certificate");
    assert_eq!(kept, der, "the certificate stays, so that it can be pinned");
    assert!(over_tls(&url, &certificate, "/healthz").is_ok());
}

#[test]
fn a_new_certificate_is_taken_at_sighup_and_a_bad_one_is_not() {
    let home = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (home.path().join("a.crt"), home.path().join("a.key"));
    let make = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        fs::write(&certificate, made.cert.pem()).expect("a file");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its mode");
    };
    make();
    let (crt, pem) = (certificate.to_str().expect("text"), key.to_str().expect("text"));
    let args = ["--tls-certificate", crt, "--tls-key", pem];
    let (mut server, url) = start(&home.path().join("data"), &args);
    assert!(over_tls(&url, &certificate, "/healthz").is_ok());
    let old = home.path().join("old.crt");
    fs::copy(&certificate, &old).expect("a copy");
    let hang_up = |process: &Process| {
        let pid = process.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().expect("kill").success());
    };
    make();
    hang_up(&server);
    let fresh = fingerprint(&CertificateDer::from_pem_file(&certificate).expect("one"));
    server.wait_for(Duration::from_secs(10), |line| line.contains(&fresh).then_some(()));
    assert!(over_tls(&url, &certificate, "/healthz").is_ok());
    assert!(over_tls(&url, &old, "/healthz").is_err(), "the old one is out of use");
    let good = home.path().join("good.crt");
    fs::copy(&certificate, &good).expect("a copy");
    fs::write(&certificate, "nothing").expect("a file");
    hang_up(&server);
    server.wait_for(Duration::from_secs(10), |line| {
        line.contains("the certificate in use stays").then_some(())
    });
    assert!(over_tls(&url, &good, "/healthz").is_ok());
}

#[test]
fn a_certificate_that_is_none_is_said_at_the_start() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data").display().to_string();
    for (args, says) in [
        (&["--tls-certificate", "/dev/null", "--tls-key", "/dev/null"][..], "cannot be"),
        (&["--tls-certificate", "/none", "--tls-key", "/none"], "cannot be read"),
        (&["--tls-certificate", "/none"], "--tls-key"),
        (&["--tls-self-signed", "no name"], "cannot be made"),
    ] {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data];
        let server = program("holdfast-server").display().to_string();
        let all = ["10", &server].into_iter().chain(serve).chain(args.iter().copied());
        let ran = run("timeout", all, &[], b"");
        assert!(!ran.ok() && ran.err.contains(says), "{args:?}: {ran:?}");
        assert!(!ran.err.contains("panicked"));
    }
}

#[test]
fn a_client_that_never_agrees_on_tls_keeps_nobody_waiting() {
    let home = tempfile::tempdir().expect("a folder");
    let (_server, url) = start(home.path(), &["--tls-self-signed", "localhost"]);
    let address = url.strip_prefix("https://").expect("an address");
    let mut silent: Vec<_> =
        (0..50).map(|_| TcpStream::connect(address).expect("a connection")).collect();
    let began = Instant::now();
    assert!(over_tls(&url, &home.path().join("tls.crt"), "/healthz").is_ok());
    assert!(began.elapsed() < Duration::from_secs(5));
    let one = silent.first_mut().expect("one");
    one.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
    assert_eq!(one.read(&mut [0; 16]).expect("it is closed"), 0);
}

#[test]
fn only_the_services_names_are_answered_to() {
    let home = tempfile::tempdir().expect("a folder");
    let (_server, url) = start(home.path(), &["--host", "id.example.org,other.example.org"]);
    let mut ann = Client::at(&url);
    for (host, status) in [
        ("id.example.org", 200),
        ("ID.example.org:443", 200),
        ("other.example.org", 200),
        ("evil.example.org", 421),
        ("127.0.0.1", 421),
    ] {
        ann.host = Some(host.to_owned());
        assert_eq!(ann.get("/login").status, status, "{host}");
        assert_eq!(ann.get("/healthz").status, 200, "{host}");
    }
}

#[test]
fn what_is_no_request_is_refused_in_words() {
    let server = Server::start();
    let address = server.url().strip_prefix("http://").expect("an address");
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
    for (sent, status, says) in [
        ("no request\r\n\r\n", "400", "not a request that this server can read"),
        ("GET / HTTP/9.9\r\n\r\n", "400", "not a request that this server can read"),
        (&long, "431", "too large"),
        (&many, "431", "too large"),
    ] {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream.write_all(sent.as_bytes()).expect("sent");
        let mut answer = vec![];
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(says), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
    let fine = raw(&server, "GET", "/healthz", "text/plain", b"");
    assert!(fine.starts_with("HTTP/1.1 200"), "{fine}");
}

#[test]
fn metrics_count_requests_and_events_on_an_address_of_their_own() {
    let args = ["--metrics-listen", "127.0.0.1:0"].map(str::to_owned).to_vec();
    let mut server = Server::start_with(ServerOptions { args, ..Default::default() });
    let url = server.output().lines().find_map(|line| {
        let (_, rest) = line.split_once("metrics at ")?;
        Some(rest.trim_end_matches("/metrics").to_owned())
    });
    let url = url.expect("it says where");
    let mut ann = Client::registered(&server);
    ann.post("/login", &[("email", "ann@example.org"), ("password", "not hers")]);
    let text = Client::at(&url).get("/metrics").body;
    for line in [
        "holdfast_events_total{what=\"registered\"} 1",
        "holdfast_events_total{what=\"password_wrong\"} 1",
        "holdfast_requests_total{method=\"POST\",place=\"/login\",status=\"401\"} 1",
        "holdfast_ready 1",
        "holdfast_answer_seconds_count 2",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && !text.contains("ann@"), "{text}");
    assert_eq!(Client::of(&server).get("/metrics").status, 404, "not on the address for people");
    assert!(server.process().is_running());
}

#[test]
fn row_09_a_server_whose_clock_was_set_back_is_not_ready() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |clock_offset| {
        let data_dir = Some(home.path().to_owned());
        Server::start_with(ServerOptions { data_dir, clock_offset, ..Default::default() })
    };
    if let Err(sentence) = installed("faketime") {
        return println!("skipped: {sentence}");
    }
    let right = at(0);
    assert_eq!(Client::of(&right).get("/readyz").status, 200);
    // Two on one store: the other's clock is behind.
    let slow = at(-60);
    // Its own start is the last entry; the right one writes another.
    Client::registered(&right);
    let answer = Client::of(&slow).get("/readyz");
    assert_eq!(answer.status, 503);
    answer.must_say("seconds behind what was written last");
    assert_eq!(Client::of(&right).get("/readyz").status, 200);
    // What it writes itself does not make it ready.
    assert_ne!(Client::of(&slow).log_in().status, 500);
    assert_eq!(Client::of(&slow).get("/readyz").status, 503);
    drop(slow);
    // Started anew it has written last; and it may be slow by hours.
    drop(at(-6 * 3600));
    let slow = at(-6 * 3600);
    assert_eq!(Client::of(&slow).get("/readyz").status, 503);
    drop(slow);
    // Another one was days ahead for once: that is over with the next entry at the right time.
    drop(at(3 * 86_400));
    assert_eq!(Client::of(&right).get("/readyz").status, 503);
    Client::of(&right).log_in();
    assert_eq!(Client::of(&right).get("/readyz").status, 200);
}

#[test]
fn row_33_no_secret_in_the_log_even_where_all_is_written() {
    let args = ["--log-level", "debug", "--log-format", "json"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { args, ..Default::default() });
    let mut ann = Client::registered(&server);
    let mut canaries = vec![PASSWORD.to_owned()];
    let secret = ann.enable();
    canaries.push(secret.to_base32().to_string());
    let key = ann.submit("/account/api-key", &[("password", PASSWORD)]);
    canaries.push(key.between("id=\"new-api-key\">", "<").expect("a key").to_owned());
    canaries.extend(ann.cookies.values().cloned());
    settle();
    let answer = ann.api_open();
    let challenge = answer.json()["challenge"].as_str().expect("one").to_owned();
    let wrong = wrong_code(&secret, now());
    ann.api_code(&challenge, &wrong);
    let right = code(&secret, now());
    let token = ann.api_code(&challenge, &right).json()["token"].as_str().expect("one").to_owned();
    ann.get(&format!("/account/{token}?code={right}"));
    ann.post("/login", &[("email", &token), ("password", &challenge)]);
    canaries.extend([challenge, wrong, right, token]);
    // A line arrives by itself; that of the last request is the last one.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut output = server.output();
    while !output.contains("\"place\":\"/login\"") && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(50));
        output = server.output();
    }
    assert!(output.lines().count() > 10, "all is written: {output}");
    for line in output.lines().filter(|line| !line.starts_with("listening on")) {
        let object: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        assert!(object["timestamp"].is_string() && object["level"].is_string(), "{line}");
    }
    for canary in canaries {
        assert!(!said(&output, &canary), "{canary}:\n{output}");
    }
}

/// Whether a canary stands in what was printed, times of day left out: six digits occur in those.
fn said(output: &str, canary: &str) -> bool {
    output.lines().any(|line| match serde_json::from_str::<serde_json::Value>(line) {
        Ok(mut object) => {
            object.as_object_mut().map(|fields| fields.remove("timestamp"));
            object.to_string().contains(canary)
        }
        Err(_) => line.contains(canary),
    })
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let envs = vec![("NOTIFY_SOCKET".to_owned(), path.display().to_string())];
    let mut server = Server::start_with(ServerOptions { envs, ..Default::default() });
    let heard = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).expect("it tells");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    assert_eq!(heard(), "READY=1");
    let pid = server.process().id().to_string();
    // Told to stop at this very moment it would be killed half-way if it listened only later.
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("hexadecimal");
    for (name, number) in [("SIGINT", 2), ("SIGTERM", 15)] {
        assert_ne!(caught & 1 << (number - 1), 0, "{name} is not listened for yet");
    }
    assert!(Command::new("kill").arg(pid).status().expect("kill").success());
    assert_eq!(heard(), "STOPPING=1");
    let patience = Instant::now() + Duration::from_secs(10);
    while server.process().is_running() {
        assert!(Instant::now() < patience, "it does not stop");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_systemd_unit_is_one() {
    let Ok(analyze) = installed("systemd-analyze") else {
        return println!("skipped: systemd-analyze is not installed");
    };
    let home = tempfile::tempdir().expect("a folder");
    let unit = include_str!("../../packaging/holdfast-server.service");
    let server = program("holdfast-server").display().to_string();
    let unit = unit.replace("/usr/local/bin/holdfast-server", &server);
    let file = home.path().join("holdfast-server.service");
    fs::write(&file, &unit).expect("a file");
    let file = file.display().to_string();
    let ran = run(&analyze, ["verify", "--man=no", &file], &[], b"");
    assert!(ran.ok() && !ran.err.contains("holdfast-server.service:"), "{ran:?}");
    let score = ["security", "--offline=yes", "--threshold=20", "--no-pager", &file];
    let ran = run(&analyze, score, &[], b"");
    assert!(ran.ok(), "too much is left open: {ran:?}");
}

/// The settings that lie beside the unit are settings.
#[test]
fn the_example_of_settings_is_taken() {
    let example = include_str!("../../packaging/server.toml");
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("server.toml");
    let data = format!("data-dir = \"{}\"", home.path().join("data").display());
    // Each setting that is commented out is tried on its own; keys may stand once.
    for line in example.lines() {
        let Some(setting) = line.strip_prefix("# ").filter(|rest| rest.contains(" = ")) else {
            continue;
        };
        fs::write(&file, format!("{data}\n{setting}\n")).expect("a file");
        let config = file.display().to_string();
        let ran = run(program("holdfast-server"), ["--config", &config, "check"], &[], b"");
        assert!(ran.err.contains("There is no database"), "{setting}: {ran:?}");
    }
}

fn fingerprint(der: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn registering_is_limited_by_address_source_and_day() {
    let register = |server: &Server, from: &str, email: &str| {
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let kind = format!("application/x-www-form-urlencoded\r\nx-forwarded-for: {from}");
        let answer = raw(server, "POST", "/register", &kind, form.as_bytes());
        let status = answer.split(' ').nth(1).expect("a status").to_owned();
        let names_the_wait = answer.to_ascii_lowercase().contains("\r\nretry-after: ");
        assert_eq!(names_the_wait, status == "429", "{answer}");
        status
    };
    let args = ["--proxy", "127.0.0.1", "--registrations-a-day", "130"].map(str::to_owned);
    let server = Server::start_with(ServerOptions { args: args.to_vec(), ..Default::default() });
    assert_eq!(register(&server, "192.0.2.1", "ann@example.org"), "303");
    for source in 0..9 {
        // Whoever asks of one address is answered nine times more, from wherever.
        let from = format!("192.0.2.{}", 10 + source);
        assert_eq!(register(&server, &from, "ann@example.org"), "422", "there is an account");
    }
    assert_eq!(register(&server, "192.0.2.30", "ann@example.org"), "429");
    assert_eq!(register(&server, "192.0.2.30", "bob@example.org"), "303", "he is another");

    for person in 0..100 {
        let email = format!("person{person}@example.org");
        assert_eq!(register(&server, "203.0.113.9", &email), "303", "{person}");
    }
    assert_eq!(register(&server, "203.0.113.9", "one-more@example.org"), "429");
    for person in 0..19 {
        let from = format!("198.51.100.{person}");
        assert_eq!(register(&server, &from, &format!("other{person}@example.org")), "303");
    }
    assert_eq!(register(&server, "198.51.100.99", "last@example.org"), "429", "130 in a day");
    let mut known = Client::of(&server);
    assert_eq!(known.log_in().location(), "/account", "who has an account logs in");
}
