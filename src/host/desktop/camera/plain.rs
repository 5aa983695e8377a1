//! A camera in Video4Linux's own words, for what nokhwa does not know: cameras that send nothing but
//! grey, planes in other orders, or frames at a rate that is no whole number.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use holdfast_model::CameraError;
use v4l::buffer::Type;
use v4l::format::fourcc::FourCC;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format};

use super::boxed;
use super::controls::Controls;
use super::device::{WANTED, of_jpeg, of_number};
use crate::host::camera::{Camera, Frame, Yuv};

/// The formats that can be read, the cheapest to decode first.
const FORMATS: [&[u8; 4]; 9] =
    [b"YUYV", b"UYVY", b"NV12", b"NV21", b"YU12", b"YV12", b"GREY", b"MJPG", b"JPEG"];
/// How long one frame is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames a second to ask for.
const RATE: u32 = 30;

pub(super) fn open(index: u32, controls: &Rc<Controls>) -> Result<Box<dyn Camera>, CameraError> {
    let device = Device::new(index as usize).map_err(in_words)?;
    let offered: Vec<FourCC> =
        device.enum_formats().map_err(in_words)?.iter().map(|format| format.fourcc).collect();
    let wanted = FORMATS.iter().map(|name| FourCC::new(name)).find(|code| offered.contains(code));
    let Some(wanted) = wanted else {
        let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
        return Err(CameraError::UnknownFormat(names.join(", ")));
    };
    let (width, height) = size(&device, wanted);
    let format = device.set_format(&Format::new(width, height, wanted)).map_err(in_words)?;
    if format.fourcc != wanted {
        return Err(CameraError::UnknownFormat(format.fourcc.to_string()));
    }
    // A camera that keeps its own rate is as good.
    let _ = device.set_params(&Parameters::with_fps(RATE));
    let mut stream = Stream::new(&device, Type::VideoCapture).map_err(in_words)?;
    stream.set_timeout(PATIENCE);
    Ok(boxed(Running { format, stream, controls: Rc::clone(controls) }))
}

/// The offered size that is nearest to the wanted one.
fn size(device: &Device, format: FourCC) -> (u32, u32) {
    let sizes = device.enum_framesizes(format).unwrap_or_default().into_iter();
    let near = sizes.map(|size| match size.size {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(range) => {
            // A driver that says nonsense must not break anything.
            let within = |wanted: u32, low: u32, high: u32| wanted.min(high).max(low);
            (
                within(WANTED.0, range.min_width, range.max_width),
                within(WANTED.1, range.min_height, range.max_height),
            )
        }
    });
    let far = |(width, height): &(u32, u32)| width.abs_diff(WANTED.0) + height.abs_diff(WANTED.1);
    near.min_by_key(far).unwrap_or(WANTED)
}

struct Running {
    format: Format,
    stream: Stream<'static>,
    controls: Rc<Controls>,
}

impl Camera for Running {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        let Format { width, height, fourcc, stride, .. } = self.format;
        let (width, height) = (width as usize, height as usize);
        let row = Some(stride as usize).filter(|row| *row > 0);
        let (bytes, meta) = CaptureStream::next(&mut self.stream).map_err(|error| {
            match (error.kind(), in_words(error)) {
                (io::ErrorKind::TimedOut, _) => CameraError::Silent,
                (_, CameraError::Missing) => CameraError::Unplugged,
                (_, error) => error,
            }
        })?;
        let bytes = bytes.get(..meta.bytesused as usize).unwrap_or(bytes);
        Ok(match &fourcc.repr {
            b"YUYV" => Yuv::yuyv(width, height, row, bytes).whole(),
            b"UYVY" => Yuv::uyvy(width, height, row, bytes).whole(),
            b"NV12" => Yuv::nv12(width, height, row, bytes).whole(),
            b"NV21" => Yuv::nv21(width, height, row, bytes).whole(),
            b"YU12" => Yuv::yu12(width, height, row, bytes, false).whole(),
            b"YV12" => Yuv::yu12(width, height, row, bytes, true).whole(),
            b"GREY" => Yuv::grey(width, height, row, bytes).whole(),
            _ => of_jpeg(bytes),
        })
    }

    fn set_torch(&mut self, on: bool) {
        self.controls.set_torch(on);
    }

    fn focus_at(&mut self, _across: f32, _down: f32) {
        self.controls.focus();
    }
}

fn in_words(error: io::Error) -> CameraError {
    match error.raw_os_error() {
        Some(number) => of_number(number),
        None => CameraError::Other(error.to_string()),
    }
}
