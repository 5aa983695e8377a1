//! Barcodes drawn here, read back.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod bounds;
mod draw;
mod folder;
mod frame;
mod still;
