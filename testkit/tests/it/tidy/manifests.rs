//! Who may know whom, and why each dependency is there, as the manifests say it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::assert_none;
use super::files::{Source, all};
use super::tree::cargo;

/// The rooms that each room may know: in what is shipped, and in its tests besides (where it may
/// also know itself, with a feature for tests).
const MAY_KNOW: [(&str, &[&str], &[&str]); 8] = [
    ("holdfast-otp", &[], &["holdfast-testkit"]),
    ("holdfast-model", &["holdfast-otp"], &["holdfast-testkit"]),
    ("holdfast", &["holdfast-otp", "holdfast-model", "holdfast-prompt"], &["holdfast-testkit"]),
    ("holdfast-prompt", &[], &["holdfast-testkit"]),
    ("holdfast-server", &["holdfast-otp", "holdfast-prompt"], &["holdfast-testkit"]),
    ("holdfast-testkit", &["holdfast-otp"], &[]),
    ("holdfast-fuzz", &["holdfast-otp", "holdfast-model"], &[]),
    ("holdfast-android", &["holdfast"], &[]),
];

#[test]
fn rooms_know_only_whom_they_may() {
    let declared = declared();
    assert_none(&strangers(&declared));

    let bad =
        [("holdfast-otp", "holdfast-model", ""), ("holdfast-server", "holdfast-model", "dev")];
    for (room, knows, kind) in bad {
        let mut worse = declared.clone();
        worse.get_mut(room).expect("the room is there").push((knows.to_owned(), kind.to_owned()));
        assert_eq!(strangers(&worse).len(), 1, "{room} -> {knows} goes unseen");
    }
    let mut more = declared;
    more.insert("holdfast-attic".to_owned(), Vec::new());
    assert_eq!(strangers(&more).len(), 1, "a new room goes unseen");
}

#[test]
fn each_dependency_says_why_it_is_there() {
    let bad = "[dependencies]\nserde = \"1\"\n";
    assert_eq!(unexplained(&Source::sample("otp/Cargo.toml", bad)).len(), 1);
    let table = "[dependencies.serde]\nversion = \"1\"\n";
    assert_eq!(unexplained(&Source::sample("otp/Cargo.toml", table)).len(), 1);
    for good in [
        "[dependencies]\n# Vaults are JSON inside.\nserde = \"1\"\nserde_json = \"1\"\n",
        "[dependencies]\nserde = \"1\" # vaults are JSON inside\n",
        "[dev-dependencies]\nserde.workspace = true\nholdfast-otp = { path = \"otp\" }\n",
    ] {
        assert_none(&unexplained(&Source::sample("otp/Cargo.toml", good)));
    }

    let manifests = all().into_iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let found: Vec<_> = manifests.flat_map(|file| unexplained(&file)).collect();
    assert_none(&found);
}

/// The rooms that each room's manifest names, with the kind (`""` shipped, `"build"`, `"dev"`).
fn declared() -> BTreeMap<String, Vec<(String, String)>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"]))
            .expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("a list of dependencies").iter();
            let rooms = all.filter(|one| one["path"].is_string());
            (
                text(&package["name"]),
                rooms.map(|one| (text(&one["name"]), text(&one["kind"]))).collect(),
            )
        })
        .collect()
}

fn strangers(declared: &BTreeMap<String, Vec<(String, String)>>) -> Vec<String> {
    let mut found = Vec::new();
    for (room, known) in declared {
        let Some((_, shipped, tests)) = MAY_KNOW.iter().find(|(name, _, _)| name == room) else {
            found.push(format!("{room} is a new room: say in this test whom it may know"));
            continue;
        };
        for (other, kind) in known {
            let in_tests = tests.contains(&other.as_str()) || other == room;
            let allowed = shipped.contains(&other.as_str()) || (kind == "dev" && in_tests);
            if !allowed {
                found.push(format!("{room} may not know {other}"));
            }
        }
    }
    found
}

/// Dependencies without a word: neither a comment above their paragraph nor one on their line.
///
/// One from `workspace = true` is explained in the workspace's table, a room explains itself.
fn unexplained(manifest: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let (mut in_dependencies, mut explained) = (false, false);
    let mut previous = "";
    for (at, line) in manifest.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']);
            in_dependencies = name.ends_with("dependencies");
            explained = previous.starts_with('#') && !in_dependencies;
            if name.contains("dependencies.") && !explained {
                found.push(format!("{}:{}: {name} says not why", manifest.path, at + 1));
            }
        } else if line.starts_with('#') {
            explained = true;
        } else if line.is_empty() {
            explained = false;
        } else if in_dependencies && starts_a_dependency(line) {
            let own = line.contains(" # ")
                || line.contains("workspace = true")
                || line.starts_with("holdfast");
            if !explained && !own {
                found.push(format!("{}:{}: `{line}` says not why", manifest.path, at + 1));
            }
        }
        previous = line;
    }
    found
}

/// Whether the line begins a dependency, and does not go on with one over several lines.
fn starts_a_dependency(line: &str) -> bool {
    let name = line.split(['=', '.']).next().unwrap_or_default().trim();
    line.contains('=') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
