//! One frame, where the device put it, and the two things that are made of it.

use holdfast_model::scan::Picture;
use slint::{Rgb8Pixel, SharedPixelBuffer};

use super::Yuv;

/// A frame as the window shows it: the buffer that is drawn from, without another copy.
pub type Preview = SharedPixelBuffer<Rgb8Pixel>;

/// The widest preview, in pixels: enough to aim by, and cheap to draw without a graphics card.
pub const PREVIEW_WIDTH: usize = 640;

/// One frame. Nothing of it is copied before it is known what is needed.
pub enum Frame<'a> {
    /// Brightness and colour in the device's memory.
    Yuv(Yuv<'a>),
    /// The same of a device that is not held upright: to be shown turned by so many quarters to the
    /// right. What is read needs no turning.
    Turned(Yuv<'a>, u8),
    /// A decoded picture.
    Picture(Picture),
}

impl Frame<'_> {
    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Yuv(yuv) | Self::Turned(yuv, _) => yuv.width,
            Self::Picture(picture) => picture.width() as usize,
        }
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        match self {
            Self::Yuv(yuv) | Self::Turned(yuv, _) => yuv.height,
            Self::Picture(picture) => picture.height() as usize,
        }
    }

    /// All of its brightness, to be read: row by row without padding, 0 is black, 255 is white.
    #[must_use]
    pub fn luma(&self) -> Vec<u8> {
        match self {
            Self::Yuv(yuv) | Self::Turned(yuv, _) => yuv.brightness(),
            Self::Picture(picture) => picture.luma_over(u8::MAX),
        }
    }

    /// The same frame small and in colour, to be shown.
    #[must_use]
    pub fn preview(&self) -> Preview {
        match self {
            Self::Yuv(yuv) => small(yuv.width, yuv.height, |x, y| yuv.colour(x, y)),
            Self::Turned(yuv, quarters) => {
                let (width, height) = (yuv.width, yuv.height);
                let lies = quarters % 2 == 1;
                let (columns, rows) = if lies { (height, width) } else { (width, height) };
                small(columns, rows, |x, y| match quarters % 4 {
                    0 => yuv.colour(x, y),
                    1 => yuv.colour(y, height - 1 - x),
                    2 => yuv.colour(width - 1 - x, height - 1 - y),
                    _ => yuv.colour(width - 1 - y, x),
                })
            }
            Self::Picture(picture) => {
                let (width, height) = (self.width(), self.height());
                small(width, height, |x, y| {
                    let pixel = picture.rgba().get((y * width + x) * 4..).unwrap_or_default();
                    pixel.first_chunk().copied().unwrap_or_default()
                })
            }
        }
    }
}

/// Every so many pixels of a picture whose pixel at column `x` and row `y` is `colour(x, y)`.
fn small(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Preview {
    let every = width.div_ceil(PREVIEW_WIDTH).max(1);
    if width == 0 || height == 0 {
        return Preview::new(1, 1);
    }
    // A strip still has a row: the window cannot draw a picture without one.
    let (columns, rows) = ((width / every).max(1), (height / every).max(1));
    // Both fit: a frame's sides are bounded far below.
    let mut preview = Preview::new(columns as u32, rows as u32);
    // Nobody else has the new buffer yet, so that writing to it copies nothing.
    let rows = preview.make_mut_slice().chunks_exact_mut(columns);
    for (y, row) in rows.enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let [r, g, b] = colour(x * every, y * every);
            *pixel = Rgb8Pixel { r, g, b };
        }
    }
    preview
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_has_something_to_show() {
        for (width, height) in [(1, 1), (2000, 3), (16384, 1), (1, 16384), (1281, 2)] {
            let bytes = vec![90; width * height];
            let preview = Frame::Turned(Yuv::grey(width, height, None, &bytes), 0).preview();
            assert!(preview.width() > 0 && preview.height() > 0, "{width} x {height}");
            assert!(preview.width() as usize <= PREVIEW_WIDTH);
            assert!(preview.as_bytes().iter().all(|byte| *byte == 90));
        }
    }

    #[test]
    fn a_frame_is_shown_upright_however_the_device_is_held() {
        // Two columns, three rows: a is at the top left, f at the bottom right.
        let [a, b, c, d, e, f] = [40, 80, 120, 160, 200, 230];
        let bytes = [a, b, c, d, e, f];
        let upright = Yuv::grey(2, 3, None, &bytes);
        let shown = |quarters| {
            let preview = Frame::Turned(upright, quarters).preview();
            let rows = preview.as_bytes().chunks_exact(preview.width() as usize * 3);
            rows.map(|row| row.iter().step_by(3).copied().collect()).collect::<Vec<Vec<u8>>>()
        };
        assert_eq!(shown(0), [vec![a, b], vec![c, d], vec![e, f]]);
        assert_eq!(shown(1), [vec![e, c, a], vec![f, d, b]]);
        assert_eq!(shown(2), [vec![f, e], vec![d, c], vec![b, a]]);
        assert_eq!(shown(3), [vec![b, d, f], vec![a, c, e]]);
    }
}
