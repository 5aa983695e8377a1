//! Pictures, one after the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use holdfast_model::CameraError;
use holdfast_model::ports::Files;
use holdfast_model::scan::{Picture, PictureError};

use super::{Pace, in_words, told};
use crate::host::camera::{Camera, Frame};
use crate::host::desktop::files::DesktopFiles;

/// How long a picture stands before the next one comes.
const PICTURE_TIME: Duration = Duration::from_millis(100);

/// Pictures, one after the other, each for a tenth of a second.
pub(super) struct Pictures {
    paths: Vec<PathBuf>,
    next: usize,
    pace: Pace,
}

/// One picture, again and again.
pub(super) fn of_file(path: &Path) -> Pictures {
    Pictures { paths: vec![path.to_owned()], next: 0, pace: Pace::new(PICTURE_TIME) }
}

/// The pictures of a folder in the order of their names.
pub(super) fn in_folder(folder: &Path) -> Result<Pictures, CameraError> {
    let entries = fs::read_dir(folder).map_err(in_words)?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    if paths.is_empty() {
        return Err(CameraError::Other("the folder of its frames is empty".to_owned()));
    }
    Ok(Pictures { paths, next: 0, pace: Pace::new(PICTURE_TIME) })
}

impl Camera for Pictures {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        // Each picture is shown, however late: a folder is short.
        self.pace.wait();
        let path = &self.paths[self.next % self.paths.len()];
        self.next += 1;
        let bytes = DesktopFiles.read_picture(path).map_err(|error| told(&error))?;
        let picture = match Picture::decode(&bytes) {
            // Beside frames there may be notes on them, and one that is damaged does not hide the next.
            Err(PictureError::NotAPicture | PictureError::Damaged) if self.paths.len() > 1 => {
                return Ok(None);
            }
            decoded => decoded.map_err(in_short)?,
        };
        Ok(Some(Frame::Picture(picture)))
    }
}

fn in_short(error: PictureError) -> CameraError {
    let reason = match error {
        PictureError::OtherKind(_) => "one of its pictures is of a kind that is not read",
        PictureError::NotAPicture => "its recording is neither a picture nor a film",
        PictureError::Damaged => "one of its pictures is damaged",
        PictureError::FileTooLarge | PictureError::TooManyPixels { .. } => {
            "one of its pictures is too large"
        }
    };
    CameraError::Other(reason.to_owned())
}
