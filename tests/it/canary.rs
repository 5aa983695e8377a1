//! The secrets that the tests use, searched for in whatever the programs say.

/// One on each line; `./dev test` searches for them too, in all that the run said and left behind.
const CANARIES: &str = include_str!("../data/canaries");

/// Fails where a text holds one.
#[track_caller]
pub fn none_in(text: &str) {
    let upper = text.to_uppercase();
    let found = CANARIES.lines().find(|canary| upper.contains(&canary.to_uppercase()));
    // What it was is not said again.
    assert!(found.is_none(), "the program said a secret, number {:?}", found.map(str::len));
}

#[test]
fn a_planted_secret_is_found() {
    none_in("nothing here");
    for canary in CANARIES.lines() {
        let said = format!("error: {} is not a key", canary.to_lowercase());
        std::panic::catch_unwind(|| none_in(&said)).unwrap_err();
    }
}
