//! The order of the house: rules that neither Cargo nor clippy can hold, over every file.

mod files;
mod manifests;
mod rules;
mod tree;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the kit lies in the root").to_owned()
}

/// Fails with every breach, one to a line.
#[track_caller]
fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}
