//! The style sheet's colours: what is read on what, in light and in dark.

const STYLE: &str = include_str!("../../static/style.css");

#[test]
fn every_pair_of_colours_can_be_read() {
    let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").expect("two schemes");
    for (scheme, sheet) in [("light", light), ("dark", dark)] {
        for (text, ground, least) in [
            ("ink", "ground", 4.5),
            ("ink", "card", 4.5),
            ("ink-soft", "ground", 4.5),
            ("ink-soft", "card", 4.5),
            ("tide", "ground", 4.5),
            ("tide", "card", 4.5),
            ("danger", "ground", 4.5),
            ("danger", "card", 4.5),
            ("on-tide", "tide", 4.5),
            ("on-danger", "danger", 4.5),
            // The edge of a field is no text.
            ("edge", "ground", 3.0),
            ("edge", "card", 3.0),
        ] {
            let ratio = contrast(luminance(sheet, text), luminance(sheet, ground));
            assert!(ratio >= least, "{scheme}: {text} on {ground} is {ratio:.2} : 1");
        }
    }
}

/// WCAG 2.2, relative luminance.
fn luminance(sheet: &str, token: &str) -> f64 {
    let mark = format!("--{token}: #");
    let hex = sheet.split(&mark).nth(1).and_then(|rest| rest.get(..6)).expect("the token");
    let channel = |at: usize| {
        let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
