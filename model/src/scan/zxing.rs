//! The zxing-cpp detector as ported to Rust (`rxing`), called part by part.

use rxing::Binarizer;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};

use super::{Found, FoundText, Luma};

/// Reads every code in the plane.
pub(super) fn read(luma: &Luma<'_>, found: &mut Found) {
    let Some(bits) = black(luma) else { return };
    let mut patterns = FindFinderPatterns(&bits, true, 0);
    let mut used = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns) {
        if [set.bl, set.tl, set.tr].iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        let Ok(sampled) = SampleQR(&bits, &set) else { continue };
        if let Ok(decoded) = Decode(sampled.getBits())
            && decoded.isValid()
        {
            used.extend([set.bl, set.tl, set.tr]);
            found.add(FoundText::new(decoded.text()));
        }
    }
}

fn black(luma: &Luma<'_>) -> Option<BitMatrix> {
    let (width, height) = (luma.width(), luma.height());
    let grey: Vec<u8> = (0..height).flat_map(|y| luma.row(y)).copied().collect();
    let source = rxing::Luma8LuminanceSource::new(grey, width as u32, height as u32).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}
