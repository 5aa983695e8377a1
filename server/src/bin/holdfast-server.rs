//! The verification server, and what its operator does on its host.

use std::process::ExitCode;

fn main() -> ExitCode {
    holdfast_server::operator::run()
}
