//! The kit tried on itself, the order of the house kept, and the tour made to fail.

mod journey;
mod kit;
mod setup;
mod tidy;
mod tour;
