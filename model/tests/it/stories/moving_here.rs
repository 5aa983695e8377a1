//! Accounts that are here already when a list of them comes, and lists that are taken away again.

use holdfast_model::move_list::{ListId, ListKind, Listed, Mark, MoveList, Step, read_text, text};
use holdfast_model::screen::{Asks, MovingPage, Page};
use holdfast_model::{MoveMsg, Msg};
use holdfast_otp::{Parameters, UnixTime};

use super::app::{App, uri};
use super::moving::{
    list_of, moving_away, moving_away_with_two_alike, page, progress_of, tell, with,
};

fn take(app: &mut App, list: &str) -> MovingPage {
    app.tell(Msg::TextGiven(list.into()));
    tell(app, MoveMsg::Take);
    tell(app, MoveMsg::Open);
    page(app)
}

fn asked(page: &MovingPage) -> Vec<(&str, Asks)> {
    page.rows.iter().map(|row| (row.title.as_str(), row.asks)).collect()
}

/// A list of so many accounts that nobody here knows.
fn strangers(accounts: usize) -> String {
    let listed = |number: usize| Listed {
        mark: Mark((number as u32).to_be_bytes()),
        issuer: format!("Service {number:05}"),
        account: "al".to_owned(),
        parameters: Parameters::default(),
        step: Step::ToDo,
    };
    let accounts = (0..accounts).map(listed).collect();
    let (id, made_at) = (ListId([7; 8]), UnixTime(1_800_000_000));
    text(&MoveList { id, kind: ListKind::Accounts, made_at, accounts }).unwrap()
}

#[test]
fn an_account_that_is_here_already_is_asked_about_and_then_ticked_off_on_the_old_device() {
    let mut old = moving_away(&[("GitHub", "alice"), ("Shop", "al"), ("Bank", "al")]);
    let mut new = with(&[("GitHub", "alice"), ("Shop", "al")]);
    new.tell(Msg::TextGiven(list_of(&old).into()));
    let Page::List(list) = new.see().page else { panic!("{:?}", new.see().page) };
    assert!(list.sentence.contains("1 is not here yet and will wait"), "{}", list.sentence);
    let shown = take(&mut new, &list_of(&old));
    assert_eq!(
        asked(&shown),
        [("Bank", Asks::Barcode), ("GitHub", Asks::WhetherNew), ("Shop", Asks::WhetherNew)]
    );
    assert_eq!(shown.rows[1].label, "Here already");
    assert!(shown.sentence.starts_with("1 of 3 accounts wait"), "{}", shown.sentence);
    assert!(shown.sentence.contains(" 2 had a key here before"), "{}", shown.sentence);
    assert!(shown.part.is_none(), "nothing is said to the old device that nobody said here");

    // One key is the new one; it can be taken back, and said again.
    let github = shown.rows[1].id;
    tell(&mut new, MoveMsg::SetStep { id: github, step: Step::ReEnrolled });
    // What is done makes room for what is to do.
    assert_eq!(asked(&page(&new))[2], ("GitHub", Asks::Nothing));
    new.tell(Msg::Undo);
    assert_eq!(asked(&page(&new))[1], ("GitHub", Asks::WhetherNew));
    tell(&mut new, MoveMsg::SetStep { id: github, step: Step::ReEnrolled });
    // The other is replaced by the barcode that the service shows now.
    let shop = page(&new).rows[1].id;
    new.tell(Msg::TextGiven(uri("Shop", "al", 90).into()));
    new.save_as_read();
    new.tell(Msg::Replace(shop));
    tell(&mut new, MoveMsg::Open);
    assert_eq!(asked(&page(&new))[2], ("Shop", Asks::Nothing));
    take(&mut old, &progress_of(&new));
    assert_eq!(page(&old).sentence, "Of 3 accounts, 1 is to do, 2 re-enrolled and 0 confirmed.");

    // Taken back, the former key is asked about again.
    new.tell(Msg::OpenEntry(shop));
    let Page::Entry(entry) = new.see().page else { panic!("{:?}", new.see().page) };
    tell(&mut new, MoveMsg::Recover(entry.care.former[0].id));
    tell(&mut new, MoveMsg::Open);
    assert_eq!(asked(&page(&new))[1], ("Shop", Asks::WhetherNew));
}

#[test]
fn accounts_of_an_earlier_move_belong_to_the_one_whose_list_was_read_last() {
    let mut old = moving_away(&[("GitHub", "alice"), ("Shop", "al")]);
    let mut new = with(&[]);
    take(&mut new, &list_of(&old));
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    tell(&mut old, MoveMsg::End);
    tell(&mut old, MoveMsg::Begin);
    let shown = take(&mut new, &list_of(&old));
    assert_eq!(asked(&shown), [("Shop", Asks::Barcode), ("GitHub", Asks::Nothing)]);
    take(&mut old, &progress_of(&new));
    assert_eq!(page(&old).sentence, "Of 2 accounts, 1 is to do, 1 re-enrolled and 0 confirmed.");
}

#[test]
fn two_accounts_of_one_name_are_two_on_the_new_device_too() {
    let old = moving_away_with_two_alike();
    let mut new = with(&[("GitHub", "alice")]);
    let shown = take(&mut new, &list_of(&old));
    let mut first: Vec<_> = shown.rows.iter().map(|row| row.asks).collect();
    first.sort_by_key(|asks| *asks == Asks::Barcode);
    assert_eq!(first, [Asks::WhetherNew, Asks::Barcode]);
    assert_eq!(take(&mut new, &list_of(&old)).rows.len(), 2, "the same list adds nothing");
}

#[test]
fn a_list_is_taken_away_again_by_what_waits_and_nothing_else() {
    let old = moving_away(&[("GitHub", "alice"), ("Bank", "al")]);
    let mut new = with(&[("Shop", "al")]);
    take(&mut new, &list_of(&old));
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    let shown = page_with_strangers(&mut new, 400);
    assert_eq!((shown.rows.len(), shown.more.as_str()), (300, "… and 102 more."));
    let labels: Vec<_> = shown.removals.iter().map(|removal| removal.label.as_str()).collect();
    assert!(labels.contains(&"Remove the one that waits"), "{labels:?}");
    let theirs = shown.removals.iter().find(|removal| removal.list == Some(ListId([7; 8])));
    let theirs = theirs.expect("they can be taken away");
    assert_eq!(theirs.label, "Remove the 400 that wait");
    assert!(theirs.came.starts_with("Came here "), "{theirs:?}");

    // At once, by the notice.
    new.tell(Msg::Undo);
    assert_eq!((page(&new).rows.len(), new.notice().as_str()), (2, GONE));
    // And any later, by the page; that too is taken back.
    page_with_strangers(&mut new, 400);
    let before = new.see().codes.map(|codes| codes.rows.len());
    new.tell(Msg::DismissNotice);
    tell(&mut new, MoveMsg::RemoveWaiting(Some(ListId([7; 8]))));
    assert_eq!(new.notice(), GONE);
    let left = page(&new);
    assert_eq!(asked(&left), [("Bank", Asks::Barcode), ("GitHub", Asks::Nothing)]);
    assert_eq!((left.removals.len(), left.removals[0].came.as_str()), (1, ""));
    new.tell(Msg::Undo);
    assert_eq!(page(&new).rows.len(), 300);
    assert_eq!(new.see().codes.map(|codes| codes.rows.len()), before);
    new.tell(Msg::Undo);
    tell(&mut new, MoveMsg::RemoveWaiting(left.removals[0].list));
    assert!(!asked(&page(&new)).contains(&("Bank", Asks::Barcode)));
    new.tell(Msg::Back);
    new.row("Shop", "al");
    new.row("GitHub", "alice");
}

const GONE: &str = "400 accounts that waited are removed.";

fn page_with_strangers(app: &mut App, accounts: usize) -> MovingPage {
    app.tell(Msg::TextGiven(strangers(accounts).into()));
    let Page::List(list) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(list.sentence.contains(&format!("names {accounts} accounts")), "{}", list.sentence);
    assert_eq!((list.names.len(), list.more.as_str()), (300, "… and 100 more."));
    tell(app, MoveMsg::Take);
    page(app)
}

/// Only what its owner says takes a step back here, and only here is a device retired.
#[test]
fn the_progress_takes_nothing_back_retires_nothing_and_a_mark_of_two_marks_none() {
    let mut old = moving_away(&[("GitHub", "alice"), ("Shop", "al")]);
    let github = page(&old).rows[0].id;
    tell(&mut old, MoveMsg::SetStep { id: github, step: Step::Confirmed });
    let mut progress = read_text(&list_of(&old)).unwrap();
    progress.kind = ListKind::Progress;
    progress.accounts[0].step = Step::ToDo;
    progress.accounts[1].step = Step::Retired;
    take(&mut old, &text(&progress).unwrap());
    let steps: Vec<_> = page(&old).rows.iter().map(|row| row.step).collect();
    assert_eq!(steps, [Step::Confirmed, Step::Confirmed]);

    let mut old = moving_away(&[("GitHub", "alice"), ("Shop", "al")]);
    let mut progress = read_text(&list_of(&old)).unwrap();
    progress.kind = ListKind::Progress;
    progress.accounts[1].mark = progress.accounts[0].mark;
    progress.accounts[1].step = Step::Confirmed;
    take(&mut old, &text(&progress).unwrap());
    let steps: Vec<_> = page(&old).rows.iter().map(|row| row.step).collect();
    assert_eq!(steps, [Step::ToDo, Step::Confirmed], "the names tell which is meant");
}

#[test]
fn a_barcode_scanned_for_an_account_that_waits_is_asked_about_whatever_name_it_bears() {
    let old = moving_away(&[("Bank", "al")]);
    let mut new = App::open();
    take(&mut new, &list_of(&old));
    new.tell(Msg::Back);
    let waiting = new.id("Bank", "al");
    tell(&mut new, MoveMsg::ScanFor(waiting));
    new.tell(Msg::Back);
    assert!(matches!(new.see().page, Page::Entry(_)), "back to where it was pressed");
    tell(&mut new, MoveMsg::ScanFor(waiting));
    new.tell(Msg::TextGiven(uri("Cloud", "mara", 7).into()));
    new.tell(Msg::SaveDraft { issuer: "Cloud".into(), account: "mara".into() });
    let Page::Clash(asked) = new.see().page else { panic!("{:?}", new.see().page) };
    assert!(asked.sentence.contains("may be one of the accounts that wait"), "{}", asked.sentence);
    assert_eq!((asked.entries.len(), asked.waits), (1, true));
    new.tell(Msg::KeepBoth);
    // Nothing was sought this time.
    new.tell(Msg::Add);
    new.tell(Msg::TextGiven(uri("Other", "mara", 8).into()));
    new.tell(Msg::SaveDraft { issuer: "Other".into(), account: "mara".into() });
    assert_eq!(new.notice(), "Other (mara) was added.");
}

#[test]
fn the_account_that_was_pressed_is_among_those_a_barcode_may_be_of() {
    let old = moving_away(&[("GitHub", "eve"), ("GitHub", "eve2"), ("Google", "eve@gmail.com")]);
    let mut new = App::open();
    take(&mut new, &list_of(&old));
    new.tell(Msg::Back);
    let pressed = new.id("Google", "eve@gmail.com");
    tell(&mut new, MoveMsg::ScanFor(pressed));
    new.tell(Msg::TextGiven(uri("GitHub", "eve3", 7).into()));
    new.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "eve3".into() });
    let Page::Clash(asked) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!((asked.entries.len(), asked.entries[0].id), (3, pressed));
}

#[test]
fn all_parts_are_of_one_list_however_long_it_takes_to_read_them() {
    let accounts: Vec<_> = (0..40).map(|number| format!("Service {number}")).collect();
    let accounts: Vec<_> = accounts.iter().map(|issuer| (issuer.as_str(), "al")).collect();
    let mut old = moving_away(&accounts);
    let first = page(&old).part.unwrap();
    assert!(first.of > 1);
    old.wait(40);
    assert_eq!(page(&old).part.unwrap().barcode, first.barcode);
}
