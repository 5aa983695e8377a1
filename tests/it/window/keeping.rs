//! What the window keeps: the settings from one start to the next, and room for what is told.

use slint::platform::Key;

use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

#[test]
#[expect(clippy::disallowed_methods, reason = "the test damages the settings file")]
fn settings_outlive_the_app_and_a_damaged_file_is_no_failure() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    let light = kit.picture().as_slice()[0];
    kit.press("Settings");
    kit.press("Appearance: Dark");
    kit.press("Lock after so long without use: 5 min");
    let dark = kit.picture().as_slice()[0];
    assert_ne!(light, dark);
    let kit = kit.restart();
    kit.wait_for("Unlock");
    assert_eq!(kit.picture().as_slice()[0], dark, "dark before the unlock");

    std::fs::write(kit.settings_path(), b"\xff\0appearance = purple").expect("written");
    let kit = kit.restart();
    kit.wait_for("Unlock");
    assert_eq!(kit.picture().as_slice()[0], light);
}

#[test]
fn the_settings_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Settings");
    kit.press("Appearance: Dark");
    let mode = kit.wait_until("the settings file", || {
        std::fs::metadata(kit.settings_path()).ok().map(|found| found.permissions().mode())
    });
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_lock_that_came_by_itself_says_why_and_one_by_hand_does_not() {
    const WHY: &str = "Locked after 1 minute without use.";
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Settings");
    kit.press("Lock after so long without use: 1 min");
    kit.pass(62);
    kit.wait_for(WHY);
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.press("Lock");
    kit.wait_for("Unlock");
    assert!(kit.find(WHY).is_none());
}

#[test]
fn what_is_told_covers_no_button() {
    for (width, height) in [(320, 568), (412, 915), (900, 700)] {
        let kit = Kit::new();
        kit.size(width, height);
        kit.make_vault(PASSPHRASE);
        kit.add_by_paste(ACCOUNTS[2]);
        kit.press("Details of Directory, mara");
        kit.fill("Your name there", "tide");
        kit.press("Save the names");
        let notice = kit.wait_for("Renamed to Directory (tide).");
        kit.press("Delete this account");
        drop(notice);
        kit.wait_for("Directory (tide) was deleted.");
        let told = kit.wait_for("Dismiss the notice").absolute_position().y;
        let add = kit.wait_for("Add an account");
        assert!(add.absolute_position().y + add.size().height <= told, "{width} x {height}");
    }
}

#[test]
fn the_smallest_phone_shows_save_beside_a_notice() {
    let kit = Kit::new();
    kit.size(320, 568);
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(ACCOUNTS[0]);
    kit.add_by_paste(ACCOUNTS[2]);
    kit.press("Details of Directory, mara");
    kit.press("Delete this account");
    // What can be undone is told on the next pages too.
    kit.wait_for("Undo");
    kit.put_on_clipboard(ACCOUNTS[1]);
    kit.press("Add an account");
    kit.press("Paste");
    let told = kit.wait_for("Dismiss the notice").absolute_position().y;
    let save = kit.wait_for("Save");
    assert!(save.absolute_position().y + save.size().height <= told);
    kit.key(Key::Return, None);
    kit.wait_for("Details of Codeberg, mlindqvist");
}

#[test]
fn the_tab_key_reaches_the_round_button_before_the_accounts() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    for uri in ACCOUNTS {
        kit.add_by_paste(uri);
    }
    kit.key(Key::Control, Some('f'));
    kit.key(Key::Tab, None);
    kit.key(Key::Return, None);
    kit.wait_for("Scan with the camera");
}
