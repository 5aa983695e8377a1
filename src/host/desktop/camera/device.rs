//! A camera of the machine, through Video4Linux.
//!
//! Tried on real hardware or a loop-back device only: a machine without one shows no more than that
//! a missing camera is told in one sentence.

use holdfast_model::CameraError;
use holdfast_model::scan::Picture;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
};
use nokhwa::{Buffer, NokhwaError};

use crate::host::camera::{Camera, Frame, Yuv};

/// The formats that can be read, the cheapest to decode first.
const FORMATS: [FrameFormat; 4] =
    [FrameFormat::YUYV, FrameFormat::MJPEG, FrameFormat::NV12, FrameFormat::GRAY];
/// The frame to look for, in pixels: enough for a dense barcode, and quick to read.
const WANTED: (u32, u32) = (1280, 720);
/// Below this many frames a second, aiming is a pain: another format may do better.
const SMOOTH: u32 = 15;

/// A camera of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The number in `/dev/videoN`.
    pub index: u32,
    /// What the camera calls itself.
    pub name: String,
}

/// The cameras of the machine, in the system's order.
#[must_use]
pub fn list() -> Vec<Device> {
    let mut devices: Vec<_> = nokhwa::query(ApiBackend::Video4Linux)
        .unwrap_or_default()
        .iter()
        .filter_map(|info| Some((info.index().as_index().ok()?, info.human_name())))
        .filter(|(index, _)| is_main_node(*index))
        .map(|(index, name)| Device { index, name })
        .collect();
    devices.sort_by_key(|device| device.index);
    devices
}

/// Whether this is the device that delivers a camera's pictures: most cameras have a second one that
/// delivers only facts about them.
#[expect(clippy::disallowed_methods, reason = "sysfs says what a device is")]
fn is_main_node(index: u32) -> bool {
    let said = std::fs::read_to_string(format!("/sys/class/video4linux/video{index}/index"));
    said.map_or(true, |said| said.trim() == "0")
}

pub(super) fn open(device: Option<&Device>) -> Result<Box<dyn Camera>, CameraError> {
    let index = match device {
        Some(device) => device.index,
        None => list().first().ok_or(CameraError::Missing)?.index,
    };
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
    let mut camera =
        nokhwa::Camera::with_backend(CameraIndex::Index(index), any, ApiBackend::Video4Linux)
            .map_err(in_words)?;
    let offered = camera.compatible_camera_formats().map_err(in_words)?;
    if let Some(best) = best_of(&offered) {
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(best), &FORMATS);
        camera.set_camera_requset(exactly).map_err(in_words)?;
    }
    camera.open_stream().map_err(in_words)?;
    Ok(Box::new(Running(camera)))
}

/// The format to ask for: the cheapest that is smooth, in the size nearest to the wanted one.
fn best_of(offered: &[CameraFormat]) -> Option<CameraFormat> {
    let cost = |format: &CameraFormat| {
        let kind = FORMATS.iter().position(|kind| *kind == format.format());
        let far = format.width().abs_diff(WANTED.0) + format.height().abs_diff(WANTED.1);
        (format.frame_rate() < SMOOTH, far, kind, u32::MAX - format.frame_rate())
    };
    let usable = offered.iter().filter(|format| FORMATS.contains(&format.format()));
    usable.min_by_key(|format| cost(format)).copied()
}

struct Running(nokhwa::Camera);

impl Camera for Running {
    fn frame(&mut self) -> Result<Frame, CameraError> {
        /// Frames in a row that may be damaged, as the first ones after a start often are.
        const DAMAGED: u32 = 30;
        for _ in 0..DAMAGED {
            let buffer = self.0.frame().map_err(in_words)?;
            if let Some(frame) = decoded(&buffer) {
                return Ok(frame);
            }
        }
        Err(CameraError::Other("its frames are damaged".to_owned()))
    }
}

fn decoded(buffer: &Buffer) -> Option<Frame> {
    let (width, height) =
        (buffer.resolution().width() as usize, buffer.resolution().height() as usize);
    let bytes = buffer.buffer();
    match buffer.source_frame_format() {
        FrameFormat::YUYV => Yuv::yuyv(width, height, bytes).frame(),
        FrameFormat::NV12 => Yuv::nv12(width, height, bytes).frame(),
        FrameFormat::GRAY => Yuv::grey(width, height, bytes).frame(),
        FrameFormat::MJPEG => {
            Picture::decode(&whole_jpeg(bytes)).ok().map(|picture| Frame::of_picture(&picture))
        }
        _ => None,
    }
}

/// A frame of motion JPEG as a JPEG file: many cameras leave the Huffman tables out, which are
/// always the same, and a decoder supplies them where the frame says that it is one (AVI1).
fn whole_jpeg(frame: &[u8]) -> Vec<u8> {
    const START: &[u8] = &[0xff, 0xd8];
    const AVI1: &[u8] = b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";
    let has_tables = frame.windows(2).take(1024).any(|marker| marker == [0xff, 0xc4]);
    match frame.strip_prefix(START) {
        Some(rest) if !has_tables => [START, AVI1, rest].concat(),
        _ => frame.to_vec(),
    }
}

/// The library passes the system's numbers on inside its sentences; they say more than its kinds.
fn in_words(error: NokhwaError) -> CameraError {
    let said = error.to_string();
    let number = said.split("(os error ").nth(1).and_then(|rest| rest.split(')').next());
    match number {
        Some("1" | "13") => CameraError::Denied,
        Some("16") => CameraError::Busy,
        Some("2" | "6" | "19") => CameraError::Missing,
        Some(number) => CameraError::Other(format!("the system says error {number}")),
        None if said.contains("Fufill") => {
            CameraError::Other("it offers no format that can be read".to_owned())
        }
        None => CameraError::Other("it cannot be set up".to_owned()),
    }
}
