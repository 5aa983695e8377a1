//! Where the programs under test and the tools that tests use are found.

use std::env;
use std::path::{Path, PathBuf};

/// The path of a program of this workspace, built by the same `cargo` run or by `./dev`.
///
/// Looked for in `HOLDFAST_BIN_DIR` where that is set, else beside the running test: Cargo puts
/// tests into `target/<profile>/deps/` and programs into `target/<profile>/`.
///
/// # Panics
/// When the program is not built: the message says which command builds it.
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    let dir = binary_dir();
    let path = dir.join(name);
    assert!(
        path.is_file(),
        "{name} is not built in {}: run `cargo build --bins -p {}` with the same profile, or `./dev test`",
        dir.display(),
        package_of(name),
    );
    path
}

/// The path of an installed tool (`chromium`, `oathtool`, `faketime` ...) that `./dev` installs.
///
/// # Errors
/// A sentence to print when the tool is absent and the test skips; with `CI=true` absence fails the
/// test instead, because there `./dev` must have installed it.
#[track_caller]
pub fn installed(tool: &str) -> Result<PathBuf, String> {
    let found = env::var_os("PATH").and_then(|paths| {
        env::split_paths(&paths).map(|dir| dir.join(tool)).find(|path| path.is_file())
    });
    found.ok_or_else(|| absent(&format!("{tool} is not installed; `./dev test` installs it")))
}

/// The Python of the project's own environment, which holds the pinned peers (`pyotp` ...).
///
/// # Errors
/// As [`installed`].
#[track_caller]
pub fn python() -> Result<PathBuf, String> {
    let named = env::var_os("HOLDFAST_PYTHON").map(PathBuf::from);
    let found = named.or_else(|| {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/venv/bin/python");
        beside.is_file().then_some(beside)
    });
    found.ok_or_else(|| absent("the Python of the tests is not set up; `./dev test` makes it"))
}

#[track_caller]
pub(crate) fn absent(sentence: &str) -> String {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{sentence}");
    sentence.to_owned()
}

fn binary_dir() -> PathBuf {
    if let Some(dir) = env::var_os("HOLDFAST_BIN_DIR") {
        return PathBuf::from(dir);
    }
    let test = env::current_exe().expect("the running test has a path");
    let dir = test.parent().expect("a test lies in a folder");
    match dir.file_name().and_then(|name| name.to_str()) {
        Some("deps" | "examples") => {
            dir.parent().expect("deps lies in the profile's folder").into()
        }
        _ => dir.into(),
    }
}

fn package_of(program: &str) -> &str {
    match program {
        "holdfast-server" | "holdfastctl" => "holdfast-server",
        "holdfast-tour" => "holdfast-testkit",
        _ => "holdfast",
    }
}
