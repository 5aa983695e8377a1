//! The zxing-cpp detector as ported to Rust (`rxing`), called part by part.

use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};

use super::black;
use super::grey::Grey;
use super::reading::Reading;

/// Reads every code in the plane, black decided block by block.
pub(super) fn by_blocks(grey: &Grey) -> Vec<Reading> {
    black::by_blocks(grey).map_or_else(Vec::new, |bits| in_black(&bits))
}

/// Reads every code in the plane, black decided by the mean around each pixel.
pub(super) fn by_local_mean(grey: &Grey) -> Vec<Reading> {
    black::by_local_mean(grey).map_or_else(Vec::new, |bits| in_black(&bits))
}

/// Reads every code in the plane, black decided by one threshold.
pub(super) fn by_one_threshold(grey: &Grey) -> Vec<Reading> {
    black::by_one_threshold(grey).map_or_else(Vec::new, |bits| in_black(&bits))
}

/// How many groups of three finder patterns are tried, the likeliest first: a picture full of them
/// would otherwise take minutes.
const MOST_TRIES: usize = 400;
/// How many finder patterns are grouped at most, the largest first.
const MOST_PATTERNS: usize = 400;

/// Reads every code in a plane of black and white.
pub(super) fn in_black(bits: &BitMatrix) -> Vec<Reading> {
    let mut patterns = FindFinderPatterns(bits, true, 0);
    if patterns.len() > MOST_PATTERNS {
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
        patterns.truncate(MOST_PATTERNS);
    }
    let mut used = Vec::new();
    let mut readings = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns).into_iter().take(MOST_TRIES) {
        let three = [set.bl, set.tl, set.tr];
        if three.iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        let Ok(sampled) = SampleQR(bits, &set) else { continue };
        let Ok(decoded) = Decode(sampled.getBits()) else { continue };
        if !decoded.isValid() {
            continue;
        }
        used.extend(three);
        let point = |index: usize| {
            sampled.getPoints().get(index).map_or((0.0, 0.0), |point| (point.x, point.y))
        };
        readings.push(Reading::new(decoded.text(), [0, 1, 2, 3].map(point)));
    }
    readings
}
