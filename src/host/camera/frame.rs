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
    /// A decoded picture.
    Picture(Picture),
}

impl Frame<'_> {
    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Yuv(yuv) => yuv.width,
            Self::Picture(picture) => picture.width() as usize,
        }
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        match self {
            Self::Yuv(yuv) => yuv.height,
            Self::Picture(picture) => picture.height() as usize,
        }
    }

    /// All of its brightness, to be read: row by row without padding, 0 is black, 255 is white.
    #[must_use]
    pub fn luma(&self) -> Vec<u8> {
        match self {
            Self::Yuv(yuv) => yuv.brightness(),
            Self::Picture(picture) => picture.luma_over(u8::MAX),
        }
    }

    /// The same frame small and in colour, to be shown.
    #[must_use]
    pub fn preview(&self) -> Preview {
        match self {
            Self::Yuv(yuv) => small(yuv.width, yuv.height, |x, y| yuv.colour(x, y)),
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
    let (columns, rows) = (width / every, height / every);
    // Both fit: a frame's sides are bounded far below.
    let mut preview = Preview::new(columns as u32, rows as u32);
    // Nobody else has the new buffer yet, so that writing to it copies nothing.
    let rows = preview.make_mut_slice().chunks_exact_mut(columns.max(1));
    for (y, row) in rows.enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let [r, g, b] = colour(x * every, y * every);
            *pixel = Rgb8Pixel { r, g, b };
        }
    }
    preview
}
