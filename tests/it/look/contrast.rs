//! Every pair of colours that carries text or meaning can be told apart, in light and dark.

use std::collections::HashMap;

const THEME: &str = include_str!("../../../ui/theme.slint");

/// WCAG 2.2, 1.4.3: text. The first is written on the second.
const TEXT: &[(&str, &str)] = &[
    ("ink", "ground"),
    ("ink", "card"),
    ("ink", "card-hover"),
    ("ink-soft", "ground"),
    ("ink-soft", "card"),
    ("ink-soft", "card-hover"),
    ("ink-on-raised", "raised"),
    ("tide-on-raised", "raised"),
    ("danger-on-raised", "raised"),
    ("tide", "ground"),
    ("tide", "card"),
    ("tide", "tide-wash"),
    ("on-tide", "tide"),
    ("on-tide", "tide-hover"),
    ("ink", "tide-wash"),
    ("ebb", "ground"),
    ("ebb", "card"),
    ("ebb", "card-hover"),
    ("ground", "ebb"),
    ("danger", "ground"),
    ("danger", "card"),
    ("danger", "card-hover"),
];

/// WCAG 2.2, 1.4.11: the edge of a field, and the parts of the tide line.
const EDGES: &[(&str, &str)] =
    &[("edge", "ground"), ("edge", "card"), ("tide", "line"), ("ebb", "line"), ("danger", "line")];

#[test]
fn text_can_be_read_in_both_schemes() {
    assert_ratio(TEXT, 4.5);
}

#[test]
fn edges_can_be_seen_in_both_schemes() {
    assert_ratio(EDGES, 3.0);
}

fn assert_ratio(pairs: &[(&str, &str)], least: f64) {
    let (dark, light) = schemes();
    for (scheme, colours) in [("dark", dark), ("light", light)] {
        for (front, back) in pairs {
            let ratio = contrast(colours[*front], colours[*back]);
            assert!(
                ratio >= least,
                "{front} on {back} has {ratio:.2} : 1 in {scheme}, not {least}"
            );
        }
    }
}

/// The colours of one scheme by the names of their tokens: red, green, blue.
type Scheme = HashMap<&'static str, [u8; 3]>;

/// The colours of theme.slint: dark, then light.
fn schemes() -> (Scheme, Scheme) {
    let mut schemes = (HashMap::new(), HashMap::new());
    for line in THEME.lines() {
        let Some(rest) = line.trim().strip_prefix("out property <color> ") else { continue };
        let (name, value) = rest.split_once(": ").expect("a token has a value");
        let (dark, light) = value
            .strip_prefix("root.dark ? ")
            .and_then(|both| both.strip_suffix(';'))
            .and_then(|both| both.split_once(" : "))
            .unwrap_or_else(|| panic!("{name} is not of the shape `root.dark ? #… : #…`"));
        schemes.0.insert(name, rgb(dark));
        schemes.1.insert(name, rgb(light));
    }
    assert!(schemes.0.len() >= 15, "the tokens were not found");
    schemes
}

fn rgb(hex: &str) -> [u8; 3] {
    let number = u32::from_str_radix(hex.trim_start_matches('#'), 16).expect("#RRGGBB");
    let [_, red, green, blue] = number.to_be_bytes();
    [red, green, blue]
}

/// WCAG 2.2: the contrast ratio of two colours.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn the_ratio_is_computed_as_the_standard_says() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.01);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}
