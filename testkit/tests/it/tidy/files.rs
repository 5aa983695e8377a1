//! Reads the repository's own files, each with its path from the root.

use std::fs;
use std::path::Path;

use super::root;

/// A text file of the repository.
#[derive(Debug)]
pub struct Source {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Source {
    /// A made-up file, to show that a rule can fail.
    pub fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Every text file of the repository: what Git would keep, without lock files and the licence.
pub fn all() -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    assert!(found.iter().any(|one| one.path == "otp/src/lib.rs"), "the walk starts at the root");
    found
}

fn walk(dir: &Path, prefix: &str, found: &mut Vec<Source>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() && !is_ignored_dir(&path) {
            walk(&entry.path(), &format!("{path}/"), found);
        } else if kind.is_file() && !matches!(name.as_str(), "Cargo.lock" | "LICENSE" | ".git") {
            // What is not UTF-8 is a picture or a vault, and no text to keep in order.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                found.push(Source { path, text });
            }
        }
    }
}

fn is_ignored_dir(path: &str) -> bool {
    matches!(path, ".git" | ".dev") || path.split('/').any(|part| part.starts_with("target"))
}
