//! A disk that takes nothing: each change is refused in one sentence beside the button that was pressed,
//! nothing is lost, and the same order is carried out once there is room.

use std::io::ErrorKind;

use holdfast::ui::Scheme;
use i_slint_backend_testing::ElementHandle;

use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

const NEW: &str = "crabs walk sideways home";

/// A phone of this size with two accounts, its disk about to take nothing.
fn phone(width: u32, height: u32) -> Kit {
    let kit = Kit::new();
    kit.size(width, height);
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(ACCOUNTS[0]);
    kit.add_by_paste(ACCOUNTS[2]);
    kit.press("Dismiss the notice");
    kit
}

fn disk(kit: &Kit, refuses: Option<ErrorKind>) {
    *kit.outside.disk.lock().expect("unpoisoned") = refuses;
}

/// What the window says of a disk without room, on the glass and whole.
#[track_caller]
fn told(kit: &Kit) -> ElementHandle {
    let words = "The disk is full, so this was not saved; free some space, then try again.";
    let told = kit.wait_for(words);
    kit.wait_until("the sentence on the glass", || {
        kit.find(words).filter(|told| kit.is_on_glass(told))
    });
    told
}

/// How far one lies below the other.
fn below(upper: &ElementHandle, lower: &ElementHandle) -> f32 {
    lower.absolute_position().y - (upper.absolute_position().y + upper.size().height)
}

#[test]
fn what_is_refused_on_an_accounts_page_is_told_beside_its_button() {
    for (width, height) in [(320, 568), (412, 915), (1280, 800)] {
        let kit = phone(width, height);
        disk(&kit, Some(ErrorKind::StorageFull));
        kit.press("Details of Directory, mara");

        kit.fill("Your name there", "tide");
        kit.press("Save the names");
        told(&kit);
        let gap = below(&kit.wait_for("Save the names"), &told(&kit));
        assert!((0.0..40.0).contains(&gap), "{gap} px under the button, {width} wide");
        disk(&kit, None);
        kit.press("Save the names");
        kit.wait_for("Renamed to Directory (tide).");
        kit.press("Dismiss the notice");

        disk(&kit, Some(ErrorKind::StorageFull));
        kit.press("Delete this account");
        kit.wait_until("the sentence under this button", || {
            let button = kit.find("Delete this account")?;
            (0.0..40.0).contains(&below(&button, &told(&kit))).then_some(())
        });
        disk(&kit, None);
        kit.press("Delete this account");
        kit.wait_for("Directory (tide) was deleted.");
    }
}

#[test]
fn an_account_that_found_no_room_is_saved_with_the_same_button_later() {
    let kit = phone(320, 568);
    kit.put_on_clipboard(ACCOUNTS[1]);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("Save this account?");
    disk(&kit, Some(ErrorKind::StorageFull));
    kit.press("Save");
    told(&kit);
    disk(&kit, Some(ErrorKind::ReadOnlyFilesystem));
    kit.press("Save");
    kit.wait_until("another reason", || {
        kit.labels().iter().any(|label| label.contains("cannot be written to")).then_some(())
    });
    disk(&kit, None);
    kit.press("Save");
    kit.wait_for("Codeberg (mlindqvist) was added. The clipboard is cleared in 30 seconds.");
    let kit = kit.restart();
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Details of Codeberg, mlindqvist");
    kit.wait_for("Details of Directory, mara");
}

#[test]
fn a_passphrase_that_found_no_room_is_changed_later_and_the_old_one_holds_till_then() {
    let kit = phone(412, 915);
    kit.press("Settings");
    kit.press("Change the passphrase");
    kit.fill("Present passphrase", PASSPHRASE);
    kit.fill("New passphrase", NEW);
    kit.fill("The new passphrase again", NEW);
    disk(&kit, Some(ErrorKind::StorageFull));
    kit.press("Change it");
    told(&kit);
    disk(&kit, None);
    kit.press("Change it");
    kit.wait_until("that it was changed", || {
        kit.labels().iter().any(|label| label.contains("opens nothing any more")).then_some(())
    });
    kit.press("Lock");
    kit.fill("Passphrase", NEW);
    kit.press("Unlock");
    kit.wait_for("Details of Directory, mara");
}

#[test]
fn what_is_refused_in_the_list_is_told_there_and_the_counter_stays() {
    let kit = phone(412, 915);
    kit.add_by_paste(ACCOUNTS[4]);
    kit.press("Dismiss the notice");
    disk(&kit, Some(ErrorKind::StorageFull));
    kit.press("Next code of Old Token, warehouse");
    told(&kit);
    kit.scheme(Scheme::Light);
    // The bar at its left says that it is trouble, in the colour for that on this ground.
    let danger = (0xF0, 0x8A, 0x84);
    assert!(kit.picture().as_slice().iter().any(|pixel| (pixel.r, pixel.g, pixel.b) == danger));
    disk(&kit, None);
    kit.press("Next code of Old Token, warehouse");
    // RFC 4226, appendix D: the code at counter 7.
    kit.wait_until("the code of counter 7", || {
        kit.labels().iter().any(|label| label.contains("1 6 2 5 8 3")).then_some(())
    });
}
