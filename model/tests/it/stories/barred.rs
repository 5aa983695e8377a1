//! The place of the vault file cannot be read while the vault is open here: a folder, or what is another's.

use std::sync::Arc;

use holdfast_model::Msg;
use holdfast_model::ports::memory::{DiskTrouble, MemoryStorage};
use holdfast_model::screen::Page;

use super::app::{App, PASSPHRASE, uri};
use super::astray::{asked, names_of, names_on, why};
use crate::vault::of_version;

#[test]
fn a_place_that_cannot_be_read_is_told_and_what_was_open_is_written_beside_it_at_the_lock() {
    for (trouble, told) in [
        (DiskTrouble::Folder, "there is a folder of that name"),
        (DiskTrouble::Denied, "may not be read by this user"),
    ] {
        for locks in [Msg::Lock, Msg::Suspended] {
            let mut window = App::open();
            window.add(&uri("A", "a", 1));
            let storage = window.ports.storage.clone();
            storage.trouble(Some(trouble));
            window.wait(3);
            let page = asked(&window);
            assert_eq!(
                (page.title.as_str(), page.use_file),
                ("The vault file cannot be read", None)
            );
            assert!(page.sentence.contains(told), "{}", page.sentence);
            assert!(page.sentence.contains("still holds its account, whole"), "{}", page.sentence);
            assert!(window.state.holds_the_only_copy());
            window.tell(locks);
            if trouble == DiskTrouble::Denied {
                // Beside it there is no room either.
                assert!(why(&window).contains("do not close this window"), "{}", why(&window));
                assert!(window.state.holds_the_only_copy());
                continue;
            }
            assert!(why(&window).contains("is beside it, as"), "{}", why(&window));
            let kept = Arc::new(MemoryStorage::default());
            kept.put(storage.aside().pop());
            assert_eq!(names_on(&kept), ["A"]);
        }
    }
}

#[test]
fn a_place_that_can_be_read_again_ends_the_question_by_itself_and_nothing_is_written() {
    for trouble in [DiskTrouble::Folder, DiskTrouble::Denied] {
        let mut window = App::open();
        window.add(&uri("A", "a", 1));
        let storage = window.ports.storage.clone();
        let file = storage.file();
        storage.trouble(Some(trouble));
        window.wait(3);
        // A form is not taken away, and what it saves asks.
        window.tell(Msg::Back);
        assert!(
            window.see().warning.expect("it stays").starts_with("The vault file cannot be read;")
        );
        window.tell(Msg::TextGiven(uri("B", "b", 2).into()));
        window.wait(3);
        window.save_as_read();
        if trouble == DiskTrouble::Folder {
            assert!(asked(&window).error.expect("why").contains("so this was not saved"));
            window.tell(Msg::KeepWindow);
            assert!(asked(&window).error.expect("why").contains("nothing was written"));
        }
        storage.trouble(None);
        window.wait(3);
        assert_eq!(window.notice(), "The vault file can be read again.");
        assert_eq!(window.see().warning, None);
        assert!(!window.state.holds_the_only_copy());
        assert_eq!((storage.file(), storage.aside()), (file, Vec::new()));
        window.save_as_read();
        assert_eq!(names_on(&storage), ["A", "B"]);
    }
}

#[test]
fn a_file_that_another_program_is_saving_is_no_reason_to_tell_anything() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let storage = window.ports.storage.clone();
    storage.trouble(Some(DiskTrouble::Taken));
    window.wait(5);
    assert_eq!((window.see().page, window.see().warning), (Page::Codes, None));
    assert!(!window.state.holds_the_only_copy());
    window.tell(Msg::Lock);
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    let Page::Unlock(page) = window.see().page else { panic!("{:?}", window.see().page) };
    assert!(page.error.expect("why").contains("while another program is saving it"));
    storage.trouble(None);
    window.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(names_of(&window), ["A"]);
    assert_eq!(storage.aside(), Vec::<Vec<u8>>::new());
}

/// Whether it is built on what is open here, this version cannot see.
#[test]
fn a_file_of_a_newer_version_is_told_and_swallows_nothing() {
    let mut window = App::open();
    window.add(&uri("A", "a", 1));
    let storage = window.ports.storage.clone();
    let newer = of_version(2, &storage.file().unwrap());
    storage.put(Some(newer.clone()));
    window.wait(3);
    let page = asked(&window);
    assert!(page.sentence.contains("written by a newer Holdfast"), "{}", page.sentence);
    window.tell(Msg::Lock);
    assert_eq!(storage.file(), Some(newer));
    let kept = Arc::new(MemoryStorage::default());
    kept.put(storage.aside().pop());
    assert_eq!(names_on(&kept), ["A"]);
}

#[test]
fn a_lock_looks_once_more_and_writes_what_went_since_the_last_look() {
    for locks in [(|| Msg::Lock) as fn() -> Msg, || Msg::Suspended] {
        let mut window = App::open();
        window.add(&uri("A", "a", 1));
        let storage = window.ports.storage.clone();
        // Nothing was lost: nothing is written, and nothing is said.
        let file = storage.file();
        window.tell(locks());
        assert_eq!(storage.file(), file);
        assert!(!window.state.holds_the_only_copy());
        window.tell(Msg::Unlock(PASSPHRASE.into()));
        storage.put(None);
        window.tell(locks());
        assert_eq!(names_on(&storage), ["A"]);
        assert!(why(&window).contains("it was written again"), "{}", why(&window));

        window.tell(Msg::Unlock(PASSPHRASE.into()));
        storage.put(Some(b"something else".to_vec()));
        window.tell(locks());
        assert!(why(&window).contains("is beside it, as"), "{}", why(&window));
        let kept = Arc::new(MemoryStorage::default());
        kept.put(storage.aside().pop());
        assert_eq!(names_on(&kept), ["A"]);
    }
}

#[test]
fn a_copy_of_before_that_came_right_before_a_lock_swallows_nothing() {
    let mut window = App::open();
    let storage = window.ports.storage.clone();
    let before = storage.file();
    window.add(&uri("A", "a", 1));
    storage.put(before);
    window.tell(Msg::Lock);
    let kept = Arc::new(MemoryStorage::default());
    kept.put(storage.aside().pop());
    assert_eq!(names_on(&kept), ["A"]);
}
