//! The real vault file is taken away, damaged or replaced under an open window.

#![expect(clippy::disallowed_methods, reason = "the test is the other program")]

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use holdfast::host::desktop::system::os_rng;
use holdfast::ui::Scheme;
use holdfast_model::vault::{Passphrase, Vault};
use slint::ComponentHandle;
use slint::platform::WindowEvent;

use super::camera::keep;
use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

/// A window with two accounts, and the file as it was with the first alone.
fn window() -> (Kit, Vec<u8>) {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(ACCOUNTS[2]);
    let before = fs::read(kit.vault_path()).expect("a vault");
    kit.add_by_paste(ACCOUNTS[3]);
    (kit, before)
}

fn accounts(kit: &Kit) -> usize {
    let sealed = fs::read(kit.vault_path()).expect("a vault");
    let vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("it opens");
    vault.entries().len()
}

fn aside(kit: &Kit) -> PathBuf {
    let mut name = kit.vault_path().into_os_string();
    name.push(".set-aside");
    name.into()
}

fn says(kit: &Kit, words: &str) -> Option<()> {
    kit.told().iter().any(|label| label.contains(words)).then_some(())
}

/// Looks at the page as large as a phone and as narrow as there are windows.
fn look(kit: &Kit, name: &str) {
    kit.scheme(Scheme::Light);
    for (width, height) in [(960, 680), (412, 915), (320, 640)] {
        kit.size(width, height);
        keep(&format!("{name}-{width}"), &kit.picture());
    }
    kit.size(412, 915);
}

#[test]
fn a_file_that_is_taken_away_is_told_and_written_again() {
    let (kit, _) = window();
    fs::remove_file(kit.vault_path()).expect("removed");
    kit.pass(3);
    kit.wait_for("The vault file is gone");
    look(&kit, "gone");
    kit.press("Not now");
    kit.wait_until("a line that stays", || says(&kit, "is gone from its place"));
    look(&kit, "gone-later");
    fs::remove_dir_all(kit.vault_path().parent().expect("a folder")).expect("the folder too");
    // A lock writes it too, and waits for nothing.
    kit.press("Lock");
    kit.wait_until("that it was written", || says(&kit, "it was written again"));
    look(&kit, "gone-locked");
    assert_eq!(accounts(&kit), 2);
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
}

#[test]
fn a_damaged_file_is_kept_beside_the_one_that_is_written_again() {
    let (kit, _) = window();
    let whole = fs::read(kit.vault_path()).expect("a vault");
    fs::write(kit.vault_path(), &whole[..whole.len() / 2]).expect("cut");
    kit.pass(3);
    kit.wait_for("The vault file is damaged");
    look(&kit, "damaged");
    kit.press("Keep what this window holds");
    kit.wait_until("where the other is", || says(&kit, "nothing of it was deleted"));
    assert_eq!(accounts(&kit), 2);
    assert_eq!(fs::read(aside(&kit)).expect("set aside"), &whole[..whole.len() / 2]);
}

#[test]
fn a_forked_copy_is_asked_about_and_both_are_kept() {
    let (kit, before) = window();
    let mut fork = Vault::open(&before, &Passphrase::new(PASSPHRASE)).expect("it opens");
    let id = fork.entries()[0].id;
    fork.remove(id).expect("removed");
    for _ in 0..4 {
        fs::write(kit.vault_path(), fork.seal(kit.now(), &mut *os_rng()).expect("sealed"))
            .expect("put in place");
    }
    kit.pass(3);
    kit.wait_for("Another copy of your vault");
    look(&kit, "fork");
    kit.press("Keep the accounts of both");
    kit.wait_until("that both are kept", || {
        says(&kit, "The accounts of both are in the vault now")
    });
    assert_eq!(accounts(&kit), 2);
}

#[test]
fn what_gave_way_to_a_copy_is_brought_back_from_the_settings() {
    let (kit, before) = window();
    let mut fork = Vault::open(&before, &Passphrase::new(PASSPHRASE)).expect("it opens");
    fs::write(kit.vault_path(), fork.seal(kit.now(), &mut *os_rng()).expect("sealed"))
        .expect("put in place");
    kit.pass(3);
    kit.wait_for("Another copy of your vault");
    kit.press("Use the file as it is");
    kit.wait_until("where the rest is", || says(&kit, "the settings list it, to be brought back"));
    assert_eq!(accounts(&kit), 1);
    kit.press("Settings");
    kit.wait_for("In the trash");
    look(&kit, "in-trash");
    let row = kit.told().into_iter().find(|label| label.starts_with("Harbour"));
    kit.press(&row.expect("a row for the account"));
    kit.wait_until("that it is back", || says(&kit, "is back."));
    assert_eq!(accounts(&kit), 2);
}

#[test]
fn what_a_window_alone_holds_is_written_when_it_is_closed() {
    let (kit, _) = window();
    fs::remove_file(kit.vault_path()).expect("removed");
    kit.pass(3);
    kit.wait_for("The vault file is gone");
    let kit = kit.restart();
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
    assert_eq!(accounts(&kit), 2);
}

/// The folder and the pipe stay, and whoever locks finds what was open beside them.
#[test]
fn what_is_no_file_in_its_place_is_told_and_left_alone() {
    for is_folder in [true, false] {
        let (kit, _) = window();
        fs::remove_file(kit.vault_path()).expect("removed");
        if is_folder {
            fs::create_dir(kit.vault_path()).expect("a folder");
        } else {
            let made = Command::new("mkfifo").arg(kit.vault_path()).status().expect("mkfifo");
            assert!(made.success());
        }
        kit.pass(3);
        kit.wait_for("The vault file cannot be read");
        look(&kit, "barred");
        kit.press("Try again");
        kit.wait_until("why not", || says(&kit, "nothing was written"));
        kit.press("Not now");
        kit.press("Lock");
        kit.wait_until("where it is", || says(&kit, "is beside it, as"));
        look(&kit, "barred-locked");
        assert!(!kit.vault_path().is_file());
        let sealed = fs::read(aside(&kit)).expect("beside it");
        let vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("it opens");
        assert_eq!(vault.entries().len(), 2);
        // Put in its place, it is the vault.
        if is_folder {
            fs::remove_dir(kit.vault_path()).expect("away");
        } else {
            fs::remove_file(kit.vault_path()).expect("away");
        }
        fs::rename(aside(&kit), kit.vault_path()).expect("back");
        kit.fill("Passphrase", PASSPHRASE);
        kit.press("Unlock");
        kit.wait_for("Add an account");
    }
}

/// Asks the window to close.
fn stays_when_closed(kit: &Kit) -> bool {
    let window = kit.shell.window().window();
    window.dispatch_event(WindowEvent::CloseRequested);
    window.is_visible()
}

/// Where its file is gone and the disk takes nothing, the window is the only place of the accounts.
#[test]
fn a_window_that_cannot_write_what_it_alone_holds_is_not_closed_unasked() {
    for locks_first in [false, true] {
        let (kit, _) = window();
        fs::remove_file(kit.vault_path()).expect("removed");
        let previous = kit.vault_path().with_file_name("vault.previous");
        fs::remove_file(previous).expect("no copy beside");
        *kit.outside.disk.lock().expect("unpoisoned") = Some(ErrorKind::StorageFull);
        kit.pass(3);
        kit.wait_for("The vault file is gone");
        if locks_first {
            kit.press("Not now");
            kit.press("Lock");
            kit.wait_until("what is kept", || says(&kit, "do not close this window"));
        }
        assert!(stays_when_closed(&kit), "it stays");
        kit.wait_until("what is kept", || says(&kit, "closed all the same, that is lost"));
        look(&kit, "closed-on-a-full-disk");
        assert!(!kit.vault_path().exists());
        *kit.outside.disk.lock().expect("unpoisoned") = None;
        assert!(!stays_when_closed(&kit), "it writes and goes");
        assert_eq!(accounts(&kit), 2);
    }
    // Who asks once more has read what is lost.
    let (kit, _) = window();
    assert!(!stays_when_closed(&kit), "nothing is in the way where all is on the disk");
    kit.shell.window().show().expect("shown again");
    fs::remove_file(kit.vault_path()).expect("removed");
    *kit.outside.disk.lock().expect("unpoisoned") = Some(ErrorKind::StorageFull);
    kit.pass(3);
    kit.wait_for("The vault file is gone");
    assert!(stays_when_closed(&kit));
    // Settled, and then once more: it is told anew.
    *kit.outside.disk.lock().expect("unpoisoned") = None;
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
    kit.wait_until("its file", || kit.vault_path().exists().then_some(()));
    fs::remove_file(kit.vault_path()).expect("removed");
    *kit.outside.disk.lock().expect("unpoisoned") = Some(ErrorKind::StorageFull);
    kit.pass(3);
    kit.wait_for("The vault file is gone");
    assert!(stays_when_closed(&kit));
    assert!(!stays_when_closed(&kit));
}

#[test]
fn a_vault_that_is_gone_at_the_start_is_told_and_found_when_it_comes_back() {
    let (kit, _) = window();
    let whole = fs::read(kit.vault_path()).expect("a vault");
    let (folder, away) = (kit.vault_path(), kit.vault_path().with_file_name("elsewhere"));
    kit.press("Lock");
    let previous = kit.vault_path().with_file_name("vault.previous");
    fs::remove_file(previous).expect("no copy beside");
    fs::rename(&folder, &away).expect("moved");
    let kit = kit.restart();
    kit.wait_until("that it is gone", || {
        says(&kit, "The vault that was here is gone; it was last")
    });
    look(&kit, "vanished");
    kit.wait_for("Begin anew");
    fs::write(kit.vault_path(), whole).expect("put back");
    kit.pass(3);
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
}
