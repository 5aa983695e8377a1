//! Where each module of a code is seen in the picture.

use super::super::grey::Grey;
use super::known::Known;
use super::solve::LeastSquares;

/// A place in the picture, in pixels.
pub(in super::super) type Place = (f32, f32);

/// How a code's plane is seen: in perspective, and bowed as paper is.
#[derive(Clone)]
pub(super) struct Lens {
    /// Where the middles of the finder patterns are seen, and the fourth place that would make them
    /// a square: top left, top right, bottom right, bottom left; then how far the middles between
    /// two of them are off the straight way, across and down.
    places: [Place; 6],
    /// Modules from the middle of one finder pattern to the next.
    span: f32,
    /// From the unit square between the places to the picture.
    perspective: [f32; 8],
}

/// What is seen of three finder patterns: top left, top right, bottom left.
pub(super) struct Sight {
    middles: [Place; 3],
    /// The corners of the ring three modules around each middle, from the top left on.
    rings: [Option<[Place; 4]>; 3],
}

impl Sight {
    /// Takes the corners of each ring in any order around it.
    pub fn new(middles: [Place; 3], rings: [Option<[Place; 4]>; 3]) -> Self {
        let [tl, tr, bl] = middles;
        let right = (tr.0 - tl.0, tr.1 - tl.1);
        let down = (bl.0 - tl.0, bl.1 - tl.1);
        let area = right.0 * down.1 - right.1 * down.0;
        let turned = |ring: [Place; 4], middle: Place| {
            // How far a corner is from the middle towards the right and down, on the code.
            let on_code = |corner: Place| {
                let (x, y) = (corner.0 - middle.0, corner.1 - middle.1);
                ((x * down.1 - y * down.0) / area, (right.0 * y - right.1 * x) / area)
            };
            let upper = |corner: Place| on_code(corner).0 + on_code(corner).1;
            let mut ring = ring;
            let first = (0..4).min_by(|&one, &two| upper(ring[one]).total_cmp(&upper(ring[two])));
            ring.rotate_left(first.unwrap_or(0));
            if on_code(ring[1]).0 < on_code(ring[3]).0 {
                ring.swap(1, 3);
            }
            ring
        };
        let rings = [0, 1, 2].map(|index| rings[index].map(|ring| turned(ring, middles[index])));
        Self { middles, rings }
    }

    /// The version that the distance of the patterns tells, given their sizes in pixels.
    pub fn version(&self, sizes: [f32; 3]) -> i32 {
        let [tl, tr, bl] = self.middles;
        // Pixels to a module along the top or the left edge: the ring is six modules wide.
        let module =
            |index: usize, (one, two): (usize, usize), (three, four): (usize, usize)| match self
                .rings[index]
            {
                Some(ring) => (apart(ring[one], ring[two]) + apart(ring[three], ring[four])) / 12.0,
                None => sizes[index] / 7.0,
            };
        let (across, down) = (((0, 1), (3, 2)), ((0, 3), (1, 2)));
        let top =
            2.0 * apart(tl, tr) / (module(0, across.0, across.1) + module(1, across.0, across.1));
        let left = 2.0 * apart(tl, bl) / (module(0, down.0, down.1) + module(2, down.0, down.1));
        (((top + left) / 2.0 + 7.0 - 17.0) / 4.0).round() as i32
    }

    /// The perspective that explains best what is seen, if the code has `side` modules.
    pub fn lens(&self, side: usize) -> Option<Lens> {
        let span = side as f32 - 7.0;
        let mut squares = LeastSquares::<8>::new([1e-9; 8]);
        let mut observe = |u: f32, v: f32, (x, y): Place| {
            let [u, v, x, y] = [u, v, x, y].map(f64::from);
            squares.observe([u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x], x);
            squares.observe([0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y], y);
        };
        let reach = 3.0 / span;
        let [tl, tr, bl] = self.middles;
        for ((u, v), (middle, ring)) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
            .into_iter()
            .zip(self.middles.iter().zip(&self.rings))
        {
            observe(u, v, *middle);
            for ((du, dv), corner) in
                [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
                    .into_iter()
                    .zip(ring.iter().flatten())
            {
                observe(u + du, v + dv, *corner);
            }
        }
        let flat = (tr.0 + bl.0 - tl.0, tr.1 + bl.1 - tl.1);
        let seen = self.rings.iter().flatten().count();
        let fourth = if seen >= 2 { squares.solve().and_then(fourth) } else { None };
        Lens::new([tl, tr, fourth.unwrap_or(flat), bl, (0.0, 0.0), (0.0, 0.0)], span)
    }
}

/// Where a perspective shows the unit square's last corner.
fn fourth(perspective: [f64; 8]) -> Option<Place> {
    let [a, b, c, d, e, f, g, h] = perspective;
    let depth = g + h + 1.0;
    (depth > 0.2).then(|| (((a + b + c) / depth) as f32, ((d + e + f) / depth) as f32))
}

impl Lens {
    fn new(places: [Place; 6], span: f32) -> Option<Self> {
        let mut lens = Self { places, span, perspective: [0.0; 8] };
        lens.focus().then_some(lens)
    }

    /// Where the point `x`, `y` of the code is seen, in modules from its top left corner.
    pub fn at(&self, x: f32, y: f32) -> Place {
        let (u, v) = ((x - 3.5) / self.span, (y - 3.5) / self.span);
        let [a, b, c, d, e, f, g, h] = self.perspective;
        let depth = g * u + h * v + 1.0;
        let (across, down) = (4.0 * u * (1.0 - u), 4.0 * v * (1.0 - v));
        let [.., bow, sag] = self.places;
        (
            (a * u + b * v + c) / depth + bow.0 * across + sag.0 * down,
            (d * u + e * v + f) / depth + bow.1 * across + sag.1 * down,
        )
    }

    /// How well the known modules are where this says: the correlation of their colour with what is
    /// seen there, 1 for a perfect code.
    pub fn fit(&self, grey: &Grey, known: &Known) -> f32 {
        let (mut n, mut sum, mut squares, mut white, mut whites) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for module in &known.modules {
            let seen = self.seen(grey, module.x as f32 + 0.5, module.y as f32 + 0.5);
            n += 1.0;
            sum += seen;
            squares += seen * seen;
            if !module.black {
                (white, whites) = (white + seen, whites + 1.0);
            }
        }
        let spread = (squares / n - (sum / n).powi(2)).max(1.0).sqrt();
        let share: f32 = whites / n;
        let apart = white / whites - sum / n;
        apart / spread * (share / (1.0 - share)).sqrt()
    }

    /// Moves the grid until the known modules are as black and as white as they get.
    pub fn settle(&mut self, grey: &Grey, known: &Known) {
        let mut best = self.contrast(grey, known);
        let module = apart(self.places[0], self.places[1])
            .max(apart(self.places[0], self.places[3]))
            / self.span;
        let mut step = 0.5 * module;
        for _ in 0..7 {
            for place in 0..6 {
                for (dx, dy) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)] {
                    let mut moved = self.clone();
                    moved.places[place].0 += dx;
                    moved.places[place].1 += dy;
                    if !moved.focus() {
                        continue;
                    }
                    let contrast = moved.contrast(grey, known);
                    if contrast > best {
                        (best, *self) = (contrast, moved);
                    }
                }
            }
            step *= 0.65;
        }
    }

    /// The brightness at a point of the code.
    pub fn seen(&self, grey: &Grey, x: f32, y: f32) -> f32 {
        let (x, y) = self.at(x, y);
        brightness(grey, x, y)
    }

    /// How much lighter the white modules are than the black ones, seen at four points of each.
    fn contrast(&self, grey: &Grey, known: &Known) -> f32 {
        let (mut white, mut black) = ((0.0, 0.0), (0.0, 0.0));
        for module in &known.modules {
            let (x, y) = (module.x as f32, module.y as f32);
            let seen = self.seen(grey, x + 0.25, y + 0.25)
                + self.seen(grey, x + 0.75, y + 0.25)
                + self.seen(grey, x + 0.25, y + 0.75)
                + self.seen(grey, x + 0.75, y + 0.75);
            let side = if module.black { &mut black } else { &mut white };
            *side = (side.0 + seen, side.1 + 1.0);
        }
        white.0 / white.1 - black.0 / black.1
    }

    /// Finds the perspective of the places (Heckbert 1989, section 2.2.3); `false` if they are in line.
    fn focus(&mut self) -> bool {
        let [p0, p1, p2, p3, ..] = self.places;
        let (one, two) = ((p1.0 - p2.0, p1.1 - p2.1), (p3.0 - p2.0, p3.1 - p2.1));
        let sum = (p0.0 - p1.0 + p2.0 - p3.0, p0.1 - p1.1 + p2.1 - p3.1);
        let area = one.0 * two.1 - two.0 * one.1;
        let g = (sum.0 * two.1 - two.0 * sum.1) / area;
        let h = (one.0 * sum.1 - sum.0 * one.1) / area;
        self.perspective = [
            p1.0 - p0.0 + g * p1.0,
            p3.0 - p0.0 + h * p3.0,
            p0.0,
            p1.1 - p0.1 + g * p1.1,
            p3.1 - p0.1 + h * p3.1,
            p0.1,
            g,
            h,
        ];
        // All of the code is before the eye.
        area.abs() > 1.0 && g > -0.8 && h > -0.8 && g + h > -0.8
    }
}

/// The brightness between the pixels; outside, that of the edge.
fn brightness(grey: &Grey, x: f32, y: f32) -> f32 {
    let (x, y) = (x - 0.5, y - 0.5);
    let (x, y) =
        (x.clamp(0.0, grey.width as f32 - 1.001), y.clamp(0.0, grey.height as f32 - 1.001));
    let (left, top) = (x as usize, y as usize);
    let (right, below) = (x - left as f32, y - top as f32);
    let at = top * grey.width + left;
    let pixel = |at: usize| f32::from(grey.pixels.get(at).copied().unwrap_or(0));
    let mixed = |at: usize| pixel(at) * (1.0 - right) + pixel(at + 1) * right;
    mixed(at) * (1.0 - below) + mixed(at + grey.width) * below
}

fn apart(one: Place, other: Place) -> f32 {
    (one.0 - other.0).hypot(one.1 - other.1)
}
