//! A film of JPEG pictures one behind the other (motion JPEG without a container).

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use holdfast_model::CameraError;

use super::super::device::of_jpeg;
use super::{Pace, in_words};
use crate::host::camera::{Camera, Frame};
use crate::host::desktop::storage::{Disk, FileLayer};

/// The longest film that is read, in bytes.
const LONGEST: u64 = 256 * 1024 * 1024;
/// Such a film does not say how fast it is: 25 frames a second.
const FRAME_TIME: Duration = Duration::from_millis(40);

/// A film of JPEG pictures.
pub(super) struct Jpegs {
    bytes: Vec<u8>,
    frames: Vec<Range<usize>>,
    next: usize,
    pace: Pace,
}

/// The film in this file; `None` where it holds fewer than two JPEG pictures.
pub(super) fn open(path: &Path) -> Result<Option<Jpegs>, CameraError> {
    let start = Disk.read(path, 1).map_err(in_words)?.ok_or(CameraError::Missing)?;
    if start != [0xff, 0xd8] {
        return Ok(None);
    }
    let bytes = Disk.read(path, LONGEST).map_err(in_words)?.ok_or(CameraError::Missing)?;
    if bytes.len() as u64 > LONGEST {
        return Err(CameraError::Other("its film is longer than 256 MiB".to_owned()));
    }
    let mut frames = Vec::new();
    let mut from = 0;
    while let Some(length) = bytes.get(from..).and_then(length_of_jpeg) {
        frames.push(from..from + length);
        from += length;
    }
    let pace = Pace::new(FRAME_TIME);
    Ok((frames.len() > 1).then_some(Jpegs { bytes, frames, next: 0, pace }))
}

/// How many bytes the JPEG at the start of these takes: its segments tell their length, but for the
/// picture itself, which ends at the next marker (ITU-T T.81, annex B).
fn length_of_jpeg(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2)? {
            [0xff, 0xff] => {
                at += 1;
                continue;
            }
            [0xff, marker] => *marker,
            _ => return None,
        };
        at += 2;
        match marker {
            0xd9 => return Some(at),
            0x01 | 0xd0..=0xd7 => continue,
            _ => {}
        }
        let length = bytes.get(at..at + 2)?;
        at += usize::from(u16::from_be_bytes([length[0], length[1]]));
        if marker == 0xda {
            // In the picture's own bytes a marker is an ff that is not followed by 0 or a restart.
            let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7);
            at += bytes.get(at..)?.windows(2).position(is_marker)?;
        }
    }
}

impl Camera for Jpegs {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        self.next += 1 + self.pace.wait() as usize;
        let frame = self.frames[(self.next - 1) % self.frames.len()].clone();
        Ok(of_jpeg(&self.bytes[frame]))
    }
}
