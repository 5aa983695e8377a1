//! From the brightness of each module to its colour.
//!
//! A blurred module is seen mixed with the eight around it. How much of each is in the mixture shows
//! on the finder patterns, whose modules are known; then the colours are sought that, mixed so, give
//! what is seen.

use super::known::Known;
use super::solve::LeastSquares;

/// How often each module's colour is sought anew; large codes are seldom blurred and take longer.
const SWEEPS: usize = 40;
const SWEEPS_OF_LARGE: usize = 12;
const LARGE: usize = 61;

/// The brightness of each module of a code and of one module's width around it.
pub(super) struct Samples {
    side: usize,
    /// `side + 2` rows of as many.
    seen: Vec<f32>,
}

/// How a module is seen on one finder pattern.
struct Mixture {
    /// Parts of the module itself, of the two beside it, the two above and below it, and the two on
    /// each diagonal; they sum up to 1 with each of the latter taken twice.
    parts: [f32; 5],
    /// How bright black is, and how much brighter white is.
    black: f32,
    range: f32,
}

impl Samples {
    /// Looks at five points in each module; `seen` gives the brightness at a point of the code.
    pub fn take(side: usize, seen: impl Fn(f32, f32) -> f32) -> Self {
        let place = |at: usize| at as f32 - 0.5;
        let rows = (0..side + 2).flat_map(|y| (0..side + 2).map(move |x| (place(x), place(y))));
        let seen = rows.map(|(x, y)| {
            let points = [(0.0, 0.0), (-0.2, -0.2), (0.2, -0.2), (-0.2, 0.2), (0.2, 0.2)];
            points.iter().map(|(dx, dy)| seen(x + dx, y + dy)).sum::<f32>() / 5.0
        });
        Self { side, seen: seen.collect() }
    }

    /// Which modules are black, each compared with the mean of those around it.
    pub fn by_mean_around(&self) -> Vec<bool> {
        let width = self.side + 2;
        let reach = 3;
        let is_black = |at: usize| {
            let (x, y) = (at % self.side + 1, at / self.side + 1);
            let around = |at: usize| at.saturating_sub(reach)..(at + reach + 1).min(width);
            let rows = around(y).map(|row| &self.seen[row * width..][around(x)]);
            let (sum, count) = rows.fold((0.0, 0), |(sum, count), row| {
                (sum + row.iter().sum::<f32>(), count + row.len())
            });
            self.seen[y * width + x] < sum / count as f32
        };
        (0..self.side * self.side).map(is_black).collect()
    }

    /// Which modules are black when the blur is taken back; `None` if it does not show.
    pub fn unblurred(&self, known: &Known) -> Option<Vec<bool>> {
        let width = self.side + 2;
        let mut truth = vec![None; width * width];
        for module in &known.modules {
            truth[(module.y + 1) * width + module.x + 1] = Some(!module.black);
        }
        let far = self.side - 8;
        let mixtures = [(0, 0), (far, 0), (0, far)].map(|(x, y)| self.mixture(&truth, x, y));
        let [Some(tl), Some(tr), Some(bl)] = mixtures else { return None };
        let parts = [0, 1, 2, 3, 4].map(|n| (tl.parts[n] + tr.parts[n] + bl.parts[n]) / 3.0);
        let span = self.side as f32 - 7.0;
        let even = |at: usize| {
            // The light changes evenly from one corner to the other.
            let (u, v) =
                ((at % width) as f32 / span - 4.0 / span, (at / width) as f32 / span - 4.0 / span);
            let between = |of: fn(&Mixture) -> f32| {
                of(&tl) + u * (of(&tr) - of(&tl)) + v * (of(&bl) - of(&tl))
            };
            let least = tl.range.min(tr.range).min(bl.range) / 2.0;
            (self.seen[at] - between(|m| m.black)) / between(|m| m.range).max(least)
        };
        let seen: Vec<f32> = (0..width * width).map(even).collect();
        let white = unmix(&seen, width, parts, &truth);
        let rows = white.chunks_exact(width).skip(1).take(self.side);
        Some(rows.flat_map(|row| row[1..=self.side].iter().map(|&white| white < 0.5)).collect())
    }

    /// How the known modules of the 8 × 8 around a finder pattern are mixed.
    fn mixture(&self, truth: &[Option<bool>], left: usize, top: usize) -> Option<Mixture> {
        let width = self.side + 2;
        let mut squares = LeastSquares::<6>::new([0.05, 0.5, 0.5, 0.5, 0.5, 0.0]);
        let places = (top + 1..top + 9).flat_map(|y| (left + 1..left + 9).map(move |x| (x, y)));
        for at in places.map(|(x, y)| y * width + x) {
            let white =
                |at: usize| truth.get(at).copied().flatten().map(|w| f64::from(u8::from(w)));
            let pair = |step: usize| Some(white(at - step)? + white(at + step)?);
            let factors = (|| {
                let [beside, above] = [pair(1)?, pair(width)?];
                Some([white(at)?, beside, above, pair(width + 1)?, pair(width - 1)?, 1.0])
            })();
            if let Some(factors) = factors {
                squares.observe(factors, f64::from(self.seen[at]));
            }
        }
        let [parts @ .., black] = squares.solve()?;
        let parts = parts.map(|part| part as f32);
        let range = parts[0] + 2.0 * parts[1..].iter().sum::<f32>();
        (range > 6.0 && parts[0] > 0.0).then(|| Mixture {
            parts: parts.map(|part| part / range),
            black: black as f32,
            range,
        })
    }
}

/// Seeks how white (0 to 1) each module is, one after the other, so that mixed they give what is seen.
fn unmix(seen: &[f32], width: usize, parts: [f32; 5], truth: &[Option<bool>]) -> Vec<f32> {
    let steps = [(1, parts[1]), (width, parts[2]), (width + 1, parts[3]), (width - 1, parts[4])];
    let mut white: Vec<f32> = (0..seen.len())
        .map(|at| truth[at].map_or(seen[at].clamp(0.0, 1.0), |white| f32::from(u8::from(white))))
        .collect();
    let inside = |at: usize| {
        (1..width - 1).contains(&(at % width)) && (1..width - 1).contains(&(at / width))
    };
    let mut left: Vec<f32> = (0..seen.len())
        .map(|at| {
            if !inside(at) {
                return 0.0;
            }
            let mixed = parts[0] * white[at]
                + steps
                    .iter()
                    .map(|(step, part)| part * (white[at - step] + white[at + step]))
                    .sum::<f32>();
            seen[at] - mixed
        })
        .collect();
    let weight = parts[0].powi(2) + 2.0 * parts[1..].iter().map(|part| part * part).sum::<f32>();
    let sweeps = if width > LARGE { SWEEPS_OF_LARGE } else { SWEEPS };
    for _ in 0..sweeps {
        for at in (0..seen.len()).filter(|&at| inside(at) && truth[at].is_none()) {
            let slope = parts[0] * left[at]
                + steps
                    .iter()
                    .map(|(step, part)| part * (left[at - step] + left[at + step]))
                    .sum::<f32>();
            let better = (white[at] + slope / weight).clamp(0.0, 1.0);
            let change = better - white[at];
            if change == 0.0 {
                continue;
            }
            white[at] = better;
            left[at] -= parts[0] * change;
            for (step, part) in steps {
                left[at - step] -= part * change;
                left[at + step] -= part * change;
            }
        }
    }
    white
}
