//! A recording played as a camera: a picture, a folder of pictures in the order of their names, or a
//! Y4M film, at its own pace and over again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use holdfast_model::CameraError;
use holdfast_model::ports::Files;
use holdfast_model::scan::Picture;
use holdfast_model::scan::luma::MAX_SIDE;
use y4m::Colorspace;

use crate::host::camera::{Camera, Chroma, Frame, Plane, Yuv};
use crate::host::desktop::files::DesktopFiles;

/// How long a picture stands before the next one comes.
const PICTURE_TIME: Duration = Duration::from_millis(100);
/// Films with a slower or no frame rate are played at one frame a second.
const LONGEST_FRAME: Duration = Duration::from_secs(1);
/// The longest header of a film that is looked at, in bytes.
const HEADER_LIMIT: u64 = 1024;
/// The most memory for a frame of a film: 16 megapixels and their colours.
const FRAME_LIMIT: usize = 64 * 1024 * 1024;

pub(super) fn open(path: &Path) -> Result<Box<dyn Camera>, CameraError> {
    if path.is_dir() {
        return Pictures::in_folder(path).map(boxed);
    }
    let film = film(path)?;
    match film {
        Some(film) => Ok(boxed(film)),
        None => Ok(boxed(Pictures { paths: vec![path.to_owned()], next: 0 })),
    }
}

fn boxed<C: Camera + 'static>(camera: C) -> Box<dyn Camera> {
    Box::new(camera)
}

/// Pictures, one after the other.
struct Pictures {
    paths: Vec<PathBuf>,
    next: usize,
}

impl Pictures {
    fn in_folder(folder: &Path) -> Result<Self, CameraError> {
        let entries = fs::read_dir(folder).map_err(in_words)?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.is_file());
        paths.sort();
        if paths.is_empty() {
            return Err(CameraError::Other("the folder of its frames is empty".to_owned()));
        }
        Ok(Self { paths, next: 0 })
    }
}

impl Camera for Pictures {
    fn frame(&mut self) -> Result<Frame, CameraError> {
        thread::sleep(PICTURE_TIME);
        let path = &self.paths[self.next % self.paths.len()];
        self.next += 1;
        let bytes = DesktopFiles.read_picture(path).map_err(|error| told(&error))?;
        let picture = Picture::decode(&bytes).map_err(|error| told(&error))?;
        Ok(Frame::of_picture(&picture))
    }
}

/// A Y4M film.
struct Film {
    file: File,
    decoder: y4m::Decoder<BufReader<File>>,
    /// How long a frame stands.
    pace: Duration,
    /// Whether the current run through the film has shown a frame.
    shown: bool,
}

/// The film in this file; `None` where it is none.
#[expect(clippy::disallowed_methods, reason = "a recording is a file")]
fn film(path: &Path) -> Result<Option<Film>, CameraError> {
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
    Ok(Some(Film { file, decoder, pace, shown: false }))
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
    y4m::Decoder::new_with_limits(BufReader::new(file), limits).map_err(|error| told(&error))
}

impl Camera for Film {
    fn frame(&mut self) -> Result<Frame, CameraError> {
        thread::sleep(self.pace);
        let (width, height) = (self.decoder.get_width(), self.decoder.get_height());
        let colours = self.decoder.get_colorspace();
        match self.decoder.read_frame() {
            Ok(frame) => {
                self.shown = true;
                of_film(width, height, colours, &frame)
                    .ok_or_else(|| CameraError::Other("its film is of an unknown kind".to_owned()))
            }
            Err(y4m::Error::EOF) if self.shown => {
                self.decoder = rewound(&self.file)?;
                self.shown = false;
                self.frame()
            }
            Err(error) => Err(told(&error)),
        }
    }
}

/// The frame of a film of 8 bits; `None` where it has more, or colours laid out in another way.
fn of_film(
    width: usize,
    height: usize,
    colours: Colorspace,
    frame: &y4m::Frame<'_>,
) -> Option<Frame> {
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
        u: plane(frame.get_u_plane(), across),
        v: plane(frame.get_v_plane(), across),
        across,
        down,
    });
    Yuv { width, height, luma: plane(frame.get_y_plane(), 0), chroma }.frame()
}

fn in_words(error: std::io::Error) -> CameraError {
    match error.kind() {
        std::io::ErrorKind::NotFound => CameraError::Missing,
        std::io::ErrorKind::PermissionDenied => CameraError::Denied,
        _ => CameraError::Other(error.to_string()),
    }
}

fn told(error: &dyn std::fmt::Display) -> CameraError {
    CameraError::Other(error.to_string().trim_end_matches('.').to_owned())
}
