//! What the screen shows: asked of the desktop's portal, or read from the X server where there is no
//! Wayland in between.

use std::path::PathBuf;

use ashpd::desktop::ResponseError;
use ashpd::desktop::screenshot::Screenshot;
use holdfast_model::ports::{self, ClipboardPicture, PICTURE_LIMIT, ScreenError};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat, ImageOrder};
use x11rb::rust_connection::RustConnection;

use super::picture::path_of;
use super::storage::{Disk, FileLayer};
use super::visible::Visible;

/// The screens of the desktop.
#[derive(Debug, Clone, Copy, Default)]
pub struct DesktopScreens;

impl ports::Screens for DesktopScreens {
    fn picture(&self) -> Result<Option<ClipboardPicture>, ScreenError> {
        // Under Wayland an X server shows black, so it is asked only where it is the whole desktop.
        let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
        if !wayland && let Some(picture) = of_x_server() {
            return Ok(Some(picture));
        }
        through_portal()
    }
}

/// All of the X server's screen; `None` where there is none, or it is no picture of true colours.
fn of_x_server() -> Option<ClipboardPicture> {
    let (connection, screen) = RustConnection::connect(None).ok()?;
    let setup = connection.setup();
    let root = setup.roots.get(screen)?;
    let depth = setup.pixmap_formats.iter().find(|format| format.depth == root.root_depth)?;
    if depth.bits_per_pixel != 32 || setup.image_byte_order != ImageOrder::LSB_FIRST {
        return None;
    }
    let (width, height) = (root.width_in_pixels, root.height_in_pixels);
    let asked = connection
        .get_image(ImageFormat::Z_PIXMAP, root.root, 0, 0, width, height, u32::MAX)
        .ok()?;
    let mut pixels = asked.reply().ok()?.data;
    for pixel in pixels.chunks_exact_mut(4) {
        // Blue, green, red and nothing become red, green, blue and opaque.
        pixel.swap(0, 2);
        pixel[3] = u8::MAX;
    }
    Some(ClipboardPicture::Rgba { width: width.into(), height: height.into(), pixels })
}

/// A screenshot that the desktop takes and puts into a file, which is removed once it is read: it may
/// show a barcode.
fn through_portal() -> Result<Option<ClipboardPicture>, ScreenError> {
    let asked = {
        let _visible = Visible::for_now();
        ashpd::zbus::block_on(async {
            Screenshot::request().interactive(false).modal(true).send().await?.response()
        })
    };
    match asked {
        Ok(taken) => {
            let path: PathBuf = path_of(taken.uri().as_str()).ok_or(ScreenError::Unavailable)?;
            let read = Disk.read(&path, PICTURE_LIMIT as u64);
            // Where it cannot be removed, it lies where the desktop keeps all its screenshots.
            let _ = Disk.remove(&path);
            match read {
                Ok(Some(bytes)) if bytes.len() <= PICTURE_LIMIT => {
                    Ok(Some(ClipboardPicture::Encoded(bytes)))
                }
                _ => Err(ScreenError::Other("the screenshot could not be read".to_owned())),
            }
        }
        Err(ashpd::Error::Response(ResponseError::Cancelled)) => Ok(None),
        Err(_) => Err(ScreenError::Unavailable),
    }
}
