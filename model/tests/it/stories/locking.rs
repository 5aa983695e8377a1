//! What time does: it locks, it clears the clipboard, it ends an undo, and it may be wrong.

use holdfast_model::Msg;
use holdfast_model::screen::Page;

use super::app::{App, PASSPHRASE, RFC_TIME, uri};

#[test]
fn what_another_program_copied_meanwhile_stays() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::Copy(app.id("A", "a")));
    app.ports.clipboard.put_text("a poem");
    app.wait(40);
    assert_eq!(app.clipboard().as_deref(), Some("a poem"));
}

#[test]
fn the_clipboard_is_cleared_also_after_a_lock() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::Copy(app.id("A", "a")));
    app.tell(Msg::Hidden);
    assert!(app.clipboard().is_some(), "the person is about to paste it");
    app.wait(30);
    assert_eq!(app.clipboard(), None);
}

#[test]
fn a_lock_takes_the_code_off_the_clipboard_unless_the_person_went_to_paste_it() {
    for locks in [Msg::Lock, Msg::Suspended] {
        let mut app = App::open();
        app.add(&uri("A", "a", 1));
        app.tell(Msg::Copy(app.id("A", "a")));
        assert!(app.clipboard().is_some());
        app.tell(locks);
        assert_eq!(app.clipboard(), None);
    }
    // Hidden, and so locked already, when the device goes to sleep.
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::Copy(app.id("A", "a")));
    app.tell(Msg::Hidden);
    assert!(app.clipboard().is_some());
    app.tell(Msg::Suspended);
    assert_eq!(app.clipboard(), None);
}

#[test]
fn what_is_typed_on_a_locked_vault_and_not_given_is_forgotten_after_the_idle_time() {
    let mut app = App::open();
    app.tell(Msg::Lock);
    app.tell(Msg::Active);
    let visit = app.see().visit;
    app.wait(119);
    assert_eq!(app.see().visit, visit, "not while somebody may be typing");
    app.wait(1);
    assert_eq!(app.see().visit, visit + 1, "the field is emptied");
    app.wait(100);
    app.tell(Msg::Active);
    app.wait(100);
    assert_eq!(app.see().visit, visit + 1);
    app.tell(Msg::Suspended);
    assert_eq!(app.see().visit, visit + 2);
}

#[test]
fn what_is_typed_as_the_first_passphrase_and_not_given_is_forgotten_too() {
    let mut app = App::start();
    app.wait(1);
    let typed = |app: &mut App| app.tell(Msg::PassphraseTyped("kelp holds".into()));
    typed(&mut app);
    let visit = app.see().visit;
    assert!(app.state.needs_time(), "without a tick nothing would forget it");
    app.wait(119);
    assert_eq!(app.see().visit, visit, "not while somebody may be typing");
    app.wait(1);
    let Page::FirstStart(first) = app.see().page else { panic!("the first start") };
    assert_eq!((app.see().visit, first.strength), (visit + 1, None), "the fields are emptied");
    assert!(!app.state.needs_time());
    typed(&mut app);
    app.tell(Msg::Suspended);
    assert_eq!(app.see().visit, visit + 2);
    // What was given is on its way, and is not taken back.
    let made = app.give(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    app.wait(120);
    app.perform_all(made);
    assert!(app.state.is_open());
}

#[test]
fn it_locks_after_the_idle_time_and_at_once_when_the_device_says_so() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.wait(119);
    assert!(app.state.is_open());
    app.tell(Msg::Active);
    app.wait(119);
    assert!(app.state.is_open());
    app.wait(1);
    assert!(!app.state.is_open());

    for locks in [Msg::Lock, Msg::Suspended, Msg::Hidden] {
        app.tell(Msg::Unlock(PASSPHRASE.into()));
        assert!(app.state.is_open());
        app.tell(locks);
        assert!(!app.state.is_open());
    }
}

#[test]
fn a_device_that_slept_through_the_idle_time_locks_before_the_first_touch_counts() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let id = app.id("A", "a");
    app.ports.clock.advance(3600);
    app.tell(Msg::Delete(id));
    assert!(!app.state.is_open());
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.codes().rows.len(), 1);
}

#[test]
fn a_clock_set_back_does_not_keep_the_vault_open() {
    let mut app = App::open();
    app.ports.clock.set(holdfast_otp::UnixTime(RFC_TIME - 86_400));
    app.wait(121);
    assert!(!app.state.is_open());
}

#[test]
fn the_choice_of_a_picture_does_not_lock_and_its_idle_time_does() {
    let mut app = App::open();
    let dialog = app.give(Msg::PickPicture);
    app.tell(Msg::Hidden);
    assert!(app.state.is_open(), "the system's own dialog is in front");
    app.wait(120);
    assert!(!app.state.is_open());
    app.perform_all(dialog);
    assert!(!app.state.is_open());
}

#[test]
fn a_wrong_clock_is_told_of() {
    let app = App::open();
    assert_eq!(app.see().warning, None);
    for wrong in [0, 999_999_999] {
        app.ports.clock.set(holdfast_otp::UnixTime(wrong));
        assert!(app.see().warning.unwrap().contains("clock of this device is wrong"));
    }
}

#[test]
fn a_clock_behind_the_last_save_is_remarked_on_until_the_next_one() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let saved = RFC_TIME;
    for (behind, told) in [(600, false), (601, true), (30_000_000, true)] {
        app.ports.clock.set(holdfast_otp::UnixTime(saved - behind));
        let warning = app.see().warning;
        assert_eq!(warning.is_some(), told, "{behind}: {warning:?}");
    }
    let warning = app.see().warning.unwrap();
    assert!(warning.contains("this vault was saved on "), "{warning}");
    // It stands above the codes, and everything works: what is saved now is saved under this clock.
    app.add(&uri("B", "b", 2));
    assert_eq!(app.names().len(), 2);
    assert_eq!(app.see().warning, None);
}

#[test]
fn undo_ends_with_its_notice_and_with_a_lock() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.add(&uri("B", "b", 2));
    app.tell(Msg::Delete(app.id("A", "a")));
    app.wait(10);
    assert_eq!(app.see().notice, None);
    app.tell(Msg::Undo);
    assert_eq!(app.names().len(), 1);

    app.tell(Msg::Delete(app.id("B", "b")));
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app.tell(Msg::Undo);
    assert!(app.codes().rows.is_empty());
}
