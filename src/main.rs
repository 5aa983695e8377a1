//! Starts the Holdfast app on the desktop.

fn main() {}
