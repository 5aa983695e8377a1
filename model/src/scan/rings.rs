//! Reads codes whose dark edge has melted into a dark page, which leaves no quiet zone.
//!
//! A finder pattern is a dark square in a white ring in a dark ring. Detectors look for all three;
//! here the outer ring is part of the page, and what remains is the white ring with its dark middle.
//! Three of them at a right angle give the code's place; everything around it is painted white, and
//! then it is a code like any other.

use rxing::common::BitMatrix;

use super::black;
use super::grey::Grey;
use super::reading::Reading;
use super::zxing;

/// How many white rings are grouped at most, and how many groups are tried.
const MOST_RINGS: usize = 60;
const MOST_TRIES: usize = 12;

/// Reads the codes around three white rings that stand out by one threshold for the whole plane.
pub(super) fn by_one_threshold(grey: &Grey) -> Vec<Reading> {
    black::by_one_threshold(grey).map_or_else(Vec::new, |bits| in_black(grey, &bits))
}

/// Reads the codes around three white rings that stand out from the mean around them.
pub(super) fn by_local_mean(grey: &Grey) -> Vec<Reading> {
    black::by_local_mean(grey).map_or_else(Vec::new, |bits| in_black(grey, &bits))
}

/// Reads the codes one by one, because the page around each is painted over.
fn in_black(grey: &Grey, bits: &BitMatrix) -> Vec<Reading> {
    let mut used = Vec::new();
    let mut readings = Vec::new();
    for corners in corners(&rings(bits)) {
        let Corners { bottom_left, top_left, top_right, .. } = corners;
        let three = [bottom_left, top_left, top_right];
        if three.iter().any(|ring| used.contains(ring)) {
            continue;
        }
        if let Some(reading) = corners.read(grey) {
            used.extend(three);
            readings.push(reading);
        }
    }
    readings
}

/// A white ring around a dark middle.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Ring {
    pub x: f32,
    pub y: f32,
    /// Pixels to a module: the ring is five modules wide.
    pub module: f32,
}

/// A white region: its pixels, the sum of their places, and its bounds.
#[derive(Clone, Copy)]
struct Region {
    area: u32,
    sum: (u64, u64),
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
}

/// Pixels to a module of the three that are likeliest to be a code's corners.
pub(super) fn likeliest_module(rings: &[Ring]) -> Option<f32> {
    let Corners { bottom_left, top_left, top_right, .. } = corners(rings).into_iter().next()?;
    Some((bottom_left.module + top_left.module + top_right.module) / 3.0)
}

pub(super) fn rings(bits: &BitMatrix) -> Vec<Ring> {
    let mut rings: Vec<Ring> =
        white_regions(bits).iter().filter_map(|region| ring(bits, region)).collect();
    rings.sort_by(|a, b| b.module.total_cmp(&a.module));
    rings.truncate(MOST_RINGS);
    rings
}

/// Whether a white region is a ring around one dark middle, of a finder pattern's proportions.
fn ring(bits: &BitMatrix, region: &Region) -> Option<Ring> {
    let (width, height) = (region.right - region.left + 1, region.bottom - region.top + 1);
    let bounds = width * height;
    let proportion = region.area as f32 / bounds as f32;
    let square = width.max(height) < 3 * width.min(height);
    if width.min(height) < 5 || !square || !(0.2..0.85).contains(&proportion) {
        return None;
    }
    let area = u64::from(region.area);
    let middle = ((region.sum.0 / area) as u32, (region.sum.1 / area) as u32);
    let (hole, (x, y)) = hole(bits, region, middle)?;
    let whole = (region.area + hole) as f32;
    // 9 of 25 modules.
    if !(0.2..0.62).contains(&(hole as f32 / whole)) || whole < 0.42 * bounds as f32 {
        return None;
    }
    let module = whole.sqrt() / 5.0;
    let (ring_x, ring_y) =
        (region.sum.0 as f32 / region.area as f32, region.sum.1 as f32 / region.area as f32);
    let apart = (ring_x - x).hypot(ring_y - y);
    (apart < 0.8 * module.max(1.0)).then_some(Ring { x: x + 0.5, y: y + 0.5, module })
}

/// The dark area around `start`, and its middle, if it does not reach the region's bounds.
fn hole(bits: &BitMatrix, region: &Region, start: (u32, u32)) -> Option<(u32, (f32, f32))> {
    let width = region.right - region.left + 1;
    let mut seen = vec![false; (width * (region.bottom - region.top + 1)) as usize];
    let mut next = vec![start];
    let (mut area, mut sum) = (0_u32, (0_u64, 0_u64));
    while let Some((x, y)) = next.pop() {
        let known = &mut seen[((y - region.top) * width + x - region.left) as usize];
        if *known || !bits.get(x, y) {
            continue;
        }
        *known = true;
        if x == region.left || x == region.right || y == region.top || y == region.bottom {
            return None;
        }
        area += 1;
        sum = (sum.0 + u64::from(x), sum.1 + u64::from(y));
        next.extend([(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]);
    }
    let middle = |sum: u64| sum as f32 / area as f32;
    (area > 0).then(|| (area, (middle(sum.0), middle(sum.1))))
}

/// The white regions, joined run by run.
fn white_regions(bits: &BitMatrix) -> Vec<Region> {
    let mut joined = Joined::default();
    let mut above: Vec<(u32, u32, usize)> = Vec::new();
    for y in 0..bits.height() {
        let row = bits.getRow(y);
        let mut here = Vec::new();
        let (mut start, mut reached) = (row.getNextUnset(0) as u32, 0);
        while start < bits.width() {
            let end = (row.getNextSet(start as usize) as u32).min(bits.width());
            let region = joined.add(start, end, y);
            // Runs of the row above that end before this one starts touch nothing further right.
            while reached < above.len() && above[reached].1 <= start {
                reached += 1;
            }
            for &(_, _, other) in above[reached..].iter().take_while(|run| run.0 < end) {
                joined.join(region, other);
            }
            here.push((start, end, region));
            start = row.getNextUnset(end as usize) as u32;
        }
        above = here;
    }
    joined.regions()
}

/// Regions and which of them turned out to be one.
#[derive(Default)]
struct Joined {
    regions: Vec<Region>,
    parents: Vec<usize>,
}

impl Joined {
    fn add(&mut self, start: u32, end: u32, y: u32) -> usize {
        let (from, to, count) = (u64::from(start), u64::from(end), end - start);
        let sum = ((from + to - 1) * u64::from(count) / 2, u64::from(y) * u64::from(count));
        let region = Region { area: count, sum, left: start, right: end - 1, top: y, bottom: y };
        self.regions.push(region);
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parents[index] != index {
            self.parents[index] = self.parents[self.parents[index]];
            index = self.parents[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (kept, gone) = (one.min(other), one.max(other));
        let from = self.regions[gone];
        let into = &mut self.regions[kept];
        into.area += from.area;
        into.sum = (into.sum.0 + from.sum.0, into.sum.1 + from.sum.1);
        into.left = into.left.min(from.left);
        into.right = into.right.max(from.right);
        into.top = into.top.min(from.top);
        into.bottom = into.bottom.max(from.bottom);
        self.parents[gone] = kept;
    }

    fn regions(self) -> Vec<Region> {
        let roots = self.parents.iter().enumerate().filter(|(index, parent)| index == *parent);
        roots.map(|(index, _)| self.regions[index]).collect()
    }
}

/// Three rings at a right angle, the one at the angle in the middle.
struct Corners {
    bottom_left: Ring,
    top_left: Ring,
    top_right: Ring,
    /// How far from a square's half they are; 0 is perfect.
    askew: f32,
}

/// The groups of three that may be a code's corners, the likeliest first.
fn corners(rings: &[Ring]) -> Vec<Corners> {
    let mut all = Vec::new();
    for (index, &top_left) in rings.iter().enumerate() {
        let others: Vec<Ring> = rings
            .iter()
            .enumerate()
            .filter(|(other, ring)| *other != index && ring.is_like(&top_left))
            .map(|(_, &ring)| ring)
            .collect();
        for (at, &one) in others.iter().enumerate() {
            all.extend(others[at + 1..].iter().filter_map(|&two| group(top_left, one, two)));
        }
    }
    all.sort_by(|a, b| a.askew.total_cmp(&b.askew));
    all.truncate(MOST_TRIES);
    all
}

fn group(top_left: Ring, one: Ring, two: Ring) -> Option<Corners> {
    let (first, second) = (top_left.to(&one), top_left.to(&two));
    let (long, short) = (length(first).max(length(second)), length(first).min(length(second)));
    let module = (top_left.module + one.module + two.module) / 3.0;
    // 14 modules from middle to middle in the smallest code, 170 in the largest; less when tilted.
    if !(8.0..180.0).contains(&(short / module)) || long > 2.0 * short {
        return None;
    }
    let cosine = (first.0 * second.0 + first.1 * second.1) / (long * short);
    if cosine.abs() > 0.5 {
        return None;
    }
    let turn = first.0 * second.1 - first.1 * second.0;
    let (top_right, bottom_left) = if turn > 0.0 { (one, two) } else { (two, one) };
    let askew = cosine.abs() + long / short - 1.0;
    Some(Corners { bottom_left, top_left, top_right, askew })
}

impl Corners {
    /// Cuts the code out, on white, and reads it.
    fn read(&self, grey: &Grey) -> Option<Reading> {
        let Self { bottom_left, top_left, top_right, .. } = self;
        let (across, down) = (unit(top_left.to(top_right)), unit(top_left.to(bottom_left)));
        let bottom_right = Ring {
            x: top_right.x + bottom_left.x - top_left.x,
            y: top_right.y + bottom_left.y - top_left.y,
            module: top_right.module + bottom_left.module - top_left.module,
        };
        for margin in [3.7, 3.5] {
            // A code ends 3.5 modules from the middle of its finder patterns.
            let corner = |ring: &Ring, right: f32, below: f32| {
                let reach = margin * ring.module;
                let (x, y) = (right * across.0 + below * down.0, right * across.1 + below * down.1);
                (ring.x + reach * x, ring.y + reach * y)
            };
            let quad = [
                corner(top_left, -1.0, -1.0),
                corner(top_right, 1.0, -1.0),
                corner(&bottom_right, 1.0, 1.0),
                corner(bottom_left, -1.0, 1.0),
            ];
            let (cut, (left, top)) = cut_out(grey, &quad, 4.0 * top_left.module)?;
            let found =
                zxing::by_blocks(&cut).into_iter().chain(zxing::by_one_threshold(&cut)).next();
            if let Some(mut reading) = found {
                for (x, y) in &mut reading.corners {
                    (*x, *y) = (*x + left as f32, *y + top as f32);
                }
                return Some(reading);
            }
        }
        None
    }
}

/// The pixels inside `quad`, and around it `border` pixels as light as the code's light modules;
/// with the place in `grey` where the cut begins.
fn cut_out(grey: &Grey, quad: &[(f32, f32); 4], border: f32) -> Option<(Grey, (usize, usize))> {
    let least = |of: fn(&(f32, f32)) -> f32| quad.iter().map(of).fold(f32::INFINITY, f32::min);
    let most = |of: fn(&(f32, f32)) -> f32| quad.iter().map(of).fold(0.0, f32::max);
    let left = (least(|at| at.0) - border).max(0.0) as usize;
    let top = (least(|at| at.1) - border).max(0.0) as usize;
    let right = ((most(|at| at.0) + border) as usize).min(grey.width - 1);
    let bottom = ((most(|at| at.1) + border) as usize).min(grey.height - 1);
    if left >= right || top >= bottom {
        return None;
    }
    let (width, height) = (right - left + 1, bottom - top + 1);
    let inside = |x: usize, y: usize| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        (0..4).all(|index| {
            let (from, to) = (quad[index], quad[(index + 1) % 4]);
            (to.0 - from.0) * (y - from.1) - (to.1 - from.1) * (x - from.0) >= 0.0
        })
    };
    let mut histogram = [0_u32; 256];
    let mut kept = vec![None; width * height];
    for (row, out) in kept.chunks_exact_mut(width).enumerate() {
        for (column, out) in out.iter_mut().enumerate() {
            if inside(left + column, top + row) {
                let pixel = grey.row(top + row)[left + column];
                histogram[usize::from(pixel)] += 1;
                *out = Some(pixel);
            }
        }
    }
    let paper = percentile(&histogram, 80);
    let pixels = kept.into_iter().map(|pixel| pixel.unwrap_or(paper)).collect();
    Some((Grey { width, height, pixels }, (left, top)))
}

/// The brightness below which `percent` of the pixels lie.
fn percentile(histogram: &[u32; 256], percent: u32) -> u8 {
    let wanted = histogram.iter().sum::<u32>() / 100 * percent;
    let mut below = 0;
    for (value, count) in (0_u8..=255).zip(histogram) {
        below += count;
        if below > wanted {
            return value;
        }
    }
    255
}

impl Ring {
    fn to(&self, other: &Self) -> (f32, f32) {
        (other.x - self.x, other.y - self.y)
    }

    /// Whether both may belong to one code.
    fn is_like(&self, other: &Self) -> bool {
        self.module.max(other.module) < 1.7 * self.module.min(other.module)
    }
}

fn length((x, y): (f32, f32)) -> f32 {
    x.hypot(y)
}

fn unit((x, y): (f32, f32)) -> (f32, f32) {
    let length = length((x, y));
    (x / length, y / length)
}
