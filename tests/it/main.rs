//! The stories of the whole app, and the look it has to keep.

mod host;
mod journey;
mod look;
mod terminal;
mod window;
