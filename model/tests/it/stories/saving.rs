//! Saving: on disk at once or not at all, with other instances about, and late answers.

use holdfast_model::Msg;
use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::screen::Page;

use super::app::{App, PASSPHRASE, RFC_SECRET, uri};

const TROUBLES: [(DiskTrouble, &str); 4] = [
    (DiskTrouble::Room(100), "The disk is full,"),
    (DiskTrouble::ReadOnly, "The folder of the vault cannot be written to,"),
    (DiskTrouble::Taken, "Another window of Holdfast is using the vault,"),
    (DiskTrouble::Denied, "The folder of the vault cannot be written to,"),
];

#[test]
fn a_failed_save_changes_nothing_says_why_and_can_be_tried_again() {
    for (trouble, beginning) in TROUBLES {
        let mut app = App::open();
        app.add(&uri("A", "a", 1));
        app.add(&format!("otpauth://hotp/B:b?secret={RFC_SECRET}&counter=0"));
        let (a, b) = (app.id("A", "a"), app.id("B", "b"));
        let before = app.codes();
        let file = app.ports.storage.file();
        app.ports.storage.trouble(Some(trouble));

        // Adding: what was read stays on its page.
        app.tell(Msg::TextGiven(uri("C", "c", 3).into()));
        app.tell(Msg::SaveDraft { issuer: "C".into(), account: "renamed".into() });
        let Page::Confirm(page) = app.see().page else { panic!("{:?}", app.see().page) };
        assert!(page.error.unwrap().starts_with(beginning));
        assert_eq!(page.account, "renamed");
        app.tell(Msg::Back);
        app.tell(Msg::Back);
        assert_eq!(app.codes(), before);

        // Renaming: on the entry's page.
        app.tell(Msg::OpenEntry(a));
        app.tell(Msg::Rename { id: a, issuer: "X".into(), account: "x".into() });
        let Page::Entry(page) = app.see().page else { panic!() };
        assert!(page.error.unwrap().starts_with(beginning));
        assert_eq!(page.issuer, "A");
        app.tell(Msg::Back);

        // Deleting and the next code: in the list.
        app.tell(Msg::Delete(a));
        assert!(app.notice().starts_with(beginning));
        assert_eq!(app.see().notice.unwrap().undo, None);
        app.tell(Msg::NextCode(b));
        assert!(app.see().notice.unwrap().trouble);
        assert_eq!(app.codes(), before);
        assert_eq!(app.ports.storage.file(), file);

        // Once the trouble is over everything works.
        app.ports.storage.trouble(None);
        app.tell(Msg::NextCode(b));
        assert_eq!(app.row("B", "b").code.code.as_str(), "755 224");
        app.tell(Msg::Delete(a));
        assert_eq!(app.names(), [("B".into(), "b".into())]);
    }
}

#[test]
fn a_failed_undo_can_be_tried_again() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let row = app.row("A", "a");
    app.tell(Msg::Delete(row.id));
    app.ports.storage.trouble(Some(DiskTrouble::ReadOnly));
    app.tell(Msg::Undo);
    let notice = app.see().notice.unwrap();
    assert!(notice.trouble);
    assert_eq!(notice.undo.as_deref(), Some("Undo"));
    app.ports.storage.trouble(None);
    app.tell(Msg::Undo);
    assert_eq!(app.codes().rows, [row]);
}

#[test]
fn while_a_change_is_on_its_way_no_other_is_taken() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.add(&uri("B", "b", 2));
    let (a, b) = (app.id("A", "a"), app.id("B", "b"));
    let deleting = app.give(Msg::Delete(a));
    assert_eq!(app.see().busy.as_deref(), Some("Saving…"));
    for order in [Msg::Delete(b), Msg::Add, Msg::Back, Msg::Undo, Msg::PickPicture] {
        assert!(app.give(order).is_empty());
    }
    app.perform_all(deleting);
    assert_eq!(app.see().busy, None);
    assert_eq!(app.names(), [("B".into(), "b".into())]);
}

#[test]
fn two_instances_lose_nothing_of_each_other() {
    let mut one = App::open();
    one.add(&uri("A", "a", 1));
    let mut two = App::open_on(one.ports.storage.clone());
    one.add(&uri("B", "b", 2));
    // The second does not know of B; its save keeps it all the same.
    two.add(&uri("C", "c", 3));
    assert_eq!(two.names().len(), 3);
    let a = one.id("A", "a");
    one.tell(Msg::Delete(a));
    assert_eq!(one.names(), [("B".into(), "b".into()), ("C".into(), "c".into())]);
    // A change to what is gone says so.
    two.tell(Msg::OpenEntry(a));
    two.tell(Msg::Rename { id: a, issuer: "X".into(), account: "x".into() });
    assert_eq!(two.see().page, Page::Codes);
    assert_eq!(two.notice(), "This account is no longer in the vault.");
    assert_eq!(two.names(), one.names());
}

#[test]
fn the_same_barcode_added_by_two_instances_is_there_once() {
    let mut one = App::open();
    let mut two = App::open_on(one.ports.storage.clone());
    one.add(&uri("A", "a", 1));
    two.tell(Msg::TextGiven(uri("A", "a", 1).into()));
    two.tell(Msg::SaveDraft { issuer: "A".into(), account: "a".into() });
    assert!(matches!(two.see().page, Page::Known(_)));
    two.tell(Msg::Back);
    assert_eq!(two.names(), one.names());
}

#[test]
fn the_same_names_added_by_another_instance_ask_here_too() {
    let mut one = App::open();
    let mut two = App::open_on(one.ports.storage.clone());
    one.add(&uri("A", "a", 1));
    two.tell(Msg::TextGiven(uri("A", "a", 2).into()));
    two.tell(Msg::SaveDraft { issuer: "A".into(), account: "a".into() });
    assert!(matches!(two.see().page, Page::Clash(_)), "{:?}", two.see().page);
    two.tell(Msg::KeepBoth);
    assert_eq!(two.names().len(), 2);
}

#[test]
fn another_vault_in_its_place_is_not_overwritten() {
    let mut one = App::open();
    one.add(&uri("A", "a", 1));
    let file = one.ports.storage.file();
    let elsewhere = App::open();
    let foreign = elsewhere.ports.storage.file();
    one.ports.storage.put(foreign.clone());
    one.tell(Msg::TextGiven(uri("B", "b", 2).into()));
    one.tell(Msg::SaveDraft { issuer: "B".into(), account: "b".into() });
    let Page::Astray(page) = one.see().page else { panic!("{:?}", one.see().page) };
    assert_eq!(page.title, "Another vault is in its place");
    assert!(page.error.unwrap().contains("so this was not saved"));
    assert_eq!(one.ports.storage.file(), foreign);
    // Once the right one is back, the same press of the button saves.
    one.ports.storage.put(file);
    one.wait(3);
    let Page::Confirm(_) = one.see().page else { panic!("{:?}", one.see().page) };
    one.tell(Msg::SaveDraft { issuer: "B".into(), account: "b".into() });
    assert_eq!(one.names().len(), 2);
}

#[test]
fn a_vault_that_vanished_is_written_again_and_that_is_told() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.ports.storage.put(None);
    app.add(&uri("B", "b", 2));
    assert_eq!(
        app.notice(),
        "B (b) was added. The vault file had been removed; it was written again."
    );
    let other = App::open_on(app.ports.storage.clone());
    assert_eq!(other.names().len(), 2);
    // The next change finds it as it should be.
    app.tell(Msg::Delete(app.id("A", "a")));
    assert_eq!(app.notice(), "A (a) was deleted.");
    // A failure leaves nothing half done.
    app.ports.storage.put(None);
    app.ports.storage.trouble(Some(DiskTrouble::Room(10)));
    app.tell(Msg::Delete(app.id("B", "b")));
    assert!(app.notice().starts_with("The disk is full,"), "{}", app.notice());
    assert_eq!(app.names().len(), 1);
    app.ports.storage.trouble(None);
    app.tell(Msg::Delete(app.id("B", "b")));
    assert!(app.names().is_empty());
    assert!(app.ports.storage.file().is_some());
}

#[test]
fn answers_that_arrive_after_a_lock_are_dropped() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.tell(Msg::Lock);
    // Unlock, lock while the key is being derived (there is nothing to lock yet), unlock again.
    let first = app.give(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.see().busy.as_deref(), Some("Unlocking…"));
    assert!(app.give(Msg::Unlock(PASSPHRASE.into())).is_empty(), "one at a time");
    app.tell(Msg::Suspended);
    assert_eq!(app.see().busy, None);
    app.perform_all(first);
    assert!(matches!(app.see().page, Page::Unlock(_)), "the device was put away meanwhile");

    app.tell(Msg::Unlock(PASSPHRASE.into()));
    let copying = app.give(Msg::Copy(app.id("A", "a")));
    let picking = app.give(Msg::PickPicture);
    app.tell(Msg::Lock);
    let locked = app.see();
    app.perform_all(copying);
    app.perform_all(picking);
    assert_eq!(app.see(), locked);
    // Nor do they mean anything to the next session.
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.notice(), "");
    assert_eq!(app.see().page, Page::Codes);
}

#[test]
fn a_save_under_way_at_the_lock_is_on_disk_or_told_of() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let id = app.id("A", "a");
    let saving = app.give(Msg::Rename { id, issuer: "B".into(), account: "b".into() });
    app.tell(Msg::Lock);
    app.perform_all(saving);
    assert_eq!(app.see().notice, None);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names(), [("B".into(), "b".into())]);

    let saving = app.give(Msg::Rename { id, issuer: "C".into(), account: "c".into() });
    app.tell(Msg::Lock);
    app.ports.storage.trouble(Some(DiskTrouble::Room(0)));
    app.perform_all(saving);
    let notice = app.see().notice.unwrap();
    assert!(notice.trouble && notice.undo.is_none());
    assert!(notice.sentence.starts_with("The last change was not saved before the lock"));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names(), [("B".into(), "b".into())]);
}
