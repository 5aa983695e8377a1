//! Files that are no pictures, are broken, or would unfold into gigabytes.

use holdfast_model::scan::picture::MAX_FILE_BYTES;
use holdfast_model::scan::{self, Picture, PictureError};
use image::RgbaImage;
use proptest::prelude::*;

use super::draw::{self, PLAIN, Pen, URI};

#[test]
fn what_is_not_a_picture_is_refused() {
    for bytes in [&b""[..], b"hello", URI.as_bytes(), b"\0\0\0\x18ftypmp42", &[0; 5000]] {
        let refusal = Picture::decode(bytes).unwrap_err();
        assert!(matches!(refusal, PictureError::NotAPicture), "{refusal:?}");
    }
}

#[test]
fn a_kind_of_picture_that_is_not_read_is_named_and_not_called_no_picture() {
    for (bytes, kind) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", "JPEG XL"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<?xml version=\"1.0\"?>\n<SVG xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ] {
        let refusal = Picture::decode(bytes).unwrap_err().to_string();
        assert!(refusal.contains(kind) && refusal.contains("PNG"), "{kind}: {refusal}");
    }
}

#[test]
fn a_picture_cut_short_is_damaged() {
    let file = draw::png(&draw::code(URI, PLAIN));
    for length in [20, 60, file.len() / 2] {
        let refusal = Picture::decode(&file[..length]).unwrap_err();
        assert!(matches!(refusal, PictureError::Damaged), "{length}: {refusal:?}");
    }
}

/// A PNG header that promises a picture of these dimensions, and nothing after it.
fn promise(width: u32, height: u32) -> Vec<u8> {
    let mut file = draw::png(&RgbaImage::new(1, 1));
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&sum.to_be_bytes());
    file
}

#[test]
fn pixels_that_take_twice_the_memory_may_be_half_as_many() {
    let of_sixteen_bits = |width| {
        let mut file = promise(width, 8000);
        (file[24], file[25]) = (16, 6);
        let sum = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&sum.to_be_bytes());
        Picture::decode(&file).unwrap_err()
    };
    let refusal = of_sixteen_bits(4001);
    assert!(matches!(refusal, PictureError::TooManyPixels { width: 4001, .. }), "{refusal:?}");
    assert!(matches!(of_sixteen_bits(4000), PictureError::Damaged), "so large is looked into");
}

/// The checksum of a PNG chunk (ISO 15948 annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[test]
fn a_small_file_that_promises_a_huge_picture_is_refused_before_it_is_unfolded() {
    for (width, height) in [(60_000, 60_000), (16_384, 16_384), (17_000, 1), (1, 17_000)] {
        let refusal = Picture::decode(&promise(width, height)).unwrap_err();
        assert!(matches!(refusal, PictureError::TooManyPixels { .. }), "{refusal:?}");
        assert!(refusal.to_string().contains("Crop"), "{refusal}");
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let mut file = draw::png(&draw::code(URI, PLAIN));
    file.resize(MAX_FILE_BYTES + 1, 0);
    assert!(matches!(Picture::decode(&file).unwrap_err(), PictureError::FileTooLarge));
}

#[test]
fn a_file_of_any_format_that_is_cut_short_is_an_error_or_what_is_left_of_it() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Qoi, Tiff, WebP};
    let opaque = image::DynamicImage::ImageRgba8(draw::code(URI, PLAIN)).into_rgb8();
    for format in [Png, Jpeg, WebP, Gif, Bmp, Tiff, Qoi] {
        let mut file = std::io::Cursor::new(Vec::new());
        opaque.write_to(&mut file, format).unwrap();
        let file = file.into_inner();
        for part in 1..16 {
            let cut = &file[..file.len() * part / 16];
            if let Ok(picture) = Picture::decode(cut) {
                assert_eq!((picture.width(), picture.height()), opaque.dimensions(), "{format:?}");
            }
        }
    }
}

#[test]
fn a_small_gif_that_promises_a_huge_picture_is_refused_before_it_is_unfolded() {
    let mut file = Vec::new();
    let pixel = image::DynamicImage::ImageRgba8(RgbaImage::new(1, 1));
    pixel.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Gif).unwrap();
    file[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    let refusal = Picture::decode(&file).unwrap_err();
    assert!(matches!(refusal, PictureError::TooManyPixels { .. }), "{refusal:?}");
}

/// A JPEG file with an EXIF block that states an orientation.
fn jpeg(image: &RgbaImage, orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let rgb = image::DynamicImage::ImageRgba8(image.clone()).into_rgb8();
    rgb.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Jpeg).unwrap();
    let mut exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    file.splice(2..2, exif);
    file
}

#[test]
fn a_photograph_is_turned_the_way_its_camera_says() {
    // A dark corner at the top left, in a picture that is wider than high.
    let image = RgbaImage::from_fn(64, 32, |x, y| {
        image::Rgba(if x < 16 && y < 16 { [0, 0, 0, 255] } else { [255; 4] })
    });
    let dark_corner = |orientation| {
        let picture = Picture::decode(&jpeg(&image, orientation)).unwrap();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let grey = picture.luma_over(255);
        let dark = |x: usize, y: usize| grey[y * width + x] < 90;
        let corners = [(4, 4), (width - 5, 4), (4, height - 5), (width - 5, height - 5)];
        (width, corners.map(|(x, y)| dark(x, y)))
    };
    assert_eq!(dark_corner(1), (64, [true, false, false, false]));
    assert_eq!(dark_corner(2), (64, [false, true, false, false]));
    assert_eq!(dark_corner(3), (64, [false, false, false, true]));
    assert_eq!(dark_corner(6), (32, [false, true, false, false]));
    assert_eq!(dark_corner(8), (32, [false, false, true, false]));
    assert_eq!(dark_corner(99), (64, [true, false, false, false]), "nonsense changes nothing");
}

#[test]
fn transparency_lets_the_page_through() {
    let image = RgbaImage::from_pixel(1, 1, image::Rgba([0, 0, 0, 64]));
    assert_eq!(draw::picture(&image).luma_over(255), [191]);
    assert_eq!(draw::picture(&image).luma_over(0), [0]);
}

#[test]
fn pixels_that_do_not_fit_their_dimensions_are_refused() {
    assert!(Picture::from_rgba(2, 2, vec![0; 16]).is_some());
    assert!(Picture::from_rgba(2, 2, vec![0; 15]).is_none());
    assert!(Picture::from_rgba(0, 2, vec![]).is_none());
    assert!(Picture::from_rgba(u32::MAX, u32::MAX, vec![0; 16]).is_none());
}

#[test]
fn a_picture_full_of_finder_patterns_ends() {
    // Each cell looks like the corner of a barcode; grouping them by threes would take minutes.
    let image = RgbaImage::from_fn(540, 540, |x, y| {
        let ring = |at: u32| (at % 18 / 2).min(8).abs_diff(4);
        let dark = [0, 1, 3].contains(&ring(x).max(ring(y)));
        image::Rgba(if dark { [0, 0, 0, 255] } else { [255; 4] })
    });
    let desk = scan::Desk::new();
    let found = desk.read_still(draw::picture(&image), std::time::Duration::from_secs(120));
    assert!(found.expect("searched to its end").is_empty(), "it is no barcode");
}

#[test]
fn two_who_want_to_read_at_once_are_both_answered() {
    let desk = scan::Desk::new();
    let picture = || draw::picture(&draw::code(URI, PLAIN));
    std::thread::scope(|scope| {
        let readers = [0; 4].map(|_| {
            scope.spawn(|| desk.read_still(picture(), std::time::Duration::from_secs(300)))
        });
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap().texts.len(), 1);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_broken_file_is_an_error_and_no_more(at in 0_usize..700, byte: u8, cut in 0_usize..700) {
        let mut file = draw::png(&draw::code("text", Pen { module: 1, ..PLAIN }));
        let length = file.len();
        file[at % length] = byte;
        file.truncate(length - cut % length);
        let _ = Picture::decode(&file);
    }
}
