//! Every page is drawn, in light and dark, and the two differ.

use holdfast::ui::Scheme;
use slint::{Rgba8Pixel, SharedPixelBuffer};

use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE, tour};

#[test]
fn every_page_is_drawn_in_light_and_dark() {
    let kit = Kit::new();
    let mut pages = 0;
    tour(kit, |kit, page| {
        kit.scheme(Scheme::Light);
        let light = kit.picture();
        kit.scheme(Scheme::Dark);
        let dark = kit.picture();
        for (scheme, picture) in [("light", &light), ("dark", &dark)] {
            let inked = inked(picture);
            assert!(inked > 0.01, "{page} is blank in {scheme}: {:.2} % is drawn", inked * 100.0);
        }
        // The viewfinder is dark in both.
        if page != "camera" {
            assert!(brightness(&light) > 150.0, "{page} is not light in light");
        }
        assert!(brightness(&dark) < 90.0, "{page} is not dark in dark");
        pages += 1;
    });
    assert_eq!(pages, 26);
}

#[test]
fn what_is_said_of_a_counter_is_whole_on_the_smallest_phone() {
    // As wide where there is little room as where there is much, so nothing of it was left out.
    let [narrow, wide] = [320, 412].map(|width| {
        let kit = Kit::new();
        kit.size(width, 568);
        kit.make_vault(PASSPHRASE);
        kit.add_by_paste(ACCOUNTS[4]);
        kit.press("Dismiss the notice");
        kit.press("Next code of Old Token, warehouse");
        kit.wait_until("the code", || {
            kit.labels().iter().any(|label| label.contains("1 6 2 5 8 3")).then_some(())
        });
        line_under_the_code(&kit.picture())
    });
    assert_eq!(narrow, wide);
    assert!(narrow > 100, "there is a line");
}

/// How far to the right the last line of the first card reaches; the button for the next code lies above.
fn line_under_the_code(picture: &SharedPixelBuffer<Rgba8Pixel>) -> usize {
    let width = picture.width() as usize;
    let rows = picture.as_slice().chunks(width).skip(216).take(8);
    let end = |row: &[Rgba8Pixel]| (32..width - 40).rev().find(|x| row[*x] != row[30]);
    rows.filter_map(end).max().unwrap_or_default()
}

/// How much of a picture differs from its most frequent colour.
fn inked(picture: &SharedPixelBuffer<Rgba8Pixel>) -> f64 {
    let mut counts = std::collections::HashMap::new();
    for pixel in picture.as_slice() {
        *counts.entry((pixel.r, pixel.g, pixel.b)).or_insert(0_usize) += 1;
    }
    let ground = counts.values().max().copied().unwrap_or_default();
    1.0 - ground as f64 / picture.as_slice().len() as f64
}

fn brightness(picture: &SharedPixelBuffer<Rgba8Pixel>) -> f64 {
    let sum: f64 = picture
        .as_slice()
        .iter()
        .map(|pixel| f64::from(pixel.r) + f64::from(pixel.g) + f64::from(pixel.b))
        .sum();
    sum / 3.0 / picture.as_slice().len() as f64
}
