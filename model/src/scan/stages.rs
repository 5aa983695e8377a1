//! The stages in the order in which they are tried. Adding one is one line.

use std::borrow::Cow;

use super::grey::{
    Grey, darkened, doubled, inverted, same, sharpened, shrunk, smoothed, stretched,
};
use super::reading::Reading;
use super::{quirc, rings, zxing};

/// One way of looking at a plane: prepare it, then have one decoder read it.
pub struct Stage {
    /// What is done, for the bench's table.
    pub name: &'static str,
    prepare: fn(&Grey) -> Cow<'_, Grey>,
    read: fn(&Grey) -> Vec<Reading>,
}

impl Stage {
    /// The readings of this stage, in the coordinates of `grey`.
    pub(super) fn run(&self, grey: &Grey) -> Vec<Reading> {
        let prepared = (self.prepare)(grey);
        let factor = grey.width as f32 / prepared.width as f32;
        (self.read)(&prepared).into_iter().map(|reading| reading.scaled(factor)).collect()
    }
}

/// Every stage in the order in which a still picture is read.
pub fn all() -> impl Iterator<Item = &'static Stage> {
    STEADY.iter().chain(ON_DARK).chain(IN_TURN).chain(LAST)
}

macro_rules! stages {
    ($($name:literal: $prepare:expr => $read:expr;)*) => {
        &[$(Stage { name: $name, prepare: $prepare, read: $read }),*]
    };
}

/// Tried on every frame.
pub const STEADY: &[Stage] = stages! {
    "as it is": same => zxing::by_blocks;
    "third": shrunk::<3> => zxing::by_blocks;
    "smoothed": smoothed => zxing::by_blocks;
    "half, inverted": half_inverted => zxing::by_blocks;
    "quircs": same => quirc::quircs;
};

/// Tried one per frame in turn, and all of them on a still picture.
pub const IN_TURN: &[Stage] = stages! {
    "inverted": inverted => zxing::by_blocks;
    "local mean": same => zxing::by_local_mean;
    "half": shrunk::<2> => zxing::by_blocks;
    "doubled": doubled => zxing::by_blocks;
    "sharpened": sharpened => zxing::by_blocks;
    "darkened": darkened => zxing::by_blocks;
    "one threshold": same => zxing::by_one_threshold;
    "stretched": stretched => zxing::by_blocks;
    "doubled, sharpened": doubled_sharpened => zxing::by_blocks;
    "doubled, local mean": doubled => zxing::by_local_mean;
    "much smoothed": much_smoothed => zxing::by_blocks;
    "much smoothed, local mean": much_smoothed => zxing::by_local_mean;
    "sharpened, local mean": sharpened => zxing::by_local_mean;
};

/// Tried on every third frame, on every second one that is dark, and on a still picture.
pub const ON_DARK: &[Stage] = stages! {
    "white rings": same => rings::read;
};

/// Tried last, on a still picture only: their worst case has no bound.
pub const LAST: &[Stage] = stages! {
    "rqrr": same => quirc::rqrr;
};

fn half_inverted(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(inverted(&shrunk::<2>(grey)).into_owned())
}

fn doubled_sharpened(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(sharpened(&doubled(grey)).into_owned())
}

fn much_smoothed(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Owned(smoothed(&smoothed(grey)).into_owned())
}
