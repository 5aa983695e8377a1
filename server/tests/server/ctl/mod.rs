//! `holdfastctl` as people and scripts use it, on a real terminal and without one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod bad_input;
mod codes;
mod https;
mod keyring;
pub mod person;
mod pinning;
mod responder;
mod stories;
