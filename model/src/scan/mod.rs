//! Reading barcodes: pixels in, texts out.
//!
//! [`read`] takes one camera frame and is quick enough for every frame; [`read_still`] takes a
//! picture and tries everything there is. Both are pure: they know no clock, file or camera.

mod black;
mod found;
mod grey;
pub mod luma;
pub mod picture;
mod quirc;
mod reading;
pub mod stages;
mod zxing;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use found::{Found, FoundText};
pub use luma::{Luma, LumaError};
pub use picture::{Picture, PictureError};

use grey::Grey;
use reading::Reading;
use stages::{IN_TURN, LAST, STEADY, Stage};

/// Reads the barcodes in one camera frame, as the first of a row of frames.
pub fn read(luma: &Luma<'_>) -> Found {
    read_frame(luma, 0)
}

/// Reads the barcodes in frame number `turn` of a row of frames: the steady stages, and one of the
/// others in turn. Stops at the first stage that reads anything.
pub fn read_frame(luma: &Luma<'_>, turn: usize) -> Found {
    let grey = Grey::copy(luma);
    let mut readings = Readings::default();
    let in_turn = &IN_TURN[turn % IN_TURN.len()];
    for stage in STEADY.iter().chain([in_turn]) {
        if readings.run(stage, &grey) {
            break;
        }
    }
    readings.into_found()
}

/// Reads the barcodes in a picture that has been saved, such as a screenshot, however long it takes.
pub fn read_still(picture: &Picture) -> Found {
    read_still_while(picture, &|| true)
}

/// Reads the barcodes in a picture as long as `go_on` answers true; it is asked between stages.
///
/// The picture is laid over white where it is transparent, and over black if nothing is read so.
pub fn read_still_while(picture: &Picture, go_on: &dyn Fn() -> bool) -> Found {
    let pages: &[u8] = if picture.is_opaque() { &[255] } else { &[255, 0] };
    let mut readings = Readings::default();
    for &page in pages {
        let grey = Grey {
            width: picture.width() as usize,
            height: picture.height() as usize,
            pixels: picture.luma_over(page),
        };
        // The steady stages all run even when one has read something: there may be a second code,
        // and the person has to be asked which one is meant.
        for stage in STEADY.iter().take_while(|_| go_on()) {
            readings.run(stage, &grey);
        }
        for stage in IN_TURN.iter().chain(LAST) {
            if !readings.0.is_empty() || !go_on() {
                break;
            }
            readings.run(stage, &grey);
        }
        if !readings.0.is_empty() {
            break;
        }
    }
    readings.into_found()
}

/// Runs one stage alone, for measuring.
pub fn read_with(stage: &Stage, luma: &Luma<'_>) -> Found {
    let mut readings = Readings::default();
    readings.run(stage, &Grey::copy(luma));
    readings.into_found()
}

/// What has been read so far, each code once.
#[derive(Default)]
struct Readings(Vec<Reading>);

impl Readings {
    /// Runs a stage and says whether it read anything. A stage that panics has read nothing: the
    /// decoders are other people's, and some pictures break them.
    fn run(&mut self, stage: &Stage, grey: &Grey) -> bool {
        let readings = catch_unwind(AssertUnwindSafe(|| stage.run(grey))).unwrap_or_default();
        let any = !readings.is_empty();
        for reading in readings {
            if !self.0.iter().any(|known| known.same_place(&reading)) {
                self.0.push(reading);
            }
        }
        any
    }

    fn into_found(self) -> Found {
        let mut found = Found::default();
        for reading in self.0 {
            found.add(reading.text);
        }
        found
    }
}
