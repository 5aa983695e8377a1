//! The command-line client of the verification server.

use std::process::ExitCode;

fn main() -> ExitCode {
    holdfast_server::ctl::run()
}
