//! Still pictures: whatever is right with them is read, and only that.

use holdfast_model::scan::{self, Desk, Found, Picture};
use image::RgbaImage;

use super::draw::{self, PLAIN, Pen, URI};

fn texts(found: &Found) -> Vec<&str> {
    found.texts.iter().map(scan::FoundText::as_str).collect()
}

fn read(image: &RgbaImage) -> Found {
    scan::read_still(&Picture::decode(&draw::png(image)).unwrap())
}

const GREY: [u8; 4] = [90, 90, 95, 255];
const LIGHT: [u8; 4] = [235, 235, 240, 255];

#[test]
fn a_barcode_is_read_however_it_is_drawn() {
    for (way, pen) in [
        ("plain", PLAIN),
        ("light on dark", Pen { dark: LIGHT, light: [20, 20, 24, 255], ..PLAIN }),
        (
            "little contrast",
            Pen { dark: [120, 120, 120, 255], light: [165, 165, 165, 255], ..PLAIN },
        ),
        ("coloured", Pen { dark: [20, 60, 160, 255], light: [255, 240, 200, 255], ..PLAIN }),
        ("2 pixels to a module", Pen { module: 2, ..PLAIN }),
        ("1 pixel to a module", Pen { module: 1, ..PLAIN }),
        ("13 pixels to a module", Pen { module: 13, ..PLAIN }),
        ("no quiet zone", Pen { quiet: 0, ..PLAIN }),
        ("transparent page", Pen { light: [0, 0, 0, 0], ..PLAIN }),
        ("white on a transparent page", Pen { dark: [255, 255, 255, 255], light: [0; 4], ..PLAIN }),
        (
            "transparent code",
            Pen { dark: [255, 255, 255, 0], light: [255; 4], quiet: 6, module: 3 },
        ),
    ] {
        assert_eq!(texts(&read(&draw::code(URI, pen))), [URI], "{way}");
    }
}

#[test]
fn a_barcode_is_read_in_every_format_people_save() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Qoi, Tiff, WebP};
    let opaque = image::DynamicImage::ImageRgba8(draw::code(URI, PLAIN)).into_rgb8();
    for format in [Png, Jpeg, WebP, Gif, Bmp, Tiff, Pnm, Qoi] {
        let mut file = std::io::Cursor::new(Vec::new());
        opaque.write_to(&mut file, format).unwrap();
        let picture = Picture::decode(file.get_ref()).unwrap();
        assert_eq!(texts(&scan::read_still(&picture)), [URI], "{format:?}");
    }
}

#[test]
fn a_small_barcode_on_a_large_screenshot_is_read() {
    let code = draw::code(URI, Pen { module: 3, ..PLAIN });
    let screen = draw::on_page(GREY, 3840, 2160, (2911, 1407), &code);
    assert_eq!(texts(&read(&screen)), [URI]);
}

#[test]
fn noise_and_blur_do_not_hide_a_barcode() {
    let code = draw::code(URI, Pen { module: 5, ..PLAIN });
    let mut sheet = image::imageops::blur(&draw::on_page(LIGHT, 400, 400, (60, 50), &code), 1.6);
    let mut state = 1_u32;
    for pixel in sheet.pixels_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 24) as i32 % 61 - 30;
        for channel in &mut pixel.0[..3] {
            *channel = (i32::from(*channel) + noise).clamp(0, 255) as u8;
        }
    }
    assert_eq!(texts(&read(&sheet)), [URI]);
}

#[test]
fn two_barcodes_are_both_reported() {
    let other = "otpauth://totp/Other?secret=GEZDGNBVGY3TQOJQ";
    let mut sheet = draw::on_page(LIGHT, 700, 400, (20, 30), &draw::code(URI, PLAIN));
    image::imageops::replace(&mut sheet, &draw::code(other, PLAIN), 400, 120);
    let found = read(&sheet);
    let mut texts = texts(&found);
    texts.sort_unstable();
    assert_eq!(texts, [URI, other]);
}

#[test]
fn a_barcode_shown_twice_is_one_text() {
    let mut sheet = draw::on_page(LIGHT, 700, 300, (20, 30), &draw::code(URI, PLAIN));
    image::imageops::replace(&mut sheet, &draw::code(URI, PLAIN), 400, 60);
    assert_eq!(texts(&read(&sheet)), [URI]);
}

#[test]
fn a_text_that_is_not_latin_is_read_once_and_whole() {
    let uri = "otpauth://totp/Zażółć:łódź@例え.jp?secret=JBSWY3DPEHPK3PXP&issuer=Zażółć";
    assert_eq!(texts(&read(&draw::code(uri, PLAIN))), [uri]);
}

#[test]
fn nothing_is_read_where_there_is_no_barcode() {
    let stripes = RgbaImage::from_fn(300, 200, |x, y| {
        image::Rgba(if (x / 7 + y / 5) % 2 == 0 { LIGHT } else { GREY })
    });
    let pixel = RgbaImage::from_pixel(1, 1, image::Rgba(GREY));
    let line = RgbaImage::from_fn(3000, 1, |x, _| image::Rgba([x as u8, 0, 0, 255]));
    let clear = RgbaImage::from_pixel(50, 50, image::Rgba([0; 4]));
    for image in [stripes, pixel, line, clear] {
        assert!(read(&image).is_empty(), "{:?}", image.dimensions());
    }
}

#[test]
fn the_desk_reads_what_is_read_without_it() {
    let desk = Desk::new();
    let long = std::time::Duration::from_secs(300);
    let found = desk.read_still(draw::picture(&draw::code(URI, PLAIN)), long).unwrap();
    assert_eq!(texts(&found), [URI]);
}

#[test]
fn a_found_text_is_hidden_from_logs() {
    let found = read(&draw::code(URI, PLAIN));
    assert!(!format!("{found:?}").contains("JBSW"), "{found:?}");
}

#[test]
fn a_barcode_whose_edge_melts_into_a_dark_page_is_read() {
    for module in [3, 4, 7] {
        let code = draw::code(URI, Pen { module, quiet: 0, dark: GREY, ..PLAIN });
        let sheet = draw::on_page(GREY, 500, 420, (61, 47), &code);
        assert_eq!(texts(&read(&sheet)), [URI], "{module} pixels to a module");
    }
}

/// A grey picture whose pixel at a place comes from up to four places of `image` around `from`.
fn warped(image: &RgbaImage, from: impl Fn(f32, f32) -> (f32, f32)) -> RgbaImage {
    let (width, height) = image.dimensions();
    RgbaImage::from_fn(width, height, |x, y| {
        let (x, y) = from(x as f32, y as f32);
        let inside =
            (0.0..width as f32 - 1.0).contains(&x) && (0.0..height as f32 - 1.0).contains(&y);
        match image::imageops::interpolate_bilinear(image, x, y) {
            Some(pixel) if inside => pixel,
            _ => image::Rgba(LIGHT),
        }
    })
}

#[test]
fn a_barcode_blurred_by_more_than_half_a_module_is_read() {
    let code = draw::code(URI, Pen { module: 6, ..PLAIN });
    let sheet = image::imageops::blur(&draw::on_page(LIGHT, 400, 400, (60, 50), &code), 0.55 * 6.0);
    assert_eq!(texts(&read(&sheet)), [URI]);
}

#[test]
fn a_barcode_is_read_at_an_angle_of_sixty_degrees_whatever_its_turn() {
    let code = draw::code(URI, Pen { module: 6, ..PLAIN });
    let sheet = draw::on_page(LIGHT, 440, 440, (90, 90), &code);
    for turn in [0.0_f32, 45.0, 70.0] {
        let turn = turn.to_radians();
        let seen = warped(&sheet, |x, y| {
            let (x, y) = (x - 220.0, (y - 220.0) * 2.0);
            (x * turn.cos() - y * turn.sin() + 220.0, x * turn.sin() + y * turn.cos() + 220.0)
        });
        assert_eq!(texts(&read(&seen)), [URI], "turned by {turn}");
    }
}

/// A light code on a dark page, both of the brightness given.
fn code_on_page(page: u8, code: u8) -> RgbaImage {
    let shade = |value: u8| [value, value, value, 255];
    let pen = Pen { module: 6, dark: shade(code), light: shade(page), ..PLAIN };
    draw::on_page(shade(page), 640, 480, (150, 60), &draw::code(URI, pen))
}

const OF_LITTLE_CONTRAST: [(u8, u8); 6] =
    [(0, 24), (0, 56), (20, 60), (40, 80), (80, 110), (120, 146)];

#[test]
fn a_light_barcode_is_read_on_a_dark_page_of_little_contrast() {
    for (page, code) in OF_LITTLE_CONTRAST {
        let found = read(&code_on_page(page, code));
        assert_eq!(texts(&found), [URI], "{code} on {page}");
    }
}

#[test]
fn a_camera_reads_a_light_barcode_of_little_contrast_within_a_second() {
    for (page, code) in OF_LITTLE_CONTRAST {
        let sheet = code_on_page(page, code);
        let grey = draw::grey(&sheet);
        let luma = scan::Luma::new(640, 480, 640, &grey).unwrap();
        // A slow camera sends 15 frames a second.
        let is_read = |turn| !scan::read_frame(&luma, turn).is_empty();
        assert!((0..15).any(is_read), "{code} on {page}");
    }
}

#[test]
fn a_single_frame_is_enough_for_a_pale_barcode_on_its_own_page() {
    for (page, code) in [(255, 235), (200, 176), (110, 90), (20, 40), (60, 80)] {
        let sheet = code_on_page(page, code);
        let grey = draw::grey(&sheet);
        let luma = scan::Luma::new(640, 480, 640, &grey).unwrap();
        assert_eq!(texts(&scan::read(&luma)), [URI], "{code} on {page}");
    }
}

/// A link to an app store on a white card, and the enrolment code without an edge of its own beside it.
fn beside_a_link() -> RgbaImage {
    let dark = [24, 24, 28, 255];
    let link = draw::code("https://play.google.com/store/apps/details?id=org.example", PLAIN);
    let mut sheet = draw::on_page(dark, 800, 420, (40, 60), &link);
    let code = draw::code(URI, Pen { quiet: 0, dark, ..PLAIN });
    image::imageops::replace(&mut sheet, &code, 420, 90);
    sheet
}

#[test]
fn a_barcode_that_enrols_nothing_does_not_hide_the_one_beside_it() {
    let long = std::time::Duration::from_secs(300);
    let found = Desk::new().read_still(draw::picture(&beside_a_link()), long).unwrap();
    assert!(texts(&found).contains(&URI), "in a picture");
    let sheet = beside_a_link();
    let grey = draw::grey(&sheet);
    let luma = scan::Luma::new(800, 420, 800, &grey).unwrap();
    let desk = Desk::new();
    let is_read = |turn| texts(&desk.read_frame(&luma, turn, long)).contains(&URI);
    assert!((0..15).any(is_read), "by a camera");
}

/// A barcode with a thumb on the finder pattern whose middle is there, in modules.
fn covered_at(x: u32, y: u32, reach: u32) -> RgbaImage {
    let mut image = draw::code(URI, PLAIN);
    let at = |place: u32| (PLAIN.quiet + place) * PLAIN.module + PLAIN.module / 2;
    let (x, y, reach) = (at(x), at(y), reach * PLAIN.module);
    for (across, down, pixel) in image.enumerate_pixels_mut() {
        if across.abs_diff(x).pow(2) + down.abs_diff(y).pow(2) < reach.pow(2) {
            *pixel = image::Rgba([150, 110, 90, 255]);
        }
    }
    image
}

#[test]
fn a_barcode_is_read_with_one_corner_covered() {
    let last = (draw::code(URI, PLAIN).width() / PLAIN.module) - 2 * PLAIN.quiet - 4;
    for (x, y) in [(3, 3), (last, 3), (3, last)] {
        let sheet = covered_at(x, y, 4);
        assert_eq!(texts(&read(&sheet)), [URI], "{x} {y}");
        let (turned, grey) = (draw::grey(&image::imageops::rotate90(&sheet)), draw::grey(&sheet));
        for grey in [turned, grey] {
            let side = sheet.width() as usize;
            let luma = scan::Luma::new(side, side, side, &grey).unwrap();
            let is_read = |turn| !scan::read_frame(&luma, turn).is_empty();
            assert!((0..20).any(is_read), "by a camera, {x} {y}");
        }
    }
}

#[test]
fn a_part_of_a_split_barcode_is_not_taken_for_a_text() {
    const PIECE: &str = "K3PXPJBSWY3DPEHPK3PXP&issuer=Example";
    let sheet = draw::second_of_three(PIECE);
    let found = read(&sheet);
    assert_eq!(texts(&found), [""; 0]);
    assert_eq!(found.split, Some(scan::Split { part: 2, parts: 3 }));
    let senseless = read(&draw::fifth_of_three(PIECE));
    assert_eq!((texts(&senseless).len(), senseless.split), (0, None), "it says nothing true");
    let grey = draw::grey(&sheet);
    let (width, height) = (sheet.width() as usize, sheet.height() as usize);
    let luma = scan::Luma::new(width, height, width, &grey).unwrap();
    for stage in scan::stages::all() {
        let found = scan::read_with(stage, &luma);
        assert_eq!(texts(&found), [""; 0], "{}", stage.name);
    }
}
