//! The app without pixels, told in stories: what a person does, what the machine answers, what is
//! seen.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]

mod adding;
mod already_here;
mod app;
mod bad_input;
mod choices;
mod elsewhere;
mod incomplete;
mod journey;
mod locking;
mod memory;
mod memos;
mod passphrase;
mod random;
mod saving;
