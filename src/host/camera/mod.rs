//! The camera: frames from a device or a recording, shown small and read on a thread of their own.

mod feed;
mod yuv;

use holdfast_model::CameraError;
use holdfast_model::scan::Picture;

pub use feed::{Feed, Seen};
pub use yuv::{Chroma, Plane, Yuv};

/// Whatever delivers frames: a camera of the desktop or the phone, or a recording of one.
pub trait Camera {
    /// Waits for the next frame.
    ///
    /// # Errors
    /// One sentence on why there will be no more of them.
    fn frame(&mut self) -> Result<Frame, CameraError>;
}

/// One frame: all of its brightness to be read, a few of its pixels to be shown.
pub struct Frame {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The brightness of each pixel, row by row without padding: 0 is black, 255 is white.
    pub luma: Vec<u8>,
    /// The same frame, small and in colour.
    pub preview: Preview,
}

/// A frame as the window shows it.
pub struct Preview {
    /// Pixels in a row, at most [`PREVIEW_WIDTH`].
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue, row by row without padding: `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

/// The widest preview, in pixels: enough to aim by, and cheap to draw without a graphics card.
pub const PREVIEW_WIDTH: usize = 640;

impl Frame {
    /// The frame in a decoded picture, on white where it is transparent.
    #[must_use]
    pub fn of_picture(picture: &Picture) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let preview = Preview::of(width, height, |x, y| {
            let pixel = picture.rgba().get((y * width + x) * 4..).unwrap_or_default();
            pixel.first_chunk().copied().unwrap_or_default()
        });
        Self { width, height, luma: picture.luma_over(u8::MAX).to_vec(), preview }
    }
}

impl Preview {
    /// Every so many pixels of a picture whose pixel at column `x` and row `y` is `colour(x, y)`.
    pub(crate) fn of(
        width: usize,
        height: usize,
        colour: impl Fn(usize, usize) -> [u8; 3],
    ) -> Self {
        let every = width.div_ceil(PREVIEW_WIDTH).max(1);
        let (columns, rows) = (width / every, height / every);
        let mut rgb = Vec::with_capacity(columns * rows * 3);
        for y in 0..rows {
            for x in 0..columns {
                rgb.extend_from_slice(&colour(x * every, y * every));
            }
        }
        // Both fit: a frame's sides are bounded far below.
        Self { width: columns as u32, height: rows as u32, rgb }
    }
}
