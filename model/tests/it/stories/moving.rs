//! Moving from an old device to a new one (spec M3), in the window's own words.

use holdfast_model::move_list::{ListId, ListKind, MoveList, Step, text};
use holdfast_model::ports::{Stamp, Storage};
use holdfast_model::screen::{CodeKind, MovingPage, Page};
use holdfast_model::{HelpPage, MoveMsg, Msg, Way};
use holdfast_otp::UnixTime;

use super::app::{App, PASSPHRASE, uri};

pub(super) fn with(accounts: &[(&str, &str)]) -> App {
    let mut app = App::open();
    for (number, (issuer, account)) in accounts.iter().enumerate() {
        app.tell(Msg::TextGiven(uri(issuer, account, number as u8 + 1).into()));
        app.tell(Msg::SaveDraft { issuer: (*issuer).into(), account: (*account).into() });
    }
    app
}

/// An old device with these accounts, moving away.
pub(super) fn moving_away(accounts: &[(&str, &str)]) -> App {
    begun(with(accounts))
}

/// The same with two accounts of one name.
pub(super) fn moving_away_with_two_alike() -> App {
    let mut old = with(&[("GitHub", "alice")]);
    old.tell(Msg::TextGiven(uri("GitHub", "alice", 9).into()));
    old.save_as_read();
    old.tell(Msg::KeepBoth);
    begun(old)
}

fn begun(mut old: App) -> App {
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    old
}

/// A new device with the list of that old one, on the page of the move.
pub(super) fn coming_from(old: &App) -> App {
    let mut new = App::open();
    tell(&mut new, MoveMsg::Open);
    new.tell(Msg::TextGiven(list_of(old).into()));
    tell(&mut new, MoveMsg::Take);
    new
}

pub(super) fn tell(app: &mut App, msg: MoveMsg) {
    app.tell(Msg::Move(msg));
}

pub(super) fn page(app: &App) -> MovingPage {
    let Page::Moving(page) = app.see().page else { panic!("{:?}", app.see().page) };
    page
}

/// The list that the old device shows, as a text file.
pub(super) fn list_of(app: &App) -> String {
    // What its barcodes hold: the page shows them one by one.
    let holder = app.ports.storage.file().unwrap();
    let passphrase = holdfast_model::vault::Passphrase::new(PASSPHRASE);
    let vault = holdfast_model::vault::Vault::open(&holder, &passphrase).unwrap();
    text(&holdfast_model::moving::list_of(&vault, app.now()).unwrap()).unwrap()
}

pub(super) fn progress_of(app: &App) -> String {
    let holder = app.ports.storage.file().unwrap();
    let passphrase = holdfast_model::vault::Passphrase::new(PASSPHRASE);
    let vault = holdfast_model::vault::Vault::open(&holder, &passphrase).unwrap();
    let (id, _) = holdfast_model::moving::origins(&vault).pop_first().unwrap();
    text(&holdfast_model::moving::progress_of(&vault, ListId(id), app.now())).unwrap()
}

#[test]
fn m3_accounts_are_ticked_off_one_by_one_and_the_old_device_follows() {
    let mut old = with(&[("GitHub", "alice"), ("Gmail", "alice@gmail.com"), ("Bitwarden", "al")]);
    tell(&mut old, MoveMsg::Open);
    assert!(page(&old).can_begin && page(&old).part.is_none() && page(&old).retire.is_none());
    tell(&mut old, MoveMsg::Begin);
    let shown = page(&old);
    let order: Vec<_> = shown.rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(order, ["Gmail", "Bitwarden", "GitHub"], "mail, then the password manager");
    assert_eq!(shown.rows[0].advice, "First: it resets the passwords of the others.");
    assert!(shown.away && shown.part.is_some() && shown.retire.is_some());
    assert_eq!(shown.sentence, "Of 3 accounts, 3 are to do, 0 re-enrolled and 0 confirmed.");

    // The new device is shown what the list brings, and takes it.
    let mut new = with(&[("Shop", "al")]);
    new.tell(Msg::TextGiven(list_of(&old).into()));
    let Page::List(list) = new.see().page else { panic!("{:?}", new.see().page) };
    assert!(list.sentence.contains("names 3 accounts, as its sender counts. None is here yet"));
    assert_eq!(list.names, ["Gmail (alice@gmail.com)", "Bitwarden (al)", "GitHub (alice)"]);
    assert_eq!(new.ports.storage.file().map(|_| new.see().codes.is_none()), Some(true));
    tell(&mut new, MoveMsg::Take);
    assert_eq!(new.see().notice.unwrap().sentence, "3 accounts now wait for re-enrolment.");
    let waiting = page(&new);
    assert_eq!(waiting.rows.len(), 3, "the account that was here is no part of the move");
    // A move away would forget how far they are.
    assert!(!waiting.can_begin && waiting.end == "End the move to this device");
    tell(&mut new, MoveMsg::Begin);
    let error = page(&new).error.expect("it is refused");
    assert!(error.starts_with("Accounts are still moving to this device"), "{error}");
    assert_eq!(page(&new).rows, waiting.rows);
    assert!(waiting.sentence.starts_with("3 of 3 accounts wait"), "{}", waiting.sentence);
    assert!(waiting.part.is_none(), "there is no progress yet to show to the old device");

    // Help is a link for the browser.
    tell(&mut new, MoveMsg::OpenHelp { id: waiting.rows[2].id, way: HelpPage::TwoFactor });
    let opened = new.ports.links.opened.lock().unwrap().clone();
    assert!(opened.len() == 1 && opened[0].starts_with("https://docs.github.com/"), "{opened:?}");

    // Two new barcodes; one of them says Google by now.
    new.tell(Msg::TextGiven(uri("GitHub", "alice", 101).into()));
    new.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice".into() });
    let said = new.see().notice.unwrap().sentence;
    assert_eq!(said, "GitHub (alice) is re-enrolled; 2 accounts still wait.");
    new.tell(Msg::TextGiven(uri("Google", "alice@gmail.com", 102).into()));
    new.tell(Msg::SaveDraft { issuer: "Google".into(), account: "alice@gmail.com".into() });
    // The checklist is in front again.
    assert_eq!(page(&new).rows.len(), 3);
    new.tell(Msg::Back);
    assert_eq!(new.row("Gmail", "alice@gmail.com").code.kind, CodeKind::Rolling);
    tell(&mut new, MoveMsg::Open);
    let github = page(&new).rows.iter().find(|row| row.title == "GitHub").unwrap().id;
    tell(&mut new, MoveMsg::SetStep { id: github, step: Step::Confirmed });

    // The old device follows, and still gives all its codes.
    old.tell(Msg::TextGiven(progress_of(&new).into()));
    let Page::List(list) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(list.names.contains(&"GitHub (alice): confirmed".to_owned()), "{:?}", list.names);
    tell(&mut old, MoveMsg::Take);
    assert_eq!(page(&old).sentence, "Of 3 accounts, 1 is to do, 1 re-enrolled and 1 confirmed.");
    old.tell(Msg::Back);
    assert_eq!(old.row("GitHub", "alice").code.kind, CodeKind::Rolling);
}

#[test]
fn parts_are_gathered_across_pages_and_what_is_missing_is_told() {
    let accounts: Vec<(String, String)> = (0..60)
        .map(|n| (format!("Service {n}"), format!("person{}@example.org", n * 7919)))
        .collect();
    let names: Vec<(&str, &str)> = accounts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut old = with(&names);
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    let of = page(&old).part.unwrap().of;
    assert!(of >= 2, "{of}");
    let list = list_of(&old);
    let parts: Vec<&str> = list.lines().filter(|line| line.starts_with("HOLDFAST-MOVE:")).collect();

    let mut new = App::open();
    new.tell(Msg::Add);
    new.tell(Msg::TextGiven(parts[1].into()));
    let Page::Add(add) = new.see().page else { panic!() };
    let said = format!("1 of {of} parts of the move list are read; show ");
    assert!(add.error.as_deref().unwrap().starts_with(&said), "{:?}", add.error);
    new.tell(Msg::Back);
    for part in parts.iter().rev() {
        new.tell(Msg::TextGiven((*part).into()));
    }
    let Page::List(list) = new.see().page else { panic!("{:?}", new.see().page) };
    assert_eq!(list.names.len(), 60);

    // Every part can be shown, and none beyond.
    tell(&mut old, MoveMsg::ShowPart(of));
    assert_eq!(page(&old).part.unwrap().number, of);
    tell(&mut old, MoveMsg::ShowPart(of + 1));
    assert_eq!(page(&old).part.unwrap().number, of);
}

#[test]
fn progress_of_another_move_and_a_list_of_ones_own_change_nothing() {
    let mut old = with(&[("GitHub", "alice")]);
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    let before = old.ports.storage.file();
    old.tell(Msg::TextGiven(list_of(&old).into()));
    tell(&mut old, MoveMsg::Take);
    let Page::List(list) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(list.error.unwrap().contains("this device's own"));
    let row = old.ports.storage.file().map(|_| ());
    assert!(row.is_some() && old.ports.storage.file() == before);

    let stranger = MoveList {
        id: ListId([9; 8]),
        kind: ListKind::Progress,
        made_at: UnixTime(1),
        accounts: holdfast_model::move_list::read_text(&list_of(&old)).unwrap().accounts,
    };
    old.tell(Msg::TextGiven(text(&stranger).unwrap().into()));
    tell(&mut old, MoveMsg::Take);
    let Page::List(list) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(list.error.unwrap().contains("progress of another move"));
    assert!(old.ports.storage.file() == before);
}

#[test]
fn retiring_asks_for_the_passphrase_and_leaves_nothing() {
    let mut old = with(&[("GitHub", "alice")]);
    old.tell(Msg::LookLike(holdfast_model::Appearance::Dark));
    tell(&mut old, MoveMsg::OpenRetire);
    assert!(!matches!(old.see().page, Page::Retire(_)), "only a device that is moved from retires");
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    let id = page(&old).rows[0].id;
    tell(&mut old, MoveMsg::SetNote { id, note: "by post".into() });
    // What can be taken back is told on the next page too.
    tell(&mut old, MoveMsg::SetStep { id, step: Step::ReEnrolled });
    tell(&mut old, MoveMsg::OpenRetire);
    assert!(old.see().notice.is_some());
    let Page::Retire(retire) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(retire.sentence.starts_with("1 account is not confirmed"), "{}", retire.sentence);
    assert_eq!((retire.names, retire.more.as_str()), (vec!["GitHub (alice)".to_owned()], ""));
    tell(&mut old, MoveMsg::Retire("not it".into()));
    let Page::Retire(retire) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(retire.error.unwrap().contains("nothing was destroyed"));
    assert!(old.ports.storage.file().is_some());

    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    let Page::Retired(receipt) = old.see().page else { panic!("{:?}", old.see().page) };
    assert!(receipt.sentence.starts_with("The vault with 1 account was destroyed on"));
    assert_eq!(receipt.gone, ["the vault", "the settings"]);
    assert!(old.see().notice.is_none(), "nothing is left to tell of");
    assert_eq!(old.ports.storage.file(), None);
    assert!(old.see().codes.is_none());
    old.tell(Msg::Unlock(PASSPHRASE.into()));
    assert!(matches!(old.see().page, Page::Retired(_)), "there is nothing to unlock");
}

#[test]
fn a_device_that_stopped_while_its_vault_was_destroyed_does_the_rest_at_its_next_start() {
    let mut old = with(&[("GitHub", "alice")]);
    old.tell(Msg::LookLike(holdfast_model::Appearance::Dark));
    let file = old.ports.storage.file().unwrap();
    old.ports.storage.retire(Stamp::of(&file)).unwrap();
    // Here the power goes.
    let next = App::start_beside(&old);
    let Page::Retired(receipt) = next.see().page else { panic!("{:?}", next.see().page) };
    let told = "This device stopped while its vault was being destroyed; the rest was destroyed on";
    assert!(receipt.sentence.starts_with(told), "{}", receipt.sentence);
    assert_eq!(receipt.gone, ["the vault", "the settings"]);
    // It is told once.
    let after = App::start_beside(&next);
    assert!(matches!(after.see().page, Page::FirstStart(_)), "{:?}", after.see().page);
}

#[test]
fn once_a_month_the_ways_in_are_asked_about() {
    const DAY: u64 = 86_400;
    let mut app = with(&[("GitHub", "alice"), ("Shop", "al")]);
    assert_eq!(app.see().nudge, None);
    let later = |app: &mut App, days: u64| {
        app.ports.clock.advance(days * DAY);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
        app.tell(Msg::Tick);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
    };
    later(&mut app, 29);
    assert_eq!(app.see().nudge, None);
    later(&mut app, 1);
    let nudge = app.see().nudge.unwrap();
    assert!(nudge.starts_with("For 2 accounts you noted no way in"), "{nudge}");
    let id = app.id("GitHub", "alice");
    app.tell(Msg::OpenEntry(id));
    tell(&mut app, MoveMsg::SetReady { id, way: Way::RecoveryCodes, there: true });
    let Page::Entry(entry) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(!entry.care.recovery_codes.is_empty() && entry.care.second_way.is_empty());
    app.tell(Msg::Back);
    assert!(app.see().nudge.unwrap().starts_with("For 1 account"));
    tell(&mut app, MoveMsg::AskReadyLater);
    assert_eq!(app.see().nudge, None);
    later(&mut app, 30);
    assert!(app.see().nudge.is_some());
}

#[test]
fn a_replaced_secret_can_be_brought_back_from_the_entry_s_page() {
    let mut app = with(&[("GitHub", "alice")]);
    let (id, before) = (app.id("GitHub", "alice"), app.row("GitHub", "alice").code.code);
    app.tell(Msg::TextGiven(uri("GitHub", "alice", 99).into()));
    app.tell(Msg::SaveDraft { issuer: "GitHub".into(), account: "alice".into() });
    app.tell(Msg::Replace(id));
    assert_ne!(app.row("GitHub", "alice").code.code, before);
    app.tell(Msg::OpenEntry(id));
    let Page::Entry(entry) = app.see().page else { panic!() };
    let [former] = entry.care.former.as_slice() else { panic!("{:?}", entry.care) };
    assert!(former.label.starts_with("Replaced on "), "{}", former.label);
    tell(&mut app, MoveMsg::Recover(former.id));
    app.tell(Msg::Back);
    assert_eq!(app.row("GitHub", "alice").code.code, before);
}

/// What a file holds, as text.
fn file(app: &App, path: &str) -> String {
    String::from_utf8(app.ports.files.held(path).expect("a file")).unwrap()
}

#[test]
fn m2_the_list_is_saved_as_text_and_as_a_page_and_no_secret_is_in_either() {
    let mut old = with(&[("GitHub", "alice"), ("Gmail", "alice@gmail.com"), ("Shop", "al")]);
    tell(&mut old, MoveMsg::SaveList { page: false });
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::SaveList { page: false });
    assert!(old.ports.files.held("/list.txt").is_none(), "nothing moves away yet");
    tell(&mut old, MoveMsg::Begin);
    for (path, page) in [("/list.txt", false), ("/list.html", true)] {
        old.ports.files.choose(Some(path));
        tell(&mut old, MoveMsg::SaveList { page });
        assert_eq!(old.notice(), format!("Saved as {path}; there is no key in it."));
        let saved = file(&old, path);
        assert_eq!(saved.starts_with("<!DOCTYPE html>"), page);
        assert_eq!(holdfast_model::move_list::read_text(&saved).unwrap().accounts.len(), 3);
        let clothes = |byte: u8| {
            let secret = holdfast_otp::Secret::from_bytes(&[byte; 20]).unwrap();
            let base32 = secret.to_base32();
            [
                base32[..12].to_owned(),
                format!("{byte:02x}").repeat(6),
                char::from(byte).to_string().repeat(6),
            ]
        };
        for needle in (1..=3).flat_map(clothes) {
            assert!(!saved.to_uppercase().contains(&needle.to_uppercase()), "{needle:?} is in it");
        }
        // The search would find one.
        let leaking = format!("{saved}{}", uri("GitHub", "alice", 1)).to_uppercase();
        assert!(clothes(1).iter().any(|needle| leaking.contains(&needle.to_uppercase())));
        // A choice of no place is no trouble.
        old.ports.files.choose(None);
        tell(&mut old, MoveMsg::SaveList { page });
        assert_eq!(self::page(&old).error, None);
    }
    // It is read back as any list is.
    let mut new = with(&[]);
    new.ports.files.put("/list.html", old.ports.files.held("/list.html").unwrap());
    new.tell(Msg::PicturesAt(vec!["/list.html".into()]));
    assert!(matches!(new.see().page, Page::List(_)), "{:?}", new.see().page);
}

#[test]
fn m2_without_a_dialog_the_list_is_saved_where_the_person_types_and_overwrites_nothing() {
    let mut old = with(&[("GitHub", "alice")]);
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    old.ports.files.take_dialog_away();
    assert!(!page(&old).by_path);
    let visit = old.see().visit;
    tell(&mut old, MoveMsg::SaveList { page: true });
    assert!(page(&old).by_path && page(&old).error.unwrap().contains("type the file's path"));
    assert!(old.see().visit > visit, "the field takes the focus");

    old.ports.files.put("/taken.txt", b"a diary".to_vec());
    tell(&mut old, MoveMsg::SaveListAt("/taken.txt".into()));
    assert!(page(&old).error.unwrap().contains("left as it is"), "{:?}", page(&old).error);
    assert_eq!(file(&old, "/taken.txt"), "a diary");

    old.ports.files.full(true);
    tell(&mut old, MoveMsg::SaveListAt("/list.HTML".into()));
    assert!(page(&old).error.unwrap().contains("disk is full"));
    old.ports.files.full(false);
    tell(&mut old, MoveMsg::SaveListAt("/list.HTML".into()));
    assert_eq!(page(&old).error, None);
    assert!(file(&old, "/list.HTML").starts_with("<!DOCTYPE html>"));
    tell(&mut old, MoveMsg::SaveListAt("/list".into()));
    assert!(file(&old, "/list").starts_with("The accounts of one phone"));
}

#[test]
fn accounts_of_one_name_are_told_apart_in_a_move_too() {
    let old = moving_away_with_two_alike();
    let rows = page(&old).rows;
    let names: Vec<_> = rows.iter().map(|row| row.subtitle.as_str()).collect();
    assert_eq!(names, ["alice · 1 of 2", "alice · 2 of 2"]);
    assert!(rows[1].accessible_label.starts_with("GitHub (alice), 2 of 2, "), "{rows:?}");
}
