//! `./dev` on a machine that lacks something: it is fetched, or one sentence says what to do.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use holdfast_testkit::{Ran, installed, run};
use tempfile::TempDir;

/// What the set-up itself calls, of what every machine has.
const TOOLS: [&str; 9] = ["bash", "sed", "grep", "head", "sort", "id", "mkdir", "cat", "chmod"];

/// A `rustc` that is new enough, with a formatter and a linter.
const NEW_RUST: &str = "mkdir -p \"$HOME/.cargo/bin\"
for name in rustc cargo; do
    echo '#!/bin/sh' >\"$HOME/.cargo/bin/$name\"
    echo \"echo $name 1.999.0\" >>\"$HOME/.cargo/bin/$name\"
    chmod 755 \"$HOME/.cargo/bin/$name\"
done";

const NOT_FETCHED: &str = "could not be fetched from here: install it from rust-lang.org, then try \
                           again.";

#[test]
fn a_missing_rust_is_installed_by_what_the_network_serves() {
    let machine = Machine::bare();
    machine.has("curl", &serves(NEW_RUST));
    let ran = machine.needs("need_rust; cargo --version");
    assert!(ran.ok(), "{ran:?}");
    assert!(ran.out.starts_with("Installing Rust 1."), "{ran:?}");
    assert!(ran.out.ends_with("cargo 1.999.0\n"), "{ran:?}");
    // The next time it is found where it was put, without a word.
    machine.has("curl", "exit 1");
    assert_eq!(machine.needs("need_rust").out, "");
}

#[test]
fn a_rust_that_cannot_be_fetched_is_told_in_one_sentence() {
    let unreachable = "echo 'curl: (6) Could not resolve host' >&2; exit 6";
    for (why, curl) in [
        ("no network", unreachable),
        ("an installer that fails", &serves("echo 'no space left' >&2; exit 1")),
        ("an installer that installs nothing", &serves("exit 0")),
        ("a page in the place of the installer", &serves("<html>Log in to this network</html>")),
    ] {
        let machine = Machine::bare();
        machine.has("curl", curl);
        assert_told(&machine.needs("need_rust; echo went on"), why);
    }
}

#[test]
fn a_rust_that_is_too_old_is_renewed_or_told() {
    let old = "echo rustc 1.63.0";
    let machine = Machine::bare();
    for name in ["rustc", "cargo"] {
        machine.has(name, old);
    }
    machine.has("rustup", "echo 'error: could not download file' >&2; exit 1");
    assert_told(&machine.needs("need_rust; echo went on"), "rustup without a network");
    let rustc = machine.bin().join("rustc");
    let renewed = format!("[ $1 != update ] || echo 'echo rustc 1.999.0' >{}", rustc.display());
    machine.has("rustup", &renewed);
    let ran = machine.needs("need_rust; echo went on");
    assert!(ran.ok() && ran.out.ends_with("went on\n"), "{ran:?}");
    // A Rust of the distribution, without rustup: one is put before it.
    let debian = Machine::bare();
    for name in ["rustc", "cargo"] {
        debian.has(name, old);
    }
    debian.has("curl", &serves(NEW_RUST));
    let ran = debian.needs("need_rust; cargo --version");
    assert!(ran.ok() && ran.out.ends_with("cargo 1.999.0\n"), "{ran:?}");
}

#[test]
fn packages_that_are_missing_need_root_or_sudo() {
    let machine = Machine::bare();
    machine.has("dpkg-query", "printf 'installed:gcc '");
    machine.has("id", "echo 1000");
    let ran = machine.needs("need_packages 'what the build needs' gcc libc6-dev; echo went on");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "Installing what the build needs: libc6-dev \n", "{ran:?}");
    let told = "Installing packages needs root: run this as root, or install sudo.";
    assert!(ran.err.contains(told), "{ran:?}");
}

#[track_caller]
fn assert_told(ran: &Ran, why: &str) {
    assert_eq!(ran.code, Some(1), "{why}: {ran:?}");
    assert!(!ran.out.contains("went on"), "{why}: {ran:?}");
    let last = ran.err.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("This needs Rust 1.") && last.ends_with(NOT_FETCHED),
        "{why}: {ran:?}"
    );
}

/// A `curl` that writes this text where it is told to.
fn serves(text: &str) -> String {
    format!(
        "while [ $# -gt 0 ]; do [ \"$1\" != -o ] || file=$2; shift; done
cat >\"$file\" <<'SERVED'
{text}
SERVED"
    )
}

/// A machine with next to nothing on its path.
struct Machine {
    folder: TempDir,
}

impl Machine {
    /// With the packages that are asked for, and no Rust.
    fn bare() -> Self {
        let machine = Self { folder: TempDir::new().expect("a temporary folder") };
        for name in ["bin", "home", "dev"] {
            fs::create_dir(machine.folder.path().join(name)).expect("a folder");
        }
        for name in TOOLS {
            let real = installed(name).unwrap_or_else(|why| panic!("{why}"));
            symlink(real, machine.bin().join(name)).expect("a link");
        }
        symlink(machine.bin().join("bash"), machine.bin().join("sh")).expect("a link");
        machine.has("dpkg-query", "printf 'installed:curl installed:ca-certificates '");
        machine
    }

    fn bin(&self) -> std::path::PathBuf {
        self.folder.path().join("bin")
    }

    /// Puts a script in the place of a program.
    fn has(&self, name: &str, script: &str) {
        let path = self.bin().join(name);
        // Never through a link, onto the real program.
        fs::remove_file(&path).ok();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
    }

    /// Calls a function of the set-up.
    fn needs(&self, call: &str) -> Ran {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the kit lies in the root");
        let script = format!(
            "set -euo pipefail; root=$1; dev_dir=$2; cd \"$root\"; . scripts/say.sh; \
             . scripts/setup.sh; {call}"
        );
        let (path, home, dev) =
            (self.bin(), self.folder.path().join("home"), self.folder.path().join("dev"));
        let args =
            ["-c".as_ref(), script.as_ref(), "dev".as_ref(), root.as_os_str(), dev.as_os_str()];
        let envs =
            [("PATH", path.as_os_str()), ("HOME", home.as_os_str()), ("CARGO_HOME", "".as_ref())];
        run(self.bin().join("bash"), args, &envs, b"")
    }
}
