//! Two decoders of the quirc family: `quircs`, quick enough for frames, and `rqrr`, for stills.

use rqrr::PreparedImage;

use super::grey::Grey;
use super::reading::Reading;
use super::{black, finders};

/// rqrr groups every three finder patterns that it sees: with a thousand of them it takes minutes.
const MOST_PATTERNS: usize = 150;

/// Reads every code with `quircs`. Its bytes count as text only if they are UTF-8. Of a code that is a part of
/// a split one it gives none at all; `rqrr` refuses such a code.
pub(super) fn quircs(grey: &Grey) -> Vec<Reading> {
    let mut quirc = quircs::Quirc::new();
    quirc
        .identify(grey.width, grey.height, &grey.pixels)
        .filter_map(|code| {
            let code = code.ok()?;
            let text = String::from_utf8(code.decode().ok()?.payload).ok()?;
            (!text.is_empty())
                .then(|| Reading::new(text, code.corners.map(|at| (at.x as f32, at.y as f32))))
        })
        .collect()
}

/// Reads every code with `rqrr`.
pub(super) fn rqrr(grey: &Grey) -> Vec<Reading> {
    if black::by_blocks(grey).is_some_and(|bits| finders::find(&bits).len() > MOST_PATTERNS) {
        return Vec::new();
    }
    let at = |x, y| grey.pixels[y * grey.width + x];
    let mut image = PreparedImage::prepare_from_greyscale(grey.width, grey.height, at);
    let mut readings = Vec::new();
    for grid in image.detect_grids() {
        if let Ok((_, text)) = grid.decode() {
            readings.push(Reading::new(text, grid.bounds.map(|at| (at.x as f32, at.y as f32))));
        }
    }
    readings
}
