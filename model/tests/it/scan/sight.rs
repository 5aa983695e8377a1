//! Frames as a camera delivers them, through the real decoder to the sentence in the viewfinder.

use std::time::Duration;

use holdfast_model::Msg;
use holdfast_model::scan::{Desk, Luma, Sight};
use holdfast_model::screen::Page;
use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};

use super::draw::{self, PLAIN, Pen, URI};
use crate::stories::app::App;

/// A frame with this barcode drawn at so many pixels to a module, blurred by so much of a module.
fn frame(text: &str, module: f32, blur: f32) -> RgbaImage {
    let code = draw::code(text, Pen { module: 16, ..PLAIN });
    let side = (code.width() as f32 * module / 16.0) as u32;
    let code = imageops::resize(&code, side, side, FilterType::Triangle);
    let sheet = draw::on_page([190, 190, 190, 255], 1280, 720, (300, 150), &code);
    if blur > 0.0 { imageops::blur(&sheet, blur * module) } else { sheet }
}

/// A frame whose barcode has its corners and a bar across its middle, so that nothing is read.
fn covered(module: f32) -> RgbaImage {
    let mut image = frame(URI, module, 0.1);
    let side = 41.0 * module;
    let bar = RgbaImage::from_pixel(side as u32, (side * 0.45) as u32, Rgba([128; 4]));
    let at = |part: f32| (part * module) as i64;
    imageops::replace(&mut image, &bar, 300 + at(4.0), 150 + at(13.0));
    image
}

fn dimmed(mut image: RgbaImage, to: f32) -> RgbaImage {
    for Rgba(pixel) in image.pixels_mut() {
        for value in &mut pixel[..3] {
            *value = (f32::from(*value) * to) as u8;
        }
    }
    image
}

fn sight(image: &RgbaImage) -> Option<Sight> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let grey = draw::grey(image);
    let luma = Luma::new(width, height, width, &grey).unwrap();
    Desk::new().look_at_frame(&luma, 0, Duration::from_secs(20)).1
}

/// What the viewfinder says after five seconds of this frame.
fn sentence(mut app: App, image: &RgbaImage) -> String {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let grey = draw::grey(image);
    let luma = Luma::new(width, height, width, &grey).unwrap();
    let desk = Desk::new();
    app.tell(Msg::OpenCamera);
    for turn in 0..25 {
        let at = Duration::from_millis(200) * turn as u32;
        let (found, sight) = desk.look_at_frame(&luma, turn, Duration::from_secs(20));
        match sight {
            Some(_) => app.tell(Msg::Sighted { sight, at }),
            None => app.tell(Msg::Scanned { texts: found.texts, at }),
        }
    }
    match app.see().page {
        Page::Camera(page) => page.sentence,
        Page::Confirm(_) => "an account".to_owned(),
        other => panic!("not the viewfinder but {other:?}"),
    }
}

#[test]
fn real_frames_lead_to_the_sentence_they_deserve() {
    let desk = RgbaImage::from_pixel(1280, 720, Rgba([190, 190, 190, 255]));
    let export = "otpauth-migration://offline?data=CgcKBWhlbGxvEAEYBCABKAc%3D";
    let frames = [
        (desk.clone(), "No barcode can be made out"),
        (dimmed(desk, 0.1), "too dark"),
        (dimmed(frame(URI, 6.0, 0.0), 0.0), "too dark"),
        (frame(URI, 1.15, 0.0), "too small"),
        (covered(8.0), "hold still"),
        (frame("https://example.org/help", 6.0, 0.2), "a link to a web page"),
        (frame("https://play.google.com/store/apps/details?id=a", 6.0, 0.2), "an app store"),
        (frame("WIFI:T:WPA;S:cafe;P:latte;;", 6.0, 0.2), "a Wi-Fi network"),
        (frame(export, 6.0, 0.2), "part 2 of 4"),
        (frame(URI, 6.0, 0.2), "an account"),
    ];
    for (image, words) in frames {
        let said = sentence(App::open(), &image);
        assert!(said.contains(words), "{words}: {said} ({:?})", sight(&image));
    }
    let mut app = App::open();
    app.add(URI);
    let said = sentence(app, &frame(URI, 6.0, 0.2));
    assert!(said.contains("already here, as Example (alice@example.org)"), "{said}");
}

#[test]
fn a_dark_page_is_no_dark_room() {
    // A code in the corner of a black screen, with no quiet zone and out of focus.
    let code = draw::code(URI, Pen { module: 6, quiet: 0, ..PLAIN });
    let page = draw::on_page([0, 0, 0, 255], 1280, 720, (60, 60), &code);
    let sight = sight(&imageops::blur(&page, 5.0)).unwrap();
    assert!(sight.brightest > 150, "{sight:?}");
}

#[test]
fn the_size_of_a_module_is_measured() {
    for module in [3.0, 5.0, 9.0] {
        let measured = sight(&covered(module)).unwrap().module.unwrap();
        assert!((measured / module - 1.0).abs() < 0.15, "{measured} for {module}");
    }
}
