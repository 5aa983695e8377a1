//! Reads a code by laying a grid over the grey pixels, for codes that are blurred or held aslant.
//!
//! Black and white are decided per pixel everywhere else, which loses what a blurred pixel still
//! tells. Here the three finder patterns only say where the grid may lie. It is then moved until it
//! fits every module whose colour is known beforehand, and the blur that is seen on those modules is
//! taken back from all the others.

mod known;
mod lens;
mod solve;
mod unblur;

use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, FindConcentricPatternCorners};
use rxing::qrcode::cpp_port::detector::FinderPatternSet;

use super::grey::Grey;
use super::reading::{Content, Reading};
use super::zxing;
use known::Known;
use lens::{Lens, Sight};
use unblur::Samples;

pub(super) use lens::Place;

/// How well a grid fits its known modules (a correlation) before it is worth moving, and after.
const WORTH_MOVING: f32 = 0.3;
const WORTH_READING: f32 = 0.5;

/// How many grids are moved in one plane: most groups of patterns are none, and moving takes long.
pub(super) const MOST_MOVES: usize = 3;

/// A finder pattern that is seen, or the place where one would be.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    /// Its middle, in pixels.
    pub middle: Place,
    /// Pixels from edge to edge.
    pub size: f32,
    /// The corners of the middle of its black ring, in order around it, if they are seen.
    pub ring: Option<[Place; 4]>,
}

impl Corner {
    /// What is seen of a pattern.
    pub fn of(bits: &BitMatrix, pattern: &ConcentricPattern) -> Self {
        let corners = FindConcentricPatternCorners(bits, pattern.p, pattern.size, 2);
        let ring = corners.map(|corners| corners.0.map(|point| (point.x, point.y)));
        Self { middle: (pattern.p.x, pattern.p.y), size: pattern.size as f32, ring }
    }
}

/// Reads the code in whose corners the three patterns are; takes one of `moves` if it looks like one.
pub(super) fn read(
    grey: &Grey,
    bits: &BitMatrix,
    set: &FinderPatternSet,
    moves: &mut usize,
) -> Option<Reading> {
    let laid = Laid::over(grey, [set.tl, set.tr, set.bl].map(|seen| Corner::of(bits, &seen)))?;
    if laid.fit < WORTH_MOVING || *moves == 0 {
        return None;
    }
    *moves -= 1;
    laid.read(grey)
}

/// A grid where three corners say that it lies.
pub(super) struct Laid {
    /// How well the known modules are there, 1 for a perfect code.
    pub fit: f32,
    lens: Lens,
    known: Known,
}

impl Laid {
    /// The grid that fits best of those that the corners allow: top left, top right, bottom left.
    pub fn over(grey: &Grey, three: [Corner; 3]) -> Option<Self> {
        let sight = Sight::new(three.map(|corner| corner.middle), three.map(|corner| corner.ring));
        let estimate = sight.version(three.map(|corner| corner.size));
        let near = estimate.saturating_sub(1)..=estimate.saturating_add(1);
        let laid = near.filter(|version| (1..=40).contains(version)).filter_map(|version| {
            let known = Known::of(version as u32)?;
            let lens = sight.lens(known.side)?;
            Some(Self { fit: lens.fit(grey, &known), lens, known })
        });
        laid.max_by(|one, two| one.fit.total_cmp(&two.fit))
    }

    /// Moves it until it fits and reads what is there.
    pub fn read(self, grey: &Grey) -> Option<Reading> {
        let Self { mut lens, known, .. } = self;
        lens.settle(grey, &known);
        if lens.fit(grey, &known) < WORTH_READING {
            return None;
        }
        let content = Samples::take(known.side, |x, y| lens.seen(grey, x, y)).content(&known)?;
        let side = known.side as f32;
        let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
        Some(Reading::new(content, corners.map(|(x, y)| lens.at(x, y))))
    }
}

impl Samples {
    /// What stands there, if the modules can be told apart.
    fn content(&self, known: &Known) -> Option<Content> {
        let unblurred = self.unblurred(known).into_iter();
        unblurred.chain([self.by_mean_around()]).find_map(|black| content(&black, known.side))
    }
}

/// What stands in a square of modules, `true` where they are black.
fn content(black: &[bool], side: usize) -> Option<Content> {
    let mut bits = BitMatrix::with_single_dimension(side as u32).ok()?;
    for (y, row) in (0..).zip(black.chunks_exact(side)) {
        for (x, _) in (0..).zip(row).filter(|(_, black)| **black) {
            bits.set(x, y);
        }
    }
    zxing::content(&bits)
}
