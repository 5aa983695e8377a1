//! The terminal face, by its real program on real vault files.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests meet the world, and end where it is not as they made it"
)]

mod adding;
mod asking;
mod clock;
mod codes;
mod guarding;
mod killed;
mod killed_retiring;
mod move_trouble;
mod moving;
mod order;
pub mod program;
mod trash;
mod trouble;
mod vault_file;
mod ways;
