//! Pictures without a code that may look like one: a text read in any of them was made up.

use qrcode::{Color, QrCode};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::Plane;
use crate::chance::{between, normal, pick};
use crate::scene::letters;

const WIDTH: usize = 960;
const HEIGHT: usize = 720;

/// What is black at a point, both in units of a module.
type Pattern = Box<dyn Fn(f32, f32) -> bool>;

/// A kind of picture: its name, and what makes one.
type Kind = (&'static str, fn(&mut ChaCha8Rng) -> Pattern);

/// Draws `each` pictures of every kind, with the kind's name.
pub fn pictures(seed: u64, each: u64) -> Vec<(&'static str, Plane)> {
    let kinds: &[Kind] = &[
        ("lines of text", text),
        ("checkerboard", |random| {
            let size = between(random, 0.5, 3.0);
            Box::new(move |u, v| ((u / size).floor() + (v / size).floor()) as i32 % 2 == 0)
        }),
        ("stripes", bars),
        ("halftone", |random| {
            let pitch = between(random, 0.8, 3.0);
            Box::new(move |u, v| {
                let far = ((u / pitch).fract() - 0.5).hypot((v / pitch).fract() - 0.5);
                far < 0.25 + 0.2 * (u * 0.11).sin()
            })
        }),
        ("modules at random", |random| cells(random, |_, _| None)),
        ("modules in an L", |random| {
            cells(random, |x, y| match (x, y) {
                (0, _) | (_, 24) => Some(true),
                (24, _) => Some(y % 2 == 0),
                (_, 0) => Some(x % 2 == 0),
                _ => None,
            })
        }),
        ("modules around a bull's eye", |random| {
            cells(random, |x, y| {
                let ring = x.abs_diff(12).max(y.abs_diff(12));
                (ring < 6).then_some(ring % 2 == 0)
            })
        }),
        ("two finder patterns", |random| {
            cells(random, |x, y| finder(x, y).or_else(|| finder(24 - x, y)))
        }),
        ("three finder patterns, nonsense", |random| {
            cells(random, |x, y| {
                finder(x, y).or_else(|| finder(24 - x, y)).or_else(|| finder(x, 24 - y))
            })
        }),
        ("a code half covered", |random| {
            let letters = letters(random, "abcdefghijklmnop", &[40]);
            let code = match QrCode::new(letters) {
                Ok(code) => code,
                Err(error) => unreachable!("forty letters fit into a code: {error}"),
            };
            let side = code.width();
            let cover = side as f32 * between(random, 0.42, 0.6);
            Box::new(move |u, v| {
                let (x, y) = (u.floor() as usize, v.floor() as usize);
                let inside = u >= 0.0 && v >= 0.0 && x < side && y < side;
                inside && (u < cover || v < 8.0) && code[(x, y)] == Color::Dark
            })
        }),
    ];
    let mut all = Vec::new();
    for (number, (name, pattern)) in (0_u64..).zip(kinds) {
        for picture in 0..each {
            let chance = seed * 1_000_000 + 800_000 + number * 1_000 + picture;
            let mut random = ChaCha8Rng::seed_from_u64(chance);
            let pattern = pattern(&mut random);
            all.push((*name, shown(&mut random, &pattern)));
        }
    }
    all
}

/// The pattern turned, in some size, with some noise.
fn shown(random: &mut ChaCha8Rng, pattern: &Pattern) -> Plane {
    let (module, turn) = (between(random, 3.0, 9.0), between(random, -0.6, 0.6));
    let (left, top) = (between(random, 0.2, 0.4), between(random, 0.1, 0.3));
    let (dark, light) = (between(random, 0.02, 0.3), between(random, 0.6, 0.95));
    let noise = between(random, 0.0, 0.05);
    let pixel = |at: usize| {
        let x = (at % WIDTH) as f32 - left * WIDTH as f32;
        let y = (at / WIDTH) as f32 - top * HEIGHT as f32;
        let u = (x * turn.cos() + y * turn.sin()) / module;
        let v = (y * turn.cos() - x * turn.sin()) / module;
        let value = if pattern(u, v) { dark } else { light } + noise * normal(random);
        (value.clamp(0.0, 1.0) * 255.0) as u8
    };
    Plane { width: WIDTH, height: HEIGHT, pixels: (0..WIDTH * HEIGHT).map(pixel).collect() }
}

/// A square of 25 × 25 modules: those that `fixed` says, and the others by chance.
fn cells(random: &mut ChaCha8Rng, fixed: fn(usize, usize) -> Option<bool>) -> Pattern {
    let chance: Vec<bool> = (0..625).map(|_| pick(random, 2) == 0).collect();
    Box::new(move |u, v| {
        let inside = (0.0..25.0).contains(&u) && (0.0..25.0).contains(&v);
        let (x, y) = (u as usize, v as usize);
        inside && fixed(x, y).unwrap_or_else(|| chance[y * 25 + x])
    })
}

/// A finder pattern in the corner at 0, 0, with the white around it.
fn finder(x: usize, y: usize) -> Option<bool> {
    (x < 8 && y < 8).then(|| matches!(x.abs_diff(3).max(y.abs_diff(3)), 0 | 1 | 3))
}

/// Strokes in the cells of lines, as letters from afar.
fn text(random: &mut ChaCha8Rng) -> Pattern {
    let strokes: Vec<u32> = (0..512).map(|_| pick(random, 1 << 15) as u32).collect();
    Box::new(move |u, v| {
        let (line, letter) = ((v / 8.0).floor(), (u / 4.0).floor());
        let (x, y) = (u.rem_euclid(4.0) as usize, v.rem_euclid(8.0) as usize);
        let shape = strokes[(line * 37.0 + letter * 11.0).abs() as usize % 512];
        x < 3 && y < 5 && shape >> (y * 3 + x) & 1 == 1
    })
}

/// Bars of 1 to 4 modules, as goods carry them.
fn bars(random: &mut ChaCha8Rng) -> Pattern {
    let widths: Vec<f32> = (0..60).map(|_| pick(random, 4) as f32 + 1.0).collect();
    Box::new(move |u, v| {
        let mut edge = 0.0;
        let bar = widths.iter().position(|width| {
            edge += width;
            u < edge
        });
        (0.0..40.0).contains(&v) && u >= 0.0 && bar.is_some_and(|bar| bar % 2 == 0)
    })
}
