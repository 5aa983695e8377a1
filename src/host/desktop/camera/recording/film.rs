//! A Y4M film.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::time::Duration;

use holdfast_model::CameraError;
use holdfast_model::scan::luma::MAX_SIDE;
use y4m::Colorspace;

use super::{Pace, in_words};
use crate::host::camera::{Camera, Chroma, Frame, Plane, Yuv};

/// Films with a slower or no frame rate are played at one frame a second.
const LONGEST_FRAME: Duration = Duration::from_secs(1);
/// The most frames that are left out at once.
const MOST_LEFT_OUT: u32 = 1000;
/// The longest header of a film that is looked at, in bytes.
const HEADER_LIMIT: u64 = 1024;
/// The most memory for a frame of a film: 16 megapixels and their colours.
const FRAME_LIMIT: usize = 64 * 1024 * 1024;

/// A Y4M film.
pub(super) struct Film {
    file: File,
    decoder: y4m::Decoder<BufReader<File>>,
    pace: Pace,
    /// Whether the current run through the film has shown a frame.
    shown: bool,
    /// The frame that stands.
    planes: [Vec<u8>; 3],
}

/// The film in this file; `None` where it is none.
#[expect(clippy::disallowed_methods, reason = "a recording is a file")]
pub(super) fn open(path: &Path) -> Result<Option<Film>, CameraError> {
    let file = File::open(path).map_err(in_words)?;
    let mut header = Vec::new();
    file.try_clone()
        .and_then(|file| BufReader::new(file.take(HEADER_LIMIT)).read_until(b'\n', &mut header))
        .map_err(in_words)?;
    if !header.starts_with(b"YUV4MPEG2 ") {
        return Ok(None);
    }
    if !is_of_a_sane_size(&header) {
        return Err(CameraError::Other("its film has a header that makes no sense".to_owned()));
    }
    let decoder = rewound(&file)?;
    let rate = decoder.get_framerate();
    let pace = Duration::try_from_secs_f64(rate.den as f64 / rate.num as f64);
    let pace = pace.unwrap_or(LONGEST_FRAME).min(LONGEST_FRAME);
    Ok(Some(Film {
        file,
        decoder,
        pace: Pace::new(pace),
        shown: false,
        planes: Default::default(),
    }))
}

/// Whether width and height in the header can be multiplied; the decoder does so unasked.
fn is_of_a_sane_size(header: &[u8]) -> bool {
    let mut fields = header.trim_ascii_end().split(|byte| *byte == b' ').skip(1);
    fields.all(|field| match field.split_first() {
        Some((b'W' | b'H', side)) => std::str::from_utf8(side)
            .ok()
            .and_then(|side| side.parse().ok())
            .is_some_and(|side: usize| (1..=MAX_SIDE).contains(&side)),
        _ => true,
    })
}

fn rewound(file: &File) -> Result<y4m::Decoder<BufReader<File>>, CameraError> {
    let mut file = file.try_clone().map_err(in_words)?;
    file.rewind().map_err(in_words)?;
    let limits = y4m::Limits { bytes: FRAME_LIMIT };
    y4m::Decoder::new_with_limits(BufReader::new(file), limits).map_err(in_short)
}

fn in_short(error: y4m::Error) -> CameraError {
    let reason = match error {
        y4m::Error::EOF => "its film is cut short",
        y4m::Error::OutOfMemory => "its film has frames that are too large",
        y4m::Error::UnknownColorspace => "its film is of an unknown kind",
        y4m::Error::BadInput | y4m::Error::ParseError(_) => {
            "its film has a header that makes no sense"
        }
        y4m::Error::IoError(error) => return in_words(error),
    };
    CameraError::Other(reason.to_owned())
}

impl Camera for Film {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        // A film that cannot keep up leaves frames out rather than slow down, as a camera does.
        for _ in 0..self.pace.wait().min(MOST_LEFT_OUT) {
            self.read_next()?;
        }
        self.read_next()?;
        let (width, height) = (self.decoder.get_width(), self.decoder.get_height());
        of_film(width, height, self.decoder.get_colorspace(), &self.planes)
            .map(Some)
            .ok_or_else(|| CameraError::Other("its film is of an unknown kind".to_owned()))
    }
}

impl Film {
    /// Reads the next frame, after the last one the first.
    fn read_next(&mut self) -> Result<(), CameraError> {
        match self.decoder.read_frame() {
            Ok(frame) => {
                let planes = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()];
                for (kept, plane) in self.planes.iter_mut().zip(planes) {
                    plane.clone_into(kept);
                }
                self.shown = true;
                Ok(())
            }
            Err(y4m::Error::EOF) if self.shown => {
                self.decoder = rewound(&self.file)?;
                self.shown = false;
                self.read_next()
            }
            Err(error) => Err(in_short(error)),
        }
    }
}

/// The frame of a film of 8 bits; `None` where it has more, or colours laid out in another way.
fn of_film(
    width: usize,
    height: usize,
    colours: Colorspace,
    [y, u, v]: &[Vec<u8>; 3],
) -> Option<Frame<'_>> {
    let shared = match colours {
        Colorspace::Cmono => None,
        Colorspace::C420 | Colorspace::C420jpeg | Colorspace::C420paldv | Colorspace::C420mpeg2 => {
            Some((1, 1))
        }
        Colorspace::C422 => Some((1, 0)),
        Colorspace::C444 => Some((0, 0)),
        _ => return None,
    };
    let plane = |bytes, across: u32| Plane { bytes, row: width.div_ceil(1 << across), step: 1 };
    let chroma = shared.map(|(across, down)| Chroma {
        u: plane(u, across),
        v: plane(v, across),
        across,
        down,
    });
    Yuv { width, height, luma: plane(y, 0), chroma }.whole()
}
