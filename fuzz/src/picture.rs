//! A picture file: decoded within its bounds, and read where it is small.

use std::io::Cursor;

use holdfast_model::scan::{Luma, Picture, picture, read};
use image::{ExtendedColorType, ImageFormat, write_buffer_with_format};
use qrcode::EcLevel;

use crate::frame::barcode;

/// Pictures up to this many pixels are read too; more would only be slow.
const READ_PIXELS: usize = 256 * 256;

pub fn run(data: &[u8]) -> bool {
    let decoded = match Picture::decode(data) {
        Ok(decoded) => decoded,
        Err(refusal) => {
            let sentence = refusal.to_string();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "one sentence: {sentence}");
            return false;
        }
    };
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    assert!(width.max(height) <= picture::MAX_SIDE as usize);
    assert!((width * height) as u64 <= picture::MAX_PIXELS);
    assert_eq!(decoded.rgba().len(), 4 * width * height);
    if width * height <= READ_PIXELS {
        let grey = decoded.luma_over(255);
        if let Ok(luma) = Luma::new(width, height, width, &grey) {
            assert_eq!(read(&luma).broken, 0, "a decoder broke");
        }
    }
    true
}

/// One small barcode in each format.
pub fn seeds() -> Vec<Vec<u8>> {
    let (width, pixels) = barcode("A", EcLevel::L, 2, 2);
    let colour: Vec<u8> = pixels.iter().flat_map(|pixel| [*pixel; 3]).collect();
    let opaque: Vec<u8> = pixels.iter().flat_map(|pixel| [*pixel, *pixel, *pixel, 255]).collect();
    [
        (ImageFormat::Png, &pixels, ExtendedColorType::L8),
        (ImageFormat::Png, &opaque, ExtendedColorType::Rgba8),
        (ImageFormat::Jpeg, &colour, ExtendedColorType::Rgb8),
        (ImageFormat::WebP, &opaque, ExtendedColorType::Rgba8),
        (ImageFormat::Gif, &opaque, ExtendedColorType::Rgba8),
        (ImageFormat::Bmp, &colour, ExtendedColorType::Rgb8),
        (ImageFormat::Tiff, &colour, ExtendedColorType::Rgb8),
        (ImageFormat::Pnm, &pixels, ExtendedColorType::L8),
        (ImageFormat::Qoi, &opaque, ExtendedColorType::Rgba8),
        (ImageFormat::Ico, &opaque, ExtendedColorType::Rgba8),
    ]
    .into_iter()
    .map(|(format, pixels, colours)| {
        let (mut file, side) = (Cursor::new(Vec::new()), width as u32);
        write_buffer_with_format(&mut file, pixels, side, side, colours, format)
            .expect("a barcode in this format");
        file.into_inner()
    })
    .collect()
}
