//! The passphrase is changed, and what it costs to guess one is found out on the machine.

use std::time::Duration;

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::ports::{Clock, Ports};
use holdfast_model::screen::Page;
use holdfast_model::vault::{Cost, DeviceKey, NewSlot, OpenError, Passphrase, Vault, header_of};
use holdfast_model::{Effect, Msg, OpenFailure, cost_on};
use holdfast_otp::UnixTime;

use super::app::{App, PASSPHRASE, uri};

const NEW: &str = "crabs walk sideways home";

fn change(current: &str, passphrase: &str, again: &str) -> Msg {
    Msg::ChangePassphrase {
        current: current.into(),
        passphrase: passphrase.into(),
        again: again.into(),
    }
}

fn error(app: &App) -> String {
    match app.see().page {
        Page::Passphrase(page) => page.error.unwrap_or_default(),
        other => panic!("not the page of the passphrase but {other:?}"),
    }
}

/// An app with one account, on the page of the passphrase.
fn changing() -> App {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::OpenPassphrase);
    app
}

fn opens_with(app: &mut App, passphrase: &str) -> bool {
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(passphrase.into()));
    app.state.is_open()
}

#[test]
fn a_changed_passphrase_opens_the_same_accounts_and_the_one_before_opens_nothing() {
    let mut app = changing();
    let before = header_of(&app.ports.storage.file().unwrap()).unwrap();
    app.tell(change(PASSPHRASE, NEW, NEW));
    assert_eq!(app.see().page, Page::Codes);
    assert!(app.notice().contains("opens nothing any more"), "{}", app.notice());
    // The open vault goes on under its new key.
    app.add(&uri("B", "b", 2));
    let after = header_of(&app.ports.storage.file().unwrap()).unwrap();
    assert!(!before.has_same_key_as(&after));
    assert!(!opens_with(&mut app, PASSPHRASE));
    assert!(opens_with(&mut app, NEW));
    assert_eq!(app.names().len(), 2);
}

#[test]
fn what_is_not_right_is_said_and_changes_nothing() {
    let mut app = changing();
    let file = app.ports.storage.file();
    for (msg, words) in [
        (change("", NEW, NEW), "present passphrase is missing"),
        (change(PASSPHRASE, "short", "short"), "fewer than 8"),
        (change(PASSPHRASE, NEW, "crabs walk"), "differ"),
        (change("not the passphrase", NEW, NEW), "present passphrase is another"),
    ] {
        app.tell(msg);
        assert!(error(&app).contains(words), "{}", error(&app));
    }
    app.ports.storage.trouble(Some(DiskTrouble::Room(0)));
    app.tell(change(PASSPHRASE, NEW, NEW));
    assert!(error(&app).contains("disk is full"), "{}", error(&app));
    app.ports.storage.trouble(None);
    assert_eq!(app.ports.storage.file(), file);
    assert!(opens_with(&mut app, PASSPHRASE));
}

#[test]
fn what_another_instance_saved_meanwhile_is_kept_under_the_new_passphrase() {
    let mut app = changing();
    let mut other = App::open_on(app.ports.storage.clone());
    other.add(&uri("B", "b", 2));
    app.tell(change(PASSPHRASE, NEW, NEW));
    assert_eq!(app.names().len(), 2);
    // The other one may not bring the old passphrase back.
    other.add_text(&uri("C", "c", 3));
    assert!(!opens_with(&mut app, PASSPHRASE));
    assert!(opens_with(&mut app, NEW));
    assert_eq!(app.names().len(), 2);
}

#[test]
fn a_lock_during_the_change_does_not_stop_it_and_the_person_is_told_how_it_ended() {
    for full in [false, true] {
        let mut app = changing();
        let effects = app.give(change(PASSPHRASE, NEW, NEW));
        assert!(app.see().busy.unwrap().contains("Changing the passphrase"));
        app.tell(Msg::Lock);
        app.ports.storage.trouble(full.then_some(DiskTrouble::Room(0)));
        app.perform_all(effects);
        app.ports.storage.trouble(None);
        let words = if full { "was not changed" } else { "unlock with the new one" };
        assert!(app.notice().contains(words), "{}", app.notice());
        assert!(!app.state.is_open());
        assert!(opens_with(&mut app, if full { PASSPHRASE } else { NEW }));
    }
}

/// Another instance gives the vault these ways in beside the passphrase.
fn open_to(app: &App, ways: &[NewSlot<'_>]) {
    let sealed = app.ports.storage.file().unwrap();
    let mut vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).unwrap();
    let mut rng = app.ports.rng();
    for way in ways {
        vault.add_slot(*way, &mut *rng).unwrap();
    }
    app.ports.storage.put(Some(vault.seal(app.now(), &mut *rng).unwrap()));
}

fn statement(app: &App) -> String {
    match app.see().page {
        Page::Passphrase(page) => page.statement,
        other => panic!("not the page of the passphrase but {other:?}"),
    }
}

#[test]
fn before_it_is_changed_the_other_ways_are_named_that_go_with_it() {
    let (key, other) = (DeviceKey::from_bytes(&[7; 32]), Passphrase::new("another one"));
    let device = |name| NewSlot::Device { name, blob: b"", key: &key };
    let passphrase = NewSlot::Passphrase { passphrase: &other, cost: Cost::FLOOR };
    for (ways, named) in [
        (vec![], None),
        (vec![device("Pixel 7")], Some("too: the device “Pixel 7”. Set up")),
        (vec![passphrase], Some("too: another passphrase. Set up")),
        (
            vec![device(""), passphrase, device("a\u{202e}b"), passphrase],
            Some("too: a device, the device “a\u{fffd}b” and 2 other passphrases. Set up"),
        ),
    ] {
        let mut app = App::open();
        open_to(&app, &ways);
        app.tell(Msg::Lock);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
        app.tell(Msg::OpenPassphrase);
        let statement = statement(&app);
        assert_eq!(statement.contains("takes away"), named.is_some(), "{statement}");
        assert!(statement.contains(named.unwrap_or("only the new passphrase")), "{statement}");
        app.tell(change(PASSPHRASE, NEW, NEW));
        assert_eq!(header_of(&app.ports.storage.file().unwrap()).unwrap().slots().len(), 1);
    }
}

#[test]
fn a_way_in_that_was_added_meanwhile_does_not_go_untold() {
    let mut app = changing();
    let key = DeviceKey::from_bytes(&[7; 32]);
    open_to(&app, &[NewSlot::Device { name: "Pixel 7", blob: b"", key: &key }]);
    let file = app.ports.storage.file();
    app.tell(change(PASSPHRASE, NEW, NEW));
    assert!(error(&app).contains("was added meanwhile; nothing was changed"), "{}", error(&app));
    assert!(app.ports.storage.file() == file);
    // What the page says by then, once the window has looked at the file.
    app.wait(2);
    assert!(statement(&app).contains("the device “Pixel 7”"), "{}", statement(&app));
    app.tell(change(PASSPHRASE, NEW, NEW));
    assert_eq!(app.see().page, Page::Codes);
}

/// Whoever reads that it is wrong tries others, or gives up.
#[test]
fn a_passphrase_that_memory_was_short_for_is_not_called_wrong_and_can_be_typed_again() {
    let mut app = App::open();
    app.tell(Msg::Lock);
    for (outcome, told) in [
        (OpenError::NotAllTried, "for another there is not enough free memory"),
        (OpenError::OutOfMemory, "There is not enough free memory"),
    ] {
        let effects = app.give(Msg::Unlock(PASSPHRASE.into()));
        let [Effect::Open { ticket, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        app.tell(Msg::Opened { ticket: *ticket, outcome: Err(OpenFailure::Open(outcome)) });
        let Page::Unlock(page) = app.see().page else { panic!("{:?}", app.see().page) };
        assert!(page.error.expect("why").contains(told));
    }
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.see().page, Page::Codes);
}

/// A machine on which one pass over a MiB takes so long.
struct Speed(Duration);

impl Clock for Speed {
    fn now(&self) -> UnixTime {
        UnixTime(0)
    }

    fn time(&self, work: &mut dyn FnMut()) -> Option<Duration> {
        work();
        // Of the trial: the wanted memory, twice.
        Some(self.0 * 2 * (Cost::PHONE.memory_kib() / 1024))
    }
}

#[test]
fn the_cost_is_what_the_machine_does_in_seven_tenths_of_a_second() {
    for (micros, passes) in [(3_645, 3), (1_000, 10), (1, 32)] {
        let cost = cost_on(&Speed(Duration::from_micros(micros)), Cost::PHONE);
        assert_eq!((cost.memory_kib(), cost.passes()), (64 * 1024, passes), "{micros}");
    }
    let slow = cost_on(&Speed(Duration::from_millis(100)), Cost::PHONE);
    assert_eq!(slow, Cost::FLOOR);
    let unknown = App::start();
    assert_eq!(cost_on(unknown.ports.clock(), Cost::DESKTOP), Cost::FLOOR);
}

/// A pasted passphrase may have letters that a phone's keyboard never hands on; nobody would get in again.
#[test]
fn a_phone_takes_no_new_passphrase_that_cannot_be_typed_there_again() {
    const PASTED: &str = "crabs walk s\u{ef}deways home";
    let create = |typed: &str| Msg::Create { passphrase: typed.into(), again: typed.into() };
    let mut phone = App::start_on_phone();
    phone.tell(create(PASTED));
    let Page::FirstStart(page) = phone.see().page else { panic!("a vault was made") };
    assert!(page.error.unwrap().contains("may not be there to type on this phone again"));
    phone.tell(create(NEW));
    assert_eq!(phone.see().page, Page::Codes);

    phone.tell(Msg::OpenPassphrase);
    phone.tell(change(NEW, PASTED, PASTED));
    assert!(error(&phone).contains("may not be there to type on this phone again"));
    phone.tell(change(NEW, "Crabs walk, 2 by 2!", "Crabs walk, 2 by 2!"));
    assert!(opens_with(&mut phone, "Crabs walk, 2 by 2!"));

    let mut desktop = App::start();
    desktop.tell(create(PASTED));
    assert_eq!(desktop.see().page, Page::Codes, "a desktop's keyboard types any letter");
}
