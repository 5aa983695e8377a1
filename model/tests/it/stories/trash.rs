//! A replaced key outlives a clock that is wrong for once, and goes in time where it is right.

use holdfast_model::Msg;
use holdfast_model::screen::Page;
use holdfast_model::vault::header_of;
use holdfast_otp::UnixTime;

use super::app::{App, PASSPHRASE, uri};

const DAY: u64 = 86_400;

/// An app with an account whose key was just replaced.
fn replaced() -> App {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    let id = app.id("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 99).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice".into() });
    app.tell(Msg::Replace(id));
    app
}

/// Unlocks when the clock says so.
fn unlock_at(app: &mut App, now: UnixTime) {
    app.tell(Msg::Lock);
    app.ports.clock.set(now);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert!(app.state.is_open());
}

/// What the account's page says of its former keys.
fn former(app: &mut App) -> Vec<String> {
    let id = app.id("GitHub", "alice");
    app.tell(Msg::OpenEntry(id));
    let Page::Entry(entry) = app.see().page else { panic!("{:?}", app.see().page) };
    app.tell(Msg::Back);
    entry.care.former.into_iter().map(|former| former.label).collect()
}

fn generation(app: &App) -> u64 {
    header_of(&app.ports.storage.file().unwrap()).unwrap().generation()
}

#[test]
fn a_clock_that_is_years_ahead_at_one_unlocking_takes_nothing() {
    let mut app = replaced();
    let now = app.now();
    let before = former(&mut app);
    assert!(before.len() == 1 && before[0].contains(", kept at least until "), "{before:?}");
    unlock_at(&mut app, UnixTime(now.0 + 3_000 * DAY));
    assert_eq!(former(&mut app).len(), 1);
    unlock_at(&mut app, now);
    assert_eq!(former(&mut app), before);
}

#[test]
fn with_the_time_it_goes_though_nothing_else_is_changed() {
    let mut app = replaced();
    let (now, saved) = (app.now(), generation(&app));
    for (days, left, saves) in
        [(14, 1, 0), (15, 1, 1), (29, 1, 1), (30, 1, 2), (44, 1, 2), (45, 0, 3)]
    {
        unlock_at(&mut app, UnixTime(now.0 + days * DAY));
        assert_eq!(former(&mut app).len(), left, "after {days} days");
        assert_eq!(generation(&app) - saved, saves, "after {days} days");
    }
}

#[test]
fn a_clock_that_was_set_back_is_told_of_before_the_trash_is_counted() {
    let mut app = replaced();
    let now = app.now();
    unlock_at(&mut app, UnixTime(now.0 + 40 * DAY));
    let saved = generation(&app);
    for _ in 0..2 {
        unlock_at(&mut app, now);
        assert!(app.see().warning.is_some(), "the clock went back by 40 days");
        assert_eq!(generation(&app), saved, "a save would take the date that is told of");
    }
}
