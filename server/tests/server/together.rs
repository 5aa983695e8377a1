//! Changes that come at once are written together, and each stands or falls by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use holdfast_otp::UnixTime;
use holdfast_server::domain::account::Account;
use holdfast_server::domain::audit::{Event, Verifier, What};
use holdfast_server::domain::email::Email;
use holdfast_server::domain::ids::AccountId;
use holdfast_server::domain::session::Session;
use holdfast_server::domain::throttle::Throttle;
use holdfast_server::place::{self, Whereabouts};
use holdfast_server::random::system_random;
use holdfast_server::store::{Change, Outcome, Store, Version, Versioned};
use holdfast_testkit::Postgres;
use tempfile::TempDir;

use crate::operator::done;

const NOW: UnixTime = UnixTime(1_790_000_000);
/// As many as one transaction takes, and some more.
const AT_ONCE: u8 = 100;

#[test]
fn in_a_file_one_change_of_many_that_cannot_be_written_takes_no_other_with_it() {
    together(None);
}

#[test]
fn on_postgresql_one_change_of_many_that_cannot_be_written_takes_no_other_with_it() {
    match Postgres::start() {
        Ok(cluster) => together(Some(&cluster.address("postgres"))),
        Err(sentence) => println!("{sentence}"),
    }
}

#[test]
fn row_14_in_a_file_all_that_was_sealed_while_the_key_was_rotated_is_written_under_the_new_one() {
    rotated(None);
}

#[test]
fn row_14_on_postgresql_all_that_was_sealed_while_the_key_was_rotated_is_written_under_the_new_one()
{
    match Postgres::start() {
        Ok(cluster) => rotated(Some(&cluster.address("postgres"))),
        Err(sentence) => println!("{sentence}"),
    }
}

/// Two who write wait for each other where each holds what the other one wants; the cluster ends that after a second,
/// in which nobody else is served.
#[test]
fn on_postgresql_those_who_end_the_same_sessions_at_once_do_not_wait_for_each_other() {
    let cluster = match Postgres::start() {
        Ok(cluster) => cluster,
        Err(sentence) => return println!("{sentence}"),
    };
    cluster.sql("postgres", "CREATE DATABASE ended");
    ended_twice(&cluster.address("ended"));
    // What a process has counted it tells at its end.
    let connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'ended'";
    while cluster.sql("postgres", connected) != "0" {
        std::thread::sleep(Duration::from_millis(20));
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'ended'";
    assert_eq!(cluster.sql("postgres", deadlocks), "0");
}

#[tokio::main]
async fn rotated(database: Option<&str>) {
    let folder = TempDir::new().expect("a temporary folder");
    let at = Whereabouts { database, ..Whereabouts::all_in(folder.path()) };
    let opened = place::open(at, Box::new(|_| ()), &mut system_random()).await.expect("a store");
    let store = opened.store;
    store.gather_for(Arc::new(|| Duration::from_millis(20)));
    for round in 0..3 {
        let of_it = database.iter().flat_map(|address| ["--database", address]);
        let rotate: Vec<_> = ["key", "rotate"].into_iter().chain(of_it).collect();
        done(folder.path(), &rotate, "");
        let all: BTreeSet<u8> = (0..AT_ONCE).collect();
        assert_eq!(written(&store, round, &[]).await, all, "round {round}");
    }
}

/// Somebody's sessions, each ended twice at once and by two servers.
#[tokio::main]
async fn ended_twice(database: &str) {
    let folder = TempDir::new().expect("a temporary folder");
    let at = || Whereabouts { database: Some(database), ..Whereabouts::all_in(folder.path()) };
    let rng = &mut system_random();
    let stores = [
        place::open(at(), Box::new(|_| ()), rng).await.expect("a store").store,
        place::open(at(), Box::new(|_| ()), rng).await.expect("the same").store,
    ];
    let id = AccountId::random(rng);
    let email = Email::parse("ann@example.org").expect("an address");
    let account = Account::new(id, email, String::new(), NOW);
    let account = Versioned { seen: Version(0), value: account };
    let registers = Change { account: Some(account), ..Change::default() };
    assert_eq!(stores[0].commit(registers).await.expect("an answer"), Outcome::Done);
    for _ in 0..4 {
        let mut digests = Vec::new();
        for _ in 0..AT_ONCE {
            let (session, _) = Session::half(id, "a test".to_owned(), NOW, rng);
            digests.push(session.digest);
            let opens = Change { open: Some(session), ..Change::default() };
            assert_eq!(stores[0].commit(opens).await.expect("an answer"), Outcome::Done);
        }
        let mut under_way = tokio::task::JoinSet::new();
        let there_and_back = digests.iter().chain(digests.iter().rev());
        for (number, digest) in there_and_back.enumerate() {
            let (store, digest) = (Arc::clone(&stores[number % 2]), *digest);
            under_way.spawn(async move {
                let ends = Change { consume: Some(digest), ..Change::default() };
                store.commit(ends).await.expect("an answer")
            });
        }
        let ended = under_way.join_all().await;
        let ended = ended.into_iter().filter(|outcome| *outcome == Outcome::Done).count();
        assert_eq!(ended, usize::from(AT_ONCE), "each once");
    }
}

#[tokio::main]
async fn together(database: Option<&str>) {
    let folder = TempDir::new().expect("a temporary folder");
    let at = Whereabouts { database, ..Whereabouts::all_in(folder.path()) };
    let opened = place::open(at, Box::new(|_| ()), &mut system_random()).await.expect("a store");
    let store = opened.store;
    // All wait for each other.
    store.gather_for(Arc::new(|| Duration::from_millis(100)));
    // None is in the way, one is, and several are, each in another way.
    for (round, odd) in [vec![], vec![50], vec![0, 33, 34, 35, 66, 99]].iter().enumerate() {
        let round = u8::try_from(round).expect("three rounds");
        let seq = store.events(0, 1000).await.expect("an answer").len() as u64;
        let done: BTreeSet<u8> = (0..AT_ONCE).filter(|place| !odd.contains(place)).collect();
        assert_eq!(written(&store, round, odd).await, done, "round {round}");

        let entries = store.events(seq, 1000).await.expect("an answer");
        assert_eq!(entries.len(), done.len(), "round {round}");
        let noted = entries.iter().map(|entry| entry.event.note.parse().expect("a place"));
        assert_eq!(noted.collect::<BTreeSet<u8>>(), done, "round {round}");
        for place in 0..AT_ONCE {
            let throttle = store.throttle(key(round, place)).await.expect("an answer");
            assert_eq!(throttle.seen, Version(i64::from(done.contains(&place))));
        }
    }
    // And they hang on one chain, whose end is written down.
    let mut chain = Verifier::new(opened.keyring.chain_key());
    for entry in store.events(0, 1000).await.expect("an answer") {
        chain.take(&entry).expect("whole");
    }
    chain.finish(store.audit_end().await.expect("an answer").as_ref()).expect("its end");
}

/// Writes all of them at once; which are durable, where the odd ones each fail in one of three ways.
async fn written(store: &Arc<dyn Store>, round: u8, odd: &[u8]) -> BTreeSet<u8> {
    let mut under_way = tokio::task::JoinSet::new();
    for place in 0..AT_ONCE {
        let mut change = Change {
            throttles: vec![(key(round, place), fresh())],
            events: vec![Event::new(NOW, What::CodeWrong, None, "here").saying(&place.to_string())],
            ..Change::default()
        };
        let nobody = AccountId::random(&mut system_random());
        let (session, _) = Session::half(nobody, "nowhere".to_owned(), NOW, &mut system_random());
        match odd.iter().position(|odd| *odd == place).map(|position| position % 3) {
            None => {}
            // A row that is not there as it was read, which says nothing.
            Some(0) => {
                change.throttles.push(([0xff; 32], Versioned { seen: Version(7), ..fresh() }))
            }
            Some(1) => change.consume = Some(session.digest),
            // What hangs on a row that is not there, which is an error.
            Some(_) => change.open = Some(session),
        }
        let store = Arc::clone(store);
        under_way.spawn(async move {
            let outcome = store.commit(change).await.expect("an answer");
            (outcome == Outcome::Done).then_some(place)
        });
    }
    under_way.join_all().await.into_iter().flatten().collect()
}

fn key(round: u8, place: u8) -> [u8; 32] {
    let mut key = [round; 32];
    key[0] = place;
    key
}

fn fresh() -> Versioned<Throttle> {
    Versioned { seen: Version(0), value: Throttle::default() }
}
