//! The keys that the app draws itself on a phone, for keys and numbers, and what a keyboard sent that
//! cannot be read.

use holdfast::ui::{Keyboard, Theme};
use slint::ComponentHandle;
use slint::platform::{Key, PointerEventButton};

use super::camera::keep;
use super::kit::Kit;
use super::tour::PASSPHRASE;

/// A phone with a page on which a key is typed.
fn typing(width: u32, height: u32) -> Kit {
    let kit = Kit::new();
    kit.size(width, height);
    kit.shell.window().global::<Keyboard>().set_own(true);
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Type the key");
    kit.wait_for("Website or company");
    kit
}

/// Touches one of the own keys, which are never scrolled to.
fn touch(kit: &Kit, cap: &str) {
    kit.wait_for(cap).mock_single_click(PointerEventButton::Left);
    kit.shell.poll();
}

/// What is in a field, with the eye open.
fn typed(kit: &Kit, label: &str) -> String {
    kit.wait_for(label).accessible_value().unwrap_or_default().into()
}

#[test]
fn a_key_and_numbers_are_typed_with_the_apps_own_keys_on_every_phone() {
    let plain = [(320, 568), (412, 915), (640, 320), (1024, 768)].map(|size| (size, 1.0));
    let large = [(320, 568), (568, 320)].map(|size| (size, 2.0));
    for ((width, height), scale) in plain.into_iter().chain(large) {
        let kit = typing(width, height);
        kit.shell.window().global::<Theme>().set_text_scale(scale);
        assert!(kit.find("Put the keys away").is_none(), "the first field takes any text");
        kit.type_text("Harbour");
        kit.press("Show what is typed: Key");
        kit.press("Key");
        let field = kit.wait_for("Key");
        for cap in ["J", "B", "S", "W", "7", "Z", "2"] {
            touch(&kit, cap);
        }
        touch(&kit, "Delete the last one typed");
        assert_eq!(typed(&kit, "Key"), "JBSW7Z");
        // The field is above the keys, and each of them is a thumb's.
        let keys = kit.wait_for("A").absolute_position().y;
        assert!(field.absolute_position().y + field.size().height <= keys, "{width} × {height}");
        for cap in ["A", "7", "Delete the last one typed", "Put the keys away"] {
            let cap = kit.wait_for(cap);
            assert!(cap.size().width >= 48.0 && cap.size().height >= 48.0, "{width} × {height}");
            assert!(kit.is_on_glass(&cap), "{width} × {height}");
        }
        keep(&format!("keypad-key-{width}-{scale}"), &kit.picture());
        touch(&kit, "Put the keys away");
        assert!(kit.find("Put the keys away").is_none());

        kit.press("Unusual settings");
        kit.press("Seconds");
        for cap in ["Delete the last one typed", "Delete the last one typed", "6", "0"] {
            touch(&kit, cap);
        }
        assert_eq!(typed(&kit, "Seconds"), "60");
        assert!(kit.find("J").is_none(), "a number has no letters");
        keep(&format!("keypad-digits-{width}-{scale}"), &kit.picture());
        // As a phone's Back key does it: the keys first, then the page.
        kit.key(Key::Escape, None);
        assert!(kit.find("Put the keys away").is_none());
        kit.wait_for("Seconds");
        kit.press("Website or company");
        assert!(kit.find("Put the keys away").is_none());
        kit.key(Key::Escape, None);
        kit.reach("Scan with the camera");
    }
}

#[test]
fn the_own_keys_go_with_the_page() {
    let kit = typing(412, 915);
    kit.press("Key");
    kit.wait_for("Put the keys away");
    kit.key(Key::Control, Some('l'));
    kit.wait_for("Unlock");
    assert!(kit.find("Put the keys away").is_none());
}

#[test]
fn a_desktop_has_keys_enough() {
    let kit = typing(412, 915);
    kit.shell.window().global::<Keyboard>().set_own(false);
    kit.press("Key");
    assert!(kit.find("Put the keys away").is_none());
}

#[test]
fn a_field_says_that_the_keyboard_sent_what_cannot_be_read_until_something_is_typed() {
    const SENTENCE: &str = "Your keyboard sent something that cannot be read here; use plain letters and digits, or paste.";
    let kit = typing(320, 568);
    kit.shell.window().global::<Keyboard>().set_unread(true);
    kit.wait_for(SENTENCE);
    keep("unread", &kit.picture());
    kit.type_text("a");
    assert!(kit.find(SENTENCE).is_none());
    kit.shell.window().global::<Keyboard>().set_unread(true);
    kit.wait_for(SENTENCE);
    kit.press("Key");
    assert!(kit.find(SENTENCE).is_none(), "another field has nothing to do with it");
}
