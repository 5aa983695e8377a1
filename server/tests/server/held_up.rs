//! Several servers on one cluster, and one of them hangs or has another time: what the others make of it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_testkit::{Postgres, Server, ServerOptions, run};

use crate::client::{Client, EMAIL, PASSWORD};
use crate::postgres::cluster;

/// What `store::postgres::audit` holds while it appends.
const END: i64 = 0x486f_6c64_6661_7302;

/// A cluster, where there can be one, and what starts servers on one database of it by one key.
#[track_caller]
fn servers() -> Option<(Arc<Postgres>, impl Fn(i64) -> Server)> {
    let cluster = cluster()?;
    cluster.sql("postgres", "CREATE DATABASE held");
    let address = cluster.address("held");
    let folder = tempfile::TempDir::new().expect("a folder");
    let start = move |clock_offset| {
        Server::start_with(ServerOptions {
            data_dir: Some(folder.path().to_owned()),
            envs: vec![("HOLDFAST_DATABASE".to_owned(), address.clone())],
            clock_offset,
            ..ServerOptions::default()
        })
    };
    Some((cluster, start))
}

/// Waits until that counts something.
#[track_caller]
fn wait_for(cluster: &Postgres, count: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while cluster.sql("held", count) == "0" {
        assert!(Instant::now() < deadline, "nothing: {count}");
    }
}

#[test]
fn a_server_that_hangs_in_the_middle_of_a_change_holds_the_others_up_for_seconds() {
    let Some((cluster, start)) = servers() else { return };
    let (mut hung, other) = (start(0), start(0));
    Client::registered(&hung);
    // Each entry of the audit log takes a while, so that there is a middle.
    cluster.sql(
        "held",
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END';
         CREATE TRIGGER slow AFTER INSERT ON audit FOR EACH STATEMENT EXECUTE FUNCTION slow()",
    );
    let sleeps = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = 'held' AND wait_event = 'PgSleep'";
    let url = hung.url().to_owned();
    let signal = |hung: &mut Server, signal: &str| {
        let id = hung.process().id().to_string();
        assert!(run("kill", [signal, &id], &[], b"").ok());
    };
    thread::scope(|scope| {
        scope
            .spawn(|| Client::at(&url).post("/login", &[("email", EMAIL), ("password", PASSWORD)]));
        wait_for(&cluster, sleeps);
        signal(&mut hung, "-STOP");
        let mut ann = Client::of(&other);
        let answer = ann.log_in();
        // It goes on whatever came out, or nobody would end the thread.
        signal(&mut hung, "-CONT");
        assert_eq!(answer.location(), "/account", "{answer:?}");
    });
    assert_eq!(Client::of(&hung).log_in().location(), "/account", "and it goes on when it is back");
}

#[test]
fn while_the_audit_log_is_held_no_server_is_ready() {
    let Some((cluster, start)) = servers() else { return };
    let server = start(0);
    let ready = || Client::of(&server).get("/readyz");
    assert_eq!(ready().status, 200);
    let hold = format!("SELECT pg_advisory_lock({END}), pg_sleep(6)");
    thread::scope(|scope| {
        let holds = scope.spawn(|| cluster.sql("held", &hold));
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
        wait_for(&cluster, held);
        let answer = ready();
        assert_eq!(answer.status, 503, "{answer:?}");
        holds.join().expect("it ends");
    });
    assert_eq!(ready().status, 200);
}

#[test]
fn of_two_servers_the_one_whose_clock_is_off_is_not_ready_whoever_wrote_last() {
    let Some((_cluster, start)) = servers() else { return };
    let (right, ahead, behind) = (start(0), start(7200), start(-60));
    // The last entry is two hours ahead.
    Client::registered(&ahead);
    let of = |server: &Server| Client::of(server).get("/readyz");
    assert_eq!(of(&right).status, 200);
    for (server, way) in [(&ahead, "ahead of"), (&behind, "behind")] {
        let answer = of(server);
        assert_eq!(answer.status, 503, "{answer:?}");
        answer.must_say("The clock of this machine is ").must_say(&format!(" seconds {way} the"));
    }
}
