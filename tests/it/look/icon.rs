//! The icon is the window's own mark, wherever a desktop or a phone shows it.

use holdfast_model::scan::Picture;

const DRAWINGS: &str = include_str!("../../../ui/widgets/icon.slint");
const ICON: &str = include_str!("../../../packaging/holdfast.svg");
const PIXELS: &[u8] = include_bytes!("../../../packaging/holdfast.png");
const PHONE: &str = include_str!("../../../android/app/res/drawable/mark.xml");
const ENTRY: &str = include_str!("../../../packaging/holdfast.desktop");

#[test]
fn every_icon_is_drawn_from_the_mark() {
    let mark = DRAWINGS
        .lines()
        .find(|line| line.contains("<string> mark:"))
        .and_then(|line| line.split('"').nth(1))
        .expect("the mark");
    assert!(ICON.contains(mark), "packaging/holdfast.svg shows something else");
    assert!(PHONE.contains(mark), "the phone's icon shows something else");
}

#[test]
fn the_icon_has_round_corners_and_the_mark_in_two_colours() {
    let icon = Picture::decode(PIXELS).expect("a picture");
    assert_eq!((icon.width(), icon.height()), (256, 256));
    let pixels: Vec<&[u8]> = icon.rgba().chunks_exact(4).collect();
    assert_eq!(pixels[0][3], 0, "the corner is not see-through");
    for colour in [[0x0F, 0x5E, 0x63, 0xFF], [0xF5, 0xF1, 0xE8, 0xFF]] {
        let share = pixels.iter().filter(|pixel| **pixel == colour).count();
        assert!(share > 1_000, "{colour:?} is {share} pixels");
    }
}

#[test]
fn the_menu_entry_belongs_to_the_window() {
    let window = include_str!("../../../src/window.rs");
    assert!(window.contains("set_xdg_app_id(\"holdfast\")"));
    for line in ["Icon=holdfast", "StartupWMClass=holdfast", "Exec=holdfast", "Terminal=false"] {
        assert!(ENTRY.lines().any(|found| found == line), "{line} is missing");
    }
}
