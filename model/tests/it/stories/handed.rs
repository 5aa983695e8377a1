//! What another app hands over, in every state in which it can find this one.

use std::path::PathBuf;

use holdfast_model::screen::Page;
use holdfast_model::{HANDED_SECONDS, Handed, Msg};

use super::app::{App, PASSPHRASE, picture, uri};

fn link(issuer: &str) -> Msg {
    Msg::Handed(Handed::Text(uri(issuer, "ada", issuer.len() as u8).as_str().into()))
}

fn why(app: &App) -> Option<String> {
    match app.see().page {
        Page::Unlock(unlock) => unlock.why,
        other => panic!("not locked but {other:?}"),
    }
}

#[test]
fn a_link_comes_up_at_once_where_nothing_would_be_lost() {
    for way in [Msg::DismissNotice, Msg::Add, Msg::OpenCamera] {
        let mut app = App::open();
        app.tell(way);
        app.tell(link("Harbour"));
        assert_eq!(app.confirm().issuer, "Harbour");
        assert!(!app.camera, "the camera runs on behind it");
        app.save_as_read();
        assert_eq!(app.names(), [("Harbour".to_owned(), "ada".to_owned())]);
    }
}

#[test]
fn a_locked_vault_says_that_something_waits_and_shows_it_once_open() {
    let mut app = App::open();
    app.tell(Msg::Lock);
    app.tell(link("Harbour"));
    assert!(why(&app).is_some_and(|why| why.contains("handed something over")));
    // Whoever fetches the passphrase from elsewhere finds it still there.
    app.tell(Msg::Hidden);
    app.tell(Msg::Seen);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.confirm().issuer, "Harbour");
}

#[test]
fn it_waits_for_the_first_vault_too() {
    let mut app = App::start();
    app.tell(link("Harbour"));
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert_eq!(app.confirm().issuer, "Harbour");
}

#[test]
fn a_page_that_is_half_done_stays_and_what_was_handed_over_comes_after_it() {
    let mut app = App::open();
    app.tell(link("Harbour"));
    app.tell(link("Lighthouse"));
    assert_eq!(app.confirm().issuer, "Harbour");
    assert!(app.notice().contains("handed something over"));
    app.save_as_read();
    assert_eq!(app.confirm().issuer, "Lighthouse");

    app.tell(Msg::Back);
    app.tell(Msg::OpenByHand);
    app.tell(link("Pier"));
    assert!(matches!(app.see().page, Page::ByHand(_)));
    app.tell(Msg::Back);
    assert_eq!(app.confirm().issuer, "Pier");
}

#[test]
fn a_shared_picture_is_read() {
    let mut app = App::open();
    app.ports.files.put(PathBuf::from("content:7"), picture(&[&uri("Harbour", "ada", 7)]));
    app.tell(Msg::Lock);
    app.tell(Msg::Handed(Handed::Picture("content:7".into())));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.confirm().issuer, "Harbour");

    app.tell(Msg::Back);
    app.tell(Msg::Handed(Handed::Picture("content:8".into())));
    assert!(app.add_error().contains("no such file"), "{}", app.add_error());
}

#[test]
fn what_is_no_account_is_refused_in_words() {
    let mut app = App::open();
    app.tell(Msg::Handed(Handed::Text("https://example.org".into())));
    assert!(app.add_error().contains("link to a web page"));
}

#[test]
fn it_does_not_wait_for_ever() {
    let mut app = App::open();
    app.tell(Msg::Lock);
    app.tell(link("Harbour"));
    app.wait(HANDED_SECONDS - 1);
    assert!(app.state.needs_time() && why(&app).is_some());
    app.wait(1);
    assert!(!app.state.needs_time(), "it is still held");
    assert_eq!(why(&app), None);

    for locks in [Msg::Lock, Msg::Suspended] {
        app.tell(link("Harbour"));
        assert!(app.state.needs_time());
        app.tell(locks);
        assert!(!app.state.needs_time(), "it outlived a lock");
    }
}

#[test]
fn an_open_vault_that_was_left_alone_is_locked_first() {
    let mut app = App::open();
    app.ports.clock.set(holdfast_otp::UnixTime(app.now().0 + 3_600));
    app.tell(link("Harbour"));
    app.tell(Msg::Tick);
    assert!(why(&app).is_some_and(|why| why.contains("handed something over")));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.confirm().issuer, "Harbour");
}
