//! The vault file is gone, damaged or another one while the vault is open here.

use std::sync::Arc;

use holdfast_model::ports::memory::{DiskTrouble, MemoryStorage};
use holdfast_model::screen::{AstrayPage, Page};
use holdfast_model::{Effect, MoveMsg, Msg};

use super::app::{App, PASSPHRASE, uri};

pub fn asked(app: &App) -> AstrayPage {
    match app.see().page {
        Page::Astray(page) => page,
        other => panic!("not asked but {other:?}"),
    }
}

pub fn names_of(app: &App) -> Vec<String> {
    app.names().into_iter().map(|(title, _)| title).collect()
}

/// What a start on this disk shows.
pub fn names_on(storage: &Arc<MemoryStorage>) -> Vec<String> {
    names_of(&App::open_on(storage.clone()))
}

/// A window that holds A and B, and a fork of its vault with A and some of its own.
fn forked(own: u8) -> (App, Vec<u8>) {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let common = window.ports.storage.file().unwrap();
    let elsewhere = Arc::new(MemoryStorage::default());
    elsewhere.put(Some(common));
    let mut other = App::open_on(elsewhere.clone());
    for number in 0..own {
        other.add(&uri(&format!("F{number}"), "f", 10 + number));
    }
    window.add(&uri("B", "b", 2));
    (window, elsewhere.file().unwrap())
}

#[test]
fn a_forked_copy_swallows_nothing_whatever_its_number() {
    // Behind the window's number of saves, at it, and ahead of it.
    for own in 0..3 {
        let (mut window, fork) = forked(own);
        let storage = window.ports.storage.clone();
        storage.put(Some(fork.clone()));
        window.wait(3);
        let page = asked(&window);
        assert_eq!(page.title, "Another copy of your vault");
        let other = match own {
            0 => "copy: it lacks 1 account that is open here. Keep",
            1 => "it lacks 1 account that is open here and it has 1 account that is not. Keep",
            _ => "it lacks 1 account that is open here and it has 2 accounts that are not. Keep",
        };
        assert!(page.sentence.contains(other), "{}", page.sentence);
        assert_eq!(names_of(&window), ["A", "B"], "what is open stays so");
        assert_eq!(storage.file(), Some(fork), "and the file too");

        window.tell(Msg::KeepWindow);
        assert_eq!(window.notice(), "The accounts of both are in the vault now.");
        assert_eq!(window.see().page, Page::Codes);
        let mut all = vec!["A".to_owned(), "B".to_owned()];
        all.extend((0..own).map(|number| format!("F{number}")));
        assert_eq!(names_of(&window), all);
        assert_eq!(names_on(&storage), all);
        // This device saw both, and warns of nothing.
        window.tell(Msg::Lock);
        window.tell(Msg::Unlock(PASSPHRASE.into()));
        assert_eq!(window.see().page, Page::Codes);
    }
}

#[test]
fn a_save_over_a_fork_loses_nothing_of_the_fork_and_not_what_was_to_be_saved() {
    let (mut window, fork) = forked(3);
    let storage = window.ports.storage.clone();
    window.tell(Msg::TextGiven(uri("C", "c", 3).into()));
    storage.put(Some(fork.clone()));
    window.wait(5);
    window.save_as_read();
    let page = asked(&window);
    assert!(page.error.expect("why").contains("so this was not saved; answer here first"));
    assert_eq!(storage.file(), Some(fork));
    window.tell(Msg::KeepWindow);
    // What was being added is still there to be saved.
    window.save_as_read();
    assert_eq!(names_on(&storage), ["A", "B", "C", "F0", "F1", "F2"]);
}

#[test]
fn who_uses_the_copy_finds_the_rest_in_the_trash() {
    let (mut window, fork) = forked(1);
    let storage = window.ports.storage.clone();
    storage.put(Some(fork));
    window.wait(3);
    assert_eq!(asked(&window).use_file.as_deref(), Some("Use the file as it is"));
    window.tell(Msg::UseFile);
    assert!(window.notice().contains("lies in the trash for 30 days"), "{}", window.notice());
    assert_eq!(names_of(&window), ["A", "F0"]);
    let vault = holdfast_model::vault::Vault::open(
        &storage.file().unwrap(),
        &holdfast_model::vault::Passphrase::new(PASSPHRASE),
    );
    let vault = vault.unwrap();
    assert_eq!(vault.trash()[0].entry.issuer.as_deref(), Some("B"));

    // And whoever has no terminal brings it back from the settings.
    let gone = window.see().in_trash;
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].name, "B (b)");
    assert!(
        gone[0].label.starts_with("Bring it back; kept at least until 20"),
        "{}",
        gone[0].label
    );
    window.tell(Msg::Move(MoveMsg::Recover(gone[0].id)));
    assert_eq!(window.notice(), "B (b) is back.");
    assert_eq!(names_of(&window), ["A", "B", "F0"]);
    assert_eq!(window.see().in_trash, []);
}

#[test]
fn who_answers_later_is_asked_with_the_next_change_and_a_lock_keeps_both() {
    let (mut window, fork) = forked(1);
    let storage = window.ports.storage.clone();
    storage.put(Some(fork.clone()));
    window.wait(3);
    window.tell(Msg::Back);
    window.wait(5);
    assert_eq!(window.see().page, Page::Codes);
    assert!(window.see().warning.expect("it stays").starts_with("Another copy is in the place"));
    window.tell(Msg::Delete(window.id("A", "a")));
    asked(&window);
    assert_eq!(storage.file(), Some(fork));
    window.tell(Msg::Lock);
    assert_eq!(names_on(&storage), ["A", "B", "F0"]);
}

#[test]
fn a_copy_that_holds_all_that_is_open_is_taken_without_a_question() {
    let (mut window, fork) = forked(1);
    let storage = window.ports.storage.clone();
    // Another window joined both.
    let joined = {
        let (mut other, elsewhere) = (App::open_on(storage.clone()), storage.file());
        storage.put(Some(fork));
        other.wait(3);
        other.tell(Msg::KeepWindow);
        (storage.file(), elsewhere)
    };
    storage.put(joined.1);
    window.wait(3);
    storage.put(joined.0);
    window.wait(3);
    assert_eq!(window.see().page, Page::Codes);
    assert_eq!(names_of(&window), ["A", "B", "F0"]);
}

#[test]
fn a_change_of_the_passphrase_takes_no_copy_that_went_its_own_way() {
    let (mut window, fork) = forked(2);
    let storage = window.ports.storage.clone();
    window.tell(Msg::OpenPassphrase);
    storage.put(Some(fork.clone()));
    let (passphrase, again) = ("crabs walk sideways".into(), "crabs walk sideways".into());
    window.tell(Msg::ChangePassphrase { current: PASSPHRASE.into(), passphrase, again });
    let Page::Passphrase(page) = window.see().page else { panic!("{:?}", window.see().page) };
    assert!(page.error.expect("why").contains("so the passphrase was not changed"));
    assert_eq!(storage.file(), Some(fork));
    window.tell(Msg::Back);
    window.wait(3);
    window.tell(Msg::KeepWindow);
    assert_eq!(names_on(&storage), ["A", "B", "F0", "F1"]);
}

#[test]
fn a_file_that_is_gone_is_told_and_written_again() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let storage = window.ports.storage.clone();
    let file = storage.file();
    storage.put(None);
    window.wait(3);
    let page = asked(&window);
    assert_eq!((page.title.as_str(), page.use_file), ("The vault file is gone", None));
    assert!(page.sentence.contains("still holds its account, whole"), "{}", page.sentence);
    // It comes back by itself.
    storage.put(file.clone());
    window.wait(3);
    assert_eq!(window.notice(), "The vault file is back in its place.");
    assert_eq!((window.see().page, window.see().warning), (Page::Codes, None));

    storage.put(None);
    window.wait(3);
    storage.trouble(Some(DiskTrouble::ReadOnly));
    window.tell(Msg::KeepWindow);
    assert!(asked(&window).error.expect("why").contains("cannot be written to"));
    storage.trouble(None);
    // What came back in between is not overwritten.
    let (_, other) = forked(0);
    storage.put(Some(other.clone()));
    window.tell(Msg::KeepWindow);
    assert_eq!(storage.file(), Some(other));
    assert_eq!(asked(&window).title, "Another vault is in its place");
    storage.put(None);
    window.wait(3);
    window.tell(Msg::KeepWindow);
    assert_eq!(window.notice(), "The vault file was written again.");
    assert_eq!(names_on(&storage), ["A"]);
}

#[test]
fn a_damaged_file_is_set_aside_and_never_deleted() {
    for damaged in [&b""[..], b"Holdfast cut", &[0; 3000]] {
        let mut window = App::open();
        window.add(&uri("A", "a", 1));
        let storage = window.ports.storage.clone();
        storage.put(Some(damaged.to_vec()));
        window.wait(3);
        assert_eq!(asked(&window).title, "The vault file is damaged");
        window.tell(Msg::KeepWindow);
        assert!(window.notice().contains("nothing of it was deleted"), "{}", window.notice());
        assert_eq!(storage.aside(), [damaged.to_vec()]);
        assert_eq!(names_on(&storage), ["A"]);
    }
}

#[test]
fn another_vault_is_no_changed_passphrase_and_either_can_be_used() {
    for use_it in [false, true] {
        let mut window = App::open();
        window.add(&uri("A", "a", 1));
        let (storage, other) = (window.ports.storage.clone(), forked(2).1);
        storage.put(Some(other.clone()));
        window.wait(3);
        assert_eq!(asked(&window).title, "Another vault is in its place");
        if use_it {
            window.tell(Msg::UseFile);
            let Page::Unlock(unlock) = window.see().page else { panic!("{:?}", window.see().page) };
            assert!(unlock.why.expect("why").starts_with("Another vault is in the place"));
            assert_eq!(storage.file(), Some(other));
            assert_eq!(storage.aside(), Vec::<Vec<u8>>::new());
        } else {
            window.tell(Msg::KeepWindow);
            assert_eq!(storage.aside(), [other]);
            assert_eq!(names_on(&storage), ["A"]);
        }
    }
}

/// Why it is locked.
pub fn why(app: &App) -> String {
    match app.see().page {
        Page::Unlock(unlock) => unlock.why.unwrap_or_default(),
        other => panic!("not locked but {other:?}"),
    }
}

#[test]
fn a_lock_by_itself_waits_for_nothing_and_loses_nothing() {
    for damaged in [None, Some(b"damaged".to_vec())] {
        let mut window = App::open();
        window.add(&uri("A", "a", 1));
        let storage = window.ports.storage.clone();
        storage.put(damaged.clone());
        window.wait(3);
        window.tell(Msg::Suspended);
        assert!(why(&window).contains("it was written again"), "{}", why(&window));
        assert_eq!(storage.aside(), Vec::from_iter(damaged));
        window.tell(Msg::Unlock(PASSPHRASE.into()));
        assert_eq!(names_of(&window), ["A"]);
        window.tell(Msg::Lock);
        assert_eq!(why(&window), "", "said once");
    }
}

#[test]
fn what_cannot_be_written_at_the_lock_is_kept_sealed_until_it_can() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let storage = window.ports.storage.clone();
    storage.put(None);
    window.wait(3);
    storage.trouble(Some(DiskTrouble::ReadOnly));
    window.tell(Msg::Lock);
    assert!(why(&window).contains("do not close this window"), "{}", why(&window));
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    let Page::Blocked(page) = window.see().page else { panic!("{:?}", window.see().page) };
    assert!(page.sentence.contains("do not close this window"), "{}", page.sentence);
    storage.trouble(None);
    window.tell(Msg::Retry);
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(names_of(&window), ["A"]);
}

#[test]
fn what_comes_back_during_a_lock_is_not_overwritten() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let storage = window.ports.storage.clone();
    let file = storage.file();
    storage.put(None);
    window.wait(3);
    let effects = window.give(Msg::Lock);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::WriteBack { .. })));
    storage.put(file.clone());
    window.perform_all(effects);
    assert_eq!(storage.file(), file);
    assert_eq!(storage.aside().len(), 1);
    assert!(why(&window).contains("is beside it, as"), "{}", why(&window));
}

/// A window that holds A and B, and a copy of its vault that was saved on under another passphrase: built
/// on what is open there, or from before B.
fn rekeyed(is_built_on_it: bool) -> (App, Vec<u8>) {
    let (window, fork) = forked(1);
    let elsewhere = Arc::new(MemoryStorage::default());
    elsewhere.put(if is_built_on_it { window.ports.storage.file() } else { Some(fork) });
    let mut other = App::open_on(elsewhere.clone());
    other.tell(Msg::OpenPassphrase);
    other.tell(Msg::ChangePassphrase {
        current: PASSPHRASE.into(),
        passphrase: NEW.into(),
        again: NEW.into(),
    });
    for number in 0..3 {
        other.add(&uri(&format!("N{number}"), "n", 20 + number));
    }
    (window, elsewhere.file().unwrap())
}

const NEW: &str = "seven herons over the estuary";

#[test]
fn a_copy_under_a_new_passphrase_swallows_nothing_either() {
    for is_built_on_it in [true, false] {
        let (mut window, copy) = rekeyed(is_built_on_it);
        let storage = window.ports.storage.clone();
        storage.put(Some(copy.clone()));
        window.wait(3);
        assert!(why(&window).contains("the passphrase of the vault was changed"));
        assert_eq!(storage.aside(), Vec::<Vec<u8>>::new(), "a changed passphrase leaves nothing");
        window.tell(Msg::Unlock(NEW.into()));
        assert!(window.state.is_open());
        assert_eq!(storage.file(), Some(copy));
        if is_built_on_it {
            assert_eq!(storage.aside(), Vec::<Vec<u8>>::new());
            continue;
        }
        let notice = window.notice();
        assert!(notice.contains("what this window held is beside it"), "{notice}");
        let aside = storage.aside().pop().expect("beside it");
        let kept = Arc::new(MemoryStorage::default());
        kept.put(Some(aside));
        assert_eq!(names_on(&kept), ["A", "B"], "with the passphrase that it had");
    }
}

#[test]
fn what_could_not_be_written_beside_a_new_passphrase_is_written_with_the_next_unlocking() {
    let (mut window, copy) = rekeyed(false);
    let storage = window.ports.storage.clone();
    storage.put(Some(copy));
    window.wait(3);
    storage.trouble(Some(DiskTrouble::ReadOnly));
    window.tell(Msg::Unlock(NEW.into()));
    assert!(window.notice().contains("do not close this window"), "{}", window.notice());
    window.tell(Msg::Lock);
    storage.trouble(None);
    window.tell(Msg::Unlock(NEW.into()));
    assert_eq!(storage.aside().len(), 1);
    assert!(window.notice().contains("is beside it"), "{}", window.notice());
}

/// The lock waits while something is typed, and whatever locks then loses nothing either.
#[test]
fn a_copy_under_a_new_passphrase_swallows_nothing_while_an_account_is_looked_at() {
    for locks in [Msg::Lock, Msg::Suspended] {
        let (mut window, copy) = rekeyed(false);
        let storage = window.ports.storage.clone();
        window.tell(Msg::OpenEntry(window.id("B", "b")));
        storage.put(Some(copy));
        window.wait(6);
        assert!(window.state.is_open() && window.state.holds_the_only_copy());
        window.tell(locks);
        window.tell(Msg::Unlock(NEW.into()));
        assert_eq!(storage.aside().len(), 1, "{}", window.notice());
    }
    // The file is back: there is nothing to be in doubt of.
    let (mut window, copy) = rekeyed(false);
    let storage = window.ports.storage.clone();
    let ours = storage.file();
    window.tell(Msg::OpenEntry(window.id("B", "b")));
    storage.put(Some(copy));
    window.wait(3);
    storage.put(ours);
    window.wait(3);
    assert!(!window.state.holds_the_only_copy());
}

#[test]
fn a_window_in_doubt_of_the_file_says_so_before_it_is_closed() {
    for is_built_on_it in [true, false] {
        let (mut window, copy) = rekeyed(is_built_on_it);
        let storage = window.ports.storage.clone();
        storage.put(Some(copy));
        window.wait(3);
        assert!(window.state.holds_the_only_copy(), "nobody knows yet");
        assert!(!why(&window).contains("closed all the same"), "not before it is asked to close");
        window.tell(Msg::Lock);
        assert!(why(&window).contains("unlock before you close it"), "{}", why(&window));
        window.tell(Msg::Unlock(NEW.into()));
        assert!(!window.state.holds_the_only_copy());
        assert!(!window.notice().contains("closed all the same"), "{}", window.notice());
        assert_eq!(storage.aside().len(), usize::from(!is_built_on_it));
    }
}

#[test]
fn a_copy_under_a_new_passphrase_that_goes_too_leaves_what_was_open() {
    for damaged in [false, true] {
        let (mut window, copy) = rekeyed(false);
        let storage = window.ports.storage.clone();
        storage.put(Some(copy.clone()));
        window.wait(3);
        storage.put(damaged.then(|| copy[..copy.len() / 2].to_vec()));
        window.tell(Msg::Unlock(NEW.into()));
        let Page::Blocked(blocked) = window.see().page else { panic!("{:?}", window.see().page) };
        if damaged {
            assert!(blocked.sentence.contains("what this window held is beside it"), "{blocked:?}");
            assert_eq!(storage.aside().len(), 1);
        } else {
            assert!(blocked.sentence.contains("it was written again"), "{blocked:?}");
            window.tell(Msg::Retry);
            window.tell(Msg::Unlock(PASSPHRASE.into()));
            assert_eq!(names_of(&window), ["A", "B"]);
        }
        assert!(!window.state.holds_the_only_copy());
    }
}

#[test]
fn a_form_in_front_of_a_copy_under_a_new_passphrase_says_at_the_lock_what_is_held() {
    let (mut window, copy) = rekeyed(false);
    let storage = window.ports.storage.clone();
    window.tell(Msg::TextGiven(uri("C", "c", 3).into()));
    storage.put(Some(copy));
    window.wait(6);
    window.tell(Msg::Lock);
    assert!(why(&window).contains("unlock before you close it"), "{}", why(&window));
}
