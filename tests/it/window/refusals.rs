//! What cannot work says so in one sentence, and nothing is lost by it.

use super::kit::Kit;

const PASSPHRASE: &str = "brackish lantern otter violin";

#[test]
fn a_wrong_passphrase_is_told_and_the_right_one_still_opens() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Lock");
    kit.fill("Passphrase", "brackish lantern otter piano");
    kit.press("Unlock");
    kit.wait_until("a sentence on the passphrase", || sentence(&kit, "passphrase"));
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
}

#[test]
fn two_passphrases_that_differ_make_no_vault() {
    let kit = Kit::new();
    kit.wait_for("Choose a passphrase");
    kit.fill("Passphrase", PASSPHRASE);
    kit.fill("The same passphrase again", "brackish lantern otter viola");
    kit.press("Make the vault");
    kit.wait_until("a sentence on the second one", || sentence(&kit, "."));
    assert!(!kit.vault_path().exists());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test damages the vault file")]
fn a_truncated_vault_is_told_and_left_as_it_is() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    let path = kit.vault_path();
    let whole = std::fs::read(&path).expect("a vault");
    let half = &whole[..whole.len() / 2];
    // Open, it would write what it holds back when it is told to end.
    kit.press("Lock");
    kit.wait_for("Unlock");
    std::fs::write(&path, half).expect("written");
    let kit = kit.restart();
    kit.wait_for("The vault did not open");
    assert_eq!(std::fs::read(&path).expect("still there"), half);
    std::fs::write(&path, &whole).expect("written");
    kit.press("Try again");
    kit.wait_for("Unlock");
}

#[test]
fn a_link_that_enrols_nothing_is_told_for_what_it_is() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.put_on_clipboard("https://example.org/help");
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_until("a sentence on the link", || sentence(&kit, "barcode"));
    assert!(kit.find("Save").is_none());
}

#[test]
fn a_picture_without_a_barcode_and_no_picture_at_all() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    *kit.outside.picture.lock().expect("unpoisoned") = Some(b"this is a text".to_vec());
    kit.press("Choose a picture");
    kit.wait_until("a sentence on the picture", || sentence(&kit, "picture"));
}

#[test]
fn no_camera_is_told_and_the_other_ways_stay_open() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Scan with the camera");
    kit.wait_for("Picture");
    kit.wait_until("a sentence on the camera", || {
        let window = kit.shell.window();
        let shown = slint::ComponentHandle::global::<holdfast::ui::Screen>(window).get_sentence();
        shown.contains("camera").then_some(())
    });
    kit.press("Type the key");
    kit.wait_for("Continue");
}

#[test]
fn what_is_masked_is_masked_for_a_screen_reader_too() {
    let kit = Kit::new();
    kit.wait_for("Choose a passphrase");
    kit.fill("Passphrase", PASSPHRASE);
    let told = kit.told();
    assert!(told.iter().any(|text| text.contains('●')), "the field holds something: {told:?}");
    assert!(!told.iter().any(|text| text.contains("otter")), "told: {told:?}");
    // The test can fail: once shown, it is told.
    kit.press("Show what is typed: Passphrase");
    assert!(kit.told().iter().any(|text| text.contains("otter")));
}

/// A sentence of the window that contains this word, with a full stop at its end.
fn sentence(kit: &Kit, word: &str) -> Option<String> {
    kit.labels()
        .iter()
        .map(ToString::to_string)
        .find(|label| label.ends_with('.') && label.to_lowercase().contains(word))
}
