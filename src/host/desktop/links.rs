//! Links, handed to the browser that the desktop has chosen.

use std::process::{Command, Stdio};

use holdfast_model::ports::{LinkError, Links};

/// The desktop's own way to its browser.
#[derive(Debug, Clone, Copy, Default)]
pub struct DesktopLinks;

impl Links for DesktopLinks {
    /// Only https, and only as an argument: nothing here reads it as a command.
    fn open(&self, link: &str) -> Result<(), LinkError> {
        let failed = || LinkError(link.to_owned());
        if !link.starts_with("https://") {
            return Err(failed());
        }
        let mut command = Command::new("xdg-open");
        command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(failed()),
        }
    }
}
