//! What the look promises, read from ui/ itself.

mod contrast;
mod faces;
mod icon;
