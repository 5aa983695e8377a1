//! Synthetic camera frames, the same ones for the same seed: what each kind of distortion costs.

use std::collections::BTreeMap;

use holdfast_model::scan::{self, stages};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::peers::Peer;
use crate::scene::{Scene, between};
use crate::{Plane, table, timed};

/// Frames of each kind.
const EACH: u64 = 12;

/// A kind of distortion: its name, and what it changes in an easy scene.
type Kind = (&'static str, fn(&mut Scene, &mut ChaCha8Rng));

const KINDS: &[Kind] = &[
    ("plain", |_, _| {}),
    ("tilt 45°", |scene, _| scene.tilt = 45.0),
    ("tilt 55°", |scene, _| scene.tilt = 55.0),
    ("tilt 60°", |scene, _| scene.tilt = 60.0),
    ("tilt 65°", |scene, _| (scene.tilt, scene.module) = (65.0, 7.0)),
    ("blur 0.35 modules", |scene, _| scene.blur = 0.35),
    ("blur 0.45 modules", |scene, _| scene.blur = 0.45),
    ("blur 0.55 modules", |scene, _| scene.blur = 0.55),
    ("motion 1.2 modules", |scene, _| scene.motion = 1.2),
    ("motion 1.5 modules", |scene, _| scene.motion = 1.5),
    ("noise 0.10", |scene, _| scene.noise = 0.10),
    ("noise 0.20", |scene, _| scene.noise = 0.20),
    ("low light", |scene, random| {
        (scene.dark, scene.light) = (0.02, between(random, 0.07, 0.13));
        (scene.page, scene.noise) = (0.08, 0.012);
    }),
    ("glare", |scene, _| scene.glare = 0.8),
    ("shadow", |scene, _| (scene.shadow, scene.noise) = (0.85, 0.01)),
    ("screen", |scene, random| {
        (scene.moire, scene.module) = (0.6, between(random, 7.0, 9.0));
    }),
    ("dark page, quiet 1", |scene, _| (scene.page, scene.quiet) = (scene.dark, 1.0)),
    ("dark page, quiet 0", |scene, _| (scene.page, scene.quiet) = (scene.dark, 0.0)),
    ("light on dark", |scene, _| {
        std::mem::swap(&mut scene.dark, &mut scene.light);
        scene.page = scene.light;
    }),
    ("no quiet zone", |scene, _| (scene.quiet, scene.clutter) = (0.0, true)),
    ("busy page", |scene, _| (scene.quiet, scene.clutter) = (1.5, true)),
    ("dots", |scene, random| scene.dots = Some(between(random, 0.36, 0.45))),
    ("logo", |scene, _| scene.logo = 0.22),
    ("2 px a module", |scene, _| (scene.module, scene.blur) = (2.0, 0.2)),
    ("1.6 px a module", |scene, _| (scene.module, scene.blur) = (1.6, 0.2)),
    ("1.4 px a module", |scene, _| (scene.module, scene.blur) = (1.4, 0.2)),
    ("bottle", |scene, random| (scene.bulge, scene.turn) = (between(random, 0.05, 0.15), 0.0)),
    ("hand-held", |scene, random| {
        (scene.tilt, scene.blur) = (between(random, 20.0, 50.0), between(random, 0.15, 0.4));
        (scene.noise, scene.motion) = (between(random, 0.02, 0.06), between(random, 0.0, 0.8));
    }),
];

/// Draws every frame, has everybody read it, and prints the table.
pub fn run(seed: u64, peers: &mut [Peer], misses: bool, by_stage: bool) {
    let mut adds: BTreeMap<&str, u32> = BTreeMap::new();
    let names = ["still", "frame"].into_iter().map(str::to_owned);
    let names: Vec<String> = names.chain(peers.iter().map(|peer| peer.name.clone())).collect();
    print!("{:<20}", format!("synthetic, seed {seed}"));
    names.iter().for_each(|name| print!(" {name:>16}"));
    println!();
    let mut totals = vec![0_u64; names.len()];
    let mut times = vec![Vec::new(); names.len()];
    for (number, (kind, distort)) in (0_u64..).zip(KINDS) {
        let mut read = vec![0_u64; names.len()];
        for each in 0..EACH {
            let mut random = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + number * 1_000 + each);
            let mut scene = Scene::any(&mut random);
            distort(&mut scene, &mut random);
            let plane = scene.shoot(&mut random);
            let mut note = |column: usize, ms: f64, texts: &[&str]| {
                read[column] += u64::from(texts.contains(&scene.text.as_str()));
                times[column].push(ms);
            };
            let (still, ms) = timed(|| scan::read_still_plane(&plane.luma()));
            let texts: Vec<&str> = still.texts.iter().map(|text| text.as_str()).collect();
            if misses && !texts.contains(&scene.text.as_str()) {
                plane.save(&format!("/tmp/miss-{number:02}-{each:02}.pgm"));
            }
            note(0, ms, &texts);
            if by_stage && let Some(stage) = first_reader(&plane, &scene.text) {
                *adds.entry(stage).or_default() += 1;
            }
            let (frame, ms) = timed(|| scan::read_frame(&plane.luma(), each as usize));
            note(1, ms, &frame.texts.iter().map(|text| text.as_str()).collect::<Vec<_>>());
            for (index, peer) in peers.iter_mut().enumerate() {
                if let Some(answer) = peer.read(&plane) {
                    let texts: Vec<&str> = answer.texts.iter().map(String::as_str).collect();
                    note(2 + index, answer.ms, &texts);
                }
            }
        }
        print!("{kind:<20}");
        for (total, read) in totals.iter_mut().zip(&read) {
            *total += read;
            print!(" {:>16}", format!("{read} of {EACH}"));
        }
        println!();
    }
    let all = EACH * KINDS.len() as u64;
    print!("{:<20}", "all, %");
    totals.iter().for_each(|&read| print!(" {:>16.1}", 100.0 * read as f64 / all as f64));
    print!("\n{:<20}", "median ms");
    times.iter_mut().for_each(|times| print!(" {:>16.1}", table::percentile(times, 50)));
    println!();
    for (stage, count) in adds {
        println!("{count:>4} read first by {stage}");
    }
}

/// The first stage that reads the text.
fn first_reader(plane: &Plane, text: &str) -> Option<&'static str> {
    let reads = |stage: &&stages::Stage| {
        let found = scan::read_with(stage, &plane.luma());
        found.texts.iter().any(|found| found.as_str() == text)
    };
    stages::all().find(reads).map(|stage| stage.name)
}

/// Frames in which there is no barcode: pages of clutter and of one colour, in every light.
pub fn empty_frames(seed: u64) -> Vec<Plane> {
    let frame = |number: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + 900_000 + number);
        let mut scene = Scene::any(&mut random);
        // The code ends before it begins.
        scene.quiet = f32::NEG_INFINITY;
        scene.clutter = !number.is_multiple_of(4);
        scene.module = between(&mut random, 3.0, 9.0);
        scene.noise = between(&mut random, 0.005, 0.05);
        scene.shoot(&mut random)
    };
    (0..24).map(frame).collect()
}
