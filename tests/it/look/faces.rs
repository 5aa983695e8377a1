//! Every letter that the app itself writes is in the faces it brings along.

use std::fs;
use std::path::Path;

use skrifa::{FontRef, MetadataProvider};

#[test]
fn the_text_face_has_every_letter_of_the_app() {
    let face = FontRef::new(ttf_inter::REGULAR).expect("a font");
    let missing: String =
        letters().filter(|letter| face.charmap().map(*letter).is_none()).collect();
    assert_eq!(missing, "", "these letters have no glyph in the text face");
}

#[test]
fn the_digit_face_has_every_digit_letter_and_mark_of_a_code_or_key() {
    let face = FontRef::new(truce_font::JETBRAINS_MONO).expect("a font");
    let missing: String = (' '..='~')
        .chain("–…●".chars())
        .filter(|letter| face.charmap().map(*letter).is_none())
        .collect();
    assert_eq!(missing, "");
}

#[test]
fn all_digits_are_of_one_width() {
    let face = FontRef::new(truce_font::JETBRAINS_MONO).expect("a font");
    let metrics = face
        .glyph_metrics(skrifa::instance::Size::new(38.0), skrifa::instance::LocationRef::default());
    let mut widths: Vec<String> = ('0'..='9')
        .chain('A'..='Z')
        .chain([' ', '–'])
        .map(|letter| face.charmap().map(letter).and_then(|glyph| metrics.advance_width(glyph)))
        .map(|width| format!("{width:?}"))
        .collect();
    widths.dedup();
    assert_eq!(widths.len(), 1, "{widths:?}");
}

/// A test of the test: a letter that the faces lack is seen.
#[test]
fn a_missing_glyph_is_seen() {
    let face = FontRef::new(ttf_inter::REGULAR).expect("a font");
    assert!(face.charmap().map('漢').is_none());
}

/// All letters of the European names people have, and all that ui/ and the model write.
fn letters() -> impl Iterator<Item = char> {
    let mut written = String::new();
    for folder in ["ui", "model/src"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut written);
    }
    assert!(written.contains('…') && written.len() > 10_000, "the sources were not found");
    let latin = ('\u{a1}'..='\u{17f}').filter(|letter| *letter != '\u{ad}' && *letter != '\u{149}');
    let written: Vec<char> = written.chars().filter(|letter| *letter >= ' ').collect();
    (' '..='~').chain(latin).chain(written).chain(['●'])
}

#[expect(clippy::disallowed_methods, reason = "a test reads the sources")]
fn gather(folder: &Path, written: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, written);
        } else if path.extension().is_some_and(|kind| kind == "slint" || kind == "rs") {
            written.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}
