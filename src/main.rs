//! Starts the Holdfast app on the desktop: a command in the terminal, or the window.

use std::process::ExitCode;

use holdfast::host::desktop::system::keep_memory_private;
use holdfast::terminal::{self, Asked};
use holdfast::window;

fn main() -> ExitCode {
    // Where the system refuses, the app works all the same, only less protected.
    let _ = keep_memory_private();
    match terminal::run(std::env::args_os()) {
        Asked::Done(exit) => exit,
        Asked::Window { vault, camera_file } => match window::run(vault, camera_file) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => terminal::no_display(),
        },
    }
}
