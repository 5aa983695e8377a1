//! The vault opened by the device's own lock, and what becomes of that.

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::ports::{DeviceError, DeviceLock, Ports};
use holdfast_model::screen::Page;
use holdfast_model::vault::{
    Cost, DeviceKey, Header, Method, NewSlot, OpenError, Passphrase, ReopenError, Slot, Vault,
    header_of,
};
use holdfast_model::{DeviceMsg, Effect, MoveMsg, Msg};

use super::app::{App, PASSPHRASE, uri};

fn set(on: bool) -> Msg {
    Msg::Device(DeviceMsg::Set(on))
}

fn take_away(passphrase: &str) -> Msg {
    Msg::Device(DeviceMsg::TakeAway(passphrase.into()))
}

fn header(app: &App) -> Header {
    let sealed = app.ports.storage().load().expect("it can be read").expect("a vault");
    header_of(&sealed).expect("a vault")
}

/// What the page says that takes the device's way in away, and what went wrong there.
fn away(app: &App) -> (String, Option<String>) {
    match app.see().page {
        Page::DeviceAway(page) => (page.statement, page.error),
        other => panic!("not that page but {other:?}"),
    }
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
    header(app).slots().iter().filter(|slot| matches!(slot.method(), Method::Device { .. })).count()
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
    app.tell(take_away(PASSPHRASE));
    assert!(app.notice().contains("no more"), "{}", app.notice());
    assert_eq!((app.see().by_device, slots(&app), app.ports.device.keys()), (Some(false), 0, 0));
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (false, None));
}

#[test]
fn what_the_device_opened_opens_nothing_more_once_its_way_in_is_taken_away() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.add(&uri("Harbour", "ada", 7));
    let (former, before) = (app.ports.storage.file().expect("a vault"), header(&app));
    let slot = before.slots().iter().find(|slot| is_device(slot)).expect("the device's");
    let Method::Device { name, .. } = slot.method() else { panic!("a device") };
    // As who has it of the store before it is destroyed there.
    let key = app.ports.device.release(name, &[]).expect("its key");
    let open = |file: &[u8]| Vault::open_with_device(file, slot.id(), &key).map(|_| ());
    assert_eq!(open(&former), Ok(()));

    app.tell(set(false));
    app.tell(take_away(PASSPHRASE));
    assert_eq!(app.see().page, Page::Codes);
    let after = app.ports.storage.file().expect("a vault");
    assert!(!header(&app).has_same_key_as(&before), "the data key is the one it was");
    assert_eq!(open(&after), Err(OpenError::NoSuchSlot));
    // Who knows the data key of before does not read on, either: the file does not open with it.
    let known = Vault::open_with_device(&former, slot.id(), &key).expect("the former");
    assert!(matches!(known.reopen(&after), Err(ReopenError::OtherKey)));
    app.add(&uri("Quay", "bob", 8));
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names().len(), 2);
    let costs = |header: &Header| header.slots()[0].method() == before.slots()[0].method();
    assert!(costs(&header(&app)), "the passphrase costs what it did");
}

#[test]
fn the_devices_way_in_is_not_taken_away_without_the_passphrase() {
    let mut app = App::open_with_device();
    app.tell(set(false));
    assert_eq!(app.see().page, Page::Codes, "there is none");
    app.tell(set(true));
    let file = app.ports.storage.file();
    app.tell(take_away(PASSPHRASE));
    assert_eq!(
        app.ports.storage.file(),
        file,
        "before the page was there that says what it comes to"
    );
    app.tell(set(false));
    for (typed, words) in [("", "no passphrase yet"), ("another one", "does not open the vault")] {
        app.tell(take_away(typed));
        assert!(away(&app).1.expect("why").contains(words));
    }
    app.ports.storage.trouble(Some(DiskTrouble::Room(0)));
    app.tell(take_away(PASSPHRASE));
    assert!(away(&app).1.expect("why").contains("disk is full"));
    app.ports.storage.trouble(None);
    assert_eq!(app.ports.storage.file(), file);
    assert_eq!((app.see().by_device, app.ports.device.keys()), (Some(true), 1));
    app.tell(Msg::Back);
    assert_eq!(app.see().page, Page::Codes);
}

#[test]
fn the_other_ways_are_named_that_go_with_the_devices() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.tell(set(false));
    assert!(!away(&app).0.contains("every other way"), "{}", away(&app).0);
    app.tell(Msg::Lock);
    let sealed = app.ports.storage.file().expect("a vault");
    let mut vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("it opens");
    let (mut rng, other) = (app.ports.rng(), Passphrase::new("another one"));
    let key = DeviceKey::generate(&mut *rng);
    let others = [
        NewSlot::Device { name: "holdfast-other", blob: b"", key: &key },
        NewSlot::Passphrase { passphrase: &other, cost: Cost::FLOOR },
    ];
    for slot in others {
        vault.add_slot(slot, &mut *rng).expect("room");
    }
    app.ports.storage.put(Some(vault.seal(app.now(), &mut *rng).expect("sealed")));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app.tell(set(false));
    let named = "too: another device and another passphrase. Set up";
    assert!(away(&app).0.contains(named), "{}", away(&app).0);
    // With the other passphrase that one stays instead.
    app.tell(take_away("another one"));
    assert_eq!(header(&app).slots().len(), 1);
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock("another one".into()));
    assert!(app.state.is_open());
}

#[test]
fn a_way_in_that_was_added_meanwhile_does_not_go_with_the_devices_untold() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    app.tell(set(false));
    let sealed = app.ports.storage.file().expect("a vault");
    let mut vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("it opens");
    let mut rng = app.ports.rng();
    let key = DeviceKey::generate(&mut *rng);
    vault.add_slot(NewSlot::Device { name: "", blob: b"", key: &key }, &mut *rng).expect("room");
    app.ports.storage.put(Some(vault.seal(app.now(), &mut *rng).expect("sealed")));
    app.tell(take_away(PASSPHRASE));
    assert!(away(&app).1.expect("why").contains("was added meanwhile; nothing was changed"));
    assert_eq!((slots(&app), app.ports.device.keys()), (2, 1));
}

#[test]
fn a_lock_does_not_stop_it_and_the_person_is_told_where_it_failed() {
    for full in [false, true] {
        let mut app = App::open_with_device();
        app.tell(set(true));
        app.tell(set(false));
        let effects = app.give(take_away(PASSPHRASE));
        assert!(app.see().busy.expect("busy").contains("Sealing"));
        app.tell(Msg::Lock);
        app.ports.storage.trouble(full.then_some(DiskTrouble::Room(0)));
        app.perform_all(effects);
        app.ports.storage.trouble(None);
        assert_eq!(offer(&app).0, full);
        assert_eq!(
            full,
            app.see().notice.is_some_and(|said| said.sentence.contains("not taken away"))
        );
    }
}

#[test]
fn a_way_in_whose_key_is_gone_is_set_up_anew_and_only_the_new_one_opens() {
    let mut app = App::open_with_device();
    app.tell(set(true));
    let before = header(&app);
    let Method::Device { name, .. } = before.slots()[1].method() else { panic!("a device") };
    app.ports.device.forget(name);
    app.tell(Msg::Lock);
    assert_eq!(offer(&app), (false, None));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app.tell(set(true));
    // No slot goes without a new data key; this one has no key any more.
    assert_eq!((slots(&app), app.ports.device.keys()), (2, 1));
    assert!(header(&app).has_same_key_as(&before));
    app.tell(Msg::Lock);
    app.tell(UNLOCK());
    assert!(app.state.is_open());
    app.tell(set(false));
    app.tell(take_away(PASSPHRASE));
    assert_eq!((slots(&app), app.ports.device.keys()), (0, 0));
}

fn is_device(slot: &Slot) -> bool {
    matches!(slot.method(), Method::Device { .. })
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
    assert_eq!(
        app.ports.device.keys(),
        0,
        "a key that opens nothing any more is left in the store"
    );
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
