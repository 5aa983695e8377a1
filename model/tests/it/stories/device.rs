//! The vault opened by the device's own lock, and what becomes of that.

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::ports::{DeviceError, Ports};
use holdfast_model::screen::Page;
use holdfast_model::vault::{Method, header_of};
use holdfast_model::{DeviceMsg, Effect, MoveMsg, Msg};

use super::app::{App, PASSPHRASE, uri};

fn set(on: bool) -> Msg {
    Msg::Device(DeviceMsg::Set(on))
}

const UNLOCK: fn() -> Msg = || Msg::Device(DeviceMsg::Unlock);

/// Whether the locked app offers it, and what it says went wrong.
fn offer(app: &App) -> (bool, Option<String>) {
    match app.see().page {
        Page::Unlock(unlock) => (unlock.by_device, unlock.error),
        other => panic!("not locked but {other:?}"),
    }
}

fn slots(app: &App) -> usize {
    let sealed = app.ports.storage().load().expect("it can be read").expect("a vault");
    let header = header_of(&sealed).expect("a vault");
    header.slots().iter().filter(|slot| matches!(slot.method(), Method::Device { .. })).count()
}

#[test]
fn the_devices_lock_opens_the_vault_once_that_is_wanted_and_no_more_once_it_is_not() {
    let mut app = App::open_with_device();
    app.add(&uri("Harbour", "ada", 7));
    assert_eq!(app.see().by_device, Some(false));
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (false, None));
    app.tell(UNLOCK());
    assert!(!app.state.is_open(), "a key nobody set up opened it");

    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app.tell(set(true));
    assert!(app.notice().contains("opens the vault from now on"), "{}", app.notice());
    assert_eq!((app.see().by_device, slots(&app), app.ports.device.keys()), (Some(true), 1, 1));
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (true, None));
    app.tell(UNLOCK());
    assert_eq!(app.names(), [("Harbour".to_owned(), "ada".to_owned())]);
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert!(app.state.is_open(), "the passphrase opens it no more");

    app.tell(set(false));
    assert!(app.notice().contains("no more"), "{}", app.notice());
    assert_eq!((app.see().by_device, slots(&app), app.ports.device.keys()), (Some(false), 0, 0));
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (false, None));
}

#[test]
fn whoever_does_not_open_the_lock_is_told_and_nothing_is_changed() {
    let mut app = App::open_with_device();
    for reason in [DeviceError::Declined, DeviceError::NoLock, DeviceError::Unusable] {
        app.ports.device.answer(Some(reason.clone()));
        app.tell(set(true));
        assert_eq!(app.notice(), reason.to_string());
        assert_eq!(
            (app.see().by_device, slots(&app), app.ports.device.keys()),
            (Some(false), 0, 0)
        );
    }
    app.ports.device.answer(None);
    app.tell(set(true));
    app.tell(Msg::Lock);
    app.ports.device.answer(Some(DeviceError::Declined));
    app.tell(UNLOCK());
    assert_eq!(offer(&app), (true, Some(DeviceError::Declined.to_string())));
    app.ports.device.answer(Some(DeviceError::Changed));
    app.tell(UNLOCK());
    assert_eq!(offer(&app), (false, Some(DeviceError::Changed.to_string())));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert!(app.state.is_open());
}

#[test]
fn a_key_is_not_left_behind_where_the_vault_could_not_be_saved() {
    let mut app = App::open_with_device();
    app.ports.storage.trouble(Some(DiskTrouble::Room(0)));
    app.tell(set(true));
    assert_eq!((app.see().by_device, app.ports.device.keys()), (Some(false), 0));
}

#[test]
fn the_systems_page_in_front_does_not_lock_and_sleep_does() {
    let mut app = App::open_with_device();
    let effects = app.give(set(true));
    app.tell(Msg::Hidden);
    assert!(app.state.is_open(), "asking whether it may be opened locked it");
    app.perform_all(effects);
    app.tell(Msg::Hidden);
    assert!(!app.state.is_open(), "the answer is here, and it stays open out of sight");

    let effects = app.give(UNLOCK());
    app.tell(Msg::Hidden);
    app.perform_all(effects);
    assert!(app.state.is_open());

    app.tell(Msg::Lock);
    let effects = app.give(UNLOCK());
    app.tell(Msg::Suspended);
    app.perform_all(effects);
    assert!(!app.state.is_open(), "it opened while the device slept");
}

#[test]
fn a_changed_passphrase_takes_the_devices_way_in_away() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.tell(Msg::OpenPassphrase);
    let new = "a heron stands in the reeds";
    app.tell(Msg::ChangePassphrase {
        current: PASSPHRASE.into(),
        passphrase: new.into(),
        again: new.into(),
    });
    assert_eq!((app.see().by_device, slots(&app)), (Some(false), 0));
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (false, None));
}

#[test]
fn whoever_unlocks_by_the_device_is_asked_for_the_passphrase_now_and_then() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.tell(Msg::Lock);
    app.ports.clock.set(holdfast_otp::UnixTime(app.now().0 + 60 * 86_400));
    app.tell(UNLOCK());
    assert!(matches!(app.see().page, Page::Remind(_)), "{:?}", app.see().page);
}

#[test]
fn a_destroyed_vault_leaves_no_key_in_the_store() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.tell(Msg::Move(MoveMsg::Open));
    app.tell(Msg::Move(MoveMsg::Begin));
    app.tell(Msg::Move(MoveMsg::OpenRetire));
    app.tell(Msg::Move(MoveMsg::Retire(PASSPHRASE.into())));
    assert!(matches!(app.see().page, Page::Retired(_)), "{:?}", app.see().page);
    assert_eq!(app.ports.device.keys(), 0);
}

#[test]
fn an_app_that_was_told_of_no_lock_asks_for_none() {
    let mut app = App::open();
    app.tell(set(true));
    assert_eq!((app.see().by_device, slots(&app)), (None, 0));
    let effects = app.give(Msg::Lock);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::FindDevice)));
}
