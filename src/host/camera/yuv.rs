//! Pixels as cameras deliver them: a plane of brightness and, coarser, two of colour.

use super::{Frame, Preview};

/// One value per pixel (or per group of pixels), somewhere in a buffer.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    /// The buffer, beginning with the plane's first value.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next; cameras pad their rows.
    pub row: usize,
    /// Bytes from one value to the next in a row.
    pub step: usize,
}

/// The two planes of colour.
#[derive(Clone, Copy)]
pub struct Chroma<'a> {
    /// Blue against brightness.
    pub u: Plane<'a>,
    /// Red against brightness.
    pub v: Plane<'a>,
    /// How many pixels of a row share a value, as a power of two.
    pub across: u32,
    /// How many rows share a value, as a power of two.
    pub down: u32,
}

/// A frame of brightness and colour in any of the layouts that cameras use.
#[derive(Clone, Copy)]
pub struct Yuv<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Brightness.
    pub luma: Plane<'a>,
    /// Colour, where there is any.
    pub chroma: Option<Chroma<'a>>,
}

impl<'a> Yuv<'a> {
    /// Brightness alone.
    #[must_use]
    pub fn grey(width: usize, height: usize, bytes: &'a [u8]) -> Self {
        let luma = Plane { bytes, row: padded_row(bytes.len(), height, width), step: 1 };
        Self { width, height, luma, chroma: None }
    }

    /// YUYV: two brightnesses and their two shared colours, in turn.
    #[must_use]
    pub fn yuyv(width: usize, height: usize, bytes: &'a [u8]) -> Self {
        let row = padded_row(bytes.len(), height, width * 2);
        let colour = |from| Plane { bytes: bytes.get(from..).unwrap_or_default(), row, step: 4 };
        Self {
            width,
            height,
            luma: Plane { bytes, row, step: 2 },
            chroma: Some(Chroma { u: colour(1), v: colour(3), across: 1, down: 0 }),
        }
    }

    /// NV12: a plane of brightness, then one of both colours in turn for every two by two pixels.
    #[must_use]
    pub fn nv12(width: usize, height: usize, bytes: &'a [u8]) -> Self {
        let row = padded_row(bytes.len(), height + height.div_ceil(2), width);
        let colour = |from: usize| Plane {
            bytes: bytes.get(row.saturating_mul(height) + from..).unwrap_or_default(),
            row,
            step: 2,
        };
        Self {
            width,
            height,
            luma: Plane { bytes, row, step: 1 },
            chroma: Some(Chroma { u: colour(0), v: colour(1), across: 1, down: 1 }),
        }
    }

    /// The frame; `None` where the buffer is too short for it, as of a frame cut off on its way.
    #[must_use]
    pub fn frame(&self) -> Option<Frame> {
        let mut luma = Vec::with_capacity(self.width.checked_mul(self.height)?);
        for y in 0..self.height {
            let row = self.luma.bytes.get(y.checked_mul(self.luma.row)?..)?;
            luma.extend(row.iter().step_by(self.luma.step.max(1)).take(self.width));
        }
        if luma.is_empty() || luma.len() != self.width * self.height {
            return None;
        }
        let preview = Preview::of(self.width, self.height, |x, y| {
            self.colour(luma[y * self.width + x], x, y)
        });
        Some(Frame { width: self.width, height: self.height, luma, preview })
    }

    /// Red, green and blue of a pixel by ITU-R BT.601 in studio range, as cameras deliver it.
    fn colour(&self, luma: u8, x: usize, y: usize) -> [u8; 3] {
        let Some(Chroma { u, v, across, down }) = self.chroma else { return [luma; 3] };
        let bright = 298 * (i32::from(luma) - 16);
        let blue = i32::from(u.at(x >> across, y >> down)) - 128;
        let red = i32::from(v.at(x >> across, y >> down)) - 128;
        [bright + 409 * red, bright - 100 * blue - 208 * red, bright + 516 * blue]
            .map(|sum| ((sum + 128) >> 8).clamp(0, 255) as u8)
    }
}

impl Plane<'_> {
    /// The value in this column and row; no colour where the buffer ends early.
    fn at(&self, x: usize, y: usize) -> u8 {
        self.bytes.get(y * self.row + x * self.step).copied().unwrap_or(128)
    }
}

/// Bytes from one row to the next in a buffer that does not say: what it has for each row, if that
/// is whole and enough, otherwise just what a row needs.
fn padded_row(bytes: usize, rows: usize, needed: usize) -> usize {
    match bytes.checked_div(rows) {
        Some(row) if row >= needed && row * rows == bytes => row,
        _ => needed,
    }
}
