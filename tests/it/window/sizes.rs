//! Nothing is cut or covered at any size, and all that can be pressed is large enough for a thumb.

use std::time::Duration;

use holdfast::ui::{PageKind, Scheme, Screen, Theme};
use holdfast_model::vault::header_of;
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot, mock_elapsed_time};
use slint::{ComponentHandle, Rgba8Pixel, SharedPixelBuffer};

use super::camera::keep;
use super::kit::Kit;
use super::move_story::story;
use super::tour::{PASSPHRASE, tour};

#[test]
fn the_smallest_phone() {
    walk(320, 568);
}

#[test]
fn a_phone() {
    walk(412, 915);
}

#[test]
fn a_phone_held_sideways_shows_a_code_also_beneath_a_notice() {
    let kit = Kit::new();
    kit.size(851, 310);
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste("otpauth://totp/Harbour:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let code = || {
        let cards = kit.elements();
        cards
            .into_iter()
            .find(|card| card.accessible_label().is_some_and(|said| said.starts_with("Harbour")))
    };
    let card = kit.wait_until("the account", code);
    card.mock_single_click(slint::platform::PointerEventButton::Left);
    let notice = kit.wait_for("Dismiss the notice");
    let card = kit.wait_until("the account", code);
    let (top, height) = (card.absolute_position().y, card.size().height);
    assert!(height > 100.0, "the card is cut to {height}");
    let bottom = top + height;
    assert!(bottom <= notice.absolute_position().y, "the notice covers what ends at {bottom}");
    keep("sideways", &kit.picture());
    // Nothing in the first line covers another.
    let mut before = 0.0;
    for label in ["Search accounts", "Settings", "Lock", "Add an account"] {
        let element = kit.wait_for(label);
        let (from, to) = (element.absolute_position().x, element.size().width);
        assert!(from >= before, "{label} begins at {from}, under what ends at {before}");
        before = from + to;
    }
    // The search works there too.
    kit.fill("Search accounts", "nothing");
    kit.wait_until("no account", || code().is_none().then_some(()));
}

#[test]
fn a_desktop() {
    walk(1280, 800);
}

/// The desktop has no key of the device's own, so the page is put in front as the phone would see it.
#[test]
fn the_question_whether_the_passphrase_is_still_known() {
    for (width, height) in [(320, 568), (412, 915), (1280, 800)] {
        let kit = Kit::new();
        kit.size(width, height);
        kit.make_vault(PASSPHRASE);
        let window = kit.shell.window();
        let screen = window.global::<Screen>();
        screen.set_sentence(
            "You have unlocked with this device for a while. Only the passphrase opens the vault \
             when the device is lost, so see whether you still know it."
                .into(),
        );
        screen.set_page(PageKind::Remind);
        for error in ["", "This is not the passphrase; try again, or choose a new one."] {
            screen.set_error(error.into());
            let seen = |label: &str| {
                kit.wait_until(label, || {
                    kit.find(label).or_else(|| {
                        // It lies above or below what the smallest phone shows.
                        kit.wheel(0.5, if label == "Passphrase" { 60.0 } else { -60.0 });
                        None
                    })
                })
            };
            for label in ["Passphrase", "Check", "Choose a new one", "Not now"] {
                let element = seen(label);
                inside(&element, width as f32, "remind");
                assert!(label == "Passphrase" || element.size().height >= 40.0, "{label}");
            }
            let last = seen("Not now");
            assert!(kit.is_on_glass(&last) || height < 600, "{width} × {height}");
            for scheme in [Scheme::Light, Scheme::Dark] {
                kit.scheme(scheme);
                edges_are_ground(&kit, "remind");
                keep(&format!("remind-{width}-{scheme:?}{}", error.len()), &kit.picture());
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test looks into the file")]
fn the_devices_way_in_is_taken_away_with_the_passphrase_and_the_vault_has_a_new_key() {
    for (width, height) in [(320, 568), (412, 915), (1280, 800)] {
        let kit = Kit::with_device();
        kit.size(width, height);
        kit.make_vault(PASSPHRASE);
        kit.press("Settings");
        kit.press("Unlock with this device’s lock: On");
        kit.wait_until("that it opens the vault", || says(&kit, "from now on"));
        let header = || header_of(&std::fs::read(kit.vault_path()).expect("a vault")).expect("one");
        let before = header();
        assert_eq!(before.slots().len(), 2);
        kit.press("Dismiss the notice");
        kit.press("Unlock with this device’s lock: Off");
        for (typed, words) in
            [("", "no passphrase yet"), ("another one", "does not open the vault")]
        {
            kit.fill("Passphrase", typed);
            kit.press("Take it away");
            kit.wait_until(words, || says(&kit, words));
        }
        for element in kit.elements() {
            inside(&element, width as f32, "device-away");
        }
        for scheme in [Scheme::Light, Scheme::Dark] {
            kit.scheme(scheme);
            edges_are_ground(&kit, "device-away");
            keep(&format!("device-away-{width}-{scheme:?}"), &kit.picture());
        }
        assert!(header().slots() == before.slots(), "a wrong passphrase took it away");
        kit.fill("Passphrase", PASSPHRASE);
        kit.press("Take it away");
        kit.wait_until("that it opens it no more", || says(&kit, "only the passphrase does"));
        assert!(!header().has_same_key_as(&before) && header().slots().len() == 1);
        let previous = kit.vault_path().with_extension("previous");
        assert!(!previous.exists(), "the generation that the device's key opens");
        assert_eq!(kit.outside.device.as_ref().map(|device| device.keys()), Some(0));
    }
}

/// So high that no page has to be scrolled.
const WHOLE: u32 = 6_000;

/// A phone's narrowest page with the largest texts, upright and turned, and one on which the page takes a part.
#[test]
fn texts_of_200_percent_on_the_smallest_phone() {
    walk_large(320, 568, 2.0);
}

#[test]
fn texts_of_200_percent_on_the_smallest_phone_held_sideways() {
    walk_large(568, 320, 2.0);
}

#[test]
fn texts_of_200_percent_on_a_phone() {
    walk_large(393, 852, 1.63);
}

#[test]
fn the_story_of_a_move_with_texts_of_200_percent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (Kit::new(), Kit::in_folder(folder));
    for kit in [&old, &new] {
        kit.size(320, 568);
        kit.shell.window().global::<Theme>().set_text_scale(2.0);
    }
    story(&old, &new, |kit, page| holds_large_texts(kit, page, (320, 568)));
}

fn walk_large(width: u32, height: u32, scale: f32) {
    let kit = Kit::new();
    kit.size(width, height);
    kit.shell.window().global::<Theme>().set_text_scale(scale);
    tour(kit, |kit, page| holds_large_texts(kit, page, (width, height)));
}

/// As the phone shows the page, and whole, as high as it is when nothing has to be scrolled to.
fn holds_large_texts(kit: &Kit, page: &str, (width, height): (u32, u32)) {
    kit.scheme(Scheme::Light);
    for element in kit.elements() {
        if element.accessible_role() != Some(AccessibleRole::TextInput) {
            inside(&element, width as f32, page);
        }
        if element.accessible_role() == Some(AccessibleRole::Button) {
            let size = element.size();
            let (said, least) = (element.accessible_label(), size.width.min(size.height));
            assert!(least >= 48.0 || page == "by-hand", "{said:?} on {page} is {size:?}");
        }
    }
    keep(&format!("large-{page}-{width}"), &kit.picture());
    texts_stand_apart(kit, page, width as f32);
    kit.size(width, WHOLE);
    let picture = kit.picture();
    keep(&format!("whole-{page}-{width}"), &picture);
    texts_stand_apart(kit, page, width as f32);
    sides_are_ground(&picture, page);
    kit.size(width, height);
    mock_elapsed_time(Duration::from_millis(400));
}

/// No text reaches out of the window at a side, nor into another one. (What is scrolled away under the
/// head lies there with the head's own words: looked at are texts of one page, all of it on the glass.)
fn texts_stand_apart(kit: &Kit, page: &str, width: f32) {
    let texts =
        kit.shell.window().root_element().query_descendants().match_inherits("Text").find_all();
    let boxes: Vec<_> = texts
        .iter()
        .map(|text| (text.id(), text.absolute_position(), text.size()))
        .filter(|(_, _, size)| size.width > 0.0 && size.height > 0.0)
        .collect();
    for (id, at, size) in &boxes {
        let right = at.x + size.width;
        assert!(at.x >= -0.5 && right <= width + 0.5, "{id:?} on {page}: {} to {right}", at.x);
    }
    if kit.extent().1 < WHOLE as f32 {
        return;
    }
    for (place, (id, at, size)) in boxes.iter().enumerate() {
        for (other, there, its) in &boxes[..place] {
            let across = (at.x + size.width).min(there.x + its.width) - at.x.max(there.x);
            let down = (at.y + size.height).min(there.y + its.height) - at.y.max(there.y);
            assert!(
                across < 1.0 || down < 1.0,
                "{id:?} on {page} lies {across} × {down} in {other:?}"
            );
        }
    }
}

fn says(kit: &Kit, words: &str) -> Option<()> {
    kit.labels().iter().any(|label| label.contains(words)).then_some(())
}

fn walk(width: u32, height: u32) {
    let kit = Kit::new();
    kit.size(width, height);
    tour(kit, |kit, page| nothing_is_cut(kit, page, width));
}

#[test]
fn the_story_of_a_move_on_the_smallest_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (Kit::new(), Kit::in_folder(folder));
    for kit in [&old, &new] {
        kit.size(320, 568);
    }
    story(&old, &new, |kit, page| nothing_is_cut(kit, page, 320));
}

fn nothing_is_cut(kit: &Kit, page: &str, width: u32) {
    let elements = kit.elements();
    // A text that is longer than its field scrolls inside it.
    let scrolls = Some(AccessibleRole::TextInput);
    for element in elements.iter().filter(|element| element.accessible_role() != scrolls) {
        inside(element, width as f32, page);
    }
    let pressed: Vec<&ElementHandle> = elements
        .iter()
        .filter(|element| element.accessible_role() == Some(AccessibleRole::Button))
        .collect();
    // A receipt is the end: there is nothing left to press.
    let is_end = matches!(page, "starting" | "retired" | "move-retired");
    assert!(!pressed.is_empty() || is_end, "nothing to press on {page}");
    for element in &pressed {
        large_enough(element, page);
    }
    for scheme in [Scheme::Dark, Scheme::Light] {
        kit.scheme(scheme);
        edges_are_ground(kit, page);
        keep(&format!("{page}-{width}-{scheme:?}"), &kit.picture());
    }
}

/// Its left and right edges are in the window. (Above and below it may have to be scrolled to.)
fn inside(element: &ElementHandle, width: f32, page: &str) {
    let (at, size) = (element.absolute_position(), element.size());
    assert!(
        at.x >= -0.5 && at.x + size.width <= width + 0.5,
        "{:?} on {page} goes from {} to {} in a window {width} wide",
        element.accessible_label(),
        at.x,
        at.x + size.width
    );
}

/// WCAG 2.2, 2.5.8 asks for 24 px; a thumb likes more.
fn large_enough(element: &ElementHandle, page: &str) {
    let size = element.size();
    assert!(
        size.width >= 40.0 && size.height >= 40.0,
        "{:?} on {page} is only {} × {}",
        element.accessible_label(),
        size.width,
        size.height
    );
}

/// Whatever is cut off at the side reaches it: so along both sides there is only the ground.
fn edges_are_ground(kit: &Kit, page: &str) {
    sides_are_ground(&kit.picture(), page);
}

fn sides_are_ground(picture: &SharedPixelBuffer<Rgba8Pixel>, page: &str) {
    if page == "camera" {
        return;
    }
    let (width, pixels) = (picture.width() as usize, picture.as_slice());
    let ground = pixels[0];
    for (row, line) in pixels.chunks_exact(width).enumerate() {
        for column in [0, 1, width - 1] {
            assert_eq!(line[column], ground, "on {page}, something reaches {column}, {row}");
        }
    }
}
