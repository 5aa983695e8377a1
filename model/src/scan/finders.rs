//! Finds the three squares in a code's corners: the places whose rows run 1:1:3:1:1 in black and white.

use rxing::Point;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{
    ConcentricPattern, FixedPattern, IsPattern, LocateConcentricPattern, PatternView,
};
use rxing::qrcode::cpp_port::detector::FinderPatternSet;

/// Black, white, black, white, black, in modules.
const PATTERN: FixedPattern<5, 7, false> = FixedPattern::new([1, 1, 3, 1, 1]);

/// Every third row is looked at: the middle of a finder pattern is three modules high.
const STEP: usize = 3;

/// Every finder pattern in the plane.
pub(super) fn find(bits: &BitMatrix) -> Vec<ConcentricPattern> {
    search(bits, |_, _| {})
}

/// A place of which some rows look like a finder pattern's and the rest does not: a stain may lie on it.
#[derive(Clone, Copy)]
pub(super) struct Trace {
    /// The middle of the rows that do.
    pub middle: Point,
    /// Pixels from edge to edge, along the row.
    pub width: f32,
    rows: u16,
}

/// Among how many traces, the newest first, one that goes on is looked for: a picture full of such rows would
/// otherwise take minutes.
const NEAR: usize = 256;

/// Every finder pattern in the plane, and the traces of others.
pub(super) fn find_with_traces(bits: &BitMatrix) -> (Vec<ConcentricPattern>, Vec<Trace>) {
    let mut traces: Vec<Trace> = Vec::new();
    let found = search(bits, |middle, width| {
        let width = f32::from(width);
        let goes_on = |trace: &&mut Trace| {
            let (x, y) = (middle.x - trace.middle.x, middle.y - trace.middle.y);
            // Rows of the middle square, three modules of seven; the trace's middle lies half way.
            x.abs() < width / 7.0
                && y <= width * 3.0 / 7.0
                && (width / trace.width - 1.0).abs() < 0.25
        };
        match traces.iter_mut().rev().take(NEAR).find(goes_on) {
            Some(trace) => {
                trace.rows += 1;
                let share = 1.0 / f32::from(trace.rows);
                trace.middle += (middle - trace.middle) * share;
                trace.width += (width - trace.width) * share;
            }
            None => traces.push(Trace { middle, width, rows: 1 }),
        }
    });
    // One row alone is chance.
    traces.retain(|trace| trace.rows > 1);
    (found, traces)
}

/// Every finder pattern; `missed` hears of the middle and width of each row that looks like one where there is none.
fn search(bits: &BitMatrix, mut missed: impl FnMut(Point, u16)) -> Vec<ConcentricPattern> {
    let mut found: Vec<ConcentricPattern> = Vec::new();
    let mut runs = Vec::new();
    for y in (STEP as u32 - 1..bits.height()).step_by(STEP) {
        run_lengths(bits, y, &mut runs);
        let mut before = 0.0;
        // The row begins with a white run, which may be empty: what lies beyond the edge is not known.
        for (index, pair) in runs.chunks_exact(2).enumerate() {
            let (white, black) = (f32::from(pair[0]), f32::from(pair[1]));
            let quiet = if index == 0 { f32::MAX } else { white };
            if let Some(five) = runs.get(2 * index + 1..2 * index + 6)
                && let Ok(five) = <&[u16; 5]>::try_from(five)
                && is_alike(five, quiet)
            {
                let middle =
                    before + white + f32::from(five[0] + five[1]) + f32::from(five[2]) / 2.0;
                let middle = Point { x: middle, y: y as f32 + 0.5 };
                let width: u16 = five.iter().sum();
                let known = |old: &ConcentricPattern| {
                    Point::distance(middle, old.p) < old.size as f32 / 2.0
                };
                // Three times as far, since a tilted one is longer one way than the other.
                if !found.iter().any(known) {
                    let reach = i32::from(width) * 3;
                    match LocateConcentricPattern::<true, 5, 7>(
                        bits,
                        &PATTERN.into(),
                        middle,
                        reach,
                    ) {
                        Some(pattern) => found.push(pattern),
                        None => missed(middle, width),
                    }
                }
            }
            before += white + black;
        }
    }
    found
}

/// How many of the largest patterns are grouped by [`aslant`], and how many groups it gives.
const LARGEST: usize = 12;
const MOST_ASLANT: usize = 60;

/// Groups of three patterns such as a code seen very much aslant shows, where no corner looks like a
/// right angle and any of the three may be the one between the two others.
pub(super) fn aslant(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let mut largest = patterns.to_vec();
    largest.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    largest.truncate(LARGEST);
    let mut sets = Vec::new();
    for (index, &tl) in largest.iter().enumerate() {
        let others = largest.iter().enumerate().filter(|(other, _)| *other != index);
        let others: Vec<ConcentricPattern> = others.map(|(_, &other)| other).collect();
        for (at, &one) in others.iter().enumerate() {
            sets.extend(others[at + 1..].iter().filter_map(|&two| around(tl, one, two)));
        }
    }
    sets.truncate(MOST_ASLANT);
    sets
}

/// The group around `tl`, unless no code can be seen so, or it is easy to see.
fn around(
    tl: ConcentricPattern,
    one: ConcentricPattern,
    two: ConcentricPattern,
) -> Option<FinderPatternSet> {
    let (least, most) = (tl.size.min(one.size).min(two.size), tl.size.max(one.size).max(two.size));
    let (first, second) = (one - tl, two - tl);
    let (length, other) = (first.p.length(), second.p.length());
    let (short, long) = (length.min(other), length.max(other));
    let cosine = first.dot(second) / (length * other);
    // 14 modules from middle to middle in the smallest code, and at most 60 here.
    let modules = 7.0 * short / most as f32..7.0 * long / least as f32;
    if most > 3 * least || long > 3.5 * short || modules.end < 14.0 || modules.start > 60.0 {
        return None;
    }
    if cosine.is_nan() || cosine.abs() > 0.85 || cosine.abs() < 0.3 && long < 1.8 * short {
        return None;
    }
    let (tr, bl) = if first.cross(second) >= 0.0 { (one, two) } else { (two, one) };
    Some(FinderPatternSet { bl, tl, tr })
}

/// Whether five runs after a white one are near enough to 1:1:3:1:1.
fn is_alike(five: &[u16; 5], white_before: f32) -> bool {
    let [first, second, third, fourth, fifth] = *five;
    third >= 3
        && third >= 2 * first.max(fifth)
        && third >= second.max(fourth)
        && IsPattern::<true, 5, 7, false>(
            &PatternView::from_slice(five),
            &PATTERN,
            Some(white_before),
            0.1,
            0.0,
            0.0,
        ) != 0.0
}

/// The lengths of the runs in a row, white first, in turn; an odd count, so that it ends in white.
fn run_lengths(bits: &BitMatrix, y: u32, runs: &mut Vec<u16>) {
    runs.clear();
    let row = bits.getRow(y);
    let (mut start, mut before) = (0, 0);
    for (index, &word) in row.getBitArray().iter().enumerate() {
        // A bit for each pixel that differs from the one before.
        let mut edges = word ^ (word << 1 | before);
        before = word >> (usize::BITS - 1);
        while edges != 0 {
            let at = index * usize::BITS as usize + edges.trailing_zeros() as usize;
            runs.push((at - start) as u16);
            start = at;
            edges &= edges - 1;
        }
    }
    let end = bits.width() as usize;
    if start < end {
        runs.push((end - start) as u16);
    }
    if runs.len().is_multiple_of(2) {
        runs.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_full_of_rows_that_nearly_are_finder_patterns_ends() {
        // Each row is full of 1:1:3:1:1, at another place than the row before. There are a million and a half
        // of them; each compared with all before it, the runner would end the test.
        const SIDE: u32 = 6000;
        let mut bits = BitMatrix::new(SIDE, SIDE).expect("it is not empty");
        for y in 0..SIDE {
            let shift = y.wrapping_mul(2_654_435_761) >> 16;
            for x in (0..SIDE).filter(|x| ![1, 5, 7].contains(&((x + shift) % 8))) {
                bits.set(x, y);
            }
        }
        let (found, traces) = find_with_traces(&bits);
        assert!(found.is_empty(), "{} patterns", found.len());
        assert!(traces.len() < (SIDE * SIDE / 24) as usize, "{} traces", traces.len());
    }
}
