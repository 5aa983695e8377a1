//! The app without pixels: vault, scanning, state.
