//! Moving to another device in the window: the barcode it draws, the list it takes, the end.

use holdfast::ui::Scheme;
use holdfast_model::move_list::PREFIX;
use holdfast_model::scan::{Picture, read_still};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret};

use slint::platform::{Key, PointerEventButton};

use super::camera::keep;
use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

#[test]
fn a_new_device_finds_the_move_on_its_first_page() {
    for (width, height) in [(320, 568), (960, 680)] {
        let kit = Kit::new();
        kit.size(width, height);
        kit.make_vault(PASSPHRASE);
        let way = kit.wait_for("Coming from another device?");
        assert!(kit.is_on_glass(&way), "{width} × {height}");
        kit.press("Coming from another device?");
        kit.wait_for("Scan the old device's list");
        kit.wait_for("Read it from a file or a picture");
    }
}

#[test]
fn the_next_part_is_seen_with_its_barcode() {
    let kit = Kit::new();
    many_accounts(&kit);
    let kit = kit.restart();
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.press("Settings");
    kit.press("Move to another device");
    kit.press("I'm moving away from this device");
    for (width, height) in [(960, 680), (1280, 800), (412, 915), (360, 640)] {
        kit.size(width, height);
        for part in [1, 2] {
            let label = format!("Part {part} of 2: scan each on the new device.");
            let barcode = kit.wait_for(&label);
            let next = kit.wait_for("Next part");
            assert!(kit.is_on_glass(&barcode), "{width} × {height}: {:?}", barcode.size());
            assert!(kit.is_on_glass(&next), "{width} × {height}: {:?}", next.absolute_position());
            assert!(seen(&kit).starts_with(PREFIX));
            keep(&format!("moving-part-{part}-{width}"), &kit.picture());
            let step = if part == 1 { "Next part" } else { "Part before" };
            kit.press(step);
        }
    }
}

/// Puts a vault in its place whose list comes in two parts.
#[expect(clippy::disallowed_methods, reason = "the test makes the file that the window opens")]
fn many_accounts(kit: &Kit) {
    let (now, mut rng) = (kit.now(), holdfast::host::desktop::system::os_rng());
    let passphrase = Passphrase::new(PASSPHRASE);
    let mut vault = Vault::create(&passphrase, Cost::FLOOR, now, &mut *rng).expect("a vault");
    for number in 0..40_u32 {
        let entry = NewEntry {
            issuer: Some(format!("Service {number}")),
            account: format!("person{}@example.org", number * 7919),
            parameters: Parameters::default(),
        };
        let secret = Secret::from_bytes(&[number as u8; 20]).expect("a secret");
        vault.add(entry, &secret, now, &mut *rng).expect("it is added");
    }
    let sealed = vault.seal(now, &mut *rng).expect("it is sealed");
    std::fs::create_dir_all(kit.vault_path().parent().expect("a folder")).expect("made");
    std::fs::write(kit.vault_path(), sealed).expect("written");
}

fn moved_from() -> Kit {
    let kit = Kit::new();
    kit.size(412, 915);
    kit.make_vault(PASSPHRASE);
    for uri in &ACCOUNTS[..3] {
        kit.add_by_paste(uri);
    }
    kit.press("Settings");
    kit.press("Move to another device");
    kit.press("I'm moving away from this device");
    kit.wait_for("Scan this on the new device.");
    kit
}

/// The part of the list in the window's own pixels, as the other device's camera reads it.
fn seen(kit: &Kit) -> String {
    kit.wait_until("a barcode that can be read", || {
        let shown = kit.picture();
        let (width, height) = (shown.width(), shown.height());
        let pixels = shown.as_bytes().to_vec();
        let found = read_still(&Picture::from_rgba(width, height, pixels)?);
        found
            .texts
            .iter()
            .map(|text| text.as_str().to_owned())
            .find(|text| text.starts_with(PREFIX))
    })
}

#[test]
fn m3_a_list_goes_from_window_to_window() {
    let old = moved_from();
    let part = seen(&old);

    let new = Kit::new();
    new.size(412, 915);
    new.make_vault(PASSPHRASE);
    new.put_on_clipboard(&part);
    new.press("Add an account");
    new.press("Paste");
    new.wait_for("A move list");
    new.press("Add as waiting");
    new.wait_for("Scan its barcode");
    new.press("Back");
    new.wait_for("Details of Aurora Bank, mara.lindqvist@example.org");

    // Its new barcode ticks the account off without a question.
    new.add_by_paste(&ACCOUNTS[0].replace("secret=", "secret=MFRGGZDFMZTWQ2LK"));
    let told = new.told();
    assert!(
        told.iter().any(|told| told.contains("re-enrolled; 2 accounts still wait")),
        "{told:?}"
    );
}

#[test]
fn accounts_that_are_here_already_are_asked_about_and_what_waits_can_be_removed() {
    let part = seen(&moved_from());
    let kit = Kit::new();
    // The narrowest, so long that all of it is in sight.
    kit.size(320, 2400);
    kit.make_vault(PASSPHRASE);
    for uri in &ACCOUNTS[..2] {
        kit.add_by_paste(uri);
    }
    kit.put_on_clipboard(&part);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("A move list");
    kit.press("Add as waiting");
    kit.wait_for("Its key is the new one");
    for scheme in [Scheme::Dark, Scheme::Light] {
        kit.scheme(scheme);
        keep(&format!("moving-here-already-{scheme:?}"), &kit.picture());
    }
    for left in [1, 0] {
        kit.press("Its key is the new one");
        kit.wait_until("the next one", || (asked(&kit) == left).then_some(()));
    }
    // Until the step is saved, nothing else is begun.
    kit.wait_until("that it is removed", || {
        kit.find("1 account that waited is removed.").is_some().then_some(()).or_else(|| {
            kit.find("Remove the one that waits")
                .is_some()
                .then(|| kit.press("Remove the one that waits"))?;
            None
        })
    });
    assert!(kit.find("Scan its barcode").is_none());
    kit.press("Undo");
    kit.wait_for("Scan its barcode");
    // Its page says what to do, and so does its card.
    kit.press("Back");
    kit.wait_for("Details of Directory, mara");
    keep("codes-waiting", &kit.picture());
    kit.press("Details of Directory, mara");
    kit.wait_for("Website or company");
    kit.press("Scan its barcode");
    kit.wait_for("Type the key");
}

/// A new phone that was given this list, on its checklist.
fn come_to(kit: &Kit, list: &str) {
    kit.size(412, 915);
    kit.make_vault(PASSPHRASE);
    kit.press("Coming from another device?");
    kit.put_on_clipboard(list);
    kit.key(Key::Control, Some('v'));
    kit.press("Add as waiting");
}

#[test]
fn in_the_middle_of_the_checklist_one_comes_back_to_it_with_the_code_to_give() {
    let kit = Kit::new();
    come_to(&kit, &seen(&moved_from()));
    kit.press("Scan its barcode");
    kit.put_on_clipboard(&ACCOUNTS[0].replace("secret=", "secret=MFRGGZDFMZTWQ2LK"));
    kit.press("Paste");
    kit.press("Save");
    let name = "Aurora Bank (mara.lindqvist@example.org)";
    kit.wait_for(&format!("Give {name} this code, to finish there:"));
    let barcode = "Scan this on the old device.";
    let rows = kit.wait_for("Scan its barcode");
    assert!(kit.is_on_glass(&rows), "what is still to do is in sight");
    assert!(
        kit.find(barcode)
            .is_none_or(|it| { it.absolute_position().y > rows.absolute_position().y })
    );
    for scheme in [Scheme::Dark, Scheme::Light] {
        kit.scheme(scheme);
        keep(&format!("moving-fresh-{scheme:?}"), &kit.picture());
    }
    let code = kit.elements().into_iter().find(|element| {
        element
            .accessible_label()
            .is_some_and(|label| label.contains(name) && label.contains(", code "))
    });
    code.expect("its code").mock_single_click(PointerEventButton::Left);
    kit.wait_until("the code on the clipboard", || {
        kit.clipboard().filter(|text| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()))
    });
    kit.press("New code worked");
    kit.wait_until("no code any more", || {
        kit.find(&format!("Give {name} this code, to finish there:")).is_none().then_some(())
    });
}

#[test]
fn without_a_dialog_too_the_checklist_shows_what_was_done_and_what_is_next() {
    let kit = Kit::new();
    kit.outside.no_dialog.store(true, std::sync::atomic::Ordering::SeqCst);
    come_to(&kit, &seen(&moved_from()));
    kit.press("Scan its barcode");
    kit.press("Picture");
    kit.wait_for("Path of the picture");
    kit.put_on_clipboard(&ACCOUNTS[0].replace("secret=", "secret=MFRGGZDFMZTWQ2LK"));
    kit.press("Paste");
    kit.press("Save");
    let name = "Aurora Bank (mara.lindqvist@example.org)";
    let done = kit.wait_for(&format!("Give {name} this code, to finish there:"));
    kit.pass(1);
    keep("moving-fresh-no-dialog", &kit.picture());
    assert!(kit.is_on_glass(&done), "{:?}", done.absolute_position());
    let next = kit.wait_for("Scan its barcode");
    assert!(kit.is_on_glass(&next), "{:?}", next.absolute_position());
}

/// How many accounts the page asks about.
fn asked(kit: &Kit) -> usize {
    kit.labels().iter().filter(|label| *label == "Its key is the new one").count()
}

#[test]
fn a_retired_device_shows_a_receipt_and_nothing_else() {
    let kit = moved_from();
    kit.press("Retire this device…");
    kit.fill("Passphrase", "not the passphrase");
    kit.press("Destroy this vault for good");
    kit.wait_until("why not", || {
        kit.told().iter().any(|told| told.contains("nothing was destroyed")).then_some(())
    });
    assert!(kit.vault_path().exists());
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Destroy this vault for good");
    kit.wait_for("This device is retired");
    kit.wait_for("Not confirmed on a new device, so that you may need recovery codes for them:");
    kit.wait_for("Aurora Bank (mara.lindqvist@example.org)");
    assert!(!kit.vault_path().exists());
    assert!(kit.find("Add an account").is_none());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes the copy that was set aside")]
fn what_only_a_copy_holds_is_seen_before_the_passphrase_is_typed() {
    let kit = moved_from();
    let (now, mut rng) = (kit.now(), holdfast::host::desktop::system::os_rng());
    let sealed = std::fs::read(kit.vault_path()).expect("a vault");
    let mut vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("it opens");
    let (issuer, account) = (Some("Bank".to_owned()), "al".to_owned());
    let entry = NewEntry { issuer, account, parameters: Parameters::default() };
    let secret = Secret::from_bytes(&[70; 20]).expect("a secret");
    vault.add(entry, &secret, now, &mut *rng).expect("it is added");
    let mut copy = kit.vault_path().into_os_string();
    copy.push(".set-aside");
    std::fs::write(&copy, vault.seal(now, &mut *rng).expect("it is sealed")).expect("written");
    kit.press("Retire this device…");
    let named = kit.wait_for("Bank (al)");
    assert!(kit.is_on_glass(&named), "{:?}", named.absolute_position());
    let field = kit.wait_for("Passphrase");
    assert!(named.absolute_position().y < field.absolute_position().y);
    for scheme in [Scheme::Dark, Scheme::Light] {
        kit.scheme(scheme);
        keep(&format!("retire-set-aside-{scheme:?}"), &kit.picture());
    }
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Destroy this vault for good");
    kit.wait_for("Only in a copy of the vault or in its trash:");
    kit.wait_for("Bank (al)");
    assert!(!std::path::Path::new(&copy).exists());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the file that was saved")]
fn without_a_dialog_the_list_is_saved_at_a_typed_path() {
    let kit = moved_from();
    kit.outside.no_dialog.store(true, std::sync::atomic::Ordering::SeqCst);
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("list.html");
    kit.press("Save a page to print");
    kit.wait_for("Path of the file");
    // The field has the focus: it is typed into at once.
    kit.type_text(place.to_str().expect("a path in letters"));
    kit.press("Save it there");
    kit.wait_for(&format!("Saved as {}; there is no key in it.", place.display()));
    let saved = std::fs::read_to_string(&place).expect("a file");
    assert!(saved.starts_with("<!DOCTYPE html>") && saved.contains("Aurora Bank"), "{saved}");
}
