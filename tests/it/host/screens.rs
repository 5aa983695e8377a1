//! The screen, read from a real X server, and told of where there is none.

use holdfast::host::desktop::screens::DesktopScreens;
use holdfast_model::ports::{ClipboardPicture, Screens};
use holdfast_model::scan::{Picture, read_still};
use image::Luma;
use qrcode::QrCode;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, CreateGCAux, ImageFormat};

use super::twin;
use super::xserver::XServer;

const URI: &str = "otpauth://totp/Screen:alice?secret=JBSWY3DPEHPK3PXP";
const TOLD: &str = "told: ";

#[test]
fn a_barcode_that_another_program_shows_is_read_off_the_screen() {
    const TEST: &str = "host::screens::a_barcode_that_another_program_shows_is_read_off_the_screen";
    if twin::task().is_some() {
        return look();
    }
    let Some(server) = XServer::start() else { return };
    let mut look = twin::of(TEST, "look");
    look.env("DISPLAY", &server.display).env_remove("WAYLAND_DISPLAY");
    assert!(said(&mut look).starts_with("1024x768 []"), "nothing is shown yet");
    show(&server.display);
    assert_eq!(said(&mut look), format!("1024x768 [{URI:?}]"));
}

#[test]
fn a_system_that_shows_nothing_says_what_to_do_instead() {
    const TEST: &str = "host::screens::a_system_that_shows_nothing_says_what_to_do_instead";
    if twin::task().is_some() {
        return look();
    }
    let mut look = twin::of(TEST, "look");
    look.env_remove("DISPLAY").env("WAYLAND_DISPLAY", "nowhere");
    look.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let said = said(&mut look);
    assert!(said.contains("take a screenshot, then paste it"), "{said}");
}

/// What the twin tells.
fn said(twin: &mut std::process::Command) -> String {
    let output = twin.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once(TOLD));
    line.unwrap_or_else(|| panic!("nothing was told: {text}")).1.to_owned()
}

/// The twin: looks at the screen and tells what is on it.
fn look() {
    let told = match DesktopScreens.picture() {
        Ok(Some(ClipboardPicture::Rgba { width, height, pixels })) => {
            let picture = Picture::from_rgba(width, height, pixels).unwrap();
            let texts = read_still(&picture).texts;
            let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
            format!("{width}x{height} {texts:?}")
        }
        Ok(_) => "something else".to_owned(),
        Err(error) => error.to_string(),
    };
    println!("{TOLD}{told}");
}

/// Paints a barcode onto the screen, as a browser would.
fn show(display: &str) {
    let (connection, screen) = x11rb::connect(Some(display)).unwrap();
    let root = connection.setup().roots[screen].root;
    let code = QrCode::new(URI).unwrap().render::<Luma<u8>>().module_dimensions(4, 4).build();
    let pixels: Vec<u8> = code.pixels().flat_map(|Luma([grey])| [*grey, *grey, *grey, 0]).collect();
    let context = connection.generate_id().unwrap();
    connection.create_gc(context, root, &CreateGCAux::new()).unwrap();
    let (width, height) = (code.width() as u16, code.height() as u16);
    let format = ImageFormat::Z_PIXMAP;
    connection
        .put_image(format, root, context, width, height, 60, 60, 0, 24, &pixels)
        .unwrap()
        .check()
        .unwrap();
}
