//! Reads a code of which one corner is not seen, under a stain, a thumb or a reflection: two of its finder patterns
//! say where the third would be, also if one of them is touched; nothing that a code says is in its corners.

use rxing::common::BitMatrix;

use super::grey::Grey;
use super::grid::{Corner, Laid, MOST_MOVES, Place};
use super::reading::Reading;
use super::{black, finders};

/// How many patterns are paired, the largest first.
const LARGEST: usize = 8;
/// And how many traces each of them is paired with.
const MOST_TRACES: usize = 16;
/// How well a grid over two patterns and a guessed one fits at least: two corners of three are half of it.
const WORTH_MOVING: f32 = 0.4;

/// Reads one code in the plane by two of its corners, black decided block by block.
pub(super) fn by_blocks(grey: &Grey) -> Vec<Reading> {
    black::by_blocks(grey).and_then(|bits| in_black(grey, &bits)).into_iter().collect()
}

fn in_black(grey: &Grey, bits: &BitMatrix) -> Option<Reading> {
    let (mut patterns, mut traces) = finders::find_with_traces(bits);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(LARGEST);
    traces.sort_by(|one, other| other.width.total_cmp(&one.width));
    let whole: Vec<Corner> = patterns.iter().map(|pattern| Corner::of(bits, pattern)).collect();
    let touched = traces.iter().map(|trace| Corner {
        middle: (trace.middle.x, trace.middle.y),
        size: trace.width,
        ring: None,
    });
    let touched: Vec<Corner> = touched.take(MOST_TRACES).collect();
    let pairs = whole
        .iter()
        .enumerate()
        .flat_map(|(at, one)| whole[at + 1..].iter().chain(&touched).map(move |two| (one, two)));
    let threes = pairs.flat_map(|(one, two)| thirds(one, two));
    let inside = threes.filter(|three| three.iter().all(|corner| is_inside(grey, corner.middle)));
    let mut laid: Vec<Laid> = inside.filter_map(|three| Laid::over(grey, three)).collect();
    laid.retain(|laid| laid.fit >= WORTH_MOVING);
    laid.sort_by(|one, other| other.fit.total_cmp(&one.fit));
    laid.into_iter().take(MOST_MOVES).find_map(|laid| laid.read(grey))
}

/// Where the third corner may be: top left, top right and bottom left of each code that has these two.
///
/// The rings of both, each a square of the code's own plane, say how far one is from the other along the sides of
/// the code: along one of them they share an edge, along both they are opposite.
fn thirds(one: &Corner, two: &Corner) -> Vec<[Corner; 3]> {
    let Some((right, down)) = sides(one, two) else { return Vec::new() };
    let way = less(two.middle, one.middle);
    let area = cross(right, down);
    let (across, along) = (cross(way, down) / area, cross(right, way) / area);
    let size = (one.size + two.size) / 2.0;
    let guess = |middle| Corner { middle, size, ring: None };
    let (short, long) = (across.abs().min(along.abs()), across.abs().max(along.abs()));
    // Fourteen modules at least, and a ring has six.
    if !(long > 2.0 && long.is_finite()) {
        return Vec::new();
    }
    if short > 0.6 * long {
        let [one_way, other_way] = [scaled(right, across), scaled(down, along)];
        return [one_way, other_way]
            .map(|step| around(guess(plus(one.middle, step)), *one, *two))
            .into();
    }
    if short > 0.35 * long {
        return Vec::new();
    }
    let beside =
        if across.abs() > along.abs() { scaled(down, across) } else { scaled(right, along) };
    let steps = [beside, scaled(beside, -1.0)];
    let at_one = steps.map(|step| around(*one, *two, guess(plus(one.middle, step))));
    let at_two = steps.map(|step| around(*two, *one, guess(plus(two.middle, step))));
    at_one.into_iter().chain(at_two).collect()
}

/// The two sides of a ring, or of both taken together.
fn sides(one: &Corner, two: &Corner) -> Option<(Place, Place)> {
    let of =
        |corner: &Corner| corner.ring.map(|ring| (less(ring[1], ring[0]), less(ring[2], ring[1])));
    let (first, second) = match (of(one), of(two)) {
        (Some(first), second) => (first, second.unwrap_or(first)),
        (None, second) => (second?, second?),
    };
    // The other ring may begin at any of its corners and go around either way.
    let dot = |a: Place, b: Place| a.0 * b.0 + a.1 * b.1;
    let alike = |side: Place| {
        let (a, b) = second;
        let near = if dot(side, a).abs() > dot(side, b).abs() { a } else { b };
        scaled(near, dot(side, near).signum())
    };
    let mean = |side: Place| scaled(plus(side, alike(side)), 0.5);
    let (right, down) = (mean(first.0), mean(first.1));
    (cross(right, down).abs() > 1.0).then_some((right, down))
}

/// Top left, top right and bottom left, if the first one is between the others.
fn around(middle: Corner, one: Corner, two: Corner) -> [Corner; 3] {
    let turn = cross(less(one.middle, middle.middle), less(two.middle, middle.middle));
    if turn >= 0.0 { [middle, one, two] } else { [middle, two, one] }
}

fn is_inside(grey: &Grey, (x, y): Place) -> bool {
    x >= 0.0 && y >= 0.0 && x < grey.width as f32 && y < grey.height as f32
}

fn plus(one: Place, other: Place) -> Place {
    (one.0 + other.0, one.1 + other.1)
}

fn less(one: Place, other: Place) -> Place {
    (one.0 - other.0, one.1 - other.1)
}

fn scaled(way: Place, by: f32) -> Place {
    (way.0 * by, way.1 * by)
}

fn cross(one: Place, other: Place) -> f32 {
    one.0 * other.1 - one.1 * other.0
}
