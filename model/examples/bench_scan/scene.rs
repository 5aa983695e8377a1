//! Draws what a phone's camera sees: a barcode on a page, under an angle, light, blur and noise.

use qrcode::{Color, EcLevel, QrCode};
use rand_chacha::rand_core::Rng;

use crate::Plane;

/// Size of a frame in pixels.
const WIDTH: usize = 1280;
const HEIGHT: usize = 720;

/// How a barcode is shown and seen. Lengths are in modules where nothing else is said, and
/// brightness runs from 0 to 1.
#[derive(Clone)]
pub struct Scene {
    pub text: String,
    /// Pixels to a module, before tilting.
    pub module: f32,
    /// Angle of the page against the picture, and the direction of its axis, both in degrees.
    pub tilt: f32,
    pub axis: f32,
    /// Turn of the code on its page, in degrees.
    pub turn: f32,
    pub dark: f32,
    pub light: f32,
    /// The page around the quiet zone.
    pub page: f32,
    pub quiet: f32,
    /// Modules as discs of this radius instead of squares.
    pub dots: Option<f32>,
    /// Side of a blank square in the middle, as a part of the code's side.
    pub logo: f32,
    /// Things of any brightness around the code instead of an even page.
    pub clutter: bool,
    /// Standard deviation of the blur.
    pub blur: f32,
    /// Length of the way the hand moved.
    pub motion: f32,
    /// Depth of the pattern that a screen's dots make against the sensor's.
    pub moire: f32,
    /// How much of the light is lost towards one side.
    pub shadow: f32,
    /// Strength of a reflected lamp.
    pub glare: f32,
    /// How far the page bulges towards the camera, as a part of the code's side.
    pub bulge: f32,
    /// Standard deviation of the noise.
    pub noise: f32,
}

impl Scene {
    /// An easy scene, with the turn, the place and the text left to chance.
    pub fn any(random: &mut impl Rng) -> Self {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".as_bytes();
        let secret: String = (0..[16, 32, 32, 52][pick(random, 4)])
            .map(|_| char::from(letters[pick(random, 32)]))
            .collect();
        let issuer = ["GitHub", "Example", "Some%20Bank", "mail.example.org"][pick(random, 4)];
        let user =
            ["alice", "bob@example.org", "a.very.long.name@subdomain.example.com"][pick(random, 3)];
        Self {
            text: format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}"),
            module: between(random, 4.0, 6.5),
            tilt: between(random, 0.0, 15.0),
            axis: between(random, 0.0, 360.0),
            turn: between(random, 0.0, 360.0),
            dark: between(random, 0.03, 0.15),
            light: between(random, 0.75, 0.92),
            page: between(random, 0.5, 0.9),
            quiet: 4.0,
            dots: None,
            logo: 0.0,
            clutter: false,
            blur: between(random, 0.1, 0.25),
            motion: 0.0,
            moire: 0.0,
            shadow: between(random, 0.0, 0.2),
            glare: 0.0,
            bulge: 0.0,
            noise: between(random, 0.005, 0.015),
        }
    }

    /// Takes the picture.
    pub fn shoot(&self, random: &mut impl Rng) -> Plane {
        let code = self.code();
        let side = code.width() as f32;
        let lens = Lens::new(self, side, random);
        let clutter = Clutter::new(random);
        let (phase, pitch) = (between(random, 0.0, 6.0), between(random, 2.1, 3.9));
        let mut light = vec![0.0; WIDTH * HEIGHT];
        for (at, value) in light.iter_mut().enumerate() {
            let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
            // Four places within the pixel, so that edges have all shades.
            for (dx, dy) in [(0.125, 0.375), (0.375, 0.875), (0.625, 0.125), (0.875, 0.625)] {
                let (u, v) = lens.on_page(x + dx, y + dy);
                *value += self.brightness(&code, side, &clutter, u, v) / 4.0;
            }
            if self.moire > 0.0 {
                // The screen's lines are nearly as dense as the sensor's.
                let wave = (x * std::f32::consts::TAU / pitch + phase).cos()
                    * (y * std::f32::consts::TAU / (pitch * 1.03)).cos();
                *value *= 1.0 - self.moire * (0.5 + 0.5 * wave);
            }
        }
        blur(&mut light, self.blur * self.module);
        if self.motion > 0.0 {
            light = moved(&light, self.motion * self.module, between(random, 0.0, 6.3));
        }
        let (lamp_x, lamp_y) = lens.lamp(random, side * self.module);
        let pixels = light.iter().enumerate().map(|(at, &value)| {
            let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
            let away =
                ((x - lamp_x).powi(2) + (y - lamp_y).powi(2)) / (side * self.module * 0.33).powi(2);
            let lit = value * (1.0 - self.shadow * x / WIDTH as f32) + self.glare * (-away).exp();
            ((lit + self.noise * normal(random)).clamp(0.0, 1.0) * 255.0).round() as u8
        });
        Plane { width: WIDTH, height: HEIGHT, pixels: pixels.collect() }
    }

    fn code(&self) -> QrCode {
        let level = if self.logo > 0.0 { EcLevel::Q } else { EcLevel::M };
        match QrCode::with_error_correction_level(&self.text, level) {
            Ok(code) => code,
            Err(error) => unreachable!("a key URI fits into a code: {error}"),
        }
    }

    /// The brightness at a point of the page, from the code's middle.
    fn brightness(&self, code: &QrCode, side: f32, clutter: &Clutter, u: f32, v: f32) -> f32 {
        let (u, v) = (u + side / 2.0, v + side / 2.0);
        let outside = (-u).max(u - side).max(-v).max(v - side);
        if outside > self.quiet {
            return if self.clutter { clutter.at(u, v) } else { self.page };
        }
        if outside >= 0.0 || u < 0.0 || v < 0.0 {
            return self.light;
        }
        if (u - side / 2.0).abs().max((v - side / 2.0).abs()) < side * self.logo / 2.0 {
            return 0.5;
        }
        let (column, row) = (u as usize, v as usize);
        let module = |column: usize, row: usize| code[(column, row)] == Color::Dark;
        let inside = match self.dots {
            Some(radius) => (u.fract() - 0.5).hypot(v.fract() - 0.5) < radius,
            None => true,
        };
        if module(column, row) && inside { self.dark } else { self.light }
    }
}

/// Where a ray through a pixel meets the page.
struct Lens {
    focal: f32,
    distance: f32,
    centre: (f32, f32),
    /// The page's two directions and its normal.
    right: [f32; 3],
    down: [f32; 3],
    normal: [f32; 3],
    /// Bulge in modules, and half the side it bulges over.
    bulge: (f32, f32),
}

impl Lens {
    fn new(scene: &Scene, side: f32, random: &mut impl Rng) -> Self {
        // Held three sides away.
        let distance = 3.0 * side;
        let [tilt, axis, turn] = [scene.tilt, scene.axis, scene.turn].map(f32::to_radians);
        let rotated = |[x, y]: [f32; 2]| {
            let (x, y) = (x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos());
            // Turned around the axis in the picture's plane.
            let along = x * axis.cos() + y * axis.sin();
            let across = y * axis.cos() - x * axis.sin();
            let [deep, across] = [across * tilt.sin(), across * tilt.cos()];
            [
                along * axis.cos() - across * axis.sin(),
                along * axis.sin() + across * axis.cos(),
                deep,
            ]
        };
        let (right, down) = (rotated([1.0, 0.0]), rotated([0.0, 1.0]));
        let room = (scene.module * side * 0.75).min(HEIGHT as f32 / 2.0);
        Self {
            focal: scene.module * distance,
            distance,
            centre: (
                between(random, room, WIDTH as f32 - room),
                between(random, room, (HEIGHT as f32 - room).max(room + 1.0)),
            ),
            right,
            down,
            normal: cross(right, down),
            bulge: (scene.bulge * side, side * 0.7),
        }
    }

    fn on_page(&self, x: f32, y: f32) -> (f32, f32) {
        let ray = [(x - self.centre.0) / self.focal, (y - self.centre.1) / self.focal, 1.0];
        let depth = dot(self.normal, ray);
        if depth.abs() < 1e-4 {
            return (f32::INFINITY, 0.0);
        }
        let reach = self.normal[2] * self.distance / depth;
        if reach < 0.0 {
            return (f32::INFINITY, 0.0);
        }
        let point = [reach * ray[0], reach * ray[1], reach - self.distance];
        let (u, v) = (dot(point, self.right), dot(point, self.down));
        // A page around a bottle: its sides turn away, so that equal steps look shorter there.
        let (depth, half) = self.bulge;
        if depth > 0.0 {
            return (u * (1.0 + depth / half * (u / half).powi(2)), v);
        }
        (u, v)
    }

    /// A place on the code for a lamp's reflection.
    fn lamp(&self, random: &mut impl Rng, side: f32) -> (f32, f32) {
        let (dx, dy) = (between(random, -0.4, 0.4) * side, between(random, -0.4, 0.4) * side);
        (self.centre.0 + dx, self.centre.1 + dy)
    }
}

/// Rectangles of any brightness, such as a page with text and pictures has.
struct Clutter(Vec<f32>);

impl Clutter {
    fn new(random: &mut impl Rng) -> Self {
        Self((0..1024).map(|_| between(random, 0.05, 0.95)).collect())
    }

    fn at(&self, u: f32, v: f32) -> f32 {
        let cell = |at: f32, size: f32| (at / size).floor() as i64 as usize;
        let coarse = cell(u, 9.0).wrapping_mul(31).wrapping_add(cell(v, 7.0).wrapping_mul(57));
        let fine = cell(u, 1.3).wrapping_mul(73).wrapping_add(cell(v, 1.7).wrapping_mul(19));
        if coarse % 3 == 0 { self.0[fine % 1024] } else { self.0[coarse % 1024] }
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Gaussian blur, one direction after the other.
fn blur(light: &mut Vec<f32>, sigma: f32) {
    let reach = (sigma * 3.0).ceil() as usize;
    if reach == 0 {
        return;
    }
    let weight = |at: usize| (-((at as f32 - reach as f32) / sigma).powi(2) / 2.0).exp();
    let weights: Vec<f32> = (0..=2 * reach).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    for (across, step) in [(WIDTH, 1), (HEIGHT, WIDTH)] {
        let blurred = |at: usize| {
            let place = at / step % across;
            let taps = weights.iter().enumerate().map(|(tap, weight)| {
                let there = (place + tap).saturating_sub(reach).min(across - 1);
                weight * light[at + there * step - place * step]
            });
            taps.sum::<f32>() / sum
        };
        *light = (0..light.len()).map(blurred).collect();
    }
}

/// The mean along the way the hand moved.
fn moved(light: &[f32], length: f32, direction: f32) -> Vec<f32> {
    let steps = length.ceil() as i32 + 1;
    let way = |at: usize| {
        let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
        let seen = (0..=steps).map(|step| {
            let along = length * (step as f32 / steps as f32 - 0.5);
            let column = (x + along * direction.cos()).round().clamp(0.0, WIDTH as f32 - 1.0);
            let row = (y + along * direction.sin()).round().clamp(0.0, HEIGHT as f32 - 1.0);
            light[row as usize * WIDTH + column as usize]
        });
        seen.sum::<f32>() / (steps + 1) as f32
    };
    (0..light.len()).map(way).collect()
}

/// A number below `count`.
pub fn pick(random: &mut impl Rng, count: usize) -> usize {
    random.next_u32() as usize % count
}

/// A number between two others.
pub fn between(random: &mut impl Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * (random.next_u32() as f32 / u32::MAX as f32)
}

/// A number from the normal distribution, near enough (Irwin and Hall).
fn normal(random: &mut impl Rng) -> f32 {
    let bits = random.next_u64();
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    (sum as f32 / 65_535.0 - 2.0) * 1.732
}
