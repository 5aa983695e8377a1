//! A text drawn as a barcode (QR, ISO/IEC 18004), ready for a screen, a terminal or paper.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Modules of light around the barcode, as the standard asks (9.1).
const QUIET: usize = 4;

/// A barcode with its quiet zone. A screen draws it dark on light whatever its colours are.
#[derive(Clone, PartialEq, Eq)]
pub struct Barcode {
    side: usize,
    dark: Vec<bool>,
}

impl Barcode {
    /// Draws a text; `None` if it is too long for a barcode.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let width = code.width();
        let side = width + 2 * QUIET;
        let mut dark = vec![false; side * side];
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            for (x, color) in row.iter().enumerate() {
                dark[(y + QUIET) * side + x + QUIET] = *color == Color::Dark;
            }
        }
        Some(Self { side, dark })
    }

    /// Modules across and down, the quiet zone included.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in this column and row is dark; outside it is light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side && self.dark.get(y * self.side + x).is_some_and(|dark| *dark)
    }

    /// The dark modules as the commands of an SVG path, one unit to a module: a rectangle for each
    /// run, so that there are no seams.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(16 * 1024);
        for y in 0..self.side {
            let mut x = 0;
            while x < self.side {
                let run = (x..self.side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    // Writing to a string does not fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        path
    }
}

impl std::fmt::Debug for Barcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Barcode").field("side", &self.side).finish_non_exhaustive()
    }
}
