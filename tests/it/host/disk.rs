//! Saving where there is no room or no right to: nothing is lost, and one sentence says why.

use std::fs;
use std::path::Path;

use holdfast::host::desktop::storage::VaultFile;
use holdfast_model::ports::{Expected, SaveError, Stamp, Storage};

use super::twin;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs this test once more in a file-system namespace of its own; says whether that can be had.
fn in_own_namespace(test: &str, task: &Path) -> bool {
    // Only root can have one inside a chroot; anybody else can have one with a user namespace.
    let arguments: &[&str] = if is_root() {
        &["--mount", "--propagation", "unchanged"]
    } else {
        &["--user", "--map-root-user", "--mount"]
    };
    let probe = std::process::Command::new("unshare").args(arguments).arg("true").output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        println!("skipped: this machine gives no namespace to mount a small disk in");
        return false;
    }
    let done = twin::under("unshare", arguments, test, task.to_str().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains("1 passed"), "the twin ran nothing: {said}");
    true
}

fn mount(arguments: &[&str], at: &Path) {
    let done = std::process::Command::new("mount").args(arguments).arg(at).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_full_disk_costs_nothing_that_was_saved() {
    const TEST: &str = "host::disk::a_full_disk_costs_nothing_that_was_saved";
    let Some(folder) = twin::task() else {
        let home = tempfile::tempdir().unwrap();
        in_own_namespace(TEST, home.path());
        return;
    };
    let folder = Path::new(&folder);
    mount(&["-t", "tmpfs", "-o", "size=256k", "tmpfs"], folder);
    let vault = VaultFile::at(folder.join("vault"));
    let small = vec![1; 60_000];
    vault.save(&small, Expected::Nothing).unwrap();
    let large = vec![2; 180_000];
    assert_eq!(vault.save(&large, Expected::Stamped(Stamp::of(&small))), Err(SaveError::Full));
    assert_eq!(vault.load().unwrap().as_deref(), Some(&small[..]));
    // What did not fit is not left lying on the full disk.
    assert!(!folder.join("vault.new").exists());
    vault.save(b"small again", Expected::Stamped(Stamp::of(&small))).unwrap();
}

#[test]
fn a_read_only_disk_can_be_read_and_says_why_nothing_is_saved() {
    const TEST: &str = "host::disk::a_read_only_disk_can_be_read_and_says_why_nothing_is_saved";
    let Some(folder) = twin::task() else {
        let home = tempfile::tempdir().unwrap();
        in_own_namespace(TEST, home.path());
        return;
    };
    let folder = Path::new(&folder);
    mount(&["-t", "tmpfs", "tmpfs"], folder);
    // Brought along from elsewhere: without a lock file.
    fs::write(folder.join("vault"), "old").unwrap();
    mount(&["-o", "remount,ro"], folder);
    let vault = VaultFile::at(folder.join("vault"));
    assert_eq!(vault.load().unwrap().as_deref(), Some(&b"old"[..]));
    let saved = vault.save(b"new", Expected::Stamped(Stamp::of(b"old")));
    assert_eq!(saved, Err(SaveError::ReadOnly));
    let in_new_folder = VaultFile::at(folder.join("new/vault"));
    assert_eq!(in_new_folder.save(b"new", Expected::Nothing), Err(SaveError::ReadOnly));
}

#[test]
fn a_folder_that_may_not_be_written_keeps_its_vault() {
    const TEST: &str = "host::disk::a_folder_that_may_not_be_written_keeps_its_vault";
    let home = tempfile::tempdir().unwrap();
    let folder = match twin::task() {
        Some(folder) => folder,
        // Root may write everywhere, so the twin runs without that privilege.
        None if is_root() => {
            let task = home.path().to_str().unwrap();
            let arguments = ["--bounding-set", "-all", "--inh-caps", "-all"];
            let done = twin::under("setpriv", &arguments, TEST, task).output().unwrap();
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success(), "{said}");
            assert!(said.contains("1 passed"), "the twin ran nothing: {said}");
            return;
        }
        None => home.path().to_str().unwrap().to_owned(),
    };
    let folder = Path::new(&folder);
    let vault = VaultFile::at(folder.join("vault"));
    vault.save(b"old", Expected::Nothing).unwrap();
    let allow = |mode| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(0o500);
    let saved = vault.save(b"new", Expected::Stamped(Stamp::of(b"old")));
    let loaded = vault.load();
    allow(0o700);
    assert_eq!(saved, Err(SaveError::ReadOnly));
    assert_eq!(loaded.unwrap().as_deref(), Some(&b"old"[..]));
}
