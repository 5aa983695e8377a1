//! The zxing-cpp detector as ported to Rust (`rxing`), called part by part.

use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};

use super::grey::Grey;
use super::reading::{Content, Reading};
use super::{Split, black, finders, grid};

/// Reads every code in the plane, black decided block by block.
pub(super) fn by_blocks(grey: &Grey) -> Vec<Reading> {
    black::by_blocks(grey).map_or_else(Vec::new, |bits| in_black(grey, &bits))
}

/// Reads every code in the plane, black decided by the mean around each pixel.
pub(super) fn by_local_mean(grey: &Grey) -> Vec<Reading> {
    black::by_local_mean(grey).map_or_else(Vec::new, |bits| in_black(grey, &bits))
}

/// Reads every code in the plane, black decided by one threshold.
pub(super) fn by_one_threshold(grey: &Grey) -> Vec<Reading> {
    black::by_one_threshold(grey).map_or_else(Vec::new, |bits| in_black(grey, &bits))
}

/// How many groups of three finder patterns are tried, the likeliest first: a picture full of them
/// would otherwise take minutes.
const MOST_TRIES: usize = 400;
/// How many finder patterns are grouped at most, the largest first.
const MOST_PATTERNS: usize = 400;

/// Reads every code in a plane of which is known what is black: first by what is black alone, and
/// where that fails by what the grey tells.
fn in_black(grey: &Grey, bits: &BitMatrix) -> Vec<Reading> {
    let mut patterns = finders::find(bits);
    if patterns.len() > MOST_PATTERNS {
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
        patterns.truncate(MOST_PATTERNS);
    }
    let mut used = Vec::new();
    let mut readings = Vec::new();
    let mut moves = grid::MOST_MOVES;
    for set in GenerateFinderPatternSets(&mut patterns).into_iter().take(MOST_TRIES) {
        let three = [set.bl, set.tl, set.tr];
        if three.iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        if let Some(reading) =
            sampled(bits, &set).or_else(|| grid::read(grey, bits, &set, &mut moves))
        {
            used.extend(three);
            readings.push(reading);
        }
    }
    if readings.is_empty() {
        let mut moves = grid::MOST_MOVES;
        let aslant = finders::aslant(&patterns);
        readings.extend(aslant.iter().find_map(|set| grid::read(grey, bits, set, &mut moves)));
    }
    readings
}

/// Reads the code in whose corners the three patterns are, by the pixel in the middle of each module.
fn sampled(bits: &BitMatrix, set: &FinderPatternSet) -> Option<Reading> {
    let sampled = SampleQR(bits, set).ok()?;
    let content = content(sampled.getBits())?;
    let point = |index: usize| {
        sampled.getPoints().get(index).map_or((0.0, 0.0), |point| (point.x, point.y))
    };
    Some(Reading::new(content, [0, 1, 2, 3].map(point)))
}

/// What stands in a square of modules.
pub(super) fn content(modules: &BitMatrix) -> Option<Content> {
    let decoded = Decode(modules).ok()?;
    if !decoded.isValid() {
        return None;
    }
    // Counted from 0; of a code that is whole there is no count.
    let of = decoded.structuredAppend();
    match (u32::try_from(of.index), u32::try_from(of.count)) {
        (Ok(index), Ok(parts)) if parts > 1 => {
            // The fifth of three is a part of something, and nobody knows of what.
            (index < parts).then(|| Content::Part(Split { part: index + 1, parts }))
        }
        _ => Some(decoded.text().into()),
    }
}
