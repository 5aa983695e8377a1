//! The vault is destroyed by its owner while another window has it open: that forgets it, and writes nothing.

use holdfast_model::ports::{Memos, SaveError, Settings, Stamp, Storage};
use holdfast_model::screen::{Page, RetiredPage};
use holdfast_model::vault::header_of;
use holdfast_model::{Effect, IdleTime, MoveMsg, Msg, Preferences};

use super::app::{App, PASSPHRASE, uri};
use super::astray::asked;
use super::moving::tell;

/// Two windows on one vault, from which its owner moves away.
fn two() -> (App, App) {
    let mut one = App::open();
    one.add(&uri("GitHub", "alice", 1));
    tell(&mut one, MoveMsg::Open);
    tell(&mut one, MoveMsg::Begin);
    let mut other = App::start_beside(&one);
    other.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(other.see().page, Page::Codes);
    (one, other)
}

fn retire(app: &mut App) -> RetiredPage {
    tell(app, MoveMsg::OpenRetire);
    tell(app, MoveMsg::Retire(PASSPHRASE.into()));
    receipt(app)
}

fn receipt(app: &App) -> RetiredPage {
    match app.see().page {
        Page::Retired(page) => page,
        other => panic!("not retired but {other:?}"),
    }
}

/// It says so, holds nothing and has written nothing; then it is as a new device is.
fn is_over(mut window: App) {
    let told = receipt(&window).sentence;
    assert!(told.starts_with("This vault was destroyed"), "{told}");
    assert!(!window.state.holds_the_only_copy() && window.see().codes.is_none());
    for msg in [Msg::Lock, Msg::Suspended, Msg::KeepWindow, Msg::Undo, Msg::Seen] {
        window.tell(msg);
        receipt(&window);
    }
    let storage = window.ports.storage.clone();
    assert_eq!((storage.file(), storage.aside()), (None, Vec::new()));
    window.tell(Msg::Retry);
    assert!(matches!(window.see().page, Page::FirstStart(_)), "{:?}", window.see().page);
    window.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    window.add(&uri("GitLab", "bob", 2));
    window.wait(3);
    assert_eq!(window.names().len(), 1, "another vault lives in its place");
}

#[test]
fn a_choice_made_before_it_is_noticed_writes_no_settings_again() {
    let (mut one, mut other) = two();
    retire(&mut one);
    other.tell(Msg::LockAfter(IdleTime::minutes(5).unwrap()));
    assert_eq!(other.ports.settings.load(), Preferences::default());
    is_over(other);
}

#[test]
fn a_window_forgets_a_vault_that_was_destroyed_elsewhere() {
    let (mut one, mut other) = two();
    other.tell(Msg::Copy(other.id("GitHub", "alice")));
    let receipt = retire(&mut one);
    assert!(receipt.note.contains("a note of the end, the note:"), "{}", receipt.note);
    other.wait(3);
    assert_eq!(other.clipboard(), None);
    is_over(other);
    // Nor does the first one, which destroyed it, hinder a new one.
    one.tell(Msg::Retry);
    assert!(!matches!(one.see().page, Page::Retired(_)));
}

#[test]
fn a_locked_window_says_so_when_it_is_to_be_unlocked() {
    for opened_before in [true, false] {
        let (mut one, mut other) = two();
        if opened_before {
            other.tell(Msg::Lock);
        } else {
            other = App::start_beside(&one);
        }
        retire(&mut one);
        other.tell(Msg::Unlock(PASSPHRASE.into()));
        is_over(other);
    }
}

#[test]
fn a_form_or_the_camera_in_front_keeps_nothing_of_it() {
    for msg in [Msg::OpenCamera, Msg::OpenByHand, Msg::OpenPassphrase] {
        let (mut one, mut other) = two();
        other.tell(Msg::Add);
        other.tell(msg);
        retire(&mut one);
        other.wait(3);
        assert!(!other.camera);
        is_over(other);
    }
}

#[test]
fn a_lock_or_a_save_before_the_next_look_writes_nothing_back() {
    for lock in [true, false] {
        let (mut one, mut other) = two();
        retire(&mut one);
        if lock {
            other.tell(Msg::Suspended);
        } else {
            other.tell(Msg::Add);
            other.tell(Msg::TextGiven(uri("GitLab", "bob", 2).as_str().into()));
            other.save_as_read();
        }
        is_over(other);
    }
}

#[test]
fn who_keeps_what_the_window_holds_while_it_is_being_destroyed_brings_nothing_back() {
    let (mut one, mut other) = two();
    let file = one.ports.storage.file();
    one.ports.storage.put(None);
    other.wait(3);
    assert_eq!(asked(&other).title, "The vault file is gone");
    one.ports.storage.put(file);
    retire(&mut one);
    other.tell(Msg::KeepWindow);
    is_over(other);
}

#[test]
fn what_a_locked_window_still_has_to_write_is_not_written() {
    let (mut one, mut other) = two();
    let file = one.ports.storage.file();
    one.ports.storage.put(None);
    other.wait(3);
    let effects = other.give(Msg::Lock);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::WriteBack { .. })));
    one.ports.storage.put(file);
    retire(&mut one);
    other.perform_all(effects);
    is_over(other);
}

#[test]
fn a_vault_that_is_only_half_destroyed_is_over_too() {
    let (one, mut other) = two();
    let file = one.ports.storage.file().expect("a vault");
    one.ports.storage.retire(Stamp::of(&file)).expect("begun");
    // Here the power goes.
    other.wait(3);
    assert_eq!(one.ports.memos.ended(header_of(&file).expect("a vault").vault_id()), None);
    receipt(&other);
    other.tell(Msg::Lock);
    assert_eq!((one.ports.storage.file(), one.ports.storage.aside()), (None, Vec::new()));
}

#[test]
fn another_vault_in_its_place_is_neither_set_aside_nor_overwritten() {
    let (mut one, mut other) = two();
    retire(&mut one);
    one.tell(Msg::Retry);
    one.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    let new = one.ports.storage.file();
    assert!(new.is_some());
    other.wait(3);
    receipt(&other);
    other.tell(Msg::Lock);
    assert_eq!((one.ports.storage.file(), one.ports.storage.aside()), (new, Vec::new()));
    other.tell(Msg::Retry);
    other.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(other.names().len(), 0, "the new one");
}

/// Its owner may mean it: then it is a vault as any other, whose file can go missing.
#[test]
fn a_copy_that_was_put_back_and_opened_lives_again() {
    let (mut one, _) = two();
    let file = one.ports.storage.file();
    retire(&mut one);
    one.ports.storage.put(file);
    one.tell(Msg::Retry);
    one.tell(Msg::Unlock(PASSPHRASE.into()));
    one.ports.storage.put(None);
    one.wait(3);
    assert_eq!(asked(&one).title, "The vault file is gone");
    one.tell(Msg::KeepWindow);
    assert!(one.ports.storage.file().is_some());
}

#[test]
fn what_was_held_of_it_is_forgotten_without_closing_another_vault() {
    let (mut one, mut other) = two();
    let file = one.ports.storage.file();
    one.ports.storage.put(None);
    other.wait(3);
    let effects = other.give(Msg::Lock);
    let back = effects.into_iter().find(|effect| matches!(effect, Effect::WriteBack { .. }));
    one.ports.storage.put(file);
    retire(&mut one);
    one.tell(Msg::Retry);
    one.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    let effects = other.give(Msg::Unlock(PASSPHRASE.into()));
    other.perform_all(
        effects.into_iter().filter(|effect| !matches!(effect, Effect::WriteBack { .. })).collect(),
    );
    assert_eq!(other.see().page, Page::Codes);
    other.perform_all(back.into_iter().collect());
    assert!(
        other.notice().contains("what this window held of it is forgotten"),
        "{}",
        other.notice()
    );
    assert!(other.state.is_open() && !other.state.holds_the_only_copy());
    assert_eq!(one.ports.storage.aside(), Vec::<Vec<u8>>::new());
}

#[test]
fn where_its_end_cannot_be_noted_the_receipt_says_what_to_do() {
    let (mut one, _) = two();
    one.ports.memos.full(true);
    let receipt = retire(&mut one);
    assert!(receipt.note.contains("close every other window"), "{}", receipt.note);
    let end = SaveError::Retired(holdfast_model::retire::End { at: Some(one.now()) });
    assert_eq!(
        end.to_string(),
        "This vault was destroyed on this device on 2005-03-18 01:58 UTC, so nothing was saved."
    );
}
