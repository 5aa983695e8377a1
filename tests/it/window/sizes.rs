//! Nothing is cut or covered at any size, and all that can be pressed is large enough for a thumb.

use i_slint_backend_testing::{AccessibleRole, ElementHandle};

use super::kit::Kit;
use super::tour::tour;

#[test]
fn the_smallest_phone() {
    walk(320, 568);
}

#[test]
fn a_phone() {
    walk(412, 915);
}

#[test]
fn a_desktop() {
    walk(1280, 800);
}

fn walk(width: u32, height: u32) {
    let kit = Kit::new();
    kit.size(width, height);
    tour(kit, |kit, page| {
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
        assert!(!pressed.is_empty() || page == "starting", "nothing to press on {page}");
        for element in &pressed {
            large_enough(element, page);
        }
        edges_are_ground(kit, page);
    });
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
    if page == "camera" {
        return;
    }
    let picture = kit.picture();
    let (width, pixels) = (picture.width() as usize, picture.as_slice());
    let ground = pixels[0];
    for (row, line) in pixels.chunks_exact(width).enumerate() {
        for column in [0, 1, width - 1] {
            assert_eq!(line[column], ground, "on {page}, something reaches {column}, {row}");
        }
    }
}
