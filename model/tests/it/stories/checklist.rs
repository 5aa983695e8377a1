//! In the middle of a move's checklist: from it to a barcode and back, with the code that the service asks
//! for; and from a new device's first page to it.

use std::time::Duration;

use holdfast_model::move_list::Step;
use holdfast_model::scan::FoundText;
use holdfast_model::screen::{CodeKind, Fresh, Page};
use holdfast_model::{Handed, MoveMsg, Msg};

use super::app::{App, picture, uri};
use super::moving::{coming_from, list_of, moving_away, page, tell, with};

const WAITING: &[(&str, &str)] = &[("GitHub", "alice"), ("Shop", "al"), ("Bank", "al")];

/// A new device with the list of an old one, on the page of the move.
fn coming(accounts: &[(&str, &str)]) -> App {
    let new = coming_from(&moving_away(accounts));
    assert_eq!(page(&new).rows.len(), accounts.len());
    new
}

fn row(app: &App, title: &str) -> holdfast_model::screen::MoveRow {
    page(app).rows.into_iter().find(|row| row.title == title).expect("a row")
}

fn scan_for(app: &mut App, title: &str) {
    let id = row(app, title).id;
    tell(app, MoveMsg::ScanFor(id));
}

fn fresh(app: &App) -> Fresh {
    page(app).fresh.expect("the account that just came in")
}

fn scanned(text: String) -> Msg {
    Msg::Scanned { texts: vec![FoundText::new(text)], at: Duration::from_secs(1) }
}

#[test]
fn a_new_device_leads_to_the_old_ones_list_or_its_print_in_one_step() {
    let mut app = App::open();
    let empty = app.codes().empty.expect("no account yet");
    assert!(empty.is_new);
    tell(&mut app, MoveMsg::Open);
    let said = page(&app).sentence;
    assert!(said.contains("“I'm moving away from this device”"), "{said}");
    assert!(said.contains("If that device is lost, scan the list that you printed"), "{said}");
    // Whoever has accounts here, or searches among them, comes from nowhere.
    app.tell(Msg::Back);
    app.add(&uri("GitHub", "alice", 1));
    assert!(app.codes().empty.is_none());
    app.tell(Msg::Search("nothing like it".into()));
    assert!(!app.codes().empty.expect("nothing found").is_new);
}

#[test]
fn after_a_scan_the_checklist_is_back_with_what_was_done_and_the_code_to_give() {
    let mut new = coming(WAITING);
    let id = row(&new, "GitHub").id;
    tell(&mut new, MoveMsg::ScanFor(id));
    let Page::Camera(camera) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!(camera.sentence, "Hold the camera over the new barcode of GitHub (alice).");
    new.tell(scanned(uri("GitHub", "alice", 90)));
    let first_code = new.confirm().code.code;
    new.save_as_read();
    assert_eq!(new.notice(), "GitHub (alice) is re-enrolled; 2 accounts still wait.");
    let given = fresh(&new);
    assert_eq!(given.sentence, "Give GitHub (alice) this code, to finish there:");
    assert_eq!((given.row.id, &given.row.code.code), (id, &first_code));
    assert_eq!(given.row.code.kind, CodeKind::Rolling);
    assert_eq!(row(&new, "GitHub").step, Step::ReEnrolled);
    // It rolls on like any other, and can be copied.
    new.tell(Msg::Copy(id));
    assert_eq!(new.clipboard().map(|code| code.len()), Some(6));
    let left = fresh(&new).tide.seconds_left;
    new.wait(u64::from(left));
    assert_ne!(fresh(&new).row.code.code, first_code);
    // Until it is known to be taken, or the person went on.
    tell(&mut new, MoveMsg::SetStep { id, step: Step::Confirmed });
    assert!(page(&new).fresh.is_none());
    new.tell(Msg::Undo);
    assert!(page(&new).fresh.is_some());
    scan_for(&mut new, "Shop");
    new.tell(Msg::Back);
    assert!(page(&new).fresh.is_none(), "back on the checklist, and that is over");
}

#[test]
fn by_every_other_way_in_the_checklist_is_come_back_to_as_well() {
    let mut new = coming(WAITING);
    // A picture of another name: it is asked whose it is.
    scan_for(&mut new, "Shop");
    new.ports.files.put("new.png", picture(&[&uri("Shop Ltd", "albert", 91)]));
    new.ports.files.choose(Some("new.png"));
    new.tell(Msg::PickPicture);
    new.save_as_read();
    let Page::Clash(asked) = new.see().page else { panic!("{:?}", new.see().page) };
    new.tell(Msg::Replace(asked.entries[0].id));
    assert_eq!(fresh(&new).row.title, "Shop");
    // What another app hands over while the checklist is in front, and a link that is pasted there.
    new.tell(Msg::Handed(Handed::Text(uri("Bank", "al", 92).as_str().into())));
    new.save_as_read();
    assert_eq!(fresh(&new).row.title, "Bank");
    new.ports.clipboard.put_text(&uri("GitHub", "alice", 93));
    new.tell(Msg::ReadClipboard);
    new.save_as_read();
    assert!(new.notice().starts_with("GitHub (alice) is re-enrolled; no account waits any more."));
    assert_eq!(fresh(&new).row.title, "GitHub");
    // One that was on no list.
    new.tell(Msg::OpenCamera);
    new.tell(scanned(uri("Cloud", "al", 94)));
    new.save_as_read();
    assert_eq!(fresh(&new).row.title, "Cloud");
    // One that is here already.
    new.tell(Msg::TextGiven(uri("Cloud", "al", 94).into()));
    assert!(matches!(new.see().page, Page::Known(_)));
    new.tell(Msg::Back);
    page(&new);
}

#[test]
fn the_way_back_leads_where_the_way_to_a_barcode_began() {
    let mut new = coming(WAITING);
    let id = row(&new, "GitHub").id;
    for way in [Msg::OpenCamera, Msg::PickPicture, Msg::ReadClipboard, Msg::OpenByHand] {
        tell(&mut new, MoveMsg::ScanFor(id));
        new.tell(way);
        let mut steps = 0;
        while !matches!(new.see().page, Page::Moving(_)) {
            new.tell(Msg::Back);
            steps += 1;
            assert!(steps < 4, "{:?}", new.see().page);
        }
    }
    // The page with the ways in says whose barcode is looked for.
    tell(&mut new, MoveMsg::ScanFor(id));
    new.tell(Msg::ReadClipboard);
    let Page::Add(add) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!(add.title, "Its new barcode");
    assert!(add.sentence.starts_with("On the website of GitHub (alice), set up"), "{add:?}");
    // From an account's page it leads there, with its code.
    new.tell(Msg::Back);
    new.tell(Msg::OpenEntry(id));
    tell(&mut new, MoveMsg::ScanFor(id));
    new.tell(scanned(uri("GitHub", "alice", 90)));
    new.save_as_read();
    let Page::Entry(entry) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!(entry.row.code.kind, CodeKind::Rolling);
    // From the list of codes it is as ever, and nothing is sought any more.
    new.tell(Msg::Back);
    new.tell(Msg::ReadClipboard);
    let Page::Add(add) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!(add.title, "New account");
    new.add_text(&uri("Other", "al", 7));
    assert_eq!((new.see().page, new.notice().as_str()), (Page::Codes, "Other (al) was added."));
}

#[test]
fn a_save_that_failed_still_knows_whose_barcode_was_looked_for() {
    let mut new = coming(WAITING);
    scan_for(&mut new, "GitHub");
    new.tell(scanned(uri("Forge", "al", 90)));
    new.tell(Msg::SaveDraft { issuer: String::new(), account: String::new() });
    new.tell(Msg::SaveDraft { issuer: "Forge".into(), account: "al".into() });
    assert!(matches!(new.see().page, Page::Clash(_)), "{:?}", new.see().page);
    new.tell(Msg::Back);
    new.tell(Msg::SaveDraft { issuer: "Forge".into(), account: "al".into() });
    assert!(matches!(new.see().page, Page::Clash(_)), "asked again: {:?}", new.see().page);
}

#[test]
fn the_barcode_for_the_old_device_stands_below_what_is_still_to_do() {
    let mut new = coming(&WAITING[..2]);
    for (title, account, byte, first) in [("GitHub", "alice", 90, false), ("Shop", "al", 91, true)]
    {
        new.tell(Msg::TextGiven(uri(title, account, byte).into()));
        new.save_as_read();
        assert!(page(&new).part.is_some());
        assert_eq!(page(&new).part_first, first, "{title}");
    }
}

#[test]
fn what_was_told_is_not_told_over_the_next_page_but_undo_is_kept() {
    let mut app = with(&[("GitHub", "alice"), ("Shop", "al")]);
    assert_eq!(app.notice(), "Shop (al) was added.");
    app.tell(Msg::Search("s".into()));
    app.wait(1);
    assert_eq!(app.notice(), "Shop (al) was added.", "the page is the same");
    app.tell(Msg::Add);
    assert_eq!(app.notice(), "");
    // The settings are a page of the window's own.
    app.add(&uri("Bank", "al", 9));
    app.tell(Msg::Elsewhere);
    assert_eq!(app.notice(), "");
    // What can be taken back stays for its time.
    app.tell(Msg::Search(String::new()));
    let shop = app.id("Shop", "al");
    app.tell(Msg::Delete(shop));
    app.tell(Msg::Elsewhere);
    app.tell(Msg::OpenEntry(app.id("GitHub", "alice")));
    assert_eq!(app.notice(), "Shop (al) was deleted.");
    app.tell(Msg::Undo);
    app.row("Shop", "al");
}

#[test]
fn a_part_of_another_list_begins_that_one_and_nothing_is_lost() {
    let long = |name: &str| {
        let accounts: Vec<String> = (0..40).map(|n| format!("{name} {}", n * 7919)).collect();
        let accounts: Vec<_> = accounts.iter().map(|issuer| (issuer.as_str(), "al")).collect();
        let mut old = with(&accounts);
        tell(&mut old, MoveMsg::Open);
        tell(&mut old, MoveMsg::Begin);
        let list = list_of(&old);
        let parts = list.lines().filter(|line| line.starts_with("HOLDFAST-MOVE:"));
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        assert_eq!(parts.len(), 2);
        parts
    };
    let (one, other) = (long("Service"), long("Company"));
    let mut new = App::open();
    for (part, missing) in [(&one[0], 2), (&other[1], 1)] {
        new.tell(Msg::TextGiven(part.as_str().into()));
        let said = format!("1 of 2 parts of the move list are read; show part {missing}.");
        assert_eq!(new.add_error(), said);
    }
    new.tell(Msg::TextGiven(one[1].as_str().into()));
    let Page::List(list) = new.see().page else { panic!("{:?}", new.see().page) };
    assert!(list.names.iter().all(|name| name.starts_with("Service")), "{:?}", list.names);
}
