//! What the crate promises, checked from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends by panicking")]

mod codes;
mod key_uri;
mod pam;
mod peers;
mod properties;
mod redaction;
mod secrets;
mod time_barcode;
mod vectors;
