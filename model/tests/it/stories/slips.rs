//! What is pressed by mistake in a move, and taken back; and what the scanner says where a list is meant.

use holdfast_model::move_list::Step;
use holdfast_model::screen::{Care, Page};
use holdfast_model::vault::EntryId;
use holdfast_model::{CameraError, CameraFacts, MoveMsg, Msg, Way};
use holdfast_otp::UnixTime;

use super::app::{App, uri};
use super::moving::{coming_from, moving_away, page, progress_of, tell, with};

const DAY: u64 = 86_400;

fn both() -> (App, App) {
    let old = moving_away(&[("GitHub", "alice"), ("Shop", "al")]);
    let new = coming_from(&old);
    (old, new)
}

#[test]
fn a_move_that_was_ended_by_mistake_goes_on_where_it_was() {
    let (mut old, mut new) = both();
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    for app in [&mut old, &mut new] {
        let before = page(app);
        tell(app, MoveMsg::End);
        assert!(page(app).end.is_empty());
        app.tell(Msg::Undo);
        assert_eq!(app.notice(), "The move goes on.");
        let after = page(app);
        assert_eq!((after.rows, after.part, after.end), (before.rows, before.part, before.end));
    }
    // The old device still knows the list.
    old.tell(Msg::TextGiven(progress_of(&new).into()));
    tell(&mut old, MoveMsg::Take);
    assert!(page(&old).sentence.contains("1 re-enrolled"), "{}", page(&old).sentence);
}

fn care(app: &App) -> Care {
    let Page::Entry(entry) = app.see().page else { panic!("{:?}", app.see().page) };
    *entry.care
}

#[test]
fn a_way_in_that_was_noted_by_mistake_has_its_former_date_again() {
    let mut app = with(&[("GitHub", "alice")]);
    let id = app.id("GitHub", "alice");
    app.tell(Msg::OpenEntry(id));
    for way in [Way::RecoveryCodes, Way::Second] {
        let day = |app: &App| match way {
            Way::RecoveryCodes => (care(app).recovery_codes, care(app).seen_today.recovery_codes),
            Way::Second => (care(app).second_way, care(app).seen_today.second_way),
        };
        let press = |app: &mut App| {
            let there = !day(app).1;
            tell(app, MoveMsg::SetReady { id, way, there });
        };
        // Never noted before: undone, and pressed once more.
        press(&mut app);
        assert!(day(&app).1 && app.notice().starts_with("Noted for 2005-03-"), "{}", app.notice());
        app.tell(Msg::Undo);
        assert_eq!(day(&app), (String::new(), false));
        press(&mut app);
        press(&mut app);
        assert_eq!(day(&app), (String::new(), false));

        // Noted on a day before.
        press(&mut app);
        let first = day(&app).0;
        let now = app.now();
        app.ports.clock.set(UnixTime(now.0 + DAY));
        app.tell(Msg::Tick);
        app.tell(Msg::Unlock(super::app::PASSPHRASE.into()));
        app.tell(Msg::OpenEntry(id));
        assert_eq!(day(&app), (first.clone(), false));
        press(&mut app);
        assert!(day(&app).1);
        app.tell(Msg::Undo);
        assert_eq!(day(&app), (first.clone(), false), "undone");
        press(&mut app);
        app.wait(60);
        press(&mut app);
        assert_eq!(day(&app), (first, false), "pressed once more, when nothing offers to undo it");
    }
}

#[test]
fn the_scanner_asks_for_no_key_where_a_list_is_meant() {
    let (mut old, mut new) = both();
    let id = page(&new).rows[0].id;
    let camera = |app: &App| {
        let Page::Camera(page) = app.see().page else { panic!("{:?}", app.see().page) };
        page
    };
    let fails = || Msg::CameraFailed { error: CameraError::Missing, facts: CameraFacts::default() };
    for (app, idle) in [
        (&mut new, "Hold the camera over the list on the old device, or on its print."),
        (&mut old, "Hold the camera over the barcode that the new device shows."),
    ] {
        app.tell(Msg::OpenCamera);
        assert_eq!((camera(app).sentence.as_str(), camera(app).for_list), (idle, true));
        app.tell(fails());
        let said = camera(app).sentence;
        assert_eq!(said, "No camera was found; choose a picture of the list or its file instead.");
        app.tell(Msg::PickPicture);
        let Page::Add(add) = app.see().page else { panic!("{:?}", app.see().page) };
        assert!(add.for_list);
        app.tell(Msg::Back);
        page(app);
    }
    // An account's barcode has a key beside it.
    tell(&mut new, MoveMsg::ScanFor(id));
    new.tell(fails());
    assert!(camera(&new).sentence.ends_with("or type the key.") && !camera(&new).for_list);
}

#[test]
fn what_is_to_be_done_next_stands_first_and_what_is_done_after_it() {
    let (_, mut new) = both();
    let titles = |app: &App| page(app).rows.into_iter().map(|row| row.title).collect::<Vec<_>>();
    assert_eq!(titles(&new), ["GitHub", "Shop"]);
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    assert_eq!(page(&new).fresh.map(|fresh| fresh.row.title), Some("GitHub".to_owned()));
    assert_eq!(titles(&new), ["Shop", "GitHub"]);
}

#[test]
fn a_barcode_that_was_given_to_the_wrong_account_is_taken_away_from_it() {
    let (mut old, mut new) = both();
    tell(&mut new, MoveMsg::Open);
    let shop = row_of(&new, "Shop");
    let before = page(&new);
    new.tell(Msg::TextGiven(uri("Shop", "bob", 90).into()));
    new.save_as_read();
    new.tell(Msg::Replace(shop));
    assert!(new.notice().starts_with("Shop (al) is re-enrolled"), "{}", new.notice());
    for _ in 0..2 {
        new.tell(Msg::Undo);
        let told =
            "Shop (al) waits again; scan the barcode once more for the account that it is of.";
        assert_eq!(new.notice(), told);
        assert_eq!(
            (page(&new).rows, page(&new).sentence),
            (before.rows.clone(), before.sentence.clone())
        );
        // It was right after all.
        new.tell(Msg::Undo);
        assert!(new.notice().starts_with("Shop (al) is re-enrolled"), "{}", new.notice());
        old.tell(Msg::TextGiven(progress_of(&new).into()));
        let Page::List(list) = old.see().page else { panic!("{:?}", old.see().page) };
        assert!(list.error.is_none());
        old.tell(Msg::Back);
    }
    new.tell(Msg::Undo);
    // The barcode is free for the other one, and nothing of it is kept in the trash.
    let github = row_of(&new, "GitHub");
    new.tell(Msg::TextGiven(uri("GitHub", "bob", 90).into()));
    new.save_as_read();
    new.tell(Msg::Replace(github));
    assert!(
        new.notice().starts_with("GitHub (alice) is re-enrolled; 1 account"),
        "{}",
        new.notice()
    );
    assert!(new.see().in_trash.is_empty());
}

#[test]
fn a_progress_that_was_read_by_mistake_is_taken_back() {
    let (mut old, mut new) = both();
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    let id = row_of(&old, "Shop");
    tell(&mut old, MoveMsg::SetStep { id, step: Step::Confirmed });
    let before = page(&old);
    old.tell(Msg::TextGiven(progress_of(&new).into()));
    tell(&mut old, MoveMsg::Take);
    assert_eq!(old.notice(), "1 account has come further.");
    let after = page(&old);
    assert!(after.rows != before.rows);
    old.tell(Msg::Undo);
    assert_eq!(old.notice(), "1 account is as far as it was before.");
    assert_eq!(page(&old).rows, before.rows);
    old.tell(Msg::Undo);
    assert_eq!(page(&old).rows, after.rows);
    // What changed nothing has nothing to take back.
    old.tell(Msg::TextGiven(progress_of(&new).into()));
    tell(&mut old, MoveMsg::Take);
    assert!(old.see().notice.is_some_and(|notice| notice.undo.is_none()));
}

fn row_of(app: &App, title: &str) -> EntryId {
    page(app).rows.iter().find(|row| row.title == title).expect("its row").id
}
