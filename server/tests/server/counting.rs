//! What several limits say of one try is written in one step (rows 10 to 12).

use std::sync::Arc;

use holdfast_otp::UnixTime;
use holdfast_server::domain::throttle::{Limit, Throttle};
use holdfast_server::place::{self, Whereabouts};
use holdfast_server::random::system_random;
use holdfast_server::store::{Change, Outcome, Store, Versioned};
use holdfast_testkit::Postgres;
use tempfile::TempDir;

const NOW: UnixTime = UnixTime(1_790_000_000);
const HERE: [u8; 32] = [1; 32];
const EVERYWHERE: [u8; 32] = [2; 32];

#[test]
fn row_11_in_a_file_a_try_is_counted_under_all_its_limits_or_under_none() {
    counted(None);
}

#[test]
fn row_11_on_postgresql_a_try_is_counted_under_all_its_limits_or_under_none() {
    match Postgres::start() {
        Ok(cluster) => counted(Some(&cluster.address("postgres"))),
        Err(sentence) => println!("{sentence}"),
    }
}

#[tokio::main]
async fn counted(database: Option<&str>) {
    let folder = TempDir::new().expect("a temporary folder");
    let at = Whereabouts { database, ..Whereabouts::all_in(folder.path()) };
    let opened = place::open(at, Box::new(|_| ()), &mut system_random()).await.expect("a store");
    let store = opened.store;

    assert_eq!(attempt(&*store, [HERE, EVERYWHERE]).await, Outcome::Done);
    let (stale, fresh) = (charged(&*store, EVERYWHERE).await, charged(&*store, HERE).await);
    assert_eq!(attempt(&*store, [EVERYWHERE, HERE]).await, Outcome::Done);
    let fresh = (fresh.0, store.throttle(HERE).await.expect("an answer"));
    let change = Change { throttles: vec![fresh, stale], ..Change::default() };
    assert_eq!(store.commit(change).await.expect("an answer"), Outcome::Stale);
    for key in [HERE, EVERYWHERE] {
        assert_eq!(store.throttle(key).await.expect("an answer").value.consecutive, 2);
    }

    // Whatever order they are named in, and however many at once: nothing counted is lost.
    let mut under_way = tokio::task::JoinSet::new();
    for person in 0..8 {
        let store = Arc::clone(&store);
        let keys = if person % 2 == 0 { [HERE, EVERYWHERE] } else { [EVERYWHERE, HERE] };
        under_way.spawn(async move {
            let mut done = 0;
            for _ in 0..50 {
                done += u32::from(attempt(&*store, keys).await == Outcome::Done);
            }
            done
        });
    }
    let done: u32 = under_way.join_all().await.into_iter().sum();
    for key in [HERE, EVERYWHERE] {
        assert_eq!(store.throttle(key).await.expect("an answer").value.consecutive, 2 + done);
    }
}

type Charged = ([u8; 32], Versioned<Throttle>);

async fn charged(store: &dyn Store, key: [u8; 32]) -> Charged {
    let mut throttle = store.throttle(key).await.expect("an answer");
    throttle.value.charge(Limit::Sends { a_day: u32::MAX, pause: 0 }, NOW).expect("no limit");
    (key, throttle)
}

async fn attempt(store: &dyn Store, keys: [[u8; 32]; 2]) -> Outcome {
    let throttles = vec![charged(store, keys[0]).await, charged(store, keys[1]).await];
    store.commit(Change { throttles, ..Change::default() }).await.expect("an answer")
}
