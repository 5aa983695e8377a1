//! The stages in the order in which they are tried. Adding one is one line.

use std::borrow::Cow;

use super::grey::{
    Grey, darkened, doubled, inverted, same, sharpened, shrunk, smoothed, stretched,
};
use super::reading::Reading;
use super::{corner, quirc, rings, zxing};

/// One way of looking at a plane: prepare it, then have one decoder read it.
pub struct Stage {
    /// What is done, for the bench's table.
    pub name: &'static str,
    /// Larger planes are passed over: what the stage is for does not need them, and they would cost
    /// much memory.
    most_pixels: usize,
    prepare: fn(&Grey) -> Cow<'_, Grey>,
    read: fn(&Grey) -> Vec<Reading>,
}

impl Stage {
    /// The readings of this stage, in the coordinates of `grey`.
    pub(super) fn run(&self, grey: &Grey) -> Vec<Reading> {
        if grey.pixels.len() > self.most_pixels {
            return Vec::new();
        }
        let prepared = (self.prepare)(grey);
        let factor = grey.width as f32 / prepared.width as f32;
        (self.read)(&prepared).into_iter().map(|reading| reading.scaled(factor)).collect()
    }
}

/// Every stage in the order in which a still picture is read.
pub fn all() -> impl Iterator<Item = &'static Stage> {
    STEADY.iter().chain(PALE).chain(ON_DARK).chain(IN_TURN).chain(LAST)
}

/// As many pixels as any picture may have.
const ANY: usize = usize::MAX;
/// A small code that needs doubling was taken from near; a large photograph of it is read as it is.
const FOUR_MEGAPIXELS: usize = 4_000_000;

macro_rules! stages {
    ($($name:literal, $most:ident: $prepare:expr => $read:expr;)*) => {
        &[$(Stage { name: $name, most_pixels: $most, prepare: $prepare, read: $read }),*]
    };
}

/// Tried on every frame.
pub const STEADY: &[Stage] = stages! {
    "as it is", ANY: same => zxing::by_blocks;
    "third", ANY: shrunk::<3> => zxing::by_blocks;
    "smoothed", ANY: smoothed => zxing::by_blocks;
};

/// What has little contrast, on a dark page and on a light one: one of them is tried on every frame, mostly the one
/// for its page.
pub const PALE: &[Stage] = stages! {
    "half, stretched, inverted", ANY: half_inverted => zxing::by_blocks;
    "half, stretched", ANY: half_stretched => zxing::by_blocks;
};

/// Tried one per frame in turn, and all of them on a still picture.
pub const IN_TURN: &[Stage] = stages! {
    "inverted", ANY: inverted => zxing::by_blocks;
    "local mean", ANY: same => zxing::by_local_mean;
    "half", ANY: shrunk::<2> => zxing::by_blocks;
    "doubled", FOUR_MEGAPIXELS: doubled => zxing::by_blocks;
    "sharpened", ANY: sharpened => zxing::by_blocks;
    "darkened", ANY: darkened => zxing::by_blocks;
    "quircs", ANY: same => quirc::quircs;
    "one threshold", ANY: same => zxing::by_one_threshold;
    "stretched", ANY: stretched => zxing::by_blocks;
    "two corners", ANY: same => corner::by_blocks;
};

/// What is shown on dark pages: codes whose edge melts into them, and light codes of little contrast. One of
/// them is tried on every third frame, on every second one that is dark, and all of them on a still picture.
pub const ON_DARK: &[Stage] = stages! {
    "white rings", ANY: same => rings::by_one_threshold;
    "stretched, inverted", ANY: stretched_inverted => zxing::by_blocks;
    "white rings, local mean", ANY: same => rings::by_local_mean;
    "inverted, local mean", ANY: inverted => zxing::by_local_mean;
};

/// Tried last, on a still picture only: their worst case has no bound.
pub const LAST: &[Stage] = stages! {
    "rqrr", ANY: same => quirc::rqrr;
};

/// Stretched, for what is paler than a quarter of the way from white to black is no ink to a threshold by blocks.
fn half_stretched(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(stretched(&shrunk::<2>(grey)).into_owned())
}

/// Stretched, for the dark pages of programs have codes of little contrast.
fn half_inverted(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(inverted(&stretched(&shrunk::<2>(grey))).into_owned())
}

/// The other way round, what is even would be taken for paper whose ink is half as bright: blocks of a light
/// code's page, turned into white, ask for a contrast that it does not have.
fn stretched_inverted(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(inverted(&stretched(grey)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::reading::{Reading, Readings};
    use super::*;

    fn reads_one(_: &Grey) -> Vec<Reading> {
        vec![Reading::new("text".to_owned(), [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)])]
    }

    fn breaks(grey: &Grey) -> Vec<Reading> {
        vec![reads_one(grey).remove(grey.width)]
    }

    #[test]
    fn a_stage_that_panics_reads_nothing_and_the_next_one_runs() {
        let stages: &[Stage] = stages! {
            "broken", ANY: same => breaks;
            "sound", ANY: same => reads_one;
        };
        let grey = Grey { width: 10, height: 10, pixels: vec![0; 100] };
        let mut readings = Readings::default();
        let read: Vec<bool> = stages.iter().map(|stage| readings.run(stage, &grey)).collect();
        assert_eq!(read, [false, true]);
        let found = readings.into_found();
        assert_eq!((found.texts.len(), found.broken), (1, 1));
    }

    #[test]
    fn a_stage_passes_over_a_plane_that_is_too_large_for_it() {
        const NINETY: usize = 90;
        let stages: &[Stage] = stages! { "small", NINETY: same => reads_one; };
        let plane = |height| Grey { width: 10, height, pixels: vec![0; 10 * height] };
        assert!(Readings::default().run(&stages[0], &plane(9)));
        assert!(!Readings::default().run(&stages[0], &plane(10)));
    }
}
