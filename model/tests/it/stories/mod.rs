//! The app without pixels, told in stories: what a person does, what the machine answers, what is
//! seen.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]

mod adding;
mod already_here;
pub mod app;
mod astray;
mod bad_input;
mod barred;
mod broken;
mod camera;
mod checklist;
mod choices;
mod clock;
mod device;
mod elsewhere;
mod guide;
mod handed;
mod incomplete;
mod journey;
mod locking;
mod memory;
mod memos;
mod moving;
mod moving_here;
mod passphrase;
mod random;
mod retired_elsewhere;
mod saving;
mod set_aside;
mod several_lists;
mod slips;
mod trash;
mod twice;
