//! The terminal face, by its real program on real vault files.

mod adding;
mod asking;
mod codes;
mod program;
mod trouble;
