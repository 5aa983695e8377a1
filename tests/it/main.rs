//! The stories of the whole app, and the look it has to keep.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]

mod canary;
mod clock;
mod film;
mod host;
mod journey;
mod look;
mod steps;
mod terminal;
mod window;
