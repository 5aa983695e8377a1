//! `holdfastctl` as people and scripts use it, on a real terminal and without one.

mod bad_input;
mod https;
mod person;
mod responder;
mod stories;
