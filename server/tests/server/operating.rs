//! Starting, stopping, and what the operator is told.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{fs, net, thread};

use holdfast_testkit::{Ran, Server, ServerOptions, program, run};

use crate::client::Client;

#[test]
fn it_is_alive_and_ready() {
    let server = Server::start();
    let mut client = Client::of(&server);
    assert_eq!(client.get("/healthz").status, 200);
    assert_eq!(client.get("/readyz").status, 200);
}

#[test]
fn told_to_stop_it_finishes_and_leaves_a_whole_database() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = on(dir.path());
    let mut ann = Client::registered(&server);
    let pid = server.process().id();
    assert!(Command::new("kill").arg(pid.to_string()).status().expect("kill").success());
    let patience = Instant::now() + Duration::from_secs(10);
    while server.process().is_running() {
        assert!(Instant::now() < patience, "it does not stop");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!dir.path().join("holdfast.db-wal").exists(), "the log is folded into the database");
    let again = on(dir.path());
    ann.url = again.url().to_owned();
    assert!(ann.is_signed_in(), "a session outlives a restart");
}

#[test]
fn killed_it_loses_nothing_it_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = on(dir.path());
    let mut ann = Client::registered(&server);
    ann.enable();
    server.process().kill();
    let again = on(dir.path());
    ann.url = again.url().to_owned();
    assert!(ann.two_factor_is_on());
}

#[test]
fn row_14_files_are_for_their_owner_only() {
    let server = Server::start();
    Client::registered(&server);
    let mut names = vec![];
    for entry in fs::read_dir(server.data_dir()).expect("the data directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("its mode").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().expect("a name"));
    }
    names.sort();
    assert_eq!(names[..], ["holdfast.db", "holdfast.db-shm", "holdfast.db-wal", "server.key"]);
}

#[test]
fn row_14_a_secret_at_rest_is_sealed_under_a_key_outside_the_database() {
    let dir = tempfile::tempdir().expect("a folder");
    let (data, keys) = (dir.path().join("data"), dir.path().join("keys"));
    fs::create_dir(&keys).expect("a folder");
    let key = keys.join("key");
    let args = vec!["--key-file".to_owned(), key.display().to_string()];
    let options = ServerOptions { data_dir: Some(data.clone()), args, ..Default::default() };
    let server = Server::start_with(options);
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let session = ann.cookies.values().next().expect("a session").clone();
    drop(server);
    assert_eq!(fs::read(&key).expect("the key").len(), 32);
    assert!(!data.join("server.key").exists());
    for name in ["holdfast.db", "holdfast.db-wal"] {
        let Ok(bytes) = fs::read(data.join(name)) else { continue };
        for text in [secret.expose(), secret.to_base32().as_bytes(), session.as_bytes()] {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{name}");
        }
    }
}

#[test]
fn row_33_no_secret_in_what_it_prints() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let answer = ann.api_open();
    let challenge = answer.json()["challenge"].as_str().expect("one").to_owned();
    ann.api_code(&challenge, "000000");
    let output = server.output();
    let session = ann.cookies.values().next().expect("a session");
    for canary in [secret.to_base32().as_str(), session, &challenge, crate::client::PASSWORD] {
        assert!(!output.contains(canary));
    }
}

#[test]
fn a_taken_port_is_said() {
    let taken = net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let dir = tempfile::tempdir().expect("a folder");
    let ran = start(dir.path(), &["--listen", &address]);
    refused(&ran, &format!("Another program listens on {address} already."));
}

#[test]
fn a_data_directory_that_cannot_be_written_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    fs::write(&file, "").expect("a file");
    refused(&start(&file.join("data"), &[]), "cannot be written");
}

#[test]
fn row_14_a_missing_key_is_said_and_never_made_anew() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(on(dir.path()));
    let key = dir.path().join("server.key");
    fs::rename(&key, dir.path().join("away")).expect("the key moves");
    refused(&start(dir.path(), &[]), "is missing, and the database is sealed with it");
    assert!(!key.exists());
}

#[test]
fn row_14_a_foreign_key_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(on(dir.path()));
    let key = dir.path().join("server.key");
    fs::write(&key, [7; 32]).expect("another key");
    refused(&start(dir.path(), &[]), "The key does not belong to the database");
    fs::write(&key, [7; 31]).expect("half a key");
    refused(&start(dir.path(), &[]), "it holds 31 bytes where a key has 32");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("a mode");
    refused(&start(dir.path(), &[]), "others may read it (mode 644); make it 0600");
}

#[test]
fn a_database_that_is_none_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(on(dir.path()));
    for log in ["holdfast.db-wal", "holdfast.db-shm"] {
        // SQLite would mend the file from its log.
        fs::remove_file(dir.path().join(log)).ok();
    }
    fs::write(dir.path().join("holdfast.db"), vec![b'x'; 8192]).expect("no database");
    refused(&start(dir.path(), &[]), "is damaged and cannot be opened. Restore it from a backup.");
}

#[test]
fn row_14_first_starts_at_once_agree_on_one_key() {
    for _ in 0..4 {
        let dir = tempfile::tempdir().expect("a folder");
        let together = Barrier::new(8);
        let servers: Vec<Server> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        on(dir.path())
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().expect("it starts")).collect()
        });
        // What the one seals the other opens, and so does the one that comes later.
        let mut ann = Client::registered(&servers[0]);
        ann.enable();
        for server in &servers {
            assert_eq!(Client::of(server).log_in().location(), "/login/second-factor");
        }
        drop(servers);
        let again = on(dir.path());
        assert_eq!(Client::of(&again).log_in().location(), "/login/second-factor");
    }
}

#[test]
fn row_14_a_key_without_its_database_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(on(dir.path()));
    let says = "Put the database back from a backup; to begin anew, move the key file away.";
    for log in ["holdfast.db-wal", "holdfast.db-shm"] {
        fs::remove_file(dir.path().join(log)).ok();
    }
    let database = dir.path().join("holdfast.db");
    fs::write(&database, "").expect("an empty file");
    refused(&start(dir.path(), &[]), says);
    fs::remove_file(&database).expect("it goes");
    refused(&start(dir.path(), &[]), says);
    assert!(!database.exists(), "nothing is left behind");
    fs::rename(dir.path().join("server.key"), dir.path().join("away")).expect("the key moves");
    Client::registered(&on(dir.path()));
}

#[test]
fn row_14_a_first_start_that_died_at_any_point_is_taken_up() {
    // The points at which it can die, and what is on the disk there.
    let empty: &[&str] = &[];
    for left in [empty, &["tables"], &["tables", "key"]] {
        let dir = tempfile::tempdir().expect("a folder");
        let database = dir.path().join("holdfast.db");
        fs::write(&database, "").expect("an empty database");
        if left.contains(&"tables") {
            drop(holdfast_server::store::Tables::open(&database).expect("tables"));
        }
        if left.contains(&"key") {
            let key = dir.path().join("server.key");
            fs::write(&key, [7; 32]).expect("a key");
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a mode");
        }
        Client::registered(&on(dir.path()));
        Client::of(&on(dir.path())).log_in();
    }
}

#[test]
fn row_14_a_key_that_cannot_be_used_leaves_no_database_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let key = dir.path().join("keys/key");
    let data = dir.path().join("data");
    let named = ["--key-file", key.to_str().expect("text")];
    refused(&start(&data, &named), "The folder for the key file");
    assert!(!data.join("holdfast.db").exists());
    fs::create_dir_all(&key).expect("a folder in its place");
    refused(&start(&data, &named), "it is a folder; name a file with --key-file");
    assert!(!data.join("holdfast.db").exists());
}

#[test]
fn a_full_disk_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().display().to_string();
    let server = program("holdfast-server").display().to_string();
    // A disk of its own, seen by this process alone.
    let script = "mount -t tmpfs -o size=64k none \"$1\" || exit 77
        head -c \"$2\" /dev/zero > \"$1/other\"
        exec timeout 10 \"$3\" serve --dev --data-dir \"$1\" --listen 127.0.0.1:0";
    for taken in ["65536", "40960"] {
        let args = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
        let args = args.into_iter().chain([data.as_str(), taken, &server]);
        let ran = run("unshare", args, &[], b"");
        if ran.code == Some(77) || format!("{ran:?}").contains("unshare failed") {
            println!("skipped: this machine gives no mount of one's own");
            return;
        }
        refused(&ran, "The disk is full");
    }
}

#[test]
fn a_name_that_no_app_can_show_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    for name in ["", "Kelp: Bank", "Kelp\u{7}", &"k".repeat(65)] {
        refused(&start(&data, &["--issuer", name]), "The name given with --issuer cannot be shown");
        assert!(!data.exists(), "nothing is made");
    }
}

#[test]
fn without_tls_other_machines_are_warned_of_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let data_dir = dir.path().display().to_string();
    let server = program("holdfast-server").into_os_string();
    let warned = |listen: &str| {
        let args = ["serve", "--data-dir", &data_dir, "--listen", listen].map(Into::into);
        let ran = run("timeout", ["2".into(), server.clone()].into_iter().chain(args), &[], b"");
        assert!(ran.out.contains("listening on"), "{ran:?}");
        ran.err.matches("put a proxy with TLS between").count()
    };
    assert_eq!(warned("0.0.0.0:0"), 1);
    assert_eq!(warned("127.0.0.1:0"), 0);
}

#[test]
fn dev_is_for_this_machine_only() {
    let dir = tempfile::tempdir().expect("a folder");
    refused(&start(dir.path(), &["--listen", "0.0.0.0:0"]), "--dev is for this machine only");
}

fn on(data_dir: &Path) -> Server {
    Server::start_with(ServerOptions { data_dir: Some(data_dir.to_owned()), ..Default::default() })
}

fn start(data_dir: &Path, more: &[&str]) -> Ran {
    let data_dir = data_dir.display().to_string();
    let mut args = vec!["serve", "--dev", "--data-dir", &data_dir];
    args.extend(more);
    if !more.contains(&"--listen") {
        args.extend(["--listen", "127.0.0.1:0"]);
    }
    // Where it starts against expectation, it must not keep the test waiting.
    let server = program("holdfast-server").into_os_string();
    let args = args.into_iter().map(Into::into);
    run("timeout", ["10".into(), server].into_iter().chain(args), &[], b"")
}

/// It did not start, and one sentence says why.
#[track_caller]
fn refused(ran: &Ran, sentence: &str) {
    assert!(!ran.ok());
    let said = format!("{ran:?}");
    assert!(said.contains(sentence), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}
