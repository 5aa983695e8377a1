//! The app without pixels: vault, scanning, state.

pub mod meaning;
pub mod scan;
pub mod vault;
