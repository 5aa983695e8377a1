//! Accounts that cannot give a code: they say why, keep nobody else from theirs, and are not lost.

use holdfast_model::Msg;
use holdfast_model::ports::Ports;
use holdfast_model::screen::{CodeKind, Page};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_core::CryptoRng;

use super::app::{App, PASSPHRASE, RFC_TIME, uri};

/// An app whose vault was changed outside, as a version of another day might.
fn app_with(change: impl FnOnce(&mut Vault, &mut dyn CryptoRng)) -> App {
    let app = App::start();
    let mut rng = app.ports.rng();
    let now = UnixTime(RFC_TIME);
    let mut vault =
        Vault::create(&Passphrase::new(PASSPHRASE), Cost::FLOOR, now, &mut *rng).unwrap();
    change(&mut vault, &mut *rng);
    app.ports.storage.put(Some(vault.seal(now, &mut *rng).unwrap()));
    App::open_on(app.ports.storage.clone())
}

fn app_with_one_waiting() -> App {
    app_with(|vault, rng| {
        vault.add_waiting(named("GitHub", "alice"), UnixTime(RFC_TIME), rng).unwrap();
    })
}

fn named(issuer: &str, account: &str) -> NewEntry {
    let parameters = Parameters::default();
    NewEntry { issuer: Some(issuer.into()), account: account.into(), parameters }
}

#[test]
fn one_that_waits_says_so_and_has_no_code_to_copy() {
    let mut app = app_with_one_waiting();
    let row = app.row("GitHub", "alice");
    assert_eq!(row.code.kind, CodeKind::Waiting);
    assert_eq!(
        row.trouble.as_deref(),
        Some("This account is waiting for re-enrolment; scan its new barcode.")
    );
    assert!(row.accessible_label.as_str().contains("waiting for re-enrolment"));
    app.tell(Msg::Copy(row.id));
    assert!(app.see().notice.unwrap().trouble);
    assert_eq!(app.clipboard(), None);
}

#[test]
fn its_new_barcode_fills_one_that_waits() {
    let mut app = app_with_one_waiting();
    let id = app.id("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 1).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice".into() });
    let row = app.row("GitHub", "alice");
    assert_eq!((row.id, row.code.kind, row.trouble), (id, CodeKind::Rolling, None));
    let notice = app.see().notice.unwrap();
    assert_eq!(notice.sentence, "GitHub (alice) is re-enrolled; no account waits any more.");
    assert_eq!(notice.undo.as_deref(), Some("Undo"));
}

#[test]
fn a_barcode_that_may_be_of_one_that_waits_is_asked_about() {
    let mut app = app_with_one_waiting();
    let id = app.id("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("GitHub", "alice@example.com", 1).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice@example.com".into() });
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(
        page.sentence,
        "GitHub (alice@example.com) may be one of the accounts that wait for re-enrolment; say \
         which, or add it as another account."
    );
    assert_eq!(page.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id]);
    app.tell(Msg::Replace(id));
    assert_eq!(app.row("GitHub", "alice").code.kind, CodeKind::Rolling);
    assert_eq!(app.codes().rows.len(), 1);

    app.tell(Msg::TextGiven(uri("GitHub", "bob", 2).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "bob".into() });
    assert_eq!(app.see().page, Page::Codes, "nobody waits: nothing to ask");
    assert_eq!(app.codes().rows.len(), 2);
}

#[test]
fn one_that_cannot_be_read_is_shown_as_such_and_kept_through_every_save() {
    let mut app = app_with(|vault, rng| {
        let secret = Secret::from_bytes(&[9; 20]).unwrap();
        let id = vault.add(named("Bank", "eve"), &secret, UnixTime(RFC_TIME), rng).unwrap();
        vault.spoil(id).unwrap();
    });
    let unreadable = app.codes().unreadable;
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable[0].title, "Bank: eve");
    assert!(unreadable[0].sentence.starts_with("This entry is damaged;"));
    assert_eq!(app.codes().empty, None, "there is one, even if it cannot be read");

    app.add(&uri("GitHub", "alice", 1));
    app.tell(Msg::Delete(app.id("GitHub", "alice")));
    app.tell(Msg::Undo);
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.codes().unreadable, unreadable);
    assert_eq!(app.codes().rows.len(), 1);
}
