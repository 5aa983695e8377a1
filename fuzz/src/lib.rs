//! What strangers can hand over to Holdfast, as fuzz targets: a frame, a text, a vault file, a
//! picture file, a move list.
//!
//! A target takes any bytes, panics where something that must hold does not, and says whether the
//! bytes got past the door. `./dev fuzz` runs one under a fuzzer; the test in `tests/` runs all of
//! them over their seeds and over what the fuzzer once found (`corpus/`).

#![expect(clippy::expect_used, reason = "a target ends where something that must hold does not")]

mod frame;
mod moving;
mod picture;
mod text;
mod vault;

/// One way in.
pub struct Target {
    /// Its name on the command line, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// Hands the bytes over; whether they were taken for what they should be.
    pub run: fn(&[u8]) -> bool,
    /// Good inputs to start from: `run` says `true` to each.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All ways in.
pub const TARGETS: &[Target] = &[
    Target { name: "luma_frame", run: frame::run, seeds: frame::seeds },
    Target { name: "text", run: text::run, seeds: text::seeds },
    Target { name: "vault_open", run: vault::run, seeds: vault::seeds },
    Target { name: "move_list", run: moving::run, seeds: moving::seeds },
    Target { name: "picture", run: picture::run, seeds: picture::seeds },
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
