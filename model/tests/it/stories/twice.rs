//! A barcode that came into the vault beside the account that waits for it: it is asked whether the two are
//! one, and nothing is there twice.

use holdfast_model::move_list::Step;
use holdfast_model::screen::{ClashPage, CodeKind, Page};
use holdfast_model::{MoveMsg, Msg, Way};

use super::app::{App, uri};
use super::moving::{coming_from, moving_away, moving_away_with_two_alike, page, tell};

/// A new device on which these wait.
fn waiting(accounts: &[(&str, &str)]) -> App {
    let mut new = coming_from(&moving_away(accounts));
    new.tell(Msg::Back);
    new
}

/// Adds an account from the list of codes, as the scanner's plain way does.
fn add(app: &mut App, issuer: &str, account: &str, byte: u8) {
    app.tell(Msg::Add);
    app.tell(Msg::TextGiven(uri(issuer, account, byte).into()));
    app.save_as_read();
}

/// Scans a barcode for an account that waits.
fn scan_for(app: &mut App, title: &str, text: String) {
    tell(app, MoveMsg::Open);
    let row = page(app).rows.into_iter().find(|row| row.title == title);
    let id = row.expect("it is on the checklist").id;
    tell(app, MoveMsg::ScanFor(id));
    app.tell(Msg::Scanned {
        texts: vec![holdfast_model::scan::FoundText::new(text)],
        at: std::time::Duration::from_secs(1),
    });
}

fn question(app: &App) -> ClashPage {
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    page
}

#[test]
fn what_was_added_beside_the_account_that_waits_becomes_that_account() {
    let mut new = waiting(&[("Bank", "al"), ("Shop", "al")]);
    let bank = new.id("Bank", "al");
    tell(&mut new, MoveMsg::SetNote { id: bank, note: "the blue card".into() });
    tell(&mut new, MoveMsg::SetReady { id: bank, way: Way::RecoveryCodes, there: true });
    add(&mut new, "Savings Ltd", "4711", 90);
    let code = new.row("Savings Ltd", "4711").code.code;

    scan_for(&mut new, "Bank", uri("Savings Ltd", "4711", 90));
    let asked = question(&new);
    assert_eq!(
        asked.sentence,
        "This barcode is already here, as Savings Ltd (4711). Is it the waiting account Bank (al)?"
    );
    assert!(asked.waits && asked.entries.len() == 1, "{asked:?}");
    new.tell(Msg::Replace(asked.entries[0].id));
    assert_eq!(new.notice(), "Bank (al) is re-enrolled; 1 account still waits.");
    let shown = page(&new);
    assert_eq!(shown.fresh.map(|fresh| fresh.row.id), Some(bank), "its service asks for a code");
    let row = shown.rows.iter().find(|row| row.id == bank).expect("still on the checklist");
    assert_eq!((row.step, row.advice.as_str()), (Step::ReEnrolled, "the blue card"));
    new.tell(Msg::Back);
    assert_eq!(new.codes().rows.len(), 2, "nothing is there twice");
    assert_eq!(new.row("Bank", "al").code.code, code);
    new.tell(Msg::OpenEntry(bank));
    let Page::Entry(entry) = new.see().page else { panic!("{:?}", new.see().page) };
    assert!(!entry.care.recovery_codes.is_empty());

    // It can be taken back.
    new.tell(Msg::Undo);
    assert_eq!(new.notice(), "Bank (al) waits again.");
    assert_eq!(new.row("Savings Ltd", "4711").code.code, code);
    assert_eq!(new.row("Bank", "al").code.kind, CodeKind::Waiting);
}

#[test]
fn no_is_an_answer_too_and_changes_nothing() {
    let mut new = waiting(&[("Bank", "al")]);
    add(&mut new, "Savings Ltd", "4711", 90);
    let file = new.ports.storage.file();
    scan_for(&mut new, "Bank", uri("Savings Ltd", "4711", 90));
    new.tell(Msg::KeepBoth);
    assert!(matches!(new.see().page, Page::Known(_)), "{:?}", new.see().page);
    new.tell(Msg::Back);
    scan_for(&mut new, "Bank", uri("Savings Ltd", "4711", 90));
    new.tell(Msg::Back);
    page(&new);
    assert!(new.ports.storage.file() == file);
    // Nobody is asked who pressed nothing and whose barcode bears no name that waits.
    new.tell(Msg::Back);
    new.tell(Msg::Add);
    new.tell(Msg::TextGiven(uri("Savings Ltd", "4711", 90).into()));
    assert!(matches!(new.see().page, Page::Known(_)));
}

#[test]
fn of_two_that_one_list_names_the_one_that_had_the_barcode_waits_again() {
    let mut new = waiting(&[("Bank", "al"), ("Shop", "al")]);
    // The shop's barcode was given to the bank.
    scan_for(&mut new, "Bank", uri("Outlet", "al", 90));
    new.save_as_read();
    new.tell(Msg::Replace(question(&new).entries[0].id));
    scan_for(&mut new, "Shop", uri("Outlet", "al", 90));
    let asked = question(&new);
    assert_eq!(asked.replacing, "It is ticked off, and Bank (al) waits again");
    new.tell(Msg::Replace(asked.entries[0].id));
    new.tell(Msg::Back);
    assert_eq!(new.row("Bank", "al").code.kind, CodeKind::Waiting);
    assert_eq!(new.row("Shop", "al").code.kind, CodeKind::Rolling);
}

#[test]
fn the_same_secret_with_other_parameters_is_asked_about_as_well() {
    let mut new = waiting(&[("Bank", "al")]);
    add(&mut new, "Savings Ltd", "4711", 90);
    let eight = uri("Savings Ltd", "4711", 90).replace("digits=6", "digits=8");
    assert!(eight.contains("digits=8"), "{eight}");
    scan_for(&mut new, "Bank", eight);
    new.save_as_read();
    let asked = question(&new);
    assert!(asked.sentence.contains("with 6 digits where this one says 8 digits"), "{asked:?}");
    new.tell(Msg::Replace(asked.entries[0].id));
    new.tell(Msg::Back);
    assert_eq!(new.codes().rows.len(), 1);
    assert_eq!(new.row("Bank", "al").code.code.as_str().len(), 9, "eight digits and a gap");
}

#[test]
fn of_two_that_wait_under_one_name_both_are_offered() {
    let mut new = coming_from(&moving_away_with_two_alike());
    let second = page(&new).rows[1].id;
    tell(&mut new, MoveMsg::SetNote { id: second, note: "of the shop".into() });
    for name in ["GitHub", "Forge"] {
        tell(&mut new, MoveMsg::Open);
        tell(&mut new, MoveMsg::ScanFor(second));
        new.tell(Msg::TextGiven(uri(name, "alice", 90).into()));
        new.save_as_read();
        let asked = question(&new);
        let labels: Vec<_> = asked.entries.iter().map(|entry| entry.label.as_str()).collect();
        let two = "GitHub (alice), waiting since 2005-03-18, 2 of 2: of the shop";
        let one = "GitHub (alice), waiting since 2005-03-18, 1 of 2";
        assert_eq!(labels, [two, one], "{name}: the one that was pressed comes first");
        new.tell(Msg::Back);
        new.tell(Msg::Back);
    }
}
