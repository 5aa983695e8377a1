//! A recording played as a camera: a picture, a folder of pictures in the order of their names, or a
//! film (Y4M or motion JPEG), at its own pace and over again.

mod film;
mod jpegs;
mod pictures;

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_model::CameraError;

use super::boxed;
use crate::host::camera::Camera;

/// Plays what is at this path.
pub(super) fn open(path: &Path) -> Result<Box<dyn Camera>, CameraError> {
    if path.is_dir() {
        return pictures::in_folder(path).map(boxed);
    }
    if let Some(film) = film::open(path)? {
        return Ok(boxed(film));
    }
    match jpegs::open(path)? {
        Some(film) => Ok(boxed(film)),
        None => Ok(boxed(pictures::of_file(path))),
    }
}

/// Says when the next frame is due, so that a recording takes as long as it took to record.
struct Pace {
    each: Duration,
    due: Option<Instant>,
}

impl Pace {
    fn new(each: Duration) -> Self {
        Self { each, due: None }
    }

    /// Waits for the next frame's time, and says how many frames before it came too late.
    #[expect(clippy::disallowed_methods, reason = "a recording is played in real time")]
    fn wait(&mut self) -> u32 {
        let now = Instant::now();
        let due = *self.due.get_or_insert(now + self.each);
        if let Some(early) = due.checked_duration_since(now) {
            thread::sleep(early);
            self.due = Some(due + self.each);
            return 0;
        }
        let late = (now - due).as_nanos() / self.each.as_nanos().max(1);
        let late = u32::try_from(late).unwrap_or(u32::MAX);
        self.due = Some(now + self.each);
        late
    }
}

fn in_words(error: io::Error) -> CameraError {
    match error.kind() {
        io::ErrorKind::NotFound => CameraError::Missing,
        io::ErrorKind::PermissionDenied => CameraError::Denied,
        _ => CameraError::Other(error.to_string()),
    }
}

fn told(error: &dyn std::fmt::Display) -> CameraError {
    CameraError::Other(error.to_string().trim_end_matches('.').to_owned())
}
