//! Reading barcodes: pixels in, texts out.
//!
//! [`read`] takes one camera frame and is quick enough for every frame; [`read_still`] takes a
//! picture and tries everything there is. Both are pure: they know no clock, file or camera.

mod found;
pub mod luma;
pub mod picture;
mod zxing;

pub use found::{Found, FoundText};
pub use luma::{Luma, LumaError};
pub use picture::{Picture, PictureError};

/// Reads the barcodes in one camera frame.
pub fn read(luma: &Luma<'_>) -> Found {
    let mut found = Found::default();
    zxing::read(luma, &mut found);
    found
}

/// Reads the barcodes in a picture that has been saved, such as a screenshot.
pub fn read_still(picture: &Picture) -> Found {
    let pages: &[u8] = if picture.is_opaque() { &[255] } else { &[255, 0] };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut found = Found::default();
    for &page in pages {
        let grey = picture.luma_over(page);
        if let Ok(luma) = Luma::new(width, height, width, &grey) {
            found = read(&luma);
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}
