//! What the device remembers of a vault: an older file is told of, and the passphrase asked for.

use std::sync::Arc;

use holdfast_model::ports::memory::{MemoryMemos, MemoryStorage};
use holdfast_model::ports::{Memos, Storage};
use holdfast_model::screen::{Page, RemindPage};
use holdfast_model::vault::{ASK_AFTER, Vault, header_of};
use holdfast_model::{Effect, Found, Msg, OnDisk, OpenedBy};
use holdfast_otp::UnixTime;

use super::app::{App, PASSPHRASE, uri};

/// A device, and the vault file as it was after each of two accounts were added.
fn two_generations() -> (Arc<MemoryStorage>, Arc<MemoryMemos>, Vec<u8>, Vec<u8>) {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let older = app.ports.storage.file().unwrap();
    app.wait(90);
    app.add(&uri("B", "b", 2));
    let newer = app.ports.storage.file().unwrap();
    (app.ports.storage.clone(), app.ports.memos.clone(), older, newer)
}

fn unlocked(storage: &Arc<MemoryStorage>, memos: &Arc<MemoryMemos>) -> App {
    let mut app = App::start_with(storage.clone(), memos.clone());
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app
}

fn warning(app: &App) -> Option<String> {
    match app.see().page {
        Page::Older(page) => Some(page.sentence),
        _ => None,
    }
}

#[test]
fn an_answer_given_after_the_vault_was_destroyed_takes_no_note_of_its_end_away() {
    let (storage, memos, older, _) = two_generations();
    let vault = header_of(&older).unwrap().vault_id();
    storage.put(Some(older));
    let mut app = unlocked(&storage, &memos);
    // In the terminal, and within the seconds before the window looks.
    memos.end(vault, UnixTime(9)).unwrap();
    storage.put(None);
    app.tell(Msg::UseOlder);
    assert_eq!(memos.ended(vault), Some(UnixTime(9)));
    app.wait(3);
    assert!(matches!(app.see().page, Page::Retired(_)), "{:?}", app.see().page);
}

#[test]
fn an_older_file_is_told_of_with_both_dates_until_it_is_accepted() {
    let (storage, memos, older, _) = two_generations();
    assert_eq!(warning(&unlocked(&storage, &memos)), None);
    storage.put(Some(older));
    for _ in 0..2 {
        let app = unlocked(&storage, &memos);
        let said = warning(&app).expect("told again, for it was not accepted");
        assert!(said.contains("written on 2005-03-18 01:58 UTC"), "{said}");
        assert!(said.contains("seen one of 2005-03-18 01:59 UTC"), "{said}");
    }
    let mut app = unlocked(&storage, &memos);
    app.tell(Msg::UseOlder);
    assert_eq!(app.names(), [("A".to_owned(), "a".to_owned())]);
    assert_eq!(warning(&unlocked(&storage, &memos)), None, "accepted once, and for good");
}

#[test]
fn a_copy_beside_an_older_file_that_holds_more_is_named_until_the_older_one_is_accepted() {
    let (storage, memos, older, newer) = two_generations();
    storage.put(Some(older.clone()));
    storage.keep_beside(&older).unwrap();
    assert_eq!(unlocked(&storage, &memos).see().notice, None, "it holds no more");
    storage.keep_beside(&newer).unwrap();
    for _ in 0..2 {
        let app = unlocked(&storage, &memos);
        assert!(warning(&app).is_some());
        let said = app.notice();
        assert!(
            said.starts_with("vault.set-aside-2, a copy of this vault beside it, holds"),
            "{said}"
        );
    }
    let mut app = unlocked(&storage, &memos);
    app.tell(Msg::UseOlder);
    assert_eq!(unlocked(&storage, &memos).see().notice, None);
}

/// Nothing is being typed there.
#[test]
fn the_page_of_an_older_copy_keeps_no_keys_after_the_passphrase_was_changed_elsewhere() {
    let (storage, memos, older, newer) = two_generations();
    storage.put(Some(older.clone()));
    let mut app = unlocked(&storage, &memos);
    assert!(warning(&app).is_some());
    storage.put(Some(newer));
    app.wait(3);
    assert_eq!(app.see().page, Page::Codes, "it is no older one any more");

    storage.put(Some(older));
    let mut app = unlocked(&storage, &memos);
    assert!(warning(&app).is_some());
    let mut other = unlocked(&storage, &Arc::default());
    other.tell(Msg::OpenPassphrase);
    let (passphrase, again) =
        ("crabs walk sideways home".into(), "crabs walk sideways home".into());
    other.tell(Msg::ChangePassphrase { current: PASSPHRASE.into(), passphrase, again });
    app.wait(3);
    assert!(!app.state.is_open(), "{:?}", app.see().page);
    let Page::Unlock(unlock) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(unlock.why.expect("why").contains("the passphrase of the vault was changed"));
}

#[test]
fn a_device_that_cannot_remember_says_so_once_for_each_unlocking() {
    let (storage, memos, older, _) = two_generations();
    memos.full(true);
    let mut app = unlocked(&storage, &memos);
    for _ in 0..2 {
        assert!(
            app.notice().contains("newest (there is no room), so an older copy"),
            "{}",
            app.notice()
        );
        assert!(app.see().notice.unwrap().trouble);
        app.wait(11);
        app.add(&uri("C", "c", 3));
        assert_eq!(app.notice(), "C (c) was added.");
        app.tell(Msg::Delete(app.id("C", "c")));
        app.tell(Msg::Lock);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
    }
    // What it remembered before still counts.
    memos.full(false);
    storage.put(Some(older));
    assert!(warning(&unlocked(&storage, &memos)).is_some());
}

/// What stands where the vault cannot be used.
fn blocked(app: &App) -> holdfast_model::screen::Blocked {
    match app.see().page {
        Page::Blocked(page) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_vault_that_is_missing_is_no_first_start_where_the_device_knows_it() {
    let (storage, memos, _, newer) = two_generations();
    storage.put(None);
    let mut app = App::start_with(storage.clone(), memos.clone());
    let page = blocked(&app);
    assert!(page.sentence.contains("is gone; it was last saved on 2005-03-18 01:59"), "{page:?}");
    assert_eq!(page.anew.as_deref(), Some("Begin anew"));
    let visit = app.see().visit;
    app.wait(5);
    assert_eq!((blocked(&app), app.see().visit), (page, visit), "it stands still while it looks");
    // It comes back while the page stands.
    storage.put(Some(newer));
    app.wait(3);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names().len(), 2);

    storage.put(None);
    let mut app = App::start_with(storage.clone(), memos.clone());
    app.tell(Msg::BeginAnew);
    assert!(matches!(app.see().page, Page::FirstStart(_)));
    app.wait(5);
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert!(app.names().is_empty());
    // A device that never saw one starts as ever.
    let app = App::start_with(Arc::default(), Arc::default());
    assert!(matches!(app.see().page, Page::FirstStart(_)));
}

#[test]
fn where_dates_do_not_tell_the_saves_are_counted() {
    let mut app = App::open();
    app.add(&uri("A", "a", 1));
    let older = app.ports.storage.file().unwrap();
    app.add(&uri("B", "b", 2));
    let (storage, memos) = (app.ports.storage.clone(), app.ports.memos.clone());
    storage.put(Some(older));
    let said = warning(&unlocked(&storage, &memos)).unwrap();
    assert!(said.contains("01:58 UTC (save 2), and"), "{said}");
    assert!(said.contains("01:58 UTC (save 3). What"), "{said}");
}

#[test]
fn an_older_file_is_no_refusal_and_what_is_saved_on_it_is_still_told_of() {
    let (storage, memos, older, _) = two_generations();
    let mut app = unlocked(&storage, &memos);
    app.add(&uri("C", "c", 3));
    storage.put(Some(older));
    let mut app = unlocked(&storage, &memos);
    app.tell(Msg::Back);
    app.add(&uri("D", "d", 4));
    assert!(warning(&unlocked(&storage, &memos)).is_some(), "never accepted");
}

#[test]
fn no_number_of_saves_on_an_older_copy_silences_the_warning_of_it() {
    let (storage, memos, older, _) = two_generations();
    storage.put(Some(older));
    // A script on another machine does not know, and brings the copy past the save that was seen.
    let mut script = App::open_on(storage.clone());
    for number in 0..5 {
        script.add(&uri("S", &format!("s{number}"), 10 + number));
        let said = warning(&unlocked(&storage, &memos)).expect("told, whatever its number");
        assert!(said.contains("goes on from an older copy"), "{said}");
        assert!(said.contains("without what this device has seen of 2005-03-18 01:59"), "{said}");
    }
    // Nor one on this machine, which is told each time and goes on.
    let mut window = unlocked(&storage, &memos);
    window.tell(Msg::Back);
    window.add(&uri("T", "t", 30));
    window.tell(Msg::Lock);
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    assert!(warning(&window).is_some(), "never accepted");
    window.tell(Msg::UseOlder);
    window.add(&uri("U", "u", 31));
    assert_eq!(warning(&unlocked(&storage, &memos)), None);
}

#[test]
fn what_an_open_window_takes_over_is_remembered() {
    let (storage, memos, _, backup) = two_generations();
    let mut window = unlocked(&storage, &memos);
    // Another device, in a folder that both share.
    let mut elsewhere = App::open_on(storage.clone());
    elsewhere.add(&uri("C", "c", 3));
    window.wait(3);
    assert_eq!(window.names().len(), 3);
    window.tell(Msg::Lock);
    storage.put(Some(backup));
    assert!(warning(&unlocked(&storage, &memos)).is_some(), "what it showed is missing");
}

#[test]
fn what_an_open_window_takes_over_on_its_way_to_a_save_is_remembered() {
    let (storage, memos, _, backup) = two_generations();
    let mut window = unlocked(&storage, &memos);
    let mut elsewhere = App::open_on(storage.clone());
    window.tell(Msg::TextGiven(uri("C", "c", 3).into()));
    elsewhere.add(&uri("C", "c", 3));
    // The account is here by now: nothing is saved.
    window.save_as_read();
    assert!(matches!(window.see().page, Page::Known(_)), "{:?}", window.see().page);
    window.tell(Msg::Lock);
    storage.put(Some(backup));
    assert!(warning(&unlocked(&storage, &memos)).is_some());
}

#[test]
fn who_unlocks_what_was_read_before_another_program_saved_forgets_nothing() {
    let (storage, memos, _, backup) = two_generations();
    let window = App::start_with(storage.clone(), memos.clone());
    let found = Found::read(&*storage, &*memos).unwrap();
    let mut other = unlocked(&storage, &memos);
    other.add(&uri("C", "c", 3));
    let passphrase = holdfast_model::vault::Passphrase::new(PASSPHRASE);
    found.open(&passphrase, &*storage, &*memos, window.now()).unwrap();
    storage.put(Some(backup));
    assert!(warning(&unlocked(&storage, &memos)).is_some());
}

#[test]
fn a_save_on_an_older_copy_that_came_unseen_forgets_nothing() {
    let (storage, memos, _, backup) = two_generations();
    let mut window = unlocked(&storage, &memos);
    let mut other = unlocked(&storage, &memos);
    other.add(&uri("C", "c", 3));
    // Back before the window has looked.
    storage.put(Some(backup));
    window.add(&uri("D", "d", 4));
    let said = warning(&unlocked(&storage, &memos)).expect("C is missing");
    assert!(said.contains("without what this device has seen"), "{said}");
}

#[test]
fn a_device_that_never_saw_the_vault_or_lost_its_memo_says_nothing() {
    let (storage, memos, older, newer) = two_generations();
    storage.put(Some(older));
    assert_eq!(warning(&unlocked(&storage, &Arc::default())), None);
    memos.forget_all();
    assert_eq!(warning(&unlocked(&storage, &memos)), None);
    storage.put(Some(newer));
    assert_eq!(warning(&unlocked(&storage, &memos)), None);
}

#[test]
fn a_file_from_before_a_change_of_the_passphrase_is_an_older_one() {
    let (storage, memos, _, newer) = two_generations();
    let mut app = unlocked(&storage, &memos);
    app.tell(Msg::OpenPassphrase);
    let (passphrase, again) =
        ("crabs walk sideways home".into(), "crabs walk sideways home".into());
    app.tell(Msg::ChangePassphrase { current: PASSPHRASE.into(), passphrase, again });
    assert_eq!(app.see().page, Page::Codes);
    storage.put(Some(newer));
    assert!(warning(&unlocked(&storage, &memos)).is_some());
}

#[test]
fn an_older_file_put_back_while_the_vault_is_open_is_built_on_only_when_accepted() {
    let (storage, memos, older, _) = two_generations();
    let mut app = unlocked(&storage, &memos);
    storage.put(Some(older.clone()));
    let id = app.id("A", "a");
    app.tell(Msg::Delete(id));
    let Page::Astray(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(page.sentence.contains("it lacks 1 account that is open here"), "{}", page.sentence);
    assert!(page.error.expect("why").contains("so this was not saved"));
    assert_eq!(storage.file(), Some(older));
    app.tell(Msg::UseFile);
    app.tell(Msg::Delete(app.id("A", "a")));
    assert!(app.names().is_empty());
}

#[test]
fn what_another_instance_saves_during_the_unlocking_is_no_older_file() {
    let (storage, memos, _, _) = two_generations();
    let mut window = App::start_with(storage.clone(), memos.clone());
    let found = Found::read(&*storage, &*memos).unwrap();
    let mut other = unlocked(&storage, &memos);
    other.add(&uri("C", "c", 3));
    let passphrase = holdfast_model::vault::Passphrase::new(PASSPHRASE);
    let opened = found.open(&passphrase, &*storage, &*memos, window.now()).unwrap();
    assert!(!opened.memo.is_missed_by(&opened.vault));
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(warning(&window), None);
}

/// The app with the vault opened by the device's key, so many seconds after it was made.
fn opened_by_device(seconds: u64) -> App {
    let mut app = App::open();
    app.tell(Msg::Lock);
    app.ports.clock.advance(seconds);
    device_opens(&mut app);
    app
}

/// Unlocks as a device's key does: the passphrase is not typed, and the memo stays as it is.
fn device_opens(app: &mut App) {
    let effects = app.give(Msg::Unlock(PASSPHRASE.into()));
    let [Effect::Open { ticket, passphrase, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let sealed = app.ports.storage.file().unwrap();
    let vault = Vault::open(&sealed, passphrase).unwrap();
    let kept = holdfast_model::ports::Memos::recall(&*app.ports.memos, vault.header().vault_id());
    let memo = vault.memo(kept.as_deref(), app.now());
    let stamp = holdfast_model::ports::Stamp::of(&sealed);
    let opened_by = OpenedBy::Device;
    let (vault, copies) = (Box::new(vault), Box::default());
    let on_disk = OnDisk { vault, stamp, memo, opened_by, forgetful: None, copies };
    app.tell(Msg::Opened { ticket: *ticket, outcome: Ok(on_disk) });
}

fn question(app: &App) -> Option<RemindPage> {
    match app.see().page {
        Page::Remind(page) => Some(page),
        _ => None,
    }
}

#[test]
fn who_unlocks_with_the_device_is_asked_for_the_passphrase_now_and_then() {
    assert_eq!(question(&opened_by_device(ASK_AFTER - 1)), None);
    let mut app = opened_by_device(ASK_AFTER);
    assert!(question(&app).is_some());
    app.tell(Msg::TryPassphrase("".into()));
    let error = question(&app).expect("still asked").error.expect("why");
    assert!(error.contains("no passphrase yet"), "{error}");
    app.tell(Msg::TryPassphrase("not it at all".into()));
    let error = question(&app).expect("asked again").error.expect("why");
    assert!(error.contains("choose a new one while this device still opens"), "{error}");
    app.tell(Msg::TryPassphrase(PASSPHRASE.into()));
    assert_eq!(app.see().page, Page::Codes);
    app.tell(Msg::Lock);
    app.ports.clock.advance(ASK_AFTER - 1);
    device_opens(&mut app);
    assert_eq!(question(&app), None);
}

#[test]
fn the_question_can_be_put_off_and_never_comes_to_who_types_the_passphrase() {
    let mut app = opened_by_device(ASK_AFTER);
    app.tell(Msg::AskLater);
    assert_eq!(app.see().page, Page::Codes);
    for (days, asked) in [(2, false), (1, true)] {
        app.tell(Msg::Lock);
        app.ports.clock.advance(days * 86_400);
        device_opens(&mut app);
        assert_eq!(question(&app).is_some(), asked);
    }
    app.tell(Msg::Lock);
    app.ports.clock.advance(10 * ASK_AFTER);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.see().page, Page::Codes);
}

#[test]
fn who_forgot_the_passphrase_can_choose_another_while_the_device_opens_the_vault() {
    let mut app = opened_by_device(ASK_AFTER);
    app.tell(Msg::OpenPassphrase);
    let (passphrase, again) =
        ("crabs walk sideways home".into(), "crabs walk sideways home".into());
    app.tell(Msg::ChangePassphrase { current: "".into(), passphrase, again });
    assert_eq!(app.see().page, Page::Codes);
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock("crabs walk sideways home".into()));
    assert!(app.state.is_open());
}

#[test]
fn a_copy_that_a_former_passphrase_opens_is_told_of_at_each_unlocking_until_it_is_gone() {
    let (storage, memos, ..) = two_generations();
    storage.keep_former(Some("A copy could not be removed; remove it."));
    let mut app = unlocked(&storage, &memos);
    for _ in 0..2 {
        assert_eq!(app.notice(), "A copy could not be removed; remove it.");
        assert!(app.see().notice.expect("told").trouble);
        app.tell(Msg::Lock);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
    }
    storage.keep_former(None);
    app.tell(Msg::Lock);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.see().notice, None);
}
