//! The shell of Holdfast: the only code that sees a screen or a device.

mod bind;
#[cfg(not(target_os = "android"))]
mod bind_system;
pub mod host;
mod render;
pub mod shell;
#[cfg(not(target_os = "android"))]
pub mod terminal;
#[cfg(not(target_os = "android"))]
pub mod window;
mod worker;

/// What build.rs made of ui/.
pub mod ui {
    #![expect(missing_docs, reason = "generated")]
    slint::include_modules!();
}
