//! What the person chooses about the window: it holds at once and at the next start.

use holdfast_model::screen::Page;
use holdfast_model::{Appearance, IdleTime, Msg, Preferences};

use super::app::{App, PASSPHRASE};

#[test]
fn what_was_chosen_holds_at_once_and_at_the_next_start() {
    let mut app = App::open();
    app.tell(Msg::LookLike(Appearance::Dark));
    app.tell(Msg::LockAfter(IdleTime::minutes(5).unwrap()));
    app.tell(Msg::LockHidden(false));
    app.tell(Msg::Hidden);
    app.wait(299);
    assert!(app.state.is_open());
    app.wait(1);
    assert_eq!(why(&app).as_deref(), Some("Locked after 5 minutes without use."));

    let mut again = App::start_beside(&app);
    let chosen = again.see().preferences;
    assert_eq!(chosen.appearance, Appearance::Dark, "before the unlock");
    assert_eq!((chosen.idle.as_minutes(), chosen.locks_hidden), (5, false));
    again.tell(Msg::Unlock(PASSPHRASE.into()));
    again.tell(Msg::Hidden);
    assert!(again.state.is_open());
}

#[test]
fn the_unlock_page_says_why_it_locked() {
    let mut app = App::open();
    assert_eq!(app.see().preferences, Preferences::default());
    for (locks, expected) in [
        (Msg::Lock, None),
        (Msg::Hidden, Some("Locked because the window went out of sight.")),
        (Msg::Lock, None),
        (Msg::Suspended, Some("Locked because the computer went to sleep or was locked.")),
    ] {
        app.tell(locks);
        assert_eq!(why(&app).as_deref(), expected);
        // What happens while it is locked is not the reason.
        app.tell(Msg::Suspended);
        assert_eq!(why(&app).as_deref(), expected);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
    }
    app.tell(Msg::LockAfter(IdleTime::minutes(1).unwrap()));
    app.ports.clock.advance(3600);
    app.tell(Msg::Add);
    assert_eq!(why(&app).as_deref(), Some("Locked after 1 minute without use."));
}

#[test]
fn a_choice_that_cannot_be_kept_holds_until_the_end_and_says_so() {
    let mut app = App::open();
    app.ports.settings.full(true);
    app.tell(Msg::LookLike(Appearance::Light));
    assert_eq!(app.see().preferences.appearance, Appearance::Light);
    let notice = app.see().notice.unwrap();
    assert!(notice.trouble && notice.sentence.starts_with("The settings could not be saved,"));
    assert_eq!(App::start_beside(&app).see().preferences, Preferences::default());
}

#[test]
fn a_damaged_settings_file_is_read_as_far_as_it_goes() {
    let dark = Preferences { appearance: Appearance::Dark, ..Preferences::default() };
    assert_eq!(Preferences::read(dark.write().as_bytes()), dark);
    for (file, expected) in [
        (&b""[..], Preferences::default()),
        (b"appearance = dark\nlock-after-minutes = 999\nlock-when-hidden = perhaps", dark),
        (b"\xff\xfe\x00=\x00\nappearance=dark", dark),
        (b"lock-after-minutes = -1\n===\nappearance", Preferences::default()),
    ] {
        assert_eq!(Preferences::read(file), expected, "{file:?}");
    }
}

fn why(app: &App) -> Option<String> {
    match app.see().page {
        Page::Unlock(unlock) => unlock.why,
        other => panic!("not locked but {other:?}"),
    }
}
