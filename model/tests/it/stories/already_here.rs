//! Never a silent overwrite: what is here already is told, and what bears the same names is asked
//! about.

use holdfast_model::Msg;
use holdfast_model::screen::Page;

use super::app::{App, uri};

/// The same secret, made into codes as these parameters say.
fn otherwise(kind: &str, parameters: &str) -> String {
    format!(
        "otpauth://{kind}/GitHub:alice?secret={}&issuer=GitHub{parameters}",
        "AEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIB"
    )
}

/// The sentence of the question that this text leads to.
fn asked_about(app: &mut App, text: String) -> String {
    app.tell(Msg::TextGiven(text.into()));
    app.save_as_read();
    match app.see().page {
        Page::Clash(page) => page.sentence,
        other => panic!("not the question but {other:?}"),
    }
}

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
    assert_eq!(app.notice(), "GitHub (alice) now gives its new codes.");
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
    // As it was, but for what now tells it from the other.
    let mut kept = rows.iter().find(|row| row.id == old.id).expect("the old one").clone();
    assert_eq!(std::mem::take(&mut kept.apart), "1 of 2");
    kept.accessible_label = old.accessible_label.clone();
    assert_eq!(kept, old);
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

#[test]
fn the_same_secret_with_other_parameters_is_asked_about() {
    let mut app = App::open();
    app.add(&otherwise("totp", ""));
    for (kind, parameters, difference) in [
        ("totp", "&digits=8", "6 digits where this one says 8 digits"),
        ("totp", "&algorithm=SHA256", "SHA1 where this one says SHA256"),
        ("totp", "&period=60", "a period of 30 s where this one says a period of 60 s"),
        (
            "totp",
            "&period=60&digits=7",
            "6 digits and a period of 30 s where this one says 7 digits and a period of 60 s",
        ),
        ("hotp", "&counter=3", "codes by time where this one says codes by counter"),
        ("steam", "", "codes by time where this one says Steam Guard codes"),
    ] {
        assert_eq!(
            asked_about(&mut app, otherwise(kind, parameters)),
            format!(
                "The same secret is already here, as GitHub (alice), with {difference}; replace \
                 that if its codes are refused, or keep both."
            )
        );
        app.tell(Msg::Back);
        app.tell(Msg::Back);
    }
    // What the parameters say by default is no difference.
    app.tell(Msg::TextGiven(otherwise("totp", "&digits=6&period=30&algorithm=SHA1").into()));
    assert!(matches!(app.see().page, Page::Known(_)));
}

#[test]
fn the_same_secret_with_other_parameters_replaces_or_joins_what_is_here() {
    let mut app = App::open();
    app.add(&otherwise("totp", ""));
    let old = app.row("GitHub", "alice");
    asked_about(&mut app, otherwise("totp", "&digits=8"));
    app.tell(Msg::Replace(old.id));
    assert_eq!(app.row("GitHub", "alice").code.code.as_str().replace(' ', "").len(), 8);
    app.tell(Msg::Undo);
    assert_eq!(app.notice(), "GitHub (alice) gives its former codes again.");
    assert_eq!(app.row("GitHub", "alice"), old);
    asked_about(&mut app, otherwise("totp", "&digits=8"));
    app.tell(Msg::KeepBoth);
    assert_eq!(app.codes().rows.len(), 2);
    // Both are here now, so neither is asked about again, and each is shown as what it is.
    for (parameters, length) in [("", 6), ("&digits=8", 8)] {
        app.tell(Msg::TextGiven(otherwise("totp", parameters).into()));
        let Page::Known(page) = app.see().page else { panic!("{:?}", app.see().page) };
        app.tell(Msg::Back);
        let row = app.codes().rows.into_iter().find(|row| row.id == page.id).unwrap();
        assert_eq!(row.code.code.as_str().replace(' ', "").len(), length);
    }
}

#[test]
fn a_counter_that_is_further_on_stays_and_one_that_is_behind_is_asked_about() {
    let mut app = App::open();
    app.add(&otherwise("hotp", "&counter=7"));
    let before = app.ports.storage.file();
    for (counter, words) in [
        (7, "is already here, as GitHub (alice); there is nothing to add."),
        (5, "as GitHub (alice), and its counter is further on; there is nothing to add."),
    ] {
        app.tell(Msg::TextGiven(otherwise("hotp", &format!("&counter={counter}")).into()));
        let Page::Known(page) = app.see().page else { panic!("{:?}", app.see().page) };
        assert!(page.sentence.ends_with(words), "{}", page.sentence);
        app.tell(Msg::Back);
    }
    let sentence = asked_about(&mut app, otherwise("hotp", "&counter=9"));
    let words = "its counter at 7 where this one says its counter at 9";
    assert!(sentence.contains(words), "{sentence}");
    assert_eq!(app.ports.storage.file(), before, "asked, and not touched");
    let Page::Clash(page) = app.see().page else { panic!() };
    app.tell(Msg::Replace(page.entries[0].id));
    let rest = asked_about(&mut app, otherwise("hotp", "&counter=11"));
    assert!(rest.contains("its counter at 9"), "{rest}");
}

#[test]
fn of_several_with_the_secret_the_one_of_the_same_name_is_shown() {
    let mut app = App::open();
    app.add(&otherwise("totp", ""));
    let github = app.id("GitHub", "alice");
    app.tell(Msg::TextGiven(otherwise("totp", "&digits=8").into()));
    app.tell(Msg::SaveDraft { issuer: "Other".into(), account: "bob".into() });
    app.tell(Msg::KeepBoth);
    let other = app.id("Other", "bob");
    app.tell(Msg::TextGiven(otherwise("totp", "&digits=7").into()));
    app.tell(Msg::SaveDraft { issuer: "other".into(), account: "BOB".into() });
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    let ids: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [other, github]);
    assert!(page.sentence.contains("as Other (bob), with 8 digits"), "{}", page.sentence);
}

#[test]
fn the_same_secret_added_otherwise_by_another_instance_is_asked_about_here_too() {
    let mut one = App::open();
    let mut two = App::open_on(one.ports.storage.clone());
    one.add(&otherwise("totp", ""));
    let sentence = asked_about(&mut two, otherwise("totp", "&digits=8"));
    assert!(sentence.contains("6 digits where this one says 8 digits"), "{sentence}");
    two.tell(Msg::KeepBoth);
    assert_eq!(two.names().len(), 2);
}

/// An account of these parameters, under the names that all of them bear here.
fn directory(byte: u8, parameters: &str) -> String {
    let secret = holdfast_otp::Secret::from_bytes(&[byte; 20]).unwrap();
    let secret = secret.to_base32();
    format!("otpauth://totp/Directory:mara?secret={}&issuer=Directory{parameters}", &*secret)
}

/// Adds one whose names are taken.
fn add_beside(app: &mut App, text: String) {
    app.tell(Msg::Add);
    app.tell(Msg::TextGiven(text.into()));
    app.save_as_read();
    app.tell(Msg::KeepBoth);
    assert_eq!(app.see().page, Page::Codes);
}

fn aparts(app: &App) -> Vec<String> {
    app.codes().rows.into_iter().map(|row| row.apart).collect()
}

#[test]
fn accounts_of_one_name_are_told_apart_to_eye_and_ear() {
    let mut app = App::open();
    app.add(&directory(1, ""));
    app.add(&uri("GitHub", "alice", 9));
    assert_eq!(aparts(&app), ["", ""]);

    add_beside(&mut app, directory(2, "&digits=8"));
    assert_eq!(aparts(&app), ["6 digits", "8 digits", ""]);
    let spoken: Vec<String> =
        app.codes().rows.iter().map(|row| row.accessible_label.as_str().to_owned()).collect();
    assert!(spoken[0].starts_with("Directory (mara), 6 digits, code "), "{spoken:?}");
    assert!(spoken[1].starts_with("Directory (mara), 8 digits, code "), "{spoken:?}");
    let Page::Entry(entry) = ({
        let id = app.codes().rows[1].id;
        app.tell(Msg::OpenEntry(id));
        app.see().page
    }) else {
        panic!("no entry");
    };
    assert_eq!(entry.row.apart, "8 digits");
    app.tell(Msg::Back);

    // A search that finds only one of them calls it as before.
    app.tell(Msg::Search("directory".to_owned()));
    assert_eq!(aparts(&app), ["6 digits", "8 digits"]);
    app.tell(Msg::Search(String::new()));

    add_beside(&mut app, directory(3, ""));
    assert_eq!(aparts(&app), ["1 of 3", "2 of 3", "3 of 3", ""]);
}

#[test]
fn which_one_is_replaced_is_plain_though_both_were_added_on_one_day() {
    let mut app = App::open();
    app.add(&directory(1, ""));
    add_beside(&mut app, directory(2, ""));
    app.tell(Msg::TextGiven(directory(3, "").into()));
    app.save_as_read();
    let Page::Clash(page) = app.see().page else { panic!("{:?}", app.see().page) };
    let labels: Vec<String> = page.entries.into_iter().map(|entry| entry.label).collect();
    assert_eq!(
        labels,
        [
            "Directory (mara), added 2005-03-18, 1 of 2",
            "Directory (mara), added 2005-03-18, 2 of 2"
        ]
    );
}

#[test]
fn barcodes_of_one_name_in_one_picture_are_told_apart() {
    let mut app = App::open();
    app.add(&directory(1, ""));
    let lines = [directory(1, ""), directory(2, "&digits=8"), directory(3, "")];
    app.tell(Msg::Add);
    app.tell(Msg::TextGiven(lines.join("\n").into()));
    let Page::Choose(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(
        page.choices,
        [
            "Directory (mara), already here",
            "Directory (mara), 8 digits",
            "Directory (mara), 6 digits"
        ]
    );
}
