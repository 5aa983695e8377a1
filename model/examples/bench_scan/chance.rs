//! Numbers left to chance, the same ones for the same seed.

use rand_chacha::rand_core::Rng;

/// A number below `count`.
pub fn pick(random: &mut impl Rng, count: usize) -> usize {
    random.next_u32() as usize % count
}

/// A number between two others.
pub fn between(random: &mut impl Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * (random.next_u32() as f32 / u32::MAX as f32)
}

/// A number from the normal distribution, near enough (Irwin and Hall).
pub fn normal(random: &mut impl Rng) -> f32 {
    let bits = random.next_u64();
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    (sum as f32 / 65_535.0 - 2.0) * 1.732
}
