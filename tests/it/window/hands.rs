//! Where the hands are after each step: what the keyboard reaches, and what stays under the pointer.

use slint::ComponentHandle;
use slint::platform::Key;

use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

#[test]
fn a_changed_search_starts_at_the_top() {
    let kit = with_accounts(4);
    kit.size(412, 420);
    let top = kit.wait_for("Details of Aurora Bank, mara.lindqvist@example.org");
    let at_rest = top.absolute_position().y;
    for _ in 0..10 {
        kit.wheel(0.3, -60.0);
    }
    kit.key(Key::Control, Some('f'));
    kit.type_text("directory");
    kit.wait_until("the hit where the first row was", || {
        let hit = kit.find("Details of Directory, mara")?;
        ((hit.absolute_position().y - at_rest).abs() < 0.5).then_some(())
    });
}

#[test]
fn an_account_opens_over_the_settings() {
    let kit = with_accounts(1);
    kit.size(1280, 800);
    kit.press("Settings");
    kit.wait_for("Appearance: Dark");
    kit.press("Details of Aurora Bank, mara.lindqvist@example.org");
    kit.wait_for("Delete this account");
    assert!(kit.find("Appearance: Dark").is_none(), "the settings are still there");
}

#[test]
fn enter_saves_what_was_read() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.put_on_clipboard(ACCOUNTS[2]);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("Save");
    kit.key(Key::Return, None);
    kit.wait_for("Details of Directory, mara");
}

#[test]
fn typing_goes_into_the_first_field_and_a_correction_takes_the_complaint_away() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Type the key");
    kit.wait_for("Website or company");
    kit.type_text("Harbour");
    let typed = kit.wait_for("Website or company").accessible_value();
    assert_eq!(typed.as_deref(), Some("Harbour"));

    kit.fill("Key", "18");
    kit.press("Continue");
    let complaint = kit.wait_until("a complaint", || {
        let shown = kit.shell.window().global::<holdfast::ui::Screen>().get_error();
        (!shown.is_empty() && kit.find(&shown).is_some()).then_some(shown)
    });
    kit.fill("Key", "JBSW");
    assert!(kit.find(&complaint).is_none(), "it still says {complaint:?}");
}

fn with_accounts(count: usize) -> Kit {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    for uri in &ACCOUNTS[..count] {
        kit.add_by_paste(uri);
    }
    kit
}

#[test]
fn the_field_for_a_path_is_typed_into_at_once_each_time_it_is_asked_for() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.outside.no_dialog.store(true, std::sync::atomic::Ordering::SeqCst);
    for typed in ["/first.png", "/second.png"] {
        kit.press("Add an account");
        kit.press("Choose a picture");
        kit.wait_for("Path of the picture");
        kit.key(Key::Control, Some('a'));
        kit.type_text(typed);
        let field = kit.wait_for("Path of the picture");
        assert_eq!(field.accessible_value().as_deref(), Some(typed));
        // Asked for again, while it is there already and something else has the focus.
        kit.press("Choose a picture");
        kit.key(Key::Control, Some('a'));
        kit.type_text("/again.png");
        kit.wait_until("the other path", || {
            let field = kit.find("Path of the picture")?;
            (field.accessible_value().as_deref() == Some("/again.png")).then_some(())
        });
        kit.press("Close");
    }
}

#[test]
fn a_refused_passphrase_is_typed_over_at_once() {
    let kit = with_accounts(1);
    kit.press("Lock");
    kit.wait_for("Unlock");
    for wrong in ["first", "second"] {
        kit.type_text(wrong);
        kit.key(Key::Return, None);
        kit.wait_until("why not", || {
            kit.labels().iter().any(|label| label.contains("does not open")).then_some(())
        });
        kit.pass(1);
    }
    kit.type_text(PASSPHRASE);
    kit.key(Key::Return, None);
    kit.wait_for("Add an account");
}

/// The field that had the focus is gone once the settings are in front of it.
#[test]
fn the_shortcuts_work_over_the_settings_and_after_them_whatever_had_the_focus() {
    let kit = with_accounts(4);
    kit.size(412, 800);
    for closes in [false, true] {
        kit.key(Key::Control, Some('f'));
        kit.type_text("aurora");
        kit.press("Settings");
        kit.wait_for("Appearance: Dark");
        if closes {
            kit.key(Key::Escape, None);
            kit.wait_for("Add an account");
        }
        kit.key(Key::Control, Some('l'));
        kit.wait_for("Unlock");
        kit.type_text(PASSPHRASE);
        kit.key(Key::Return, None);
        kit.wait_for("Add an account");
    }
}

/// A vault begun beside a copy of another one would in time replace that copy, perhaps the last.
#[test]
#[expect(clippy::disallowed_methods, reason = "the file goes behind the app's back")]
fn a_vault_that_is_gone_while_its_copy_is_there_is_no_first_start() {
    let kit = with_accounts(2);
    let vault = kit.vault_path();
    let copy = vault.with_extension("previous");
    assert!(copy.exists(), "the generation before the last change");
    // Open, it would write what it holds back when it is told to end.
    kit.key(Key::Control, Some('l'));
    kit.wait_for("Unlock");
    std::fs::remove_file(&vault).unwrap();
    let kit = kit.restart();
    let told = kit.wait_until("what has happened", || {
        let mut labels = kit.labels().into_iter();
        labels.find(|label| label.contains("The vault file is gone, but a copy of it"))
    });
    assert!(told.contains(copy.canonicalize().unwrap().to_str().unwrap()), "{told}");
    std::fs::rename(&copy, &vault).unwrap();
    kit.press("Try again");
    kit.wait_for("Unlock");
}
