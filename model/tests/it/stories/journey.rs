//! The main journey of one person, from the first start on.

use holdfast_model::Msg;
use holdfast_model::screen::{CodeKind, Page};

use super::app::{App, PASSPHRASE, RFC_SECRET, uri};

#[test]
fn from_the_first_start_to_the_second_unlock() {
    let mut app = App::start();

    // First start.
    let Page::FirstStart(first) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(first.statement.contains("nobody can reset it"));
    assert_eq!(first.strength, None);
    app.tell(Msg::PassphraseTyped("password1".into()));
    let Page::FirstStart(typed) = app.see().page else { panic!() };
    assert!(typed.strength.unwrap().score <= 1);
    app.tell(Msg::PassphraseTyped(PASSPHRASE.into()));
    let Page::FirstStart(typed) = app.see().page else { panic!() };
    assert!(typed.strength.unwrap().score >= 3);
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert_eq!(app.see().page, Page::Codes);
    assert_eq!(app.codes().empty.unwrap().title, "No accounts yet");

    // Add by the text of a key URI; the codes are those of RFC 6238 Appendix B.
    app.tell(Msg::Add);
    let link = format!("otpauth://totp/ACME:alice?secret={RFC_SECRET}&digits=8");
    app.tell(Msg::TextGiven(link.as_str().into()));
    let Page::Confirm(confirm) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!((confirm.issuer.as_str(), confirm.account.as_str()), ("ACME", "alice"));
    assert_eq!(confirm.code.code.as_str(), "0708 1804");
    app.tell(Msg::SaveDraft { issuer: " ACME ".into(), account: "alice@example.org".into() });
    assert_eq!(app.notice(), "ACME (alice@example.org) was added.");

    // The code rolls across the border of its period.
    let before = app.row("ACME", "alice@example.org").code;
    assert_eq!((before.code.as_str(), before.next.as_str()), ("0708 1804", "1405 0471"));
    assert_eq!((app.tide("ACME", "alice@example.org").seconds_left, before.ebb), (1, true));
    app.wait(1);
    let after = app.row("ACME", "alice@example.org").code;
    assert_eq!((after.code.as_str(), after.next.as_str()), ("1405 0471", ""));
    let tide = app.tide("ACME", "alice@example.org");
    assert_eq!((tide.seconds_left, tide.fraction, after.ebb), (30, 1.0, false));
    assert_eq!(tide.accessible_label, "30 seconds left");
    app.wait(19);
    assert_eq!(app.row("ACME", "alice@example.org").code.next.as_str(), "");
    app.wait(1);
    let last_third = app.row("ACME", "alice@example.org").code;
    assert_eq!(app.tide("ACME", "alice@example.org").seconds_left, 10);
    assert_ne!(last_third.next.as_str(), "");
    app.wait(4);
    assert!(!app.row("ACME", "alice@example.org").code.ebb);
    app.wait(1);
    assert!(app.row("ACME", "alice@example.org").code.ebb);
    app.wait(5);
    assert_eq!(app.row("ACME", "alice@example.org").code.code, last_third.next);

    // Copy, and the clipboard is cleared.
    let row = app.row("ACME", "alice@example.org");
    app.tell(Msg::Copy(row.id));
    let copied = app.clipboard().unwrap();
    assert_eq!(copied, row.code.code.as_str().replace(' ', ""));
    assert!(app.ports.clipboard.is_sensitive());
    assert!(app.notice().starts_with("Code copied."));
    app.wait(29);
    assert_eq!(app.clipboard(), Some(copied));
    app.wait(1);
    assert_eq!(app.clipboard(), None);
    assert_eq!(app.see().notice, None);

    // Rename.
    app.tell(Msg::OpenEntry(row.id));
    // What turns the letters around it, as a barcode may not hold it, is not taken over with the rest.
    let pasted = "\u{202e}ali\u{7}ce ".into();
    app.tell(Msg::Rename { id: row.id, issuer: "Acme".into(), account: pasted });
    let Page::Entry(entry) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!((entry.issuer.as_str(), entry.account.as_str()), ("Acme", "alice"));
    assert!(app.row("Acme", "alice").selected);

    // Delete: on disk at once. Undo: back, and on disk again.
    app.tell(Msg::Delete(row.id));
    assert_eq!(app.see().page, Page::Codes);
    assert!(app.codes().rows.is_empty());
    assert_eq!(app.see().notice.unwrap().undo.as_deref(), Some("Undo"));
    let mut other = App::open_on(app.ports.storage.clone());
    assert!(other.codes().rows.is_empty());
    app.tell(Msg::Undo);
    assert_eq!(app.notice(), "Acme (alice) is back.");
    let before_lock = app.row("Acme", "alice");
    assert_eq!(before_lock.id, row.id);
    other.tell(Msg::Lock);
    other.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(other.names(), [("Acme".into(), "alice".into())]);

    // Lock, a wrong passphrase, unlock: everything is as before.
    app.tell(Msg::Lock);
    let locked = app.see();
    assert_eq!(locked.codes, None);
    assert_eq!(locked.notice, None);
    app.tell(Msg::Unlock("kelp holds to its rocks".into()));
    let Page::Unlock(unlock) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(
        unlock.error.as_deref(),
        Some("This passphrase does not open the vault; check it and try again.")
    );
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.row("Acme", "alice"), before_lock);
}

#[test]
fn rows_are_sorted_and_searched_with_case_aside() {
    let mut app = App::open();
    for (byte, (issuer, account)) in
        [("zeta", "a"), ("Acme", "bob"), ("acme", "Alice"), ("ÉCOLE", "x")].iter().enumerate()
    {
        app.add(&uri(issuer, account, byte as u8 + 1));
    }
    let name = |title: &str, subtitle: &str| (title.to_owned(), subtitle.to_owned());
    assert_eq!(
        app.names(),
        [name("acme", "Alice"), name("Acme", "bob"), name("zeta", "a"), name("ÉCOLE", "x")]
    );
    for (search, expected) in [
        ("ACME", vec![name("acme", "Alice"), name("Acme", "bob")]),
        ("acme  bo", vec![name("Acme", "bob")]),
        ("école", vec![name("ÉCOLE", "x")]),
        ("nowhere", vec![]),
        ("", app.names()),
    ] {
        app.tell(Msg::Search(search.into()));
        assert_eq!(app.names(), expected, "{search}");
    }
    app.tell(Msg::Search("nowhere".into()));
    assert_eq!(app.codes().empty.unwrap().title, "Nothing found");
}

#[test]
fn every_row_has_its_own_period() {
    let mut app = App::open();
    app.add(&format!("otpauth://totp/A:a?secret={RFC_SECRET}&period=60"));
    app.add("otpauth://totp/B:b?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&period=10");
    // 1111111109 is second 29 of its minute and second 9 of its ten.
    let slow = app.row("A", "a").code;
    let quick = app.row("B", "b").code;
    assert!(slow.next.is_empty());
    assert!(!quick.next.is_empty());
    let (slow, quick) = (app.tide("A", "a"), app.tide("B", "b"));
    assert_eq!((slow.seconds_left, quick.seconds_left), (31, 1));
    assert!((slow.fraction - 31.0 / 60.0).abs() < 1e-6);
    assert!((quick.fraction - 0.1).abs() < 1e-6);
}

#[test]
fn a_second_that_passes_changes_no_row_but_the_time_left() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    app.add(&uri("B", "b", 2));
    app.wait(2);
    let before = app.codes();
    app.wait(1);
    let after = app.codes();
    assert_eq!(before.rows, after.rows);
    assert_ne!(before.tides, after.tides);
    assert_eq!(after.tides.len(), 2);
}

#[test]
fn a_new_secret_gives_its_code_at_once() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    // Time passed, so that the code of the old secret is at hand.
    app.wait(2);
    let (id, old) = (app.id("A", "a"), app.row("A", "a").code.code);
    app.tell(Msg::TextGiven(uri("A", "a", 2).into()));
    app.save_as_read();
    app.tell(Msg::Replace(id));
    assert_ne!(app.row("A", "a").code.code, old);
    app.tell(Msg::Undo);
    assert_eq!(app.row("A", "a").code.code, old);
}

#[test]
fn a_steam_account_shows_five_letters() {
    let mut app = App::open();
    app.add(&format!("otpauth://steam/Steam:gabe?secret={RFC_SECRET}"));
    let code = app.row("Steam", "gabe").code;
    assert_eq!(code.code.as_str().len(), 5);
    assert_eq!(code.kind, CodeKind::Rolling);
}

#[test]
fn a_counter_shows_its_code_when_asked_and_never_twice() {
    let mut app = App::open();
    // RFC 4226 Appendix D: the codes of counters 0, 1 and 2.
    app.add(&format!("otpauth://hotp/Bank:eve?secret={RFC_SECRET}&counter=0"));
    let id = app.id("Bank", "eve");
    let row = app.row("Bank", "eve");
    assert_eq!((row.code.kind, row.code.code.as_str()), (CodeKind::Counter, ""));
    assert!(row.accessible_label.as_str().contains("press for the next code"));
    app.tell(Msg::Copy(id));
    assert_eq!(app.clipboard(), None, "there is nothing to copy yet");

    // It is shown only once its counter is on disk.
    let asked = app.give(Msg::NextCode(id));
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "");
    app.perform_all(asked);
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "755 224");
    app.tell(Msg::Copy(id));
    assert_eq!(app.clipboard().as_deref(), Some("755224"));

    // After a lock it goes on where it was.
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "");
    app.tell(Msg::NextCode(id));
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "287 082");
    app.tell(Msg::NextCode(id));
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "359 152");
}

#[test]
fn the_last_counter_of_all_is_refused_in_one_sentence() {
    let mut app = App::open();
    app.add(&format!("otpauth://hotp/Bank:eve?secret={RFC_SECRET}&counter={}", u64::MAX));
    app.tell(Msg::NextCode(app.id("Bank", "eve")));
    assert!(app.notice().starts_with("This account's counter has reached its end;"));
    assert_eq!(app.row("Bank", "eve").code.code.as_str(), "");
}

#[test]
fn the_entry_page_tells_everything_but_the_secret() {
    let mut app = App::open();
    app.add(&format!("otpauth://totp/A:a?secret={RFC_SECRET}&digits=8&algorithm=SHA256&period=45"));
    app.tell(Msg::OpenEntry(app.id("A", "a")));
    let Page::Entry(entry) = app.see().page else { panic!() };
    let details: Vec<_> =
        entry.details.iter().map(|d| (d.label.as_str(), d.value.as_str())).collect();
    assert_eq!(
        details,
        [
            ("Kind", "By time (TOTP)"),
            ("Digits", "8"),
            ("Period", "45 seconds"),
            ("Algorithm", "SHA256"),
            ("Added", "2005-03-18"),
        ]
    );
    let everything = format!("{:?}", app.see());
    assert!(!everything.contains(RFC_SECRET) && !everything.contains("12345678901234567890"));
}

#[test]
fn nothing_of_a_secret_is_in_any_debug_text() {
    let mut app = App::open();
    app.add(&format!("otpauth://totp/A:canary-account?secret={RFC_SECRET}"));
    let id = app.id("A", "canary-account");
    app.tell(Msg::OpenByHand);
    let Page::ByHand(page) = app.see().page else { panic!() };
    let mut form = page.form;
    form.key = RFC_SECRET.into();
    let given = [
        format!("{:?}", Msg::Unlock(PASSPHRASE.into())),
        format!("{:?}", Msg::TextGiven(RFC_SECRET.into())),
        format!("{:?}", Msg::ByHandDone(form)),
        format!("{:?}", app.give(Msg::Copy(id))),
        format!("{:?}", app.state),
        format!("{:?}", app.see()),
    ];
    app.tell(Msg::Lock);
    let locked = format!("{:?}", app.state);
    assert_eq!(locked, r#"State { stage: "Locked", .. }"#);
    for text in given {
        assert!(!text.contains(RFC_SECRET), "{text}");
        assert!(!text.contains(PASSPHRASE), "{text}");
        assert!(!text.contains("081804") && !text.contains("081 804"), "{text}");
    }
}
