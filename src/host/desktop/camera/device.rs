//! A camera of the machine, through nokhwa; `./dev camera-vm` tries it on virtual cameras.

use std::borrow::Cow;
use std::rc::Rc;

use holdfast_model::CameraError;
use holdfast_model::scan::Picture;
use nokhwa::NokhwaError;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
};
use v4l::capability::Flags;

use super::controls::Controls;
use super::{boxed, plain};
use crate::host::camera::{Camera, Frame, Yuv};

/// The formats that can be read, the cheapest to decode first.
const FORMATS: [FrameFormat; 4] =
    [FrameFormat::YUYV, FrameFormat::NV12, FrameFormat::GRAY, FrameFormat::MJPEG];
/// The frame to look for, in pixels: enough for a dense barcode, and quick to read.
pub(super) const WANTED: (u32, u32) = (1280, 720);
/// Below this many frames a second, aiming is a pain: another format may do better.
const SMOOTH: u32 = 15;

/// A camera of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The number in `/dev/videoN`.
    pub index: u32,
    /// What the camera calls itself, with a number where several share a name.
    pub name: String,
}

/// The cameras of the machine, in the system's order.
#[must_use]
pub fn list() -> Vec<Device> {
    let mut devices: Vec<_> = nokhwa::query(ApiBackend::Video4Linux)
        .unwrap_or_default()
        .iter()
        .filter_map(|info| Some((info.index().as_index().ok()?, info.human_name())))
        .filter(|(index, _)| is_main_node(*index) && delivers(*index))
        .map(|(index, name)| Device { index, name })
        .collect();
    devices.sort_by_key(|device| device.index);
    for place in 1..devices.len() {
        let (before, here) = devices.split_at_mut(place);
        let Some(device) = here.first_mut() else { continue };
        let same = before.iter().filter(|other| is_named(&other.name, &device.name)).count();
        if same > 0 {
            device.name = format!("{} ({})", device.name, same + 1);
        }
    }
    devices
}

/// Whether a name in the list, perhaps with a number, comes from this one.
fn is_named(listed: &str, name: &str) -> bool {
    listed.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// Whether this is the device that delivers a camera's pictures: most cameras have a second one that
/// delivers only facts about them.
#[expect(clippy::disallowed_methods, reason = "sysfs says what a device is")]
fn is_main_node(index: u32) -> bool {
    let said = std::fs::read_to_string(format!("/sys/class/video4linux/video{index}/index"));
    said.map_or(true, |said| said.trim() == "0")
}

/// Whether pictures can be had from it: some devices only take them, and a loop has none before
/// somebody plays into it. One that may not be asked counts, so that the person is told why.
fn delivers(index: u32) -> bool {
    let told = v4l::Device::new(index as usize).and_then(|device| device.query_caps());
    told.map_or(true, |told| told.capabilities.contains(Flags::VIDEO_CAPTURE))
}

/// Opens a camera and its controls.
pub(super) fn open(device: &Device) -> Result<(Box<dyn Camera>, Rc<Controls>), CameraError> {
    let controls = Rc::new(Controls::of(device.index));
    let camera = match through_nokhwa(device.index, &controls) {
        Ok(camera) => camera,
        Err(error) => match from_system(&error) {
            Some(error) => return Err(error),
            // Not the system but the library refused: a format, a rate or a size it does not know.
            None => plain::open(device.index, &controls)?,
        },
    };
    Ok((camera, controls))
}

fn through_nokhwa(index: u32, controls: &Rc<Controls>) -> Result<Box<dyn Camera>, NokhwaError> {
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
    let mut camera =
        nokhwa::Camera::with_backend(CameraIndex::Index(index), any, ApiBackend::Video4Linux)?;
    let offered = camera.compatible_camera_formats()?;
    if let Some(best) = best_of(&offered) {
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(best), &FORMATS);
        camera.set_camera_requset(exactly)?;
    }
    camera.open_stream()?;
    Ok(boxed(Running { camera, controls: Rc::clone(controls) }))
}

/// The format to ask for: one that is smooth, in the size nearest to the wanted one, and of these
/// the cheapest to decode.
fn best_of(offered: &[CameraFormat]) -> Option<CameraFormat> {
    let cost = |format: &CameraFormat| {
        let kind = FORMATS.iter().position(|kind| *kind == format.format());
        let far = format.width().abs_diff(WANTED.0) + format.height().abs_diff(WANTED.1);
        (format.frame_rate() < SMOOTH, far, kind, u32::MAX - format.frame_rate())
    };
    let usable = offered.iter().filter(|format| FORMATS.contains(&format.format()));
    usable.min_by_key(|format| cost(format)).copied()
}

struct Running {
    camera: nokhwa::Camera,
    controls: Rc<Controls>,
}

impl Camera for Running {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        let format = self.camera.camera_format();
        let (width, height) = (format.width() as usize, format.height() as usize);
        // Bytes in the device's own memory; nokhwa's other call copies them.
        let bytes = self.camera.frame_raw().map_err(|error| in_words(&error))?;
        let Cow::Borrowed(bytes) = bytes else {
            return Err(CameraError::Other("its frames come in pieces".to_owned()));
        };
        Ok(match format.format() {
            FrameFormat::YUYV => Yuv::yuyv(width, height, None, bytes).whole(),
            FrameFormat::NV12 => Yuv::nv12(width, height, None, bytes).whole(),
            FrameFormat::GRAY => Yuv::grey(width, height, None, bytes).whole(),
            FrameFormat::MJPEG => of_jpeg(bytes),
            _ => None,
        })
    }

    fn set_torch(&mut self, on: bool) {
        self.controls.set_torch(on);
    }

    fn focus_at(&mut self, _across: f32, _down: f32) {
        self.controls.focus();
    }
}

/// A frame of motion JPEG.
pub(super) fn of_jpeg(bytes: &[u8]) -> Option<Frame<'static>> {
    Picture::decode(&whole_jpeg(bytes)).ok().map(Frame::Picture)
}

/// A frame of motion JPEG as a JPEG file: many cameras leave the Huffman tables out, which are
/// always the same, and a decoder supplies them where the frame says that it is one (AVI1).
fn whole_jpeg(frame: &[u8]) -> Cow<'_, [u8]> {
    const START: &[u8] = &[0xff, 0xd8];
    const AVI1: &[u8] = b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";
    let has_tables = frame.windows(2).take(1024).any(|marker| marker == [0xff, 0xc4]);
    match frame.strip_prefix(START) {
        Some(rest) if !has_tables => [START, AVI1, rest].concat().into(),
        _ => frame.into(),
    }
}

fn in_words(error: &NokhwaError) -> CameraError {
    match from_system(error) {
        Some(CameraError::Missing) => CameraError::Unplugged,
        Some(error) => error,
        None => CameraError::Other("it cannot be set up".to_owned()),
    }
}

/// What the system said, if it was the system that refused: the library passes its numbers on inside
/// its sentences.
fn from_system(error: &NokhwaError) -> Option<CameraError> {
    let said = error.to_string();
    let number = said.split("(os error ").nth(1)?.split(')').next()?.parse().ok()?;
    Some(of_number(number))
}

/// What one of the system's error numbers means for a camera.
pub(super) fn of_number(number: i32) -> CameraError {
    match number {
        1 | 13 => CameraError::Denied,
        16 => CameraError::Busy,
        2 | 6 | 19 => CameraError::Missing,
        number => CameraError::Other(format!("the system says error {number}")),
    }
}
