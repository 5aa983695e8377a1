//! The shell of Holdfast: the only code that sees a screen or a device.

pub mod host;
#[cfg(not(target_os = "android"))]
pub mod terminal;
