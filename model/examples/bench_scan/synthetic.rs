//! Synthetic camera frames, the same ones for the same seed: what each kind of distortion costs.

use std::collections::BTreeMap;

use holdfast_model::scan::{self, stages};
use qrcode::EcLevel;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::chance::{between, pick};
use crate::peers::Peer;
use crate::scene::{Scene, letters};
use crate::{Plane, optics, table, timed};

/// Frames of each kind, unless something else is asked for.
pub const EACH: u64 = 12;

/// A kind of distortion: its name, and what it changes in an easy scene.
type Kind = (&'static str, fn(&mut Scene, &mut ChaCha8Rng));

/// One distortion each.
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
    ("logo", |scene, _| (scene.logo, scene.level) = (0.22, EcLevel::Q)),
    ("2 px a module", |scene, _| (scene.module, scene.blur) = (2.0, 0.2)),
    ("1.6 px a module", |scene, _| (scene.module, scene.blur) = (1.6, 0.2)),
    ("1.4 px a module", |scene, _| (scene.module, scene.blur) = (1.4, 0.2)),
    ("bottle", |scene, random| (scene.bulge, scene.turn) = (between(random, 0.05, 0.15), 0.0)),
    ("hand-held", |scene, random| {
        (scene.tilt, scene.blur) = (between(random, 20.0, 50.0), between(random, 0.15, 0.4));
        (scene.noise, scene.motion) = (between(random, 0.02, 0.06), between(random, 0.0, 0.8));
    }),
    ("dark theme", |scene, random| {
        (scene.light, scene.noise) = (between(random, 0.0, 0.3), 0.005);
        scene.dark = scene.light + between(random, 0.1, 0.25);
        scene.page = scene.light;
    }),
    ("pale", |scene, random| {
        (scene.light, scene.noise) = (between(random, 0.35, 1.0), 0.005);
        scene.dark = scene.light - between(random, 0.1, 0.25);
        scene.page = scene.light;
    }),
    ("dark theme, shaded", |scene, random| {
        (scene.light, scene.noise) = (between(random, 0.0, 0.1), 0.005);
        (scene.dark, scene.shadow) = (between(random, 0.4, 0.9), 0.85);
        scene.page = scene.light;
    }),
];

/// What comes together in the world. Nothing was tuned on these.
const WORLD: &[Kind] = &[
    ("dense", |scene, random| dense(scene, random, 2.6)),
    ("dense, aslant", |scene, random| {
        dense(scene, random, 3.5);
        scene.tilt = between(random, 20.0, 45.0);
    }),
    ("waving paper", |scene, random| {
        (scene.wave, scene.tilt) = (between(random, 0.4, 0.9), between(random, 0.0, 30.0));
    }),
    ("edge of a shadow", |scene, random| scene.edge_of_shadow = between(random, 0.5, 0.8)),
    ("poor JPEG", |scene, random| scene.jpeg = Some(between(random, 6.0, 25.0) as u8)),
    ("screen's own dots", |scene, random| {
        scene.dots_of_screen = Some(pick(random, 4) as f32 + 2.0);
        (scene.module, scene.tilt) = (between(random, 5.0, 9.0), between(random, 0.0, 25.0));
    }),
    ("round logo", |scene, random| {
        (scene.logo, scene.logo_round) = (between(random, 0.25, 0.33), true);
        scene.level = EcLevel::H;
    }),
    ("coloured", |scene, random| {
        scene.dark = between(random, 0.25, 0.5);
        scene.light = scene.dark + between(random, 0.12, 0.3);
        scene.page = between(random, 0.3, 0.9);
    }),
    ("coloured, inverted", |scene, random| {
        scene.light = between(random, 0.15, 0.3);
        scene.dark = scene.light + between(random, 0.2, 0.4);
        scene.page = scene.light;
    }),
    ("stains", |scene, random| scene.dirt = between(random, 0.02, 0.06)),
    ("three codes", |scene, random| {
        (scene.others, scene.module) = (2, between(random, 3.0, 4.0));
        (scene.turn, scene.text) = (between(random, -20.0, 20.0), letters(random, "abc/:", &[40]));
    }),
    ("small in 12 megapixels", |scene, random| {
        (scene.size, scene.module) = ((4000, 3000), between(random, 2.5, 6.0));
        (scene.jpeg, scene.clutter) = (Some(80), true);
    }),
    ("motion and noise", |scene, random| {
        (scene.motion, scene.noise) = (between(random, 0.6, 1.4), between(random, 0.03, 0.08));
    }),
    ("exposed too long", |scene, random| {
        (scene.exposure, scene.dark) = (between(random, 1.6, 2.6), between(random, 0.1, 0.3));
        scene.blur = between(random, 0.25, 0.4);
    }),
    ("at night", |scene, random| {
        (scene.dark, scene.light, scene.page) = (0.02, between(random, 0.09, 0.2), 0.05);
        (scene.noise, scene.motion) = (between(random, 0.015, 0.03), between(random, 0.2, 0.8));
    }),
    ("dots and slant", |scene, random| {
        (scene.dots, scene.tilt) = (Some(between(random, 0.4, 0.5)), between(random, 15.0, 40.0));
    }),
    ("monitor, by hand", |scene, random| {
        (scene.moire, scene.module) = (between(random, 0.2, 0.6), between(random, 6.0, 9.0));
        (scene.blur, scene.tilt) = (between(random, 0.15, 0.35), between(random, 5.0, 35.0));
        scene.jpeg = Some(70);
    }),
    ("dark page, by hand", |scene, random| {
        (scene.page, scene.quiet) = (scene.dark, between(random, 0.0, 0.6));
        (scene.blur, scene.tilt) = (between(random, 0.15, 0.35), between(random, 5.0, 35.0));
        scene.noise = between(random, 0.01, 0.04);
    }),
    ("everything a little", |scene, random| {
        (scene.tilt, scene.blur) = (between(random, 10.0, 45.0), between(random, 0.15, 0.45));
        (scene.noise, scene.shadow) = (between(random, 0.01, 0.05), between(random, 0.0, 0.6));
        (scene.glare, scene.dirt) = (between(random, 0.0, 0.5), between(random, 0.0, 0.03));
        (scene.jpeg, scene.wave) = (Some(60), between(random, 0.0, 0.5));
        (scene.motion, scene.clutter) = (between(random, 0.0, 0.7), true);
    }),
];

/// A code of version 10 to 25.
fn dense(scene: &mut Scene, random: &mut ChaCha8Rng, least: f32) {
    let tail = letters(random, "abcdefgh0123456789%/=&", &[220, 350, 500, 800]);
    scene.text = format!("https://example.org/?{tail}");
    (scene.module, scene.blur) = (between(random, least, least + 1.2), between(random, 0.1, 0.3));
    scene.level = [EcLevel::L, EcLevel::M][pick(random, 2)];
}

/// Which frames are drawn, and what is printed about them.
pub struct Wanted {
    pub seed: u64,
    /// Whether the frames of what comes together in the world are drawn, instead of one distortion each.
    pub world: bool,
    /// Frames of each kind.
    pub each: u64,
    pub misses: bool,
    pub by_stage: bool,
}

/// Draws every frame, has everybody read it, and prints the table.
pub fn run(wanted: &Wanted, peers: &mut [Peer]) {
    let Wanted { seed, each, .. } = *wanted;
    let kinds = if wanted.world { WORLD } else { KINDS };
    let mut adds: BTreeMap<&str, u32> = BTreeMap::new();
    let names = ["still", "frame"].into_iter().map(str::to_owned);
    let names: Vec<String> = names.chain(peers.iter().map(|peer| peer.name.clone())).collect();
    print!("{:<24}", format!("synthetic, seed {seed}"));
    names.iter().for_each(|name| print!(" {name:>16}"));
    println!();
    let mut totals = vec![0_u64; names.len()];
    let mut only_there = vec![0_u64; names.len()];
    let mut times = vec![Vec::new(); names.len()];
    let kept_apart = if wanted.world { 500_000 } else { 0 };
    for (number, (kind, distort)) in (0_u64..).zip(kinds) {
        let mut read = vec![0_u64; names.len()];
        for frame in 0..each {
            let chance = seed * 1_000_000 + kept_apart + number * 1_000 + frame;
            let mut random = ChaCha8Rng::seed_from_u64(chance);
            let mut scene = Scene::any(&mut random);
            distort(&mut scene, &mut random);
            let plane = optics::shoot(&scene, &mut random);
            let wanted_texts = scene.texts();
            let all_in =
                |texts: &[&str]| wanted_texts.iter().all(|text| texts.contains(&text.as_str()));
            let mut own_read = false;
            let mut note = |column: usize, ms: f64, texts: &[&str]| {
                own_read |= column == 0 && all_in(texts);
                read[column] += u64::from(all_in(texts));
                only_there[column] += u64::from(all_in(texts) && !own_read);
                times[column].push(ms);
            };
            let (still, ms) = timed(|| scan::read_still_plane(&plane.luma()));
            let texts: Vec<&str> = still.texts.iter().map(|text| text.as_str()).collect();
            if wanted.misses && !all_in(&texts) {
                plane.save(&format!("miss-{kind}-{frame:02}.pgm"));
            }
            note(0, ms, &texts);
            if wanted.by_stage
                && let Some(stage) = first_reader(&plane, &scene.text)
            {
                *adds.entry(stage).or_default() += 1;
            }
            let (found, ms) = timed(|| scan::read_frame(&plane.luma(), frame as usize));
            note(1, ms, &found.texts.iter().map(|text| text.as_str()).collect::<Vec<_>>());
            for (index, peer) in peers.iter_mut().enumerate() {
                if let Some(answer) = peer.read(&plane) {
                    let texts: Vec<&str> = answer.texts.iter().map(String::as_str).collect();
                    note(2 + index, answer.ms, &texts);
                }
            }
        }
        print!("{kind:<24}");
        for (total, read) in totals.iter_mut().zip(&read) {
            *total += read;
            print!(" {:>16}", format!("{read} of {each}"));
        }
        println!();
    }
    let all = each * kinds.len() as u64;
    print!("{:<24}", format!("all {all}, %"));
    totals.iter().for_each(|&read| print!(" {:>16.1}", 100.0 * read as f64 / all as f64));
    print!("\n{:<24}", "read, and by us not");
    only_there.iter().for_each(|count| print!(" {count:>16}"));
    for (label, percent) in [("median ms", 50), ("p95 ms", 95)] {
        print!("\n{label:<24}");
        times.iter_mut().for_each(|times| print!(" {:>16.1}", table::percentile(times, percent)));
    }
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
        optics::shoot(&scene, &mut random)
    };
    (0..24).map(frame).collect()
}
