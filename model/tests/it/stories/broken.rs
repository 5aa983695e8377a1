//! A fault of Holdfast's own: an effect that breaks off is never answered, and nobody waits for it.

use holdfast_model::Msg;
use holdfast_model::screen::Page;

use super::app::{App, PASSPHRASE, uri};

#[track_caller]
fn is_told(app: &App) {
    let Page::Blocked(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(page.sentence.starts_with("Holdfast made a mistake"), "{}", page.sentence);
    assert!(page.anew.is_none(), "the vault is where it was");
}

/// The one account is there as it was saved.
#[track_caller]
fn goes_on(app: &mut App) {
    is_told(app);
    app.tell(Msg::Retry);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names(), [("A".to_owned(), "a".to_owned())]);
}

#[test]
fn while_a_passphrase_is_tried() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::Lock);
    drop(app.give(Msg::Unlock(PASSPHRASE.into())));
    app.tell(Msg::Broken);
    goes_on(&mut app);
}

#[test]
fn while_the_vault_is_looked_for_and_while_it_is_made() {
    let mut app = App::start();
    drop(app.give(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() }));
    app.tell(Msg::Broken);
    is_told(&app);
    drop(app.give(Msg::Retry));
    app.tell(Msg::Broken);
    is_told(&app);
    app.tell(Msg::Retry);
    assert!(matches!(app.see().page, Page::FirstStart(_)), "{:?}", app.see().page);
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert_eq!(app.see().page, Page::Codes);
}

#[test]
fn while_a_change_is_saved_it_locks_and_shows_what_was_saved_before() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    drop(app.give(Msg::Delete(app.id("A", "a"))));
    app.tell(Msg::Broken);
    assert!(!app.state.is_open(), "nothing secret is kept");
    goes_on(&mut app);
}

#[test]
fn again_and_again_it_orders_nothing_more() {
    let mut app = App::open();
    app.tell(Msg::Broken);
    let effects = app.give(Msg::Broken);
    assert!(effects.is_empty(), "{effects:?}");
    is_told(&app);
}
