//! Every target over its seeds, over seeds cut and flipped, and over what the fuzzer once found.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files")]

use std::fs;
use std::path::Path;

use holdfast_fuzz::{TARGETS, Target};

#[test]
fn each_seed_gets_past_the_door() {
    for target in TARGETS {
        for (at, seed) in (target.seeds)().iter().enumerate() {
            assert!((target.run)(seed), "seed {at} of {}", target.name);
        }
    }
}

#[test]
fn a_seed_cut_short_or_changed_harms_nothing() {
    for target in TARGETS {
        for seed in (target.seeds)() {
            let step = (seed.len() / 12).max(1);
            for at in (0..seed.len()).step_by(step) {
                (target.run)(&seed[..at]);
                let mut flipped = seed.clone();
                flipped[at] ^= 1 << (at % 8);
                (target.run)(&flipped);
            }
        }
    }
}

#[test]
fn what_was_found_once_harms_nothing_any_more() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        for input in found(target, &corpus) {
            (target.run)(&input);
        }
    }
}

/// The committed finds of a target; there may be none.
fn found(target: &Target, corpus: &Path) -> Vec<Vec<u8>> {
    let Ok(folder) = fs::read_dir(corpus.join(target.name)) else { return Vec::new() };
    folder.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}
