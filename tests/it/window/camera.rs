//! The viewfinder in the window: a film of a hand-held camera ends in an enrolled account, and what
//! enrols nothing is explained.

use std::sync::Arc;
use std::time::Duration;

use holdfast::host::desktop::camera::Recording;
use holdfast::ui::Screen;
use image::{GrayImage, Luma};
use qrcode::QrCode;
use slint::{ComponentHandle, Rgba8Pixel, SharedPixelBuffer};

use super::kit::Kit;
use crate::film::Film;

const PASSPHRASE: &str = "brackish lantern otter violin";
const URI: &str =
    "otpauth://totp/Directory:mara?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Directory";

fn sentence(kit: &Kit) -> String {
    kit.shell.window().global::<Screen>().get_sentence().to_string()
}

/// Whether the viewfinder shows a frame.
fn live(kit: &Kit) -> Option<()> {
    let size = kit.shell.window().global::<Screen>().get_viewfinder().size();
    (size.width > 0 && size.height > 0).then_some(())
}

/// Keeps the window's pixels where somebody wants to look at them.
#[expect(clippy::disallowed_methods, reason = "a folder for pictures may be named")]
pub(super) fn keep(name: &str, picture: &SharedPixelBuffer<Rgba8Pixel>) {
    let Some(folder) = std::env::var_os("HOLDFAST_PICTURES") else { return };
    std::fs::create_dir_all(&folder).expect("the folder");
    let path = std::path::Path::new(&folder).join(name).with_extension("png");
    image::save_buffer(
        path,
        picture.as_bytes(),
        picture.width(),
        picture.height(),
        image::ColorType::Rgba8,
    )
    .expect("a picture");
}

/// How many different brightnesses the upper half shows: a picture, or a plain page.
fn shades(picture: &SharedPixelBuffer<Rgba8Pixel>) -> usize {
    let pixels = picture.as_slice();
    let greens = pixels[..pixels.len() / 2].iter().map(|pixel| pixel.g);
    greens.collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn a_hand_held_film_ends_in_an_enrolled_account() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("hand-held.y4m");
    Film::new(Some(URI), 7.0, 3).write(&path);
    let kit = Kit::with_cameras(Arc::new(Recording(path)));
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Scan with the camera");
    let plain = shades(&kit.picture());
    let mut pictures = 0;
    kit.wait_until("a frame in the viewfinder", || live(&kit));
    kit.wait_until("the account's name", || {
        if kit.find("Save").is_some() {
            return Some(());
        }
        if live(&kit).is_some() && pictures < 12 {
            let picture = kit.picture();
            keep(&format!("viewfinder-{pictures:02}"), &picture);
            if pictures == 0 {
                assert!(shades(&picture) > plain + 20, "the frames are not seen");
            }
            pictures += 1;
            std::thread::sleep(Duration::from_millis(350));
        }
        None
    });
    keep("confirm", &kit.picture());
    assert!(live(&kit).is_none(), "the last frame is kept after the camera has stopped");
    kit.press("Save");
    kit.wait_for("Details of Directory, mara");
}

#[test]
fn what_enrols_nothing_is_explained_in_the_viewfinder() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("cafe.png");
    let code = QrCode::new("WIFI:T:WPA;S:cafe;P:latte;;").expect("a code");
    let code = code.render::<Luma<u8>>().module_dimensions(8, 8).build();
    let mut frame = GrayImage::from_pixel(640, 480, Luma([170]));
    image::imageops::replace(&mut frame, &code, 180, 100);
    frame.save(&path).expect("a picture");
    let kit = Kit::with_cameras(Arc::new(Recording(path)));
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Scan with the camera");
    let first = sentence(&kit);
    assert!(first.contains("Hold the camera over the barcode"), "{first}");
    kit.wait_until("a sentence on Wi-Fi", || sentence(&kit).contains("Wi-Fi").then_some(()));
    keep("wifi", &kit.picture());
    kit.size(960, 680);
    keep("wifi-wide", &kit.picture());
    assert!(kit.find("Save").is_none());
    kit.press("Type the key");
    kit.wait_for("Continue");
}
