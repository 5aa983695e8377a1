//! The desktop's side of the ports, on real files, a real display and in processes that are killed.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests meet the world, and end where it is not as they made it"
)]

mod bus;
mod camera;
mod clipboard;
mod companions;
mod disk;
mod ending;
mod files;
mod locking;
mod memory;
mod memos;
mod screens;
mod storage;
mod twin;
mod window_memory;
pub mod xserver;
