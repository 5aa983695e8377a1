//! Changes that come at once are written together, and each stands or falls by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use holdfast_otp::UnixTime;
use holdfast_server::domain::audit::{Event, Verifier, What};
use holdfast_server::domain::ids::AccountId;
use holdfast_server::domain::session::Session;
use holdfast_server::domain::throttle::Throttle;
use holdfast_server::place::{self, Whereabouts};
use holdfast_server::random::system_random;
use holdfast_server::store::{Change, Outcome, Store, Version, Versioned};
use holdfast_testkit::Postgres;
use tempfile::TempDir;

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
