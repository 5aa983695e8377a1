//! A grey plane as a camera or a decoded picture hands it over, checked once at the door.

use thiserror::Error;

/// The longest side a plane may have, in pixels.
pub const MAX_SIDE: usize = 16_384;

/// A borrowed grey plane: 0 is black, 255 is white, rows from top to bottom.
///
/// Cameras pad their rows, so the distance between two rows (`stride`) is not the width. Reading a
/// plane with the wrong stride shears the picture until nothing in it can be read.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    width: usize,
    height: usize,
    stride: usize,
    bytes: &'a [u8],
}

/// Why bytes and dimensions do not make a grey plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LumaError {
    /// Width or height is zero.
    #[error("the picture is empty")]
    Empty,
    /// A side is longer than [`MAX_SIDE`].
    #[error("the picture is {0} pixels long, and at most {MAX_SIDE} can be read")]
    TooLarge(usize),
    /// Rows would overlap.
    #[error("a row of {width} pixels does not fit in a stride of {stride} bytes")]
    StrideTooShort {
        /// Pixels in a row.
        width: usize,
        /// Bytes from one row to the next.
        stride: usize,
    },
    /// The last row would end outside the bytes.
    #[error("the plane needs {needed} bytes and has {present}")]
    TooFewBytes {
        /// Bytes that the dimensions ask for.
        needed: usize,
        /// Bytes that are there.
        present: usize,
    },
}

impl<'a> Luma<'a> {
    /// A plane of `width` × `height` pixels whose rows start `stride` bytes apart.
    ///
    /// The last row needs no padding; bytes after it (a camera's colour planes) are not looked at.
    pub fn new(
        width: usize,
        height: usize,
        stride: usize,
        bytes: &'a [u8],
    ) -> Result<Self, LumaError> {
        if width == 0 || height == 0 {
            return Err(LumaError::Empty);
        }
        let longest = width.max(height);
        if longest > MAX_SIDE {
            return Err(LumaError::TooLarge(longest));
        }
        if stride < width {
            return Err(LumaError::StrideTooShort { width, stride });
        }
        let needed = stride
            .checked_mul(height - 1)
            .and_then(|rows| rows.checked_add(width))
            .ok_or(LumaError::TooLarge(stride))?;
        if bytes.len() < needed {
            return Err(LumaError::TooFewBytes { needed, present: bytes.len() });
        }
        Ok(Self { width, height, stride, bytes })
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels of row `y`, without padding; empty below the last row.
    pub fn row(&self, y: usize) -> &'a [u8] {
        if y >= self.height {
            return &[];
        }
        let start = y * self.stride;
        &self.bytes[start..start + self.width]
    }
}

impl std::fmt::Debug for Luma<'_> {
    /// Shows the shape and never the pixels: a barcode in them is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width, height, stride, .. } = self;
        write!(f, "Luma({width}×{height}, stride {stride})")
    }
}
