//! A camera frame: shape and pixels of any kind, read as frame number `turn`.

use holdfast_model::scan::{Luma, look_at_frame};
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::text;

/// Turn, width, distance of the rows beyond the width; then the pixels.
const FRONT: usize = 4;

pub fn run(data: &[u8]) -> bool {
    let Some((&[turn, wide, width, padding], pixels)) = data.split_first_chunk::<FRONT>() else {
        return false;
    };
    let width = usize::from(u16::from_be_bytes([wide, width]));
    let stride = width + usize::from(padding);
    // A plane of as many rows as there are bytes for, and one row more, which must be refused.
    let rows = pixels.len().checked_div(stride).unwrap_or_default();
    let more = Luma::new(width, rows + 2, stride, pixels);
    assert!(more.is_err(), "a plane that needs more bytes than there are");
    let Ok(luma) = Luma::new(width, rows, stride, pixels) else { return false };
    for row in 0..=rows {
        assert_eq!(luma.row(row).len(), if row < rows { width } else { 0 });
    }
    // What the app does with a frame; a decoder that breaks is caught there, and is a find here.
    let (found, _) = look_at_frame(&luma, turn.into());
    assert_eq!(found.broken, 0, "a decoder broke");
    for read in &found.texts {
        text::run(read.as_str().as_bytes());
    }
    !found.is_empty()
}

/// Barcodes of one to three pixels a module, some inverted, with and without a quiet zone.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (text, level) in [("A", EcLevel::L), ("otpauth://totp/a?secret=GEZDGNBV", EcLevel::M)] {
        for (module, quiet) in [(2, 4), (3, 4), (4, 2)] {
            seeds.push(seed(text, level, module, quiet, 0));
        }
        seeds.push(seed(text, level, 3, 4, 7));
    }
    seeds
}

fn seed(text: &str, level: EcLevel, module: usize, quiet: usize, padding: u8) -> Vec<u8> {
    let (width, pixels) = barcode(text, level, module, quiet);
    let [wide, narrow] = u16::try_from(width).unwrap_or_default().to_be_bytes();
    let mut seed = vec![0, wide, narrow, padding];
    for row in pixels.chunks_exact(width) {
        seed.extend_from_slice(row);
        seed.extend(std::iter::repeat_n(0x80, padding.into()));
    }
    seed
}

/// The pixels of a barcode, and their width.
pub fn barcode(text: &str, level: EcLevel, module: usize, quiet: usize) -> (usize, Vec<u8>) {
    let code = QrCode::with_error_correction_level(text, level)
        .or_else(|_| QrCode::with_version(text, Version::Normal(40), EcLevel::L));
    let Ok(code) = code else { return (0, Vec::new()) };
    let (side, colors) = (code.width() + 2 * quiet, code.to_colors());
    let width = side * module;
    let pixel = |at: usize| {
        let (x, y) = (at % width / module, at / width / module);
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < code.width());
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) if colors[y * code.width() + x] == Color::Dark => 0,
            _ => 255,
        }
    };
    (width, (0..width * width).map(pixel).collect())
}
