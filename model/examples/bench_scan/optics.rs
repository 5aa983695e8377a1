//! How a camera sees a scene: in perspective, through a lens, on a sensor, in a file.

use rand_chacha::rand_core::Rng;

use crate::Plane;
use crate::chance::{between, normal};
use crate::scene::{Scene, Sheet};

/// Takes the picture.
pub fn shoot(scene: &Scene, random: &mut impl Rng) -> Plane {
    let sheet = Sheet::new(scene, random);
    let side = sheet.side();
    let lens = Lens::new(scene, side, random);
    let (width, height) = scene.size;
    let (phase, pitch) = (between(random, 0.0, 6.0), between(random, 2.1, 3.9));
    let mut light = vec![0.0; width * height];
    for (at, value) in light.iter_mut().enumerate() {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        // Four places within the pixel, so that edges have all shades.
        for (dx, dy) in [(0.125, 0.375), (0.375, 0.875), (0.625, 0.125), (0.875, 0.625)] {
            let (u, v) = lens.on_page(x + dx, y + dy);
            *value += sheet.brightness(u, v) / 4.0;
        }
        if scene.moire > 0.0 {
            // The screen's lines are nearly as dense as the sensor's.
            let wave = (x * std::f32::consts::TAU / pitch + phase).cos()
                * (y * std::f32::consts::TAU / (pitch * 1.03)).cos();
            *value *= 1.0 - scene.moire * (0.5 + 0.5 * wave);
        }
    }
    blur(&mut light, scene.size, scene.blur * scene.module);
    if scene.motion > 0.0 {
        let direction = between(random, 0.0, 6.3);
        light = moved(&light, scene.size, scene.motion * scene.module, direction);
    }
    let lamp = lens.lamp(random, side * scene.module);
    let edge = between(random, 0.0, 6.3);
    let pixels = light.iter().enumerate().map(|(at, &value)| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let (dx, dy) = (x - lamp.0, y - lamp.1);
        let away = (dx * dx + dy * dy) / (side * scene.module * 0.33).powi(2);
        let behind = ((dx * edge.cos() + dy * edge.sin()) / scene.module + 0.5).clamp(0.0, 1.0);
        let lit = value
            * (1.0 - scene.shadow * x / width as f32)
            * (1.0 - scene.edge_of_shadow * behind)
            * scene.exposure
            + scene.glare * (-away).exp();
        ((lit + scene.noise * normal(random)).clamp(0.0, 1.0) * 255.0).round() as u8
    });
    let plane = Plane { width, height, pixels: pixels.collect() };
    match scene.jpeg {
        Some(quality) => kept(plane, quality),
        None => plane,
    }
}

/// The plane as a JPEG file of some quality gives it back.
fn kept(plane: Plane, quality: u8) -> Plane {
    let mut file = Vec::new();
    let (width, height) = (plane.width, plane.height);
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
    let grey = image::ExtendedColorType::L8;
    let encoded = encoder.encode(&plane.pixels, width as u32, height as u32, grey);
    match encoded.and_then(|()| image::load_from_memory(&file)) {
        Ok(picture) => Plane { width, height, pixels: picture.into_luma8().into_raw() },
        Err(error) => unreachable!("a grey plane can be kept as a JPEG file: {error}"),
    }
}

/// Where a ray through a pixel meets the page.
struct Lens<'s> {
    scene: &'s Scene,
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

impl<'s> Lens<'s> {
    fn new(scene: &'s Scene, side: f32, random: &mut impl Rng) -> Self {
        let (width, height) = (scene.size.0 as f32, scene.size.1 as f32);
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
        let room = (scene.module * side * 0.75).min(height / 2.0);
        Self {
            scene,
            focal: scene.module * distance,
            distance,
            centre: (
                between(random, room, (width - room).max(room + 1.0)),
                between(random, room, (height - room).max(room + 1.0)),
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
        // Waving paper: its slopes look shorter.
        let wave = self.scene.wave * (u * 0.21 + v * 0.08).sin();
        let (u, v) = (u + wave, v + 0.5 * wave);
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

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Gaussian blur, one direction after the other.
fn blur(light: &mut Vec<f32>, (width, height): (usize, usize), sigma: f32) {
    let reach = (sigma * 3.0).ceil() as usize;
    if reach == 0 {
        return;
    }
    let weight = |at: usize| (-((at as f32 - reach as f32) / sigma).powi(2) / 2.0).exp();
    let weights: Vec<f32> = (0..=2 * reach).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    for (across, step) in [(width, 1), (height, width)] {
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
fn moved(light: &[f32], (width, height): (usize, usize), length: f32, direction: f32) -> Vec<f32> {
    let steps = length.ceil() as i32 + 1;
    let way = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let seen = (0..=steps).map(|step| {
            let along = length * (step as f32 / steps as f32 - 0.5);
            let column = (x + along * direction.cos()).round().clamp(0.0, width as f32 - 1.0);
            let row = (y + along * direction.sin()).round().clamp(0.0, height as f32 - 1.0);
            light[row as usize * width + column as usize]
        });
        seen.sum::<f32>() / (steps + 1) as f32
    };
    (0..light.len()).map(way).collect()
}
