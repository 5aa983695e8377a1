//! Barcodes drawn here, read back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod bounds;
mod draw;
mod folder;
mod frame;
mod sight;
mod still;
