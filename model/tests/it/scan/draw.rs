//! Draws barcodes the way pages and cameras show them.

use holdfast_model::scan::Picture;
use image::{ExtendedColorType, ImageEncoder, RgbaImage};
use qrcode::bits::{Bits, ExtendedMode};
use qrcode::types::Mode;
use qrcode::{Color, EcLevel, QrCode, Version};

/// A key URI as services issue them.
pub const URI: &str = "otpauth://totp/Example:alice@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Example";

/// How a barcode is drawn.
#[derive(Clone, Copy)]
pub struct Pen {
    /// Pixels to a module.
    pub module: u32,
    /// Modules of empty page around the code.
    pub quiet: u32,
    pub dark: [u8; 4],
    pub light: [u8; 4],
}

/// Black on white, 4 pixels to a module, with the quiet zone the standard asks for.
pub const PLAIN: Pen =
    Pen { module: 4, quiet: 4, dark: [0, 0, 0, 255], light: [255, 255, 255, 255] };

/// Draws one barcode.
pub fn code(text: &str, pen: Pen) -> RgbaImage {
    drawn(&QrCode::with_error_correction_level(text, EcLevel::M).unwrap(), pen)
}

/// The second of three barcodes over which a text was split ("structured append"), with this piece of it.
pub fn second_of_three(piece: &str) -> RgbaImage {
    split(Mode::Numeric, Mode::Alphanumeric, piece)
}

/// One that says it is the fifth of three.
pub fn fifth_of_three(piece: &str) -> RgbaImage {
    split(Mode::Byte, Mode::Alphanumeric, piece)
}

/// Its place from 0 and that of the last one, each by the mode that stands for these four bits: 1, 2, 4, 8.
fn split(place: Mode, last: Mode, piece: &str) -> RgbaImage {
    let mut bits = Bits::new(Version::Normal(5));
    bits.push_mode_indicator(ExtendedMode::StructuredAppend).unwrap();
    // The parity, which nobody looks at, is in two halves.
    for half in [place, last, Mode::Byte, Mode::Kanji] {
        bits.push_mode_indicator(ExtendedMode::Data(half)).unwrap();
    }
    bits.push_byte_data(piece.as_bytes()).unwrap();
    bits.push_terminator(EcLevel::M).unwrap();
    drawn(&QrCode::with_bits(bits, EcLevel::M).unwrap(), PLAIN)
}

fn drawn(code: &QrCode, pen: Pen) -> RgbaImage {
    let modules = code.width() as u32;
    let side = (modules + 2 * pen.quiet) * pen.module;
    RgbaImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / pen.module).checked_sub(pen.quiet).filter(|&m| m < modules);
        let dark = match (module(x), module(y)) {
            (Some(x), Some(y)) => code[(x as usize, y as usize)] == Color::Dark,
            _ => false,
        };
        image::Rgba(if dark { pen.dark } else { pen.light })
    })
}

/// Lays a picture on a page of one colour.
pub fn on_page(
    page: [u8; 4],
    width: u32,
    height: u32,
    at: (u32, u32),
    what: &RgbaImage,
) -> RgbaImage {
    let mut sheet = RgbaImage::from_pixel(width, height, image::Rgba(page));
    image::imageops::replace(&mut sheet, what, i64::from(at.0), i64::from(at.1));
    sheet
}

/// A PNG file.
pub fn png(image: &RgbaImage) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = image.dimensions();
    image::codecs::png::PngEncoder::new(&mut file)
        .write_image(image, width, height, ExtendedColorType::Rgba8)
        .unwrap();
    file
}

/// A picture as the app holds it.
pub fn picture(image: &RgbaImage) -> Picture {
    Picture::from_rgba(image.width(), image.height(), image.as_raw().clone()).unwrap()
}

/// The grey plane of a picture.
pub fn grey(image: &RgbaImage) -> Vec<u8> {
    picture(image).luma_over(255)
}
