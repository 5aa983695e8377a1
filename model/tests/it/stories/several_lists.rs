//! Lists of several devices on one: none takes from another what it brought.

use holdfast_model::move_list::{ListId, ListKind, Listed, Mark, MoveList, Step, text};
use holdfast_model::screen::{Asks, MovingPage};
use holdfast_model::{MoveMsg, Msg};
use holdfast_otp::{Parameters, UnixTime};

use super::app::{App, uri};
use super::moving::{list_of, moving_away, page, tell, with};

const THEIRS: ListId = ListId([7; 8]);

fn read(app: &mut App, list: &str) -> MovingPage {
    app.tell(Msg::TextGiven(list.into()));
    tell(app, MoveMsg::Take);
    tell(app, MoveMsg::Open);
    page(app)
}

/// A stranger's list, which happens to name these.
fn theirs(accounts: &[(&str, &str)]) -> String {
    let listed = |(number, (issuer, account)): (usize, &(&str, &str))| Listed {
        mark: Mark((number as u32).to_be_bytes()),
        issuer: (*issuer).to_owned(),
        account: (*account).to_owned(),
        parameters: Parameters::default(),
        step: Step::ToDo,
    };
    let accounts = accounts.iter().enumerate().map(listed).collect();
    let made_at = UnixTime(1_800_000_000);
    text(&MoveList { id: THEIRS, kind: ListKind::Accounts, made_at, accounts }).unwrap()
}

fn removals(page: &MovingPage) -> Vec<(Option<ListId>, &str)> {
    page.removals.iter().map(|removal| (removal.list, removal.label.as_str())).collect()
}

fn asked(page: &MovingPage) -> Vec<(&str, Asks)> {
    page.rows.iter().map(|row| (row.title.as_str(), row.asks)).collect()
}

#[test]
fn a_strangers_list_takes_no_waiting_account_out_of_its_move() {
    let mut old = moving_away(&[("GitHub", "alice"), ("Bank", "al"), ("Cloud", "al")]);
    let mut new = App::open();
    let own = read(&mut new, &list_of(&old)).removals[0].list;
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();

    // One that names only what is here changes nothing.
    let shown = read(&mut new, &theirs(&[("Bank", "al"), ("GitHub", "alice")]));
    assert_eq!(removals(&shown), [(own, "Remove the 2 that wait")]);
    // One that names another too brings that and nothing else, and takes nothing else with it.
    let shown = read(&mut new, &theirs(&[("Bank", "al"), ("GitHub", "alice"), ("Spam", "x")]));
    let mut both = removals(&shown);
    both.sort_by_key(|(list, _)| *list == Some(THEIRS));
    assert_eq!(
        both,
        [(own, "Remove the 2 that wait"), (Some(THEIRS), "Remove the one that waits")]
    );
    tell(&mut new, MoveMsg::RemoveWaiting(Some(THEIRS)));
    assert_eq!(
        asked(&page(&new)),
        [("Bank", Asks::Barcode), ("Cloud", Asks::Barcode), ("GitHub", Asks::Nothing)]
    );
    // All of them are in the progress that their own device reads.
    read(&mut old, &super::moving::progress_of(&new));
    assert_eq!(page(&old).sentence, "Of 3 accounts, 2 are to do, 1 re-enrolled and 0 confirmed.");
}

#[test]
fn a_list_that_was_not_to_be_taken_leaves_every_account_where_it_belonged() {
    let mut new = with(&[("GitHub", "alice")]);
    new.tell(Msg::TextGiven(theirs(&[("GitHub", "alice"), ("Spam", "x")]).into()));
    tell(&mut new, MoveMsg::Take);
    assert_eq!(asked(&page(&new)), [("GitHub", Asks::WhetherNew), ("Spam", Asks::Barcode)]);
    new.tell(Msg::Undo);
    assert_eq!(new.notice(), "1 account that waited is removed.");
    assert_eq!((asked(&page(&new)), page(&new).can_begin), (vec![], true), "no move is under way");
    // That too is taken back.
    new.tell(Msg::Undo);
    assert_eq!(new.notice(), "1 account now waits for re-enrolment.");
    assert_eq!(asked(&page(&new)).len(), 2);

    // Also where it added none.
    let mut new = with(&[("GitHub", "alice")]);
    new.tell(Msg::TextGiven(theirs(&[("GitHub", "alice")]).into()));
    tell(&mut new, MoveMsg::Take);
    assert_eq!(asked(&page(&new)), [("GitHub", Asks::WhetherNew)]);
    new.tell(Msg::Undo);
    assert_eq!(new.notice(), "The list is taken back; every account is as it was.");
    assert!(page(&new).can_begin);
}

#[test]
fn each_of_two_old_devices_is_shown_its_own_progress() {
    let mut first = moving_away(&[("GitHub", "alice"), ("Bank", "al"), ("Cloud", "al")]);
    let mut second = moving_away(&[("Shop", "bo"), ("Forum", "bo")]);
    let mut new = App::open();
    read(&mut new, &list_of(&first));
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 90).into()));
    new.save_as_read();
    // What only waits is no news for its device.
    let shown = read(&mut new, &list_of(&second)).part.expect("a progress");
    assert_eq!((shown.of, shown.label.as_str()), (1, "Scan this on the old device."));
    new.tell(Msg::TextGiven(uri("Shop", "bo", 91).into()));
    new.save_as_read();
    tell(&mut new, MoveMsg::Open);

    let devices = [
        (&mut first, "Bank (al) and 2 more", "Of 3 accounts, 2 are to do"),
        (&mut second, "Forum (bo) and 1 more", "Of 2 accounts, 1 is to do"),
    ];
    let mut seen = Vec::new();
    for (number, (old, names, sentence)) in (1..).zip(devices) {
        tell(&mut new, MoveMsg::ShowPart(number));
        let part = page(&new).part.expect("a progress");
        assert_eq!((part.number, part.of), (number, 2));
        assert_eq!(part.label, format!("Scan this on the old device whose list names {names}."));
        seen.push(part.barcode);
        let path = format!("/{number}.txt");
        tell(&mut new, MoveMsg::SaveListAt(path.clone().into()));
        let saved = new.ports.files.held(&path).expect("saved");
        read(old, &String::from_utf8(saved).expect("a text"));
        assert!(page(old).sentence.starts_with(sentence), "{}", page(old).sentence);
    }
    assert_ne!(seen[0], seen[1]);
}
