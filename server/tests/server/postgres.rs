//! The server on PostgreSQL: what is different about it. That its stories are the same ones is shown by
//! running them on it (`HOLDFAST_TEST_STORE=postgres`).

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_otp::UnixTime;
use holdfast_server::domain::audit::{Event, What};
use holdfast_server::place::{self, Opened, Whereabouts};
use holdfast_server::store::Outcome;
use holdfast_testkit::{Postgres, Ran, Server, ServerOptions, program, run};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle};
use crate::operator::{done, operate};

/// A cluster, where there can be one.
#[track_caller]
pub fn cluster() -> Option<Arc<Postgres>> {
    Postgres::start().inspect_err(|sentence| println!("{sentence}")).ok().map(Arc::new)
}

fn on(cluster: &Arc<Postgres>) -> Server {
    let postgres = Some(Arc::clone(cluster));
    Server::start_with(ServerOptions { postgres, ..Default::default() })
}

/// Asks that server from now on, as the same browser.
pub fn ask(client: &mut Client, server: &Server) {
    client.url = server.url().to_owned();
    client.origin = Some(client.url.clone());
}

fn drill(cluster: &Postgres, args: &[&str]) -> Ran {
    let address = cluster.address("postgres");
    let database = [("HOLDFAST_DATABASE", address.as_ref())];
    run(program("holdfast-server"), ["drill"].iter().chain(args), &database, b"")
}

#[test]
fn a_code_sent_64_times_at_once_is_accepted_once() {
    raced(5, 1);
}

#[test]
fn three_servers_accept_a_code_once() {
    raced(5, 3);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_raced_a_hundred_rounds_on_postgresql_each_code_is_accepted_once() {
    raced(100, 1);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_raced_a_hundred_rounds_across_three_servers_each_code_is_accepted_once() {
    raced(100, 3);
}

fn raced(rounds: usize, servers: usize) {
    let Some(cluster) = cluster() else { return };
    let (rounds_said, servers) = (rounds.to_string(), servers.to_string());
    let ran =
        drill(&cluster, &["race", "--rounds", &rounds_said, "--servers", &servers, "--seed", "6"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    for kind in ["app code", "recovery code", "SMS code", "enrolment", "phone change"] {
        let lines = ran.out.lines().filter(|line| line.starts_with(kind));
        let once = lines.filter(|line| line.ends_with(": accepted 1 of 64")).count();
        assert_eq!(once, rounds, "{kind}");
    }
    // What a drill has made it takes away.
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'holdfast%'";
    assert_eq!(cluster.sql("postgres", left), "0");
}

#[test]
fn row_10_three_servers_look_at_no_more_guesses_than_the_limits_say() {
    guessed(1);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_guessed_a_hundred_rounds_three_servers_look_at_no_more_than_the_limits_say() {
    guessed(100);
}

fn guessed(times: usize) {
    let Some(cluster) = cluster() else { return };
    let rounds = times.to_string();
    let ran = drill(&cluster, &["guess", "--rounds", &rounds, "--servers", "3", "--seed", "6"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok());
    assert_eq!(ran.out.lines().filter(|line| line.contains(": looked at ")).count(), 4 * times);
}

#[test]
fn killed_20_times_under_load_the_server_keeps_its_word() {
    killed(20);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_killed_a_thousand_times_on_postgresql_the_server_keeps_its_word() {
    killed(1000);
}

fn killed(times: usize) {
    let Some(cluster) = cluster() else { return };
    let ran = drill(&cluster, &["kill", "--kills", &times.to_string(), "--seed", "6"]);
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok() && ran.out.contains(&format!("killed {times} times")));
}

#[test]
fn a_plan_that_was_made_while_tables_were_nearly_empty_does_not_read_all_of_them_later() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE small");
    let dir = tempfile::TempDir::new().expect("a folder");
    let start = || {
        Server::start_with(ServerOptions {
            data_dir: Some(dir.path().to_owned()),
            envs: vec![("HOLDFAST_DATABASE".to_owned(), cluster.address("small"))],
            ..Default::default()
        })
    };
    let server = start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    drop(server);
    // From now on the cluster knows how few rows there are, and would rather read them all.
    cluster.sql("small", "VACUUM ANALYZE");
    // Of those that what is swept away each hour has no index for, a start reads all.
    let read = |how: &str| {
        let sum = format!(
            "SELECT sum({how}) FROM pg_stat_user_tables WHERE relname IN
                ('accounts', 'audit', 'sent_codes', 'throttles')"
        );
        cluster.sql("small", &sum).parse::<u64>().expect("a number")
    };
    let (by_index, whole) = (read("idx_scan"), read("seq_scan"));
    let server = start();
    settle();
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/account");
    drop(server);
    // It tells of them when the connections end.
    let deadline = Instant::now() + Duration::from_secs(20);
    while read("idx_scan") < by_index + 10 {
        assert!(Instant::now() < deadline, "a log-in reads by an index more than once");
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(read("seq_scan"), whole, "a table was read from one end to the other");
}

#[test]
fn a_cluster_that_is_away_for_a_while_is_said_and_nothing_is_lost() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE here");
    let address = cluster.address("here");
    let dir = tempfile::TempDir::new().expect("a folder");
    let server = Server::start_with(ServerOptions {
        data_dir: Some(dir.path().to_owned()),
        envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
        ..Default::default()
    });
    let mut ann = Client::registered(&server);
    ann.enable();
    cluster.stop();
    assert_eq!(Client::of(&server).get("/readyz").status, 503);
    let answer = Client::of(&server).log_in();
    assert!(answer.status >= 500, "{answer:?}");
    assert!(!answer.body.contains("host=") && !server.output().contains("password"), "{answer:?}");
    cluster.raise();
    let deadline = Instant::now() + Duration::from_secs(20);
    while Client::of(&server).get("/readyz").status != 200 {
        assert!(Instant::now() < deadline, "it is back, and the server does not see it");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(ann.two_factor_is_on());
}

#[test]
fn what_cannot_be_worked_on_is_said_in_a_sentence() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::TempDir::new().expect("a folder");
    let serve = |address: &str| {
        let args = ["serve", "--listen", "127.0.0.1:0", "--database", address];
        let ran = operate(dir.path(), &args, "");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
        // Beside what the log says of how these tests' cluster is set up.
        let mut said = ran.err.lines().filter(|line| !line.contains("a power cut can damage it"));
        let sentence = said.next().expect("a sentence").to_owned();
        assert_eq!(said.next(), None, "{ran:?}");
        sentence
    };
    assert!(serve("no address").contains("is none that PostgreSQL knows"));
    let nobody = serve("postgres://ann:hunter2@127.0.0.1:1/x");
    assert!(nobody.contains("The database x at 127.0.0.1, port 1 cannot be used: "), "{nobody}");
    let no_database = serve(&cluster.address("absent"));
    assert!(no_database.contains("database \"absent\" does not exist"), "{no_database}");
    assert!(!dir.path().join("server.key").exists(), "no key was made for it");

    // A key without its accounts, and accounts without their key.
    let server = on(&cluster);
    let key = server.data_dir().join("server.key");
    std::fs::copy(&key, dir.path().join("server.key")).expect("a copy");
    cluster.sql("postgres", "CREATE DATABASE empty");
    let empty = serve(&cluster.address("empty"));
    assert!(empty.contains("nothing is in the database empty"), "{empty}");
    let database = holdfast_testkit::database_of(server.data_dir()).expect("an address");
    std::fs::remove_file(dir.path().join("server.key")).expect("it is there");
    assert!(serve(&database).contains("server.key is missing"));
    std::fs::write(dir.path().join("server.key"), [7; 32]).expect("another key");
    assert!(serve(&database).contains("others may read it"));
    std::fs::remove_file(dir.path().join("server.key")).expect("it is there");
    other_key(dir.path());
    assert!(serve(&database).contains("The key does not belong to the database"));

    // Of a later version, and a standby.
    let name = database.rsplit('=').next().expect("a name");
    let version = "UPDATE meta SET value = '99' WHERE name = 'schema'";
    cluster.sql(name, version);
    let newer = operate(server.data_dir(), &["check"], "");
    assert!(newer.err.contains("was written by a newer holdfast-server"), "{newer:?}");
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    cluster.sql("postgres", &read_only);
    assert!(operate(server.data_dir(), &["backup", "x"], "").err.contains("pg_dump"));
}

/// A whole key, and not the right one.
fn other_key(dir: &std::path::Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut open = std::fs::OpenOptions::new();
    let mut file = open.write(true).create_new(true).mode(0o600).open(dir.join("server.key"));
    std::io::Write::write_all(file.as_mut().expect("a file"), &[7; 32]).expect("32 bytes");
}

#[test]
fn servers_that_start_at_once_make_the_tables_once() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE fresh");
    let address = cluster.address("fresh");
    let dir = tempfile::TempDir::new().expect("a folder");
    let servers: Vec<Server> = thread::scope(|scope| {
        let starts: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    Server::start_with(ServerOptions {
                        data_dir: Some(dir.path().to_owned()),
                        envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
                        ..Default::default()
                    })
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().expect("it starts")).collect()
    });
    // Whatever is begun with one of them goes on with the next.
    let mut ann = Client::registered(&servers[0]);
    ask(&mut ann, &servers[1]);
    let secret = ann.enable();
    ask(&mut ann, &servers[2]);
    assert!(ann.two_factor_is_on());
    settle();
    let mut other = Client::of(&servers[0]);
    other.post("/login", &[("email", EMAIL), ("password", PASSWORD)]);
    let spent = code(&secret, now());
    ask(&mut other, &servers[1]);
    assert_eq!(other.enter_code(&spent).location(), "/account");
    let mut thief = Client::of(&servers[2]);
    thief.log_in();
    assert_eq!(thief.enter_code(&spent).status, 422, "spent at another server");
}

/// Each of two servers has a file of its own, as on two machines.
#[test]
fn row_14_a_key_that_was_prepared_on_all_servers_is_rotated_and_none_refuses_to_write() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE two");
    let address = cluster.address("two");
    let folders = [(); 2].map(|()| tempfile::TempDir::new().expect("a folder"));
    let key = |of: usize| folders[of].path().join("server.key");
    let serves = |of: usize| {
        Server::start_with(ServerOptions {
            data_dir: Some(folders[of].path().to_owned()),
            envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
            ..Default::default()
        })
    };
    let copied = || std::fs::copy(key(0), key(1)).expect("it can be copied");
    let here = serves(0);
    copied();
    let there = serves(1);
    let rotates = |step| done(folders[0].path(), &["key", step, "--database", &address], "");
    let mut ann = Client::registered(&here);
    ann.enable();
    // What she does at the other server writes, and seals.
    ask(&mut ann, &there);
    let mut writes = || ann.post("/account/api-key", &[("password", PASSWORD)]).status;

    let said = rotates("prepare");
    assert!(said.contains("Copy the file to the other servers"), "{said}");
    assert_eq!(writes(), 303, "the old key is in use");
    copied();
    assert_eq!(rotates("prepare"), said, "and makes no third key");
    let rotated = rotates("rotate");
    assert!(rotated.starts_with("The key is rotated"), "{rotated}");
    assert_eq!(writes(), 303, "the new key was at hand");
    assert_eq!(copied(), 32, "without the old one");
    assert_eq!(writes(), 303);
    done(folders[1].path(), &["check", "--database", &address], "");

    // Where nothing was prepared the other server says so, and goes on once it has the file.
    rotates("rotate");
    assert_eq!(writes(), 503);
    assert_eq!(Client::of(&there).get("/readyz").status, 503);
    copied();
    assert_eq!(writes(), 303);
}

/// Both have made a new key before either is the database's: the one that comes second changes nothing.
#[test]
fn row_14_of_two_machines_that_rotate_the_key_at_once_one_does_and_the_other_says_so() {
    let Some(cluster) = cluster() else { return };
    cluster.sql("postgres", "CREATE DATABASE raced");
    let address = cluster.address("raced");
    let folders = [(); 2].map(|()| tempfile::TempDir::new().expect("a folder"));
    let folders = folders.each_ref().map(|folder| folder.path());
    let copied = |from: usize| {
        let [from, to] = [from, 1 - from].map(|of| folders[of].join("server.key"));
        std::fs::copy(from, to).expect("it can be copied")
    };
    let key =
        |of: usize, step| operate(folders[of], &["key", step, "--database", address.as_str()], "");
    let here = Server::start_with(ServerOptions {
        data_dir: Some(folders[0].to_owned()),
        envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
        ..Default::default()
    });
    copied(0);
    let mut ann = Client::registered(&here);
    ann.enable();

    // At the very moment between, as the two would meet in the database.
    assert!([0, 1].into_iter().all(|of| key(of, "prepare").ok()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let outcomes = runtime.block_on(async {
        let at = |of: usize| Whereabouts {
            database: Some(address.as_str()),
            ..Whereabouts::all_in(folders[of])
        };
        let [first, second] = [at(0), at(1)].map(place::open_existing);
        let opened = [first.await.expect("opened"), second.await.expect("opened")];
        let mut outcomes = Vec::new();
        for Opened { keyring, store } in &opened {
            let event = Event::new(UnixTime(now()), What::KeyRotated, None, "a test");
            outcomes.push(store.switch_key(keyring.newest(), event).await.expect("it answers"));
        }
        outcomes
    });
    assert_eq!(outcomes, [Outcome::Done, Outcome::Stale]);
    assert!(key(0, "rotate").ok(), "taken up again where the key is the database's");
    let late = key(1, "rotate");
    assert!(!late.ok() && late.err.contains("Give the server.key of the machine"), "{late:?}");
    copied(0);

    // And as two programs do it at once.
    for _ in 0..2 {
        let ran = thread::scope(|both| {
            [0, 1].map(|of| both.spawn(move || key(of, "rotate"))).map(|one| one.join())
        });
        let ran = ran.map(|ran| ran.expect("it ran"));
        let won = ran.iter().position(Ran::ok).expect("one of them has rotated it");
        let lost = &ran[1 - won];
        let said = ["on another machine meanwhile", "Give the server.key of the machine"];
        assert!(!lost.ok() && said.iter().any(|said| lost.err.contains(said)), "{lost:?}");
        assert_eq!(copied(won), 32, "without the old one");
        for folder in folders {
            done(folder, &["check", "--database", &address], "");
        }
        assert_eq!(ann.post("/account/api-key", &[("password", PASSWORD)]).status, 303);
    }
}
