//! Pixels as cameras deliver them: a plane of brightness and, coarser, two of colour.

use super::Frame;

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

/// A frame of brightness and colour in any of the layouts that cameras use. The constructors take
/// the bytes from one row to the next where the device tells them (`row`), otherwise they are
/// worked out from the buffer's length.
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
    pub fn grey(width: usize, height: usize, row: Option<usize>, bytes: &'a [u8]) -> Self {
        let row = row.unwrap_or_else(|| padded_row(bytes.len(), height, width));
        Self { width, height, luma: Plane { bytes, row, step: 1 }, chroma: None }
    }

    /// YUYV: two brightnesses and their two shared colours, in turn.
    #[must_use]
    pub fn yuyv(width: usize, height: usize, row: Option<usize>, bytes: &'a [u8]) -> Self {
        Self::packed(width, height, row, bytes, [0, 1, 3])
    }

    /// UYVY: the same with the colours first.
    #[must_use]
    pub fn uyvy(width: usize, height: usize, row: Option<usize>, bytes: &'a [u8]) -> Self {
        Self::packed(width, height, row, bytes, [1, 0, 2])
    }

    fn packed(
        width: usize,
        height: usize,
        row: Option<usize>,
        bytes: &'a [u8],
        [luma, u, v]: [usize; 3],
    ) -> Self {
        let row = row.unwrap_or_else(|| padded_row(bytes.len(), height, width * 2));
        let plane = |from, step| Plane { bytes: bytes.get(from..).unwrap_or_default(), row, step };
        let chroma = Chroma { u: plane(u, 4), v: plane(v, 4), across: 1, down: 0 };
        Self { width, height, luma: plane(luma, 2), chroma: Some(chroma) }
    }

    /// NV12: a plane of brightness, then one of both colours in turn for every two by two pixels.
    #[must_use]
    pub fn nv12(width: usize, height: usize, row: Option<usize>, bytes: &'a [u8]) -> Self {
        Self::semi_planar(width, height, row, bytes, [0, 1])
    }

    /// NV21: the same with the colours exchanged.
    #[must_use]
    pub fn nv21(width: usize, height: usize, row: Option<usize>, bytes: &'a [u8]) -> Self {
        Self::semi_planar(width, height, row, bytes, [1, 0])
    }

    fn semi_planar(
        width: usize,
        height: usize,
        row: Option<usize>,
        bytes: &'a [u8],
        [u, v]: [usize; 2],
    ) -> Self {
        let rows = height + height.div_ceil(2);
        let row = row.unwrap_or_else(|| padded_row(bytes.len(), rows, width));
        let colour = |from: usize| Plane {
            bytes: bytes.get(row.saturating_mul(height) + from..).unwrap_or_default(),
            row,
            step: 2,
        };
        let chroma = Chroma { u: colour(u), v: colour(v), across: 1, down: 1 };
        Self { width, height, luma: Plane { bytes, row, step: 1 }, chroma: Some(chroma) }
    }

    /// YU12 (I420): a plane of brightness, then one of each colour for every two by two pixels;
    /// YV12 where `swapped`.
    #[must_use]
    pub fn yu12(
        width: usize,
        height: usize,
        row: Option<usize>,
        bytes: &'a [u8],
        swapped: bool,
    ) -> Self {
        let row = row.unwrap_or(width);
        let (small_row, small_rows) = (row.div_ceil(2), height.div_ceil(2));
        let colour = |place: usize| {
            let from = row.saturating_mul(height) + place * small_row * small_rows;
            Plane { bytes: bytes.get(from..).unwrap_or_default(), row: small_row, step: 1 }
        };
        let (u, v) = if swapped { (colour(1), colour(0)) } else { (colour(0), colour(1)) };
        let chroma = Chroma { u, v, across: 1, down: 1 };
        Self { width, height, luma: Plane { bytes, row, step: 1 }, chroma: Some(chroma) }
    }

    /// The frame; `None` where the buffer is too short for it, as of a frame cut off on its way.
    #[must_use]
    pub fn whole(self) -> Option<Frame<'a>> {
        let Plane { bytes, row, step } = self.luma;
        let rows = row.checked_mul(self.height.checked_sub(1)?)?;
        let last = step.max(1).checked_mul(self.width.checked_sub(1)?)?;
        let needed = rows.checked_add(last)?;
        (needed < bytes.len()).then_some(Frame::Yuv(self))
    }

    /// The brightness of every pixel, row by row without padding.
    pub(super) fn brightness(&self) -> Vec<u8> {
        let Plane { bytes, row, step } = self.luma;
        let mut luma = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            let row = bytes.get(y * row..).unwrap_or_default();
            match step {
                1 => luma.extend_from_slice(row.get(..self.width).unwrap_or_default()),
                _ => luma.extend(row.iter().step_by(step.max(1)).take(self.width)),
            }
        }
        luma
    }

    /// Red, green and blue of a pixel by ITU-R BT.601 in studio range, as cameras deliver it.
    pub(super) fn colour(&self, x: usize, y: usize) -> [u8; 3] {
        let luma = self.luma.at(x, y);
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
