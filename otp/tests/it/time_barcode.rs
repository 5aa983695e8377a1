//! A server's time as a barcode: the vectors of the document, and what must hold for any (spec P5).

use holdfast_otp::time_barcode::{PREFIX, SecretTooShort, is_one};
use holdfast_otp::{KeyUri, KeyUriError, Secret, TimeBarcode, TimeBarcodeError, UnixTime};
use proptest::prelude::*;

const DOCUMENT: &str = include_str!("../../../docs/time-barcode.md");

/// The rows of the document's table of vectors: secret, time, text.
fn vectors() -> Vec<(Secret, UnixTime, String)> {
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let rows = DOCUMENT.lines().map(cells).filter(|cells| {
        cells.get(3).is_some_and(|text| text.starts_with(PREFIX) && text.len() > PREFIX.len())
    });
    rows.map(|cells| {
        let seconds = cells[2].replace(',', "").parse().unwrap();
        (Secret::from_base32(&cells[1]).unwrap(), UnixTime(seconds), cells[3].clone())
    })
    .collect()
}

fn good(secret: &Secret, time: u64) -> TimeBarcode {
    TimeBarcode::make(secret, UnixTime(time)).unwrap()
}

#[test]
fn the_vectors_of_the_document_hold() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 5, "the document has that many");
    for (secret, time, text) in vectors {
        assert_eq!(good(&secret, time.0).to_text(), text);
        assert_eq!(TimeBarcode::parse(&text).unwrap().time_by(&secret), Some(time));
        let lower = format!(" {}\n", text.to_lowercase());
        assert_eq!(TimeBarcode::parse(&lower).unwrap().time_by(&secret), Some(time));
    }
}

#[test]
fn a_short_secret_proves_no_time() {
    for (bytes, fits) in [(10, false), (15, false), (16, true), (20, true)] {
        let secret = Secret::from_bytes(&vec![7; bytes]).unwrap();
        let made = TimeBarcode::make(&secret, UnixTime(59));
        assert_eq!(made.is_ok(), fits, "{bytes} bytes");
        if !fits {
            assert_eq!(made, Err(SecretTooShort));
        }
    }
    // Made by somebody who does not keep to it: 80 bits, all else right.
    let text = format!("{PREFIX}AEAAAAAAAAAAAO4OY6GS5UAIV4FGERKZQMUSDGMH");
    let read = TimeBarcode::parse(&text).unwrap();
    assert_eq!(read.time_by(&Secret::from_bytes(b"0123456789").unwrap()), None);
}

#[test]
fn what_is_none_says_which_way() {
    let text = good(&Secret::from_bytes(&[7; 20]).unwrap(), 1_800_000_000).to_text();
    let letters = &text[PREFIX.len()..];
    let newer = format!("{PREFIX}AI{}", &letters[2..]);
    for (text, error) in [
        (String::new(), TimeBarcodeError::NotOne),
        ("HOLDFAST-MOVE:58044E.".to_owned(), TimeBarcodeError::NotOne),
        (letters.to_owned(), TimeBarcodeError::NotOne),
        (PREFIX.to_owned(), TimeBarcodeError::Damaged),
        (format!("{PREFIX}A"), TimeBarcodeError::Damaged),
        (format!("{PREFIX}AA{}", &letters[2..]), TimeBarcodeError::Damaged),
        (text[..text.len() - 1].to_owned(), TimeBarcodeError::Damaged),
        (format!("{text}A"), TimeBarcodeError::Damaged),
        (format!("{PREFIX}{}", letters.replace('A', "1")), TimeBarcodeError::Damaged),
        (format!("{PREFIX}é{}", &letters[2..]), TimeBarcodeError::Damaged),
        (format!("{PREFIX}{}é", &letters[..38]), TimeBarcodeError::Damaged),
        (newer.clone(), TimeBarcodeError::Newer),
        (format!("{newer}AAAA"), TimeBarcodeError::Newer),
        // What only begins like one states no version.
        (format!("{PREFIX}GARBAGE"), TimeBarcodeError::Damaged),
        (format!("{PREFIX}AI"), TimeBarcodeError::Damaged),
        (newer[..newer.len() - 1].to_owned(), TimeBarcodeError::Damaged),
        (format!("{newer}!"), TimeBarcodeError::Damaged),
        (format!("{PREFIX}BA{}", &letters[2..]), TimeBarcodeError::Damaged),
        (format!("{PREFIX}{}", "Z".repeat(40)), TimeBarcodeError::Damaged),
    ] {
        assert_eq!(TimeBarcode::parse(&text), Err(error), "{text}");
        assert_eq!(is_one(&text), error != TimeBarcodeError::NotOne, "{text}");
    }
}

#[test]
fn no_reader_of_key_uris_takes_it_for_one() {
    let text = good(&Secret::from_bytes(&[7; 20]).unwrap(), 1_800_000_000).to_text();
    assert_eq!(KeyUri::parse(&text).unwrap_err(), KeyUriError::WrongScheme);
    assert!(Secret::from_base32(&text).is_err(), "nor is it a bare key");
    // RFC 3986 section 3.1: what stands before the colon is a scheme, so no camera takes it for words.
    let scheme = PREFIX.strip_suffix(':').unwrap();
    assert!(scheme.starts_with(|c: char| c.is_ascii_alphabetic()));
    assert!(scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    // The alphanumeric mode of QR: the letters fit it, and the whole fits a barcode of 29 modules.
    assert!(text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "-:".contains(c)));
    assert_eq!(text.len(), 54);
}

#[test]
fn row_33_it_prints_neither_its_time_nor_its_proof() {
    let barcode = good(&Secret::from_bytes(&[7; 20]).unwrap(), 1_800_000_000);
    assert_eq!(format!("{barcode:?}"), "TimeBarcode(unproved)");
}

fn long() -> impl Strategy<Value = Secret> {
    prop::collection::vec(any::<u8>(), 16..=64)
        .prop_map(|bytes| Secret::from_bytes(&bytes).unwrap())
}

proptest! {
    #[test]
    fn it_comes_back_under_its_own_secret_alone(
        secret in long(),
        other in long(),
        time in any::<u64>(),
    ) {
        let text = good(&secret, time).to_text();
        let read = TimeBarcode::parse(&text).unwrap();
        prop_assert_eq!(read.time_by(&secret), Some(UnixTime(time)));
        prop_assert_eq!(read.to_text(), text);
        if other != secret {
            prop_assert_eq!(read.time_by(&other), None);
        }
    }

    #[test]
    fn a_changed_letter_is_never_believed(
        secret in long(),
        time in any::<u64>(),
        place in 0..40usize,
        letter in prop::sample::select((b'A'..=b'Z').chain(b'2'..=b'7').collect::<Vec<_>>()),
    ) {
        let text = good(&secret, time).to_text();
        let mut changed = text.clone().into_bytes();
        changed[PREFIX.len() + place] = letter;
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != text);
        // A time moved on, a proof that does not fit, or another version: none of it passes.
        let believed = TimeBarcode::parse(&changed).ok().and_then(|read| read.time_by(&secret));
        prop_assert_eq!(believed, None);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), rest in "[A-Z2-7é ]{0,60}") {
        for text in [text, format!("{PREFIX}{rest}")] {
            if let Ok(read) = TimeBarcode::parse(&text) {
                prop_assert_eq!(read.to_text(), text.trim().to_uppercase());
            }
        }
    }
}
