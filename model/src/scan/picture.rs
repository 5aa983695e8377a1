//! A picture file turned into pixels: any common format, turned the right way up, bounded in size.

use std::borrow::Cow;
use std::io::Cursor;
use std::ops::Range;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbaImage};
use thiserror::Error;

/// The largest picture file that is opened, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;
/// The longest side of a picture, in pixels.
pub const MAX_SIDE: u32 = super::luma::MAX_SIDE as u32;
/// The most pixels of a picture: a phone's 50-megapixel photograph still opens.
pub const MAX_PIXELS: u64 = 64_000_000;
/// The most memory for its pixels, in bytes: as many of 8 bits in four colours, and half as many of 16.
const MAX_UNFOLDED: u64 = MAX_PIXELS * 4;

/// A decoded picture, the right way up: red, green, blue and alpha, 8 bits each.
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

/// Why a file could not be opened as a picture.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The bytes are of no format known here.
    #[error("This file is not a picture. Choose a PNG, JPEG, WebP or GIF file.")]
    NotAPicture,
    /// It is a picture of a kind that is not read here.
    #[error(
        "This kind of picture ({0}) is not read here. Save it as PNG or JPEG, or take a screenshot of it."
    )]
    OtherKind(&'static str),
    /// The bytes begin like a picture but cannot be decoded.
    #[error("This picture is damaged or incomplete. Save it again and choose the new file.")]
    Damaged,
    /// The file is longer than [`MAX_FILE_BYTES`].
    #[error("This file is too large to be opened as a picture. Crop it to the barcode.")]
    FileTooLarge,
    /// The picture has more pixels than [`MAX_SIDE`] or [`MAX_PIXELS`] admit.
    #[error(
        "This picture is too large to be opened ({width} × {height} pixels). \
         Crop it to the barcode."
    )]
    TooManyPixels {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
    },
}

impl Picture {
    /// Decodes a picture file (PNG, JPEG, WebP, GIF, and on a desktop BMP, TIFF, PNM, QOI, ICO) and turns it
    /// the way its EXIF orientation asks for. An animation gives its first frame.
    ///
    /// The dimensions are checked before a pixel is decoded, so that a small file that unfolds into
    /// gigabytes is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(PictureError::FileTooLarge);
        }
        if let Some(kind) = other_kind(bytes) {
            return Err(PictureError::OtherKind(kind));
        }
        let bytes = without_profile(bytes);
        let reader = ImageReader::new(Cursor::new(&*bytes))
            .with_guessed_format()
            .map_err(|_| PictureError::NotAPicture)?;
        let mut decoder = reader.into_decoder().map_err(refusal)?;
        let (width, height) = decoder.dimensions();
        if width.max(height) > MAX_SIDE
            || u64::from(width) * u64::from(height) > MAX_PIXELS
            || decoder.total_bytes() > MAX_UNFOLDED
        {
            return Err(PictureError::TooManyPixels { width, height });
        }
        let mut limits = Limits::default();
        // The pixels themselves, and as much again for the decoder's own needs.
        limits.max_alloc = Some(MAX_UNFOLDED * 2);
        decoder.set_limits(limits).map_err(refusal)?;
        let orientation = decoder.orientation();
        let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
        if let Ok(orientation) = orientation {
            image.apply_orientation(orientation);
        }
        Ok(Self::from(image.into_rgba8()))
    }

    /// Takes over pixels that are already decoded, such as the clipboard's or a screenshot's: four
    /// bytes each (red, green, blue, alpha), row by row without padding. `None` if the length does
    /// not match, or the picture is empty or too large.
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let pixels = u64::from(width) * u64::from(height);
        let fits = pixels > 0
            && pixels <= MAX_PIXELS
            && width.max(height) <= MAX_SIDE
            && rgba.len() as u64 == pixels * 4;
        fits.then_some(Self { width, height, rgba })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, four bytes each (red, green, blue, alpha), row by row without padding.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// Whether every pixel is opaque.
    pub fn is_opaque(&self) -> bool {
        self.rgba.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX)
    }

    /// The picture as a grey plane without padding (its stride is its width), laid over a page of
    /// the given brightness (255 is white paper) where it is transparent.
    pub fn luma_over(&self, page: u8) -> Vec<u8> {
        let grey = self.rgba.chunks_exact(4).map(|pixel| {
            let [r, g, b, a] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(u32::from);
            // ITU-R BT.601 weights in 1/256, which is what cameras put into their Y plane.
            let luma = (77 * r + 150 * g + 29 * b + 128) >> 8;
            ((luma * a + u32::from(page) * (255 - a) + 127) / 255) as u8
        });
        grey.collect()
    }
}

impl From<RgbaImage> for Picture {
    fn from(image: RgbaImage) -> Self {
        let (width, height) = image.dimensions();
        Self { width, height, rgba: image.into_raw() }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

/// The name of a kind of picture that phones, browsers and drawing programs write and that is not read here.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12).and_then(|head| head.strip_prefix(b"ftyp"));
    match brand {
        Some(b"avif" | b"avis") => return Some("AVIF"),
        Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
            return Some("HEIC");
        }
        _ => {}
    }
    if bytes.starts_with(b"\xff\x0a") || bytes.starts_with(b"\0\0\0\x0cJXL ") {
        return Some("JPEG XL");
    }
    if bytes.starts_with(b"%PDF-") {
        return Some("PDF");
    }
    let start = bytes.get(..256).unwrap_or(bytes).to_ascii_lowercase();
    let is_svg = start.windows(4).any(|window| window == b"<svg");
    is_svg.then_some("SVG")
}

/// A PNG without the profile of its colours, which says nothing of brightness and is unfolded whatever its size: a
/// file of 400 kB may hold one of 400 MB. Anything else as it is.
fn without_profile(bytes: &[u8]) -> Cow<'_, [u8]> {
    let profiles = profiles_in(bytes);
    if profiles.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut kept = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for profile in profiles {
        kept.extend_from_slice(&bytes[from..profile.start]);
        from = profile.end;
    }
    kept.extend_from_slice(&bytes[from..]);
    Cow::Owned(kept)
}

/// Where the profiles are among a PNG's chunks before its pixels: each chunk is a length, a name, as much, and a
/// checksum (ISO/IEC 15948, 5.3).
fn profiles_in(bytes: &[u8]) -> Vec<Range<usize>> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const AROUND: usize = 12;
    let mut profiles = Vec::new();
    let mut at = if bytes.starts_with(SIGNATURE) { SIGNATURE.len() } else { bytes.len() };
    while let Some(&[a, b, c, d, ref name @ ..]) =
        bytes.get(at..).and_then(|rest| rest.first_chunk::<8>())
        && name != b"IDAT"
    {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let end = at.saturating_add(length).saturating_add(AROUND).min(bytes.len());
        if name == b"iCCP" {
            profiles.push(at..end);
        }
        at = end;
    }
    profiles
}

fn refusal(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(_) => PictureError::NotAPicture,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], name, data, &[0; 4]].concat()
    }

    #[test]
    fn the_profile_of_a_png_s_colours_is_left_out_and_nothing_else() {
        let start = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &[0; 13])].concat();
        let end = [chunk(b"IDAT", b"iCCP in pixels"), chunk(b"iCCP", b"late"), chunk(b"IEND", b"")];
        let end = end.concat();
        let plain = [&start[..], &end].concat();
        assert!(matches!(without_profile(&plain), Cow::Borrowed(_)));
        let profile = chunk(b"iCCP", &[7; 300]);
        let with = [&start[..], &profile, &chunk(b"gAMA", &[0; 4]), &profile, &end].concat();
        let kept = [&start[..], &chunk(b"gAMA", &[0; 4]), &end].concat();
        assert_eq!(without_profile(&with), kept);
        // Cut off anywhere, or with lengths that lead nowhere, it ends all the same.
        for length in 0..with.len() {
            without_profile(&with[..length]);
        }
        let endless = [&start[..], &[0xff; 8], b"iCCP"].concat();
        assert_eq!(without_profile(&endless), endless);
        assert_eq!(without_profile(b"GIF89a iCCP"), &b"GIF89a iCCP"[..]);
    }
}
