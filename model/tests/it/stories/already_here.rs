//! Never a silent overwrite: what is here already is told, and what bears the same names is asked
//! about.

use holdfast_model::Msg;
use holdfast_model::screen::Page;

use super::app::{App, uri};

#[test]
fn the_same_secret_is_already_here() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    let id = app.id("GitHub", "alice");
    for text in [uri("GitHub", "alice", 1), uri("Other", "bob", 1)] {
        app.tell(Msg::TextGiven(text.into()));
        let Page::Known(page) = app.see().page else { panic!("{:?}", app.see().page) };
        assert_eq!(page.id, id);
        assert_eq!(
            page.sentence,
            "This account is already here, as GitHub (alice); there is nothing to add."
        );
    }
    app.tell(Msg::OpenEntry(id));
    assert!(matches!(app.see().page, Page::Entry(_)));
    assert_eq!(app.names().len(), 1);
}

#[test]
fn the_same_names_with_another_secret_ask_and_cancelling_changes_nothing() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    let before = app.ports.storage.file();
    let row = app.row("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("github", "ALICE", 2).into()));
    app.save_as_read();
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(page.sentence.contains("already here with another secret"));
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].label, "GitHub (alice), added 2005-03-18");
    app.tell(Msg::Back);
    assert_eq!(app.confirm().issuer, "github");
    app.tell(Msg::Back);
    app.tell(Msg::Back);
    assert_eq!(app.codes().rows, [row]);
    assert_eq!(app.ports.storage.file(), before);
}

#[test]
fn replacing_keeps_the_entry_and_undo_brings_the_old_secret_back() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    let old = app.row("GitHub", "alice");
    app.tell(Msg::TextGiven(
        format!("{}&digits=8", uri("GitHub", "alice", 2).replace("digits=6&", "")).into(),
    ));
    app.save_as_read();
    app.tell(Msg::Replace(old.id));
    assert_eq!(app.notice(), "GitHub (alice) now uses its new secret.");
    let new = app.row("GitHub", "alice");
    assert_eq!(new.id, old.id);
    assert_ne!(new.code.code, old.code.code);
    app.tell(Msg::Undo);
    assert_eq!(app.row("GitHub", "alice"), old);
    let other = App::open_on(app.ports.storage.clone());
    assert_eq!(other.row("GitHub", "alice"), old);
}

#[test]
fn keeping_both_keeps_both() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    let old = app.row("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 2).into()));
    app.save_as_read();
    app.tell(Msg::KeepBoth);
    let rows = app.codes().rows;
    assert_eq!(rows.len(), 2);
    assert!(rows.contains(&old));
    assert_ne!(rows[0].code.code, rows[1].code.code);
    // With three of one name, each can be the one to replace.
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 3).into()));
    app.save_as_read();
    let Page::Clash(page) = app.see().page else { panic!() };
    assert_eq!(page.entries.len(), 2);
}

#[test]
fn renaming_on_the_confirm_page_decides_whether_names_clash() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 2).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "work".into() });
    assert_eq!(app.names().len(), 2);
}
