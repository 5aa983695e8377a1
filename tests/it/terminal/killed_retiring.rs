//! The real program killed while it destroys a vault, before each step of that: the vault then opens
//! with all its accounts, or the next start does the rest and says so; never neither.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use super::program::{GITHUB, Home, PASSPHRASE};

/// The system calls that destroying is made of.
const CALLS: [&str; 4] = ["rename", "write", "fsync", "unlink"];

#[test]
fn killed_before_each_step_of_retiring_the_vault_opens_or_the_rest_is_done_and_told() {
    if Command::new("strace").arg("-V").output().is_err() {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "strace is missing; `./dev test` installs it");
        return println!("skipped: strace is not installed; `./dev test` installs it");
    }
    let (mut opened, mut told, mut gone) = (0, 0, 0);
    for call in CALLS {
        for time in 1.. {
            let home = moved_from();
            if retires(&home, call, time) {
                assert!(left(&home).is_empty(), "{:?}", left(&home));
                assert!(time > 1, "it makes no call of {call}");
                println!("killed before each of {} calls of {call}", time - 1);
                break;
            }
            match look(&home) {
                Found::Opens => opened += 1,
                Found::Told => told += 1,
                Found::Gone => gone += 1,
            }
        }
    }
    println!("{opened} times it opened, {told} times the rest was done, {gone} times all was gone");
    assert!(opened > 0 && told > 3, "not at each step: {opened} {told} {gone}");
}

#[test]
fn a_copy_put_back_after_a_half_retirement_opens() {
    let home = moved_from();
    let copy = fs::read(home.vault()).unwrap();
    fs::rename(home.vault(), home.path("vault.destroying")).unwrap();
    fs::write(home.vault(), copy).unwrap();
    assert_eq!(home.run(["list"]).done().lines().count(), 1);
    assert!(!home.path("vault.destroying").exists());
}

#[test]
fn a_half_retired_vault_behind_a_link_is_finished_with_its_link() {
    let home = moved_from();
    for beside in ["vault.new", "vault.previous", "vault.lock"] {
        fs::remove_file(home.path(beside)).unwrap();
    }
    fs::create_dir(home.path("elsewhere")).unwrap();
    fs::rename(home.vault(), home.path("elsewhere/mine")).unwrap();
    std::os::unix::fs::symlink("elsewhere/mine", home.vault()).unwrap();
    fs::rename(home.path("elsewhere/mine"), home.path("elsewhere/mine.destroying")).unwrap();
    let said = home.run(["list"]);
    assert_eq!(said.exit, 8, "{said:?}");
    assert!(said.err.contains("the rest is destroyed now: "), "{said:?}");
    assert!(left(&home).is_empty(), "{:?}", left(&home));
    assert!(fs::symlink_metadata(home.vault()).is_err(), "the link is left");
    let again = home.run(["list"]);
    assert!(!again.err.contains("destroyed"), "it is told once: {again:?}");
}

enum Found {
    Opens,
    Told,
    Gone,
}

/// A device with one account that is being moved away from, with a setting, and a leftover of a save.
fn moved_from() -> Home {
    let home = Home::new();
    home.run_with(["add", "-"], PASSPHRASE, GITHUB.as_bytes()).done();
    home.run(["move", "list"]).done();
    fs::create_dir_all(home.path("config/holdfast")).unwrap();
    fs::write(home.path("config/holdfast/settings"), "appearance = dark\n").unwrap();
    fs::write(home.path("vault.new"), "half a vault").unwrap();
    home
}

/// Retires it, killed before this call of its kind; whether it ended before that one.
fn retires(home: &Home, call: &str, time: u32) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = folder.path().join("passphrase");
    fs::write(&passphrase, PASSPHRASE).unwrap();
    let plain = home.command(["move", "retire", "--yes", "--passphrase-fd", "0"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={time}")]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("HOLDFAST_VAULT").stdin(File::open(passphrase).unwrap());
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!said.contains("PTRACE"), "strace may not trace here: {said}");
    done.status.success()
}

/// How the next start finds it.
fn look(home: &Home) -> Found {
    let said = home.run(["list"]);
    if said.exit == 0 {
        assert!(said.out.contains("GitHub"), "an account is lost: {said:?}");
        assert!(!said.err.contains("destroyed"), "{said:?}");
        return Found::Opens;
    }
    assert_eq!(said.exit, 8, "{said:?}");
    assert!(left(home).is_empty(), "{:?} is left: {said:?}", left(home));
    assert!(!home.run(["list"]).err.contains("destroyed"), "it is told once");
    if said.err.contains("stopped while a vault was being destroyed; the rest is destroyed now") {
        Found::Told
    } else {
        Found::Gone
    }
}

/// What is left but for the note of its end.
fn left(home: &Home) -> Vec<PathBuf> {
    let (notes, left): (Vec<_>, Vec<_>) =
        files_under(home.path("")).into_iter().partition(|path| {
            fs::read(path).unwrap().strip_prefix(b"retired\0").is_some_and(|at| at.len() == 8)
        });
    assert!(notes.len() <= 1 && notes.iter().all(|note| note.starts_with(home.path("state"))));
    assert!(!notes.is_empty() || !left.is_empty(), "its end is not noted");
    left
}

fn files_under(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(path) } else { vec![path] }).collect()
}
