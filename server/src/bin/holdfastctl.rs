//! The command-line client of the verification server.

fn main() {}
