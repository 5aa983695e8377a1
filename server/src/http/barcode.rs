//! A key URI or a time as a barcode that a phone reads off a screen: dark on white whatever the page's
//! colours, with the quiet zone that the standard asks for (ISO/IEC 18004, 9.1: 4 modules).

use std::fmt::Write;

use holdfast_otp::{KeyUri, TimeBarcode};
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// Modules of white around the barcode.
const QUIET: usize = 4;
/// The barcode's width on the page, in CSS pixels: what fits a phone's screen.
const WIDTH: usize = 300;

/// The barcode as an inline SVG without style or script; `None` if the text is too long for
/// one. Its error correction is the lowest: a screen has no dirt or tears, and fewer modules are
/// larger ones.
pub fn svg(uri: &KeyUri) -> Option<Zeroizing<String>> {
    let code = QrCode::with_error_correction_level(uri.to_uri().as_bytes(), EcLevel::L).ok()?;
    drawn(&code, "barcode", "Barcode for your authenticator app")
}

/// A time barcode as an SVG of the same kind, to stand on its own too. It is small enough for more
/// error correction: it is read in a hurry.
pub fn svg_of_time(barcode: &TimeBarcode) -> Option<String> {
    let text = barcode.to_text();
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    drawn(&code, "time-barcode", "The server's time as a barcode").map(|svg| svg.to_string())
}

fn drawn(code: &QrCode, id: &str, label: &str) -> Option<Zeroizing<String>> {
    let width = code.width();
    let side = width + 2 * QUIET;
    // Whole pixels for each module keep the edges sharp on the plainest screen.
    let pixels = side * (WIDTH / side).max(4);
    let mut svg = Zeroizing::new(String::with_capacity(16 * 1024));
    write!(
        svg,
        "<svg id=\"{id}\" class=\"barcode\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" \
         width=\"{pixels}\" height=\"{pixels}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
    )
    .ok()?;
    let colors = code.to_colors();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        // One rectangle for each run of dark modules: no seams, and a short page.
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                write!(svg, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET).ok()?;
            }
            x += run.max(1);
        }
    }
    svg.push_str("\"/></svg>");
    Some(svg)
}
