//! The files beside a vault: for their owner alone, never a way to another file, and gone when the vault
//! is destroyed.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use holdfast::host::desktop::storage::VaultFile;
use holdfast_model::ports::{Expected, Stamp, Storage};

fn after(bytes: &[u8]) -> Expected {
    Expected::Stamped(Stamp::of(bytes))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn every_file_of_a_vault_is_for_its_owner_alone_whoever_could_read_the_one_before() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let vault = VaultFile::at(&path);
    vault.save(b"one", Expected::Nothing).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    vault.save(b"two", after(b"one")).unwrap();
    for name in ["vault", "vault.previous", "vault.lock"] {
        assert_eq!(mode(&home.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_link_beside_the_vault_is_no_way_to_another_file() {
    let home = tempfile::tempdir().unwrap();
    let (path, mine) = (home.path().join("vault"), home.path().join("letter"));
    fs::write(&mine, "dear all").unwrap();
    let vault = VaultFile::at(&path);
    vault.save(b"one", Expected::Nothing).unwrap();
    for name in ["vault.new", "vault.previous", "vault.previous.new"] {
        symlink(&mine, home.path().join(name)).unwrap();
    }
    vault.save(b"two", after(b"one")).unwrap();
    assert_eq!(fs::read(&mine).unwrap(), b"dear all");
    assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(vault.previous().unwrap().as_deref(), Some(&b"one"[..]));

    // A lock through a link could be of a file that somebody else holds for ever.
    fs::remove_file(home.path().join("vault.lock")).unwrap();
    symlink(home.path().join("elsewhere"), home.path().join("vault.lock")).unwrap();
    let refused = vault.save(b"three", after(b"two")).unwrap_err().to_string();
    assert!(!refused.contains('\n'), "{refused}");
    assert!(!home.path().join("elsewhere").exists(), "nothing is made behind the link");
    assert_eq!(fs::read(&path).unwrap(), b"two");
}

#[test]
fn what_is_destroyed_is_overwritten_before_it_goes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let vault = VaultFile::at(&path);
    vault.save(b"one generation", Expected::Nothing).unwrap();
    vault.save(b"another", after(b"one generation")).unwrap();
    fs::write(home.path().join("vault.new"), b"half of").unwrap();
    let names = ["vault", "vault.previous", "vault.new"];
    // An open file stays readable when its name is gone.
    let held = names.map(|name| File::open(home.path().join(name)).unwrap());
    assert!(vault.retire(Stamp::of(b"one generation")).is_err(), "not what was looked at last");
    assert_eq!(fs::read(&path).unwrap(), b"another");
    vault.retire(Stamp::of(b"another")).unwrap();
    vault.finish_retiring().unwrap();
    for (mut file, name) in held.into_iter().zip(names) {
        let mut left = Vec::new();
        file.read_to_end(&mut left).unwrap();
        assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0), "{name}: {left:?}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
