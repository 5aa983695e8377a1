//! Every way to add an account, and what happens when something of it is here already.

use holdfast_model::Msg;
use holdfast_model::ports::ScreenError;
use holdfast_model::screen::{HandForm, HandKind, Page};

use super::app::{App, RFC_SECRET, picture, pixels, uri};

fn hand_form(app: &App) -> HandForm {
    match app.see().page {
        Page::ByHand(page) => page.form,
        other => panic!("not the form but {other:?}"),
    }
}

fn hand_error(app: &App) -> String {
    match app.see().page {
        Page::ByHand(page) => page.error.unwrap_or_default(),
        other => panic!("not the form but {other:?}"),
    }
}

#[test]
fn from_a_picture_file() {
    let mut app = App::open();
    app.ports.files.put("barcode.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.ports.files.choose(Some("barcode.png"));
    app.tell(Msg::Add);
    app.tell(Msg::PickPicture);
    assert_eq!(app.confirm().issuer, "GitHub");
    app.save_as_read();
    assert_eq!(app.names(), [("GitHub".into(), "alice".into())]);
}

#[test]
fn from_a_typed_path_where_the_system_has_no_dialog() {
    let mut app = App::open();
    app.ports.files.put("/tmp/barcode.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.tell(Msg::Add);
    let by_path = |app: &App| matches!(app.see().page, Page::Add(add) if add.by_path);
    assert!(!by_path(&app), "not while there may be a dialog");
    app.ports.files.take_dialog_away();
    app.tell(Msg::PickPicture);
    assert!(app.add_error().contains("type the picture's path below"));
    assert!(by_path(&app));
    app.tell(Msg::PicturesAt(vec!["/tmp/barcod.png".into()]));
    assert!(app.add_error().starts_with("There is no such file;"));
    assert!(by_path(&app), "to be put right");
    app.tell(Msg::PicturesAt(vec!["/tmp/barcode.png".into()]));
    assert_eq!(app.confirm().account, "alice");
}

#[test]
fn from_a_picture_dropped_on_the_window_from_anywhere() {
    let mut app = App::open();
    app.ports.files.put("/tmp/barcode.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.tell(Msg::OpenByHand);
    app.tell(Msg::PicturesAt(vec!["/tmp/barcode.png".into()]));
    assert_eq!(app.confirm().account, "alice");
}

#[test]
fn several_pictures_dropped_together_ask_which() {
    let mut app = App::open();
    app.ports.files.put("a.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.ports.files.put("b.png", picture(&[&uri("GitLab", "alice", 2)]));
    app.tell(Msg::PicturesAt(vec!["gone.png".into(), "a.png".into(), "b.png".into()]));
    let Page::Choose(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(page.choices, ["GitHub (alice)", "GitLab (alice)"]);
    // Where nothing is in any of them, the first says why; and nobody waits for a hundred.
    app.tell(Msg::PicturesAt(vec!["gone.png".into(), "gone.gif".into()]));
    assert!(app.add_error().starts_with("There is no such file;"));
    app.tell(Msg::PicturesAt(vec!["a.png".into(); 13]));
    assert!(app.add_error().starts_with("These are more than twelve pictures;"));
}

#[test]
fn from_files_that_a_file_manager_copied() {
    let mut app = App::open();
    app.ports.files.put("/a.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.ports.clipboard.put_files(&["/a.png"]);
    app.tell(Msg::ReadClipboard);
    assert_eq!(app.confirm().account, "alice");
}

#[test]
fn from_the_clipboard_as_text_as_file_and_as_pixels() {
    let mut app = App::open();
    app.ports.clipboard.put_text(&uri("Text", "a", 1));
    app.tell(Msg::ReadClipboard);
    assert_eq!(app.confirm().issuer, "Text");
    app.ports.clipboard.put_picture_file(picture(&[&uri("File", "a", 2)]));
    app.tell(Msg::ReadClipboard);
    assert_eq!(app.confirm().issuer, "File");
    let (width, height, bare) = pixels(&[&uri("Pixels", "a", 3)]);
    app.ports.clipboard.put_pixels(width, height, bare);
    app.tell(Msg::ReadClipboard);
    assert_eq!(app.confirm().issuer, "Pixels");
}

#[test]
fn from_the_screen_or_with_a_sentence_on_why_not() {
    let mut app = App::open();
    app.ports.screens.show(Some(Ok(picture(&[&uri("GitHub", "alice", 1)]))));
    app.tell(Msg::ReadScreen);
    assert_eq!(app.confirm().issuer, "GitHub");
    app.ports.screens.show(Some(Ok(picture(&[]))));
    app.tell(Msg::ReadScreen);
    assert!(app.add_error().contains("No barcode was found on the screen"), "{}", app.add_error());
    app.ports.screens.show(Some(Err(ScreenError::Unavailable)));
    app.tell(Msg::ReadScreen);
    assert!(app.add_error().contains("take a screenshot"), "{}", app.add_error());
    // The person was asked and said no: that is no error.
    app.ports.screens.show(None);
    app.tell(Msg::ReadScreen);
    assert_eq!(app.add_error(), "");
}

#[test]
fn words_and_serial_numbers_are_no_keys() {
    let mut app = App::open();
    for text in ["HELLO WORLD THIS IS ME", "SN-ABCDEFGH2345ABCD", "ABCD EFGH IJ KLMN OPQR"] {
        app.tell(Msg::TextGiven(text.into()));
        assert!(app.add_error().starts_with("This is neither"), "{text}: {}", app.add_error());
    }
}

#[test]
fn a_bare_key_leads_to_the_form() {
    let mut app = App::open();
    for key in [RFC_SECRET, "gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ======"] {
        app.tell(Msg::Add);
        app.tell(Msg::TextGiven(key.into()));
        let form = hand_form(&app);
        assert_eq!(form.key.as_str(), key);
        assert_eq!((form.digits.as_str(), form.period.as_str()), ("6", "30"));
    }
    let form = HandForm { account: "alice".into(), ..hand_form(&app) };
    app.tell(Msg::ByHandDone(form.clone()));
    assert_eq!(app.confirm().remarks.len(), 1, "it has only 80 bits");
    // On the way back the form is still filled in.
    app.tell(Msg::Back);
    assert_eq!(hand_form(&app), form);
    app.tell(Msg::ByHandDone(form));
    app.save_as_read();
    assert_eq!(app.names(), [("alice".into(), String::new())]);
}

#[test]
fn by_hand_with_every_setting() {
    let mut app = App::open();
    app.tell(Msg::OpenByHand);
    let base = HandForm { issuer: "A".into(), key: RFC_SECRET.into(), ..hand_form(&app) };
    // RFC 6238 Appendix B, RFC 4226 Appendix D (counter 9).
    let eight = HandForm { digits: "8".into(), ..base.clone() };
    let counter = HandForm { kind: HandKind::Counter, counter: " 9 ".into(), ..base.clone() };
    for (form, code) in [(eight, "0708 1804"), (counter, "520 489")] {
        app.tell(Msg::OpenByHand);
        app.tell(Msg::ByHandDone(form));
        assert_eq!(app.confirm().code.code.as_str(), code);
    }
    app.tell(Msg::OpenByHand);
    app.tell(Msg::ByHandDone(HandForm {
        kind: HandKind::Steam,
        digits: "nonsense".into(),
        period: String::new(),
        ..base
    }));
    assert_eq!(app.confirm().code.code.as_str().len(), 5);
    app.save_as_read();
    assert_eq!(app.names(), [("A".into(), String::new())]);
}

#[test]
fn by_hand_each_wrong_field_is_named_and_what_was_typed_stays() {
    let mut app = App::open();
    app.tell(Msg::OpenByHand);
    let good = HandForm {
        issuer: "A".into(),
        account: "a".into(),
        key: RFC_SECRET.into(),
        ..hand_form(&app)
    };
    let with = |change: &dyn Fn(&mut HandForm)| {
        let mut form = good.clone();
        change(&mut form);
        form
    };
    for (form, word) in [
        (with(&|f| f.key = "".into()), "key"),
        (with(&|f| f.key = "GEZD1NBV".into()), "Character 5"),
        (with(&|f| (f.issuer, f.account) = (" ".into(), "".into())), "no name"),
        (with(&|f| f.digits = "5".into()), "digits"),
        (with(&|f| f.digits = "six".into()), "digits"),
        (with(&|f| f.period = "0".into()), "period"),
        (with(&|f| f.period = "86401".into()), "period"),
        (with(&|f| (f.kind, f.counter) = (HandKind::Counter, "-1".into())), "counter"),
        (with(&|f| f.key = "otpauth://totp/A?secret=".into()), "barcode"),
    ] {
        let visit = app.see().visit;
        app.tell(Msg::ByHandDone(form.clone()));
        let error = hand_error(&app);
        assert!(error.contains(word), "{word}: {error}");
        assert_eq!(hand_form(&app), form);
        assert_eq!(app.see().visit, visit, "the fields are not set again");
    }
    app.tell(Msg::ByHandDone(good));
    assert_eq!(app.confirm().error, None);
}

#[test]
fn a_whole_link_in_the_field_of_the_key_is_read_as_one() {
    let mut app = App::open();
    app.tell(Msg::OpenByHand);
    let form = HandForm { key: uri("GitHub", "alice", 1).into(), ..hand_form(&app) };
    app.tell(Msg::ByHandDone(form));
    assert_eq!(app.confirm().issuer, "GitHub");
}

#[test]
fn an_account_needs_a_name() {
    let mut app = App::open();
    app.tell(Msg::TextGiven(format!("otpauth://totp/?secret={RFC_SECRET}").into()));
    app.tell(Msg::SaveDraft { issuer: " ".into(), account: String::new() });
    assert!(app.confirm().error.unwrap().starts_with("The account has no name;"));
    app.tell(Msg::SaveDraft { issuer: String::new(), account: "me".into() });
    assert_eq!(app.names(), [("me".into(), String::new())]);
}

#[test]
fn two_barcodes_ask_which() {
    let mut app = App::open();
    let (one, two) = (uri("GitHub", "alice", 1), uri("GitLab", "alice", 2));
    app.ports.files.put("two.png", picture(&[&one, &two]));
    app.tell(Msg::PicturesAt(vec!["two.png".into()]));
    let Page::Choose(page) = app.see().page else { panic!("{:?}", app.see().page) };
    let mut labels = page.choices.clone();
    labels.sort();
    assert_eq!(labels, ["GitHub (alice)", "GitLab (alice)"]);
    assert_eq!(page.sentence, "2 barcodes were found; choose the one to add.");
    app.tell(Msg::Choose(7));
    assert!(matches!(app.see().page, Page::Choose(_)));
    let place = page.choices.iter().position(|label| label == "GitLab (alice)").unwrap();
    app.tell(Msg::Choose(place));
    assert_eq!(app.confirm().issuer, "GitLab");
}

#[test]
fn a_barcode_beside_an_app_store_link_is_taken_without_asking() {
    let mut app = App::open();
    let store = "https://play.google.com/store/apps/details?id=app";
    app.ports.files.put("page.png", picture(&[store, &uri("GitHub", "alice", 1)]));
    app.tell(Msg::PicturesAt(vec!["page.png".into()]));
    assert_eq!(app.confirm().issuer, "GitHub");
}

#[test]
fn a_link_on_each_line_asks_which() {
    let mut app = App::open();
    let lines = format!("{}\n\n{}\n", uri("A", "a", 1), uri("B", "b", 2));
    app.tell(Msg::TextGiven(lines.into()));
    let Page::Choose(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(page.choices, ["A (a)", "B (b)"]);
    // Or one behind the other.
    app.tell(Msg::TextGiven(format!("{} {}", uri("A", "a", 1), uri("C", "c", 2)).into()));
    let Page::Choose(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert_eq!(page.choices, ["A (a)", "C (c)"]);
}

#[test]
fn remarks_and_unusual_parameters_are_shown_before_saving() {
    let mut app = App::open();
    app.tell(Msg::TextGiven("otpauth://totp/A:a?secret=GEZDGNBVGY3TQOJQ&digits=8&foo=bar".into()));
    let page = app.confirm();
    assert_eq!(page.remarks.len(), 2, "{:?}", page.remarks);
    assert!(page.remarks.iter().any(|remark| remark.contains("80 bits")));
    let details: Vec<_> = page.details.iter().map(|d| (&*d.label, &*d.value)).collect();
    assert_eq!(details, [("Digits", "8")]);
}

#[test]
fn a_pasted_link_is_taken_off_the_clipboard_once_it_is_in_the_vault() {
    let mut app = App::open();
    let link = uri("GitHub", "alice", 1);
    app.ports.clipboard.put_text(&link);
    app.tell(Msg::ReadClipboard);
    app.wait(40);
    assert_eq!(app.clipboard(), Some(link), "it is not in the vault yet");
    app.save_as_read();
    assert_eq!(app.notice(), "GitHub (alice) was added. The clipboard is cleared in 30 seconds.");
    app.wait(29);
    assert!(app.clipboard().is_some());
    app.wait(1);
    assert_eq!(app.clipboard(), None);
    // A key that is completed by hand; here the lock comes first.
    app.ports.clipboard.put_text("gezd gnbv gy3t qojq");
    app.tell(Msg::ReadClipboard);
    let form = HandForm { issuer: "Bank".into(), ..hand_form(&app) };
    app.tell(Msg::ByHandDone(form));
    app.save_as_read();
    app.tell(Msg::Lock);
    assert_eq!(app.clipboard(), None);
}

#[test]
fn what_else_is_on_the_clipboard_stays_there() {
    let mut app = App::open();
    let (one, two) = (uri("A", "a", 1), uri("B", "b", 2));
    // Something else was copied meanwhile.
    app.ports.clipboard.put_text(&one);
    app.tell(Msg::ReadClipboard);
    app.save_as_read();
    app.ports.clipboard.put_text("a shopping list");
    app.wait(40);
    assert_eq!(app.clipboard().as_deref(), Some("a shopping list"));
    // There is another link beside it, which is still to be pasted.
    let both = format!("{one}\n{two}");
    app.ports.clipboard.put_text(&both);
    app.tell(Msg::ReadClipboard);
    app.tell(Msg::Choose(1));
    app.save_as_read();
    assert_eq!(app.notice(), "B (b) was added.");
    // The account came by another way than the text that was looked at before.
    app.ports.clipboard.put_text(&uri("C", "c", 3));
    app.tell(Msg::ReadClipboard);
    app.tell(Msg::Back);
    app.ports.files.put("d.png", picture(&[&uri("D", "d", 4)]));
    app.tell(Msg::PicturesAt(vec!["d.png".into()]));
    app.save_as_read();
    assert_eq!(app.notice(), "D (d) was added.");
    app.wait(40);
    assert!(app.clipboard().is_some());
}

#[test]
fn an_answer_is_dropped_once_the_person_went_elsewhere() {
    let mut app = App::open();
    app.ports.files.put("barcode.png", picture(&[&uri("GitHub", "alice", 1)]));
    app.ports.files.choose(Some("barcode.png"));
    let reading = app.give(Msg::PickPicture);
    assert_eq!(app.see().busy.as_deref(), Some("Reading…"));
    app.tell(Msg::Back);
    app.perform_all(reading);
    assert_eq!(app.see().page, Page::Codes);
}
