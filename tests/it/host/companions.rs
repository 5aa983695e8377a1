//! The files beside a vault: for their owner alone, never a way to another file, and gone when the vault
//! is destroyed.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::os_rng;
use holdfast_model::ports::{Copies, Expected, SaveError, Stamp, Storage, Stray};
use holdfast_model::vault::{Cost, Header, Passphrase, Vault};
use holdfast_otp::UnixTime;

use super::storage::{FROZEN, names_in};

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

#[test]
fn a_copy_of_the_vault_that_was_set_aside_is_destroyed_with_it_and_another_vault_is_not() {
    let rng = &mut *os_rng();
    let now = UnixTime(1_800_000_000);
    let mut make = || {
        let passphrase = Passphrase::new("of both");
        Vault::create(&passphrase, Cost::FLOOR, now, &mut *rng)
            .unwrap()
            .seal(now, &mut *rng)
            .unwrap()
    };
    let (own, others) = (make(), make());
    let home = tempfile::tempdir().unwrap();
    let file = VaultFile::at(home.path().join("vault"));
    file.save(&own, Expected::Nothing).unwrap();
    for (name, bytes) in [("", &own), ("-2", &others), ("-3", &own), ("-4", &b"torn".to_vec())] {
        fs::write(home.path().join(format!("vault.set-aside{name}")), bytes).unwrap();
    }
    // Which these are is known before.
    let copies = file.copies_aside().unwrap();
    let names: Vec<_> = copies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["vault.set-aside", "vault.set-aside-3"]);
    assert!(copies.iter().all(|(_, bytes)| *bytes == own));
    file.retire(Stamp::of(&own)).unwrap();
    let gone = file.finish_retiring().unwrap();
    assert_eq!(gone.iter().filter(|path| path.contains("set-aside")).count(), 2, "{gone:?}");
    let mut left: Vec<_> =
        fs::read_dir(home.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["vault.set-aside-2", "vault.set-aside-4"]);
}

/// A pipe would wait for whoever reads it, and a link leads to what is somebody else's.
#[test]
fn what_is_no_file_stays_when_a_vault_is_destroyed_and_keeps_nobody() {
    for name in ["vault.new", "vault.previous.new"] {
        for kind in ["pipe", "link", "folder"] {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("vault");
            let vault = VaultFile::at(&path);
            vault.save(b"one", Expected::Nothing).unwrap();
            let (companion, other) = (home.path().join(name), home.path().join("other"));
            fs::write(&other, "mine").unwrap();
            match kind {
                "pipe" => {
                    let made = std::process::Command::new("mkfifo").arg(&companion).status();
                    assert!(made.unwrap().success());
                }
                "link" => symlink(&other, &companion).unwrap(),
                _ => fs::create_dir(&companion).unwrap(),
            }
            vault.retire(Stamp::of(b"one")).unwrap();
            vault.finish_retiring().unwrap();
            assert!(!path.exists() && !path.with_extension("destroying").exists(), "{name} {kind}");
            assert!(fs::symlink_metadata(&companion).is_ok(), "{name} {kind}");
            assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        }
    }
}

#[test]
fn a_link_called_as_what_is_being_destroyed_locks_no_vault_out() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let vault = VaultFile::at(&path);
    vault.save(b"one", Expected::Nothing).unwrap();
    let (going, other) = (path.with_extension("destroying"), home.path().join("other"));
    fs::write(&other, "mine").unwrap();
    symlink(&other, &going).unwrap();
    assert!(vault.retiring().is_none());
    vault.retire(Stamp::of(b"one")).unwrap();
    vault.finish_retiring().unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
    vault.save(b"two", Expected::Nothing).unwrap();
    fs::create_dir(&going).unwrap();
    assert!(vault.retiring().is_none());
    let refused = vault.retire(Stamp::of(b"two")).unwrap_err().to_string();
    assert!(refused.contains("vault.destroying is in the way"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"two");
}

/// The vault itself is whole: whoever is told of it would look in the wrong place.
#[test]
fn what_is_in_the_way_beside_the_vault_is_named() {
    for name in ["vault.lock", "vault.new", "vault.previous", "vault.previous.new"] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        let vault = VaultFile::at(&path);
        vault.save(b"one", Expected::Nothing).unwrap();
        let companion = path.canonicalize().unwrap().with_file_name(name);
        if name == "vault.lock" {
            fs::remove_file(&companion).unwrap();
        }
        fs::create_dir_all(companion.join("mine")).unwrap();
        let refused = vault.save(b"two", after(b"one")).unwrap_err().to_string();
        let named = format!("{} is in the way", companion.display());
        assert!(refused.starts_with(&named), "{name}: {refused}");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(companion.join("mine").exists());
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    fs::write(&path, "one").unwrap();
    symlink(home.path().join("elsewhere"), home.path().join("vault.lock")).unwrap();
    let refused = VaultFile::at(&path).load().unwrap_err().to_string();
    assert!(refused.contains("vault.lock is in the way"), "{refused}");
}

/// The copy may come back while somebody chooses the passphrase of a new vault.
#[test]
fn no_vault_begins_beside_the_copy_of_another_but_the_same_one_may_come_back() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let copy = path.with_extension("previous");
    fs::write(&copy, super::storage::FROZEN).unwrap();
    let vault = VaultFile::at(&path);
    let refused = vault.save(b"a new one", Expected::Nothing).unwrap_err().to_string();
    assert!(refused.contains("a copy of it from before the last change is at"), "{refused}");
    assert!(!path.exists());
    // An open vault whose file went is saved anew: beside its own copy nothing is lost.
    vault.save(super::storage::FROZEN, Expected::Nothing).unwrap();
    assert_eq!(fs::read(&copy).unwrap(), super::storage::FROZEN);
}

#[test]
fn what_is_set_aside_is_never_overwritten_and_nothing_else_is_set_aside() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("folder").join("vault");
    let vault = VaultFile::at(&path);
    let beside = |name: &str| fs::read(home.path().join("folder").join(name));
    for (bytes, name) in [(b"one", "vault.set-aside"), (b"two", "vault.set-aside-2")] {
        vault.save(bytes, Expected::Nothing).unwrap();
        assert_eq!(vault.set_aside(Stamp::of(b"another")), Err(SaveError::Conflict));
        vault.set_aside(Stamp::of(bytes)).unwrap();
        assert!(!path.exists());
        assert_eq!(beside(name).unwrap(), bytes);
    }
    let kept = vault.keep_beside(b"three").unwrap();
    assert_eq!(kept, home.path().join("folder/vault.set-aside-3").display().to_string());
    assert_eq!(mode(Path::new(&kept)), 0o600);
    assert_eq!(beside("vault.set-aside").unwrap(), b"one");
    // A link of that name is no free one, wherever it leads.
    symlink(home.path().join("letter"), home.path().join("folder/vault.set-aside-4")).unwrap();
    assert!(vault.keep_beside(b"four").unwrap().ends_with("vault.set-aside-5"));
    // The whole folder may be gone.
    fs::remove_dir_all(home.path().join("folder")).unwrap();
    assert!(vault.keep_beside(b"five").unwrap().ends_with("vault.set-aside"));
}

/// A save refuses at once, leaves what is there, and says that it is in the way; beside it there is room.
#[test]
fn what_is_in_the_place_of_a_vault_stays_and_what_was_open_is_put_beside_it() {
    type Put = fn(&Path);
    let things: [(&str, Put); 4] = [
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("pipe", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("link", |path| symlink("/nowhere/to/be/found", path).unwrap()),
        ("loop", |path| symlink(path, path).unwrap()),
    ];
    for (what, put) in things {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        put(&path);
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        let vault = VaultFile::at(&path);
        let refused = vault.save(FROZEN, Expected::Nothing);
        assert!(matches!(refused, Err(SaveError::InTheWay(_))), "{what}: {refused:?}");
        let beside = vault.keep_beside(FROZEN).unwrap();
        assert!(beside.ends_with("/vault.set-aside"), "{what}: {beside}");
        assert_eq!(fs::read(&beside).unwrap(), FROZEN, "{what}");
        assert_eq!(mode(Path::new(&beside)), 0o600, "{what}");
        assert_eq!(fs::symlink_metadata(&path).unwrap().file_type(), kind, "{what} stays");
    }
}

/// It opens, and gives codes: where the vault is destroyed, it goes too.
#[test]
fn what_was_put_beside_a_link_that_led_nowhere_goes_with_the_vault() {
    let home = tempfile::tempdir().unwrap();
    let (disk, link) = (home.path().join("disk"), home.path().join("vault"));
    symlink(disk.join("vault"), &link).unwrap();
    let vault = VaultFile::at(&link);
    vault.keep_beside(FROZEN).unwrap();
    // The disk is there again.
    VaultFile::at(disk.join("vault")).save(FROZEN, Expected::Nothing).unwrap();
    vault.retire(Stamp::of(FROZEN)).unwrap();
    vault.finish_retiring().unwrap();
    let left: Vec<_> =
        names_in(home.path()).into_iter().filter(|name| name != "vault.lock").collect();
    assert_eq!(left, ["disk"]);
    assert_eq!(names_in(&disk), [""; 0]);
}

#[test]
fn what_is_no_older_generation_is_never_overwritten_or_removed() {
    let (rng, now) = (&mut *os_rng(), UnixTime(1_790_000_000));
    let passphrase = Passphrase::new("of it");
    let make = || Vault::create(&passphrase, Cost::FLOOR, now, &mut *os_rng());
    let mut vault = make().unwrap();
    let [one, two, three, four] = [(); 4].map(|()| vault.seal(now, rng).unwrap());
    let other = make().unwrap().seal(now, rng).unwrap();
    let begin = |copy: &[u8]| {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        VaultFile::at(&path).save(&two, Expected::Nothing).unwrap();
        fs::write(home.path().join("vault.previous"), copy).unwrap();
        (VaultFile::at(&path), home)
    };
    let covers =
        |copy: &Header| copy.vault_id() == vault.header().vault_id() && copy.generation() < 3;
    for (copy, is_kept) in [
        (&one[..], false),
        (&two[..], false),
        (b"of no use", false),
        (&three[..three.len() / 2], false),
        (&three[..], true),
        (&other[..], true),
    ] {
        let aside = |home: &Path| fs::read(home.join("vault.set-aside")).ok();
        let kept = is_kept.then(|| copy.to_vec());
        let (file, home) = begin(copy);
        file.save(&four, after(&two)).unwrap();
        assert_eq!(aside(home.path()), kept);
        assert_eq!(file.previous().unwrap().as_ref(), Some(&two));
        let (file, home) = begin(copy);
        let Copies { stray, .. } = file.opened(Stamp::of(&two), &covers);
        assert_eq!(aside(home.path()), kept);
        assert_eq!(file.previous().unwrap(), None);
        let is_named = match stray {
            Some(Stray::HoldsMore(path)) => path.ends_with("vault.set-aside") && copy == three,
            Some(Stray::Another(path)) => path.ends_with("vault.set-aside") && copy == other,
            None => !is_kept,
        };
        assert!(is_named);
    }
}
