//! What a frame in which nothing was read looks like, so that the app can say what is missing.

use rxing::qrcode::cpp_port::detector::FindFinderPatterns;

use super::grey::Grey;
use super::rings::{self, Ring};
use super::{Split, black};

/// What is known of a frame in which nothing was read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sight {
    /// The brightness that one pixel in a hundred exceeds: 0 is black, 255 is white. Not the mean,
    /// because a bright code on a dark page is no dark room.
    pub brightest: u8,
    /// Pixels to a module of what looks like a code: three finder patterns at a right angle.
    pub module: Option<f32>,
    /// A part of a split barcode, which is no text.
    pub split: Option<Split>,
}

/// Only every so many pixels, across and down, are looked at for the brightness.
const SPARSE: usize = 4;
/// How many finder patterns are grouped at most, the largest first.
const MOST_PATTERNS: usize = 40;

impl Sight {
    pub(super) fn of(grey: &Grey, split: Option<Split>) -> Self {
        Self { brightest: brightest(grey), module: module(grey), split }
    }
}

fn brightest(grey: &Grey) -> u8 {
    let mut histogram = [0_u32; 256];
    for y in (0..grey.height).step_by(SPARSE) {
        for &pixel in grey.row(y).iter().step_by(SPARSE) {
            histogram[usize::from(pixel)] += 1;
        }
    }
    let hundredth = histogram.iter().sum::<u32>() / 100;
    let mut above = 0;
    for (value, count) in (0_u8..=255).zip(histogram).rev() {
        above += count;
        if above > hundredth {
            return value;
        }
    }
    0
}

/// The size of a module in the likeliest group of three finder patterns, dark on light or, as on a
/// dark page, light rings in the dark.
fn module(grey: &Grey) -> Option<f32> {
    let by_blocks = black::by_blocks(grey).and_then(|bits| {
        let mut patterns: Vec<Ring> = FindFinderPatterns(&bits, true, 0)
            .iter()
            .map(|pattern| Ring {
                x: pattern.p.x,
                y: pattern.p.y,
                module: pattern.size as f32 / 7.0,
            })
            .collect();
        patterns.sort_by(|one, other| other.module.total_cmp(&one.module));
        patterns.truncate(MOST_PATTERNS);
        rings::likeliest_module(&patterns)
    });
    by_blocks.or_else(|| {
        let bits = black::by_one_threshold(grey)?;
        rings::likeliest_module(&rings::rings(&bits))
    })
}
