//! The app without pixels, told in stories: what a person does, what the machine answers, what is
//! seen.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]

mod adding;
mod app;
mod bad_input;
mod journey;
#[cfg(target_os = "linux")]
mod memory;
mod random;
mod saving;
mod waiting;
