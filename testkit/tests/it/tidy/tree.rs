//! What Cargo would build into the app, held against the list of `deny-app.toml`.

use std::env;
use std::fs;

use holdfast_testkit::run;

use super::{assert_none, root};

#[test]
fn app_tree_has_no_network() {
    let banned = banned();
    for package in ["holdfast", "holdfast-model", "holdfast-otp"] {
        let tree = tree(package);
        assert!(tree.iter().any(|name| name == "totp-rs"), "the tree of {package} is not read");
        assert_none(&found_in(&tree, &banned));
    }
    // The test kit speaks HTTP by trade: on its tree the same look must find something.
    assert!(!found_in(&tree("holdfast-testkit"), &banned).is_empty(), "the look is blind");
}

/// Runs the Cargo that runs this test, in the repository, and gives its output.
#[track_caller]
pub fn cargo(args: &[&str]) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = root().join("Cargo.toml").display().to_string();
    let ran = run(cargo, args.iter().copied().chain(["--manifest-path", &manifest]), &[], b"");
    assert!(ran.ok(), "cargo {}: {}", args.join(" "), ran.err);
    ran.out
}

/// The names of all crates that a package ships or is built with, on any system the app is for.
fn tree(package: &str) -> Vec<String> {
    let targets = quoted_in(&list(), "targets = [");
    assert!(targets.len() >= 4, "the systems were not read from deny-app.toml: {targets:?}");
    let mut args = vec!["tree", "--package", package, "--edges", "normal,build", "--locked"];
    args.extend(["--prefix", "none", "--format", "{p}"]);
    args.extend(targets.iter().flat_map(|target| ["--target", target]));
    let listed = cargo(&args);
    listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The crates that `deny-app.toml` bans.
fn banned() -> Vec<String> {
    let list = list();
    let names: Vec<_> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ crate = \""))
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 30, "only {} crates were read from deny-app.toml", names.len());
    names
}

fn list() -> String {
    fs::read_to_string(root().join("deny-app.toml")).expect("deny-app.toml is there")
}

/// What stands between quotes from `start` to the next closing bracket.
fn quoted_in(list: &str, start: &str) -> Vec<String> {
    let inside = list.split_once(start).and_then(|(_, rest)| rest.split_once(']'));
    let inside = inside.map(|(inside, _)| inside).unwrap_or_default();
    inside.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn found_in(tree: &[String], banned: &[String]) -> Vec<String> {
    banned.iter().filter(|name| tree.contains(name)).cloned().collect()
}
