//! Starts the verification server.

fn main() {}
