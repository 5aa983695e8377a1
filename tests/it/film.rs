//! Films as somebody takes them who holds a phone over a screen: the hand moves, turns and tilts, the
//! focus and the exposure look for their place, and the barcode comes into view after a while.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use qrcode::{Color, EcLevel, QrCode};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;
/// Frames a second.
pub const RATE: usize = 12;

/// A film, the same for the same seed.
pub struct Film {
    code: Option<QrCode>,
    seconds: f32,
    /// The hand's own rhythm.
    hand: [f32; 8],
    noise: u64,
}

/// Where the camera is at one moment: the point of the page in the middle of the picture, the turn,
/// the tilt, and pixels to a module.
struct Pose {
    at: (f32, f32),
    turn: f32,
    tilt: (f32, f32),
    module: f32,
}

/// Brightness, blue and red, as a camera tells them (BT.601).
type Colour = [f32; 3];

impl Film {
    /// The way of the hand to a barcode with this text, or over a page without one.
    pub fn new(text: Option<&str>, seconds: f32, seed: u64) -> Self {
        let mut noise = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let hand = std::array::from_fn(|_| next(&mut noise));
        let code = text.map(|text| {
            QrCode::with_error_correction_level(text, EcLevel::M).expect("it fits into a code")
        });
        Self { code, seconds, hand, noise }
    }

    /// Writes the film as Y4M.
    #[expect(clippy::disallowed_methods, reason = "a test's film is a file")]
    pub fn write(mut self, path: &Path) {
        let file = BufWriter::new(File::create(path).expect("a file for the film"));
        let mut film = y4m::encode(WIDTH, HEIGHT, y4m::Ratio::new(RATE, 1))
            .write_header(file)
            .expect("the film's header");
        for number in 0..(self.seconds * RATE as f32) as usize {
            let [y, u, v] = self.frame(number as f32 / RATE as f32);
            film.write_frame(&y4m::Frame::new([&y, &u, &v], None)).expect("a frame");
        }
    }

    /// The planes of the frame at this second.
    pub fn frame(&mut self, second: f32) -> [Vec<u8>; 3] {
        // The shutter is open for a fortieth of a second, while the hand moves.
        let poses = [self.pose(second), self.pose(second + 0.0125), self.pose(second + 0.025)];
        let mut light = vec![0.0; WIDTH * HEIGHT];
        let (mut blue, mut red) = (Vec::new(), Vec::new());
        for (at, value) in light.iter_mut().enumerate() {
            let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
            *value = poses.iter().map(|pose| self.seen(pose, x, y)[0]).sum::<f32>() / 3.0;
            if at.is_multiple_of(2) && (at / WIDTH).is_multiple_of(2) {
                let [_, u, v] = self.seen(&poses[0], x, y);
                blue.push(u as u8);
                red.push(v as u8);
            }
        }
        // The focus finds its place in the second half, the exposure swings around it.
        let way = second / self.seconds;
        let out_of_focus = (4.0 * (0.65 - way)).max(0.0) + 0.4 * (second * 3.0).sin().max(0.0);
        blur(&mut light, out_of_focus.round() as usize);
        let exposure = 1.0 + 0.35 * (-2.5 * way).exp() * (second * 4.0).cos();
        let luma = light.iter().map(|value| {
            let grain = 7.0 * (next(&mut self.noise) - 0.5);
            (value * exposure + grain).clamp(16.0, 235.0) as u8
        });
        [luma.collect(), blue, red]
    }

    /// From the keyboard beside the screen to the code, ever closer and never still.
    fn pose(&self, second: f32) -> Pose {
        let way = (second / self.seconds * 1.6 - 0.35).clamp(0.0, 1.0);
        let way = way * way * (3.0 - 2.0 * way);
        let side = self.side();
        let shake = |hand: usize, depth: f32| {
            let rhythm = 1.0 + 3.0 * self.hand[hand];
            depth * (second * rhythm + 6.0 * self.hand[(hand + 3) % 8]).sin()
        };
        let from = (side * 2.4, side * 2.2);
        let to = (side / 2.0, side / 2.0);
        Pose {
            at: (
                from.0 + (to.0 - from.0) * way + shake(0, side * 0.06),
                from.1 + (to.1 - from.1) * way + shake(1, side * 0.06),
            ),
            turn: 0.5 - 0.6 * way + shake(2, 0.06),
            tilt: (0.35 - 0.25 * way + shake(3, 0.06), 0.3 * (1.0 - way) + shake(4, 0.06)),
            module: (3.2 + 2.2 * way) * 33.0 / side + shake(5, 0.12),
        }
    }

    fn side(&self) -> f32 {
        self.code.as_ref().map_or(33.0, |code| code.width() as f32)
    }

    /// What a pixel sees from a pose.
    fn seen(&self, pose: &Pose, x: f32, y: f32) -> Colour {
        let (dx, dy) = (x - WIDTH as f32 / 2.0, y - HEIGHT as f32 / 2.0);
        let depth = 1.0 + (pose.tilt.0 * dx + pose.tilt.1 * dy) / WIDTH as f32;
        let (dx, dy) = (dx / depth / pose.module, dy / depth / pose.module);
        let (sin, cos) = pose.turn.sin_cos();
        self.page(dx * cos - dy * sin + pose.at.0, dx * sin + dy * cos + pose.at.1)
    }

    /// The web page and the desk around the screen, in modules from the code's corner.
    fn page(&self, u: f32, v: f32) -> Colour {
        let side = self.side();
        if u < -side || u > side * 2.0 || v < -side * 0.8 || v > side * 1.6 {
            // Wood, with its grain.
            let grain = ((u * 0.9 + (v * 0.35).sin() * 3.0).sin() * 9.0).floor();
            return [88.0 + grain, 112.0, 146.0];
        }
        if v < -side * 0.55 {
            return [92.0, 158.0, 104.0];
        }
        let inside = |at: f32| (0.0..side).contains(&at);
        if let (true, true, Some(code)) = (inside(u), inside(v), &self.code) {
            let dark = code[(u as usize, v as usize)] == Color::Dark;
            return [if dark { 28.0 } else { 228.0 }, 128.0, 128.0];
        }
        // Lines of text beside and below where the code is.
        let beside = u > side * 1.2 || v > side * 1.15;
        let (line, letter) = ((v / 1.6).floor(), (u / 1.1).floor());
        let inked = (line as i64).rem_euclid(2) == 0 && ((letter * 7.3 + line * 3.1).sin() > -0.6);
        [if beside && inked && u > 0.0 { 96.0 } else { 226.0 }, 128.0, 127.0]
    }
}

/// A box of this reach around each pixel, across and then down.
fn blur(light: &mut [f32], reach: usize) {
    if reach == 0 {
        return;
    }
    let size = (2 * reach + 1) as f32;
    for (count, length, step, next_line) in [(HEIGHT, WIDTH, 1, WIDTH), (WIDTH, HEIGHT, WIDTH, 1)] {
        for line in 0..count {
            let place = |at: usize| line * next_line + at.min(length - 1) * step;
            let before: Vec<f32> = (0..length).map(|at| light[place(at)]).collect();
            for at in 0..length {
                let around = at.saturating_sub(reach)..=at + reach;
                let sum: f32 = around.map(|at| before[at.min(length - 1)]).sum();
                let missing = reach.saturating_sub(at) as f32 * before[0];
                light[place(at)] = (sum + missing) / size;
            }
        }
    }
}

/// A number from 0 to 1 (xorshift).
fn next(state: &mut u64) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 40) as f32 / (1 << 24) as f32
}
