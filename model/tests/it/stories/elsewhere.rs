//! Another program changes the vault while it is open here.

use holdfast_model::Msg;
use holdfast_model::ports::Ports;
use holdfast_model::screen::Page;
use holdfast_model::vault::{Cost, NewSlot, Passphrase, Vault};

use super::app::{App, PASSPHRASE, uri};

#[test]
fn what_the_terminal_added_is_in_the_list_within_seconds() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    // What was told of it is gone.
    window.wait(11);
    let mut terminal = App::open_on(window.ports.storage.clone());
    terminal.add(&uri("B", "b", 2));
    window.wait(3);
    assert_eq!(window.names(), terminal.names());
    assert_eq!(window.notice(), "Another program changed the vault; the list is up to date.");
    // What is saved from here on stands on top of it.
    window.add(&uri("C", "c", 3));
    terminal.wait(3);
    assert_eq!(terminal.names().len(), 3);
}

#[test]
fn coming_to_the_front_looks_at_once() {
    let mut window = App::open();
    let mut terminal = App::open_on(window.ports.storage.clone());
    terminal.add(&uri("B", "b", 2));
    window.tell(Msg::Seen);
    assert_eq!(window.names(), terminal.names());
}

#[test]
fn a_form_that_is_being_filled_in_stays_as_it_is() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let mut terminal = App::open_on(window.ports.storage.clone());
    window.tell(Msg::OpenEntry(window.id("A", "a")));
    let before = window.see();
    terminal.add(&uri("B", "b", 2));
    window.wait(3);
    let after = window.see();
    assert_eq!(after.codes.unwrap().rows.len(), 2);
    // The fields are set anew only when this counts up.
    assert_eq!((after.visit, matches!(after.page, Page::Entry(_))), (before.visit, true));
}

#[test]
fn an_entry_deleted_elsewhere_is_left() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let mut terminal = App::open_on(window.ports.storage.clone());
    let id = window.id("A", "a");
    window.tell(Msg::OpenEntry(id));
    terminal.tell(Msg::Delete(id));
    window.wait(3);
    assert_eq!(window.see().page, Page::Codes);
    assert!(window.codes().rows.is_empty());
}

#[test]
fn a_new_passphrase_locks_but_never_under_the_hand_of_whoever_types() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    window.tell(Msg::TextGiven(uri("B", "b", 2).into()));
    change_passphrase(&window);
    window.wait(5);
    assert!(matches!(window.see().page, Page::Confirm(_)), "{:?}", window.see().page);

    window.tell(Msg::Back);
    window.wait(3);
    let Page::Unlock(unlock) = window.see().page else { panic!("{:?}", window.see().page) };
    assert_eq!(
        unlock.why.as_deref(),
        Some("Locked because the passphrase of the vault was changed; enter the new one.")
    );
    window.tell(Msg::Unlock("a tide of seven sisters".into()));
    assert_eq!(window.names().len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_closes_nothing() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let file = window.ports.storage.file();
    for bytes in [None, Some(b"no vault".to_vec())] {
        window.ports.storage.put(bytes);
        window.wait(5);
        assert_eq!(window.names().len(), 1);
    }
    window.ports.storage.put(file);
    window.add(&uri("B", "b", 2));
}

/// Whoever wrote it, it turns no letter of the page around, and stays as it is in the vault.
#[test]
fn a_name_that_turns_its_line_or_breaks_it_is_shown_with_marks_and_kept() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let id = app.id("A", "a");
    let (issuer, account) = ("\u{202e}knaB", "ann\nBalance: 0");
    let (storage, mut rng) = (app.ports.storage.clone(), app.ports.rng());
    let open = || Vault::open(&storage.file().unwrap(), &Passphrase::new(PASSPHRASE)).unwrap();
    let mut vault = open();
    vault.rename(id, Some(issuer), account).unwrap();
    storage.put(Some(vault.seal(app.now(), &mut *rng).unwrap()));
    app.wait(3);
    assert_eq!(app.names(), [("\u{fffd}knaB".into(), "ann\u{fffd}Balance: 0".into())]);
    for msg in [Msg::Tick, Msg::OpenEntry(id), Msg::Delete(id)] {
        app.tell(msg);
        let seen = format!("{:?}", app.see());
        assert!(seen.contains("knaB") && !seen.contains("\\u{202e}"), "{seen}");
        assert!(!seen.contains("ann\\n"), "{seen}");
        app.tell(Msg::Back);
        let kept = open();
        let entry = kept.entries().first();
        assert!(entry.is_none_or(|entry| entry.account == account), "{entry:?}");
    }
}

/// What `holdfast` in the terminal would do.
fn change_passphrase(app: &App) {
    use holdfast_model::ports::Clock;
    let mut rng = app.ports.rng();
    let file = app.ports.storage.file().unwrap();
    let mut vault = Vault::open(&file, &Passphrase::new(PASSPHRASE)).unwrap();
    let passphrase = Passphrase::new("a tide of seven sisters");
    vault
        .rekey(&[NewSlot::Passphrase { passphrase: &passphrase, cost: Cost::FLOOR }], &mut *rng)
        .unwrap();
    let sealed = vault.seal(app.ports.clock.now(), &mut *rng).unwrap();
    app.ports.storage.put(Some(sealed));
}
