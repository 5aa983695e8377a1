//! Accounts that have no secret yet: they say so, and take the new one when its barcode comes.

use holdfast_model::Msg;
use holdfast_model::screen::{CodeKind, Page};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, UnixTime};

use super::app::{App, PASSPHRASE, RFC_TIME, uri};

fn app_with_one_waiting() -> App {
    let app = App::start();
    let mut rng = holdfast_model::ports::Ports::rng(&app.ports);
    let now = UnixTime(RFC_TIME);
    let mut vault =
        Vault::create(&Passphrase::new(PASSPHRASE), Cost::FLOOR, now, &mut *rng).unwrap();
    let entry = NewEntry {
        issuer: Some("GitHub".into()),
        account: "alice".into(),
        parameters: Parameters::default(),
    };
    vault.add_waiting(entry, now, &mut *rng).unwrap();
    app.ports.storage.put(Some(vault.seal(now, &mut *rng).unwrap()));
    App::open_on(app.ports.storage.clone())
}

#[test]
fn it_says_that_it_waits_and_has_no_code_to_copy() {
    let mut app = app_with_one_waiting();
    let row = app.row("GitHub", "alice");
    assert_eq!(row.code.kind, CodeKind::None);
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
fn its_new_barcode_fills_it() {
    let mut app = app_with_one_waiting();
    let id = app.id("GitHub", "alice");
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 1).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice".into() });
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(page.sentence.contains("without a secret that works"), "{}", page.sentence);
    app.tell(Msg::Replace(id));
    let row = app.row("GitHub", "alice");
    assert_eq!((row.id, row.code.kind, row.trouble), (id, CodeKind::Rolling, None));
    assert_eq!(app.see().notice.unwrap().undo, None);
}
