//! The vault file: whole at every moment, and never overwritten unseen.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use holdfast::host::desktop::storage::{Disk, FileLayer, VaultFile, default_vault_path};
use holdfast::host::desktop::system::os_rng;
use holdfast_model::ports::{Copies, Expected, LoadError, SaveError, Stamp, Storage, VAULT_LIMIT};
use holdfast_model::vault::{Cost, NewSlot, Passphrase, Vault};
use holdfast_otp::UnixTime;

use super::twin;

/// A vault of the first version.
pub const FROZEN: &[u8] = include_bytes!("../../../model/tests/data/vault-v1");

fn after(bytes: &[u8]) -> Expected {
    Expected::Stamped(Stamp::of(bytes))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_vault_is_saved_for_its_owner_alone_and_read_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data/holdfast");
    let vault = VaultFile::at(folder.join("vault"));
    assert_eq!(vault.load().unwrap(), None);
    vault.save(b"one", Expected::Nothing).unwrap();
    assert_eq!(vault.load().unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&home.path().join("data")), 0o700);
    assert_eq!(mode(&folder.join("vault")), 0o600);
    assert_eq!(names_in(&folder), ["vault", "vault.lock"]);
}

#[test]
fn the_generation_before_is_kept_until_the_newer_one_was_opened() {
    let home = tempfile::tempdir().unwrap();
    let vault = VaultFile::at(home.path().join("vault"));
    vault.save(b"one", Expected::Nothing).unwrap();
    vault.save(b"two", after(b"one")).unwrap();
    vault.save(b"three", after(b"two")).unwrap();
    assert_eq!(vault.previous().unwrap().as_deref(), Some(&b"two"[..]));
    assert_eq!(mode(&home.path().join("vault.previous")), 0o600);
    // Opened, but not as it is now.
    vault.opened(Stamp::of(b"two"), &|_| true);
    assert_eq!(vault.previous().unwrap().as_deref(), Some(&b"two"[..]));
    vault.opened(Stamp::of(b"three"), &|_| true);
    assert_eq!(vault.previous().unwrap(), None);
    assert_eq!(names_in(home.path()), ["vault", "vault.lock"]);
}

#[test]
fn what_another_instance_saved_is_never_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let (window, terminal) = (VaultFile::at(&path), VaultFile::at(&path));
    window.save(b"one", Expected::Nothing).unwrap();
    terminal.save(b"two", after(b"one")).unwrap();
    assert_eq!(window.save(b"mine", after(b"one")), Err(SaveError::Conflict));
    assert_eq!(window.save(b"mine", Expected::Nothing), Err(SaveError::Conflict));
    assert_eq!(window.load().unwrap().as_deref(), Some(&b"two"[..]));
    assert_eq!(window.previous().unwrap().as_deref(), Some(&b"one"[..]));
    // Taken away meanwhile: not to be brought back unasked either.
    fs::remove_file(&path).unwrap();
    assert_eq!(window.save(b"mine", after(b"two")), Err(SaveError::Conflict));
}

#[test]
fn of_many_who_save_at_once_each_saves_on_what_the_one_before_left() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    VaultFile::at(&path).save(b"0", Expected::Nothing).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let vault = VaultFile::at(&path);
                let mut saved = 0;
                while saved < 10 {
                    let now = vault.load().unwrap().unwrap();
                    let count: u32 = String::from_utf8(now.clone()).unwrap().parse().unwrap();
                    match vault.save((count + 1).to_string().as_bytes(), after(&now)) {
                        Ok(()) => saved += 1,
                        Err(SaveError::Conflict) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
    });
    assert_eq!(VaultFile::at(&path).load().unwrap().as_deref(), Some(&b"80"[..]));
}

#[test]
fn an_instance_that_hangs_while_saving_is_told_and_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let vault = VaultFile::at(home.path().join("vault"));
    vault.save(b"one", Expected::Nothing).unwrap();
    let lock = File::options().write(true).open(home.path().join("vault.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(vault.save(b"two", after(b"one")), Err(SaveError::Busy));
    assert_eq!(vault.load(), Err(LoadError::Busy));
    drop(lock);
    vault.save(b"two", after(b"one")).unwrap();
}

#[test]
fn a_link_is_followed_and_stays_a_link() {
    let home = tempfile::tempdir().unwrap();
    let (file, link) = (home.path().join("disk/vault"), home.path().join("link"));
    VaultFile::at(&file).save(b"one", Expected::Nothing).unwrap();
    symlink("disk/vault", &link).unwrap();
    let vault = VaultFile::at(&link);
    vault.save(b"two", after(b"one")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"two");
    fs::remove_file(&file).unwrap();
    let error = vault.save(b"three", Expected::Nothing).unwrap_err();
    assert!(error.to_string().contains("link to a file that is missing"), "{error}");
    assert!(!file.exists());
}

#[test]
fn links_that_go_round_are_told_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    symlink(&other, &one).unwrap();
    symlink(&one, &other).unwrap();
    symlink("self", home.path().join("self")).unwrap();
    for path in [one.clone(), home.path().join("self"), one.join("vault")] {
        let vault = VaultFile::at(&path);
        let (load, save) = (vault.load(), vault.save(b"new", Expected::Nothing));
        for said in [load.unwrap_err().to_string(), save.unwrap_err().to_string()] {
            assert!(said.contains("a link that leads back to itself"), "{said}");
        }
    }
    assert_eq!(names_in(home.path()), ["one", "other", "self"]);
}

#[test]
fn a_first_save_that_fails_leaves_nothing_behind() {
    /// Folder, read, folder, read the copy, create, write, sync, rename: up to then there is no vault.
    const STEPS: usize = 8;
    for below in ["vault", "data/holdfast/vault"] {
        for at in 0..STEPS {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join(below);
            let failing = VaultFile::on(Failing { at, step: Cell::new(0) }, &path);
            assert_eq!(
                failing.save(b"first", Expected::Nothing),
                Err(SaveError::Full),
                "step {at}"
            );
            assert_eq!(names_in(home.path()), [""; 0], "step {at}");
            VaultFile::at(&path).save(b"first", Expected::Nothing).unwrap();
            assert_eq!(names_in(path.parent().unwrap()), ["vault", "vault.lock"]);
        }
    }
    // What was in the folder before is not touched, and where a vault is its lock stays.
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("other"), "x").unwrap();
    let path = home.path().join("vault");
    assert_eq!(VaultFile::at(&path).save(b"new", after(b"old")), Err(SaveError::Conflict));
    assert_eq!(names_in(home.path()), ["other"]);
    VaultFile::at(&path).save(b"one", Expected::Nothing).unwrap();
    assert_eq!(VaultFile::at(&path).save(b"two", Expected::Nothing), Err(SaveError::Conflict));
    assert_eq!(names_in(home.path()), ["other", "vault", "vault.lock"]);
}

#[test]
fn whoever_waits_for_a_lock_that_is_removed_locks_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let (path, lock) = (home.path().join("vault"), home.path().join("vault.lock"));
    for _ in 0..20 {
        // Held as by a first save that fails in the end: removed, then let go.
        let held = File::create(&lock).unwrap();
        held.lock().unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| VaultFile::at(&path).save(b"first", Expected::Nothing)))
                .collect();
            std::thread::sleep(Duration::from_millis(30));
            fs::remove_file(&lock).unwrap();
            drop(held);
            let saved: Vec<_> = waiting.into_iter().map(|save| save.join().unwrap()).collect();
            let first = saved.iter().filter(|saved| saved.is_ok()).count();
            assert_eq!(first, 1, "one is first, and the others see it: {saved:?}");
        });
        assert_eq!(names_in(home.path()), ["vault", "vault.lock"]);
        fs::remove_file(&path).unwrap();
        fs::remove_file(&lock).unwrap();
    }
}

#[test]
fn what_is_no_file_is_told_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap();
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    let cases = [
        (home.path().to_owned(), "a folder of that name"),
        (pipe, "not a regular file"),
        (home.path().join("socket"), "not a regular file"),
        (PathBuf::from("/dev/full"), "not a regular file"),
        (file.join("vault"), "a file stands where its folder should be"),
    ];
    for (path, words) in cases {
        let vault = VaultFile::at(&path);
        let (load, save) = (vault.load(), vault.save(b"new", Expected::Nothing));
        let (load, save) = (load.unwrap_err().to_string(), save.unwrap_err().to_string());
        assert!(load.contains(words), "{}: {load}", path.display());
        assert!(save.contains(words), "{}: {save}", path.display());
    }
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[test]
fn looking_for_a_vault_leaves_nothing_where_none_is() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::create_dir(home.path().join("folder")).unwrap();
    assert_eq!(VaultFile::at(home.path().join("none")).load().unwrap(), None);
    for name in ["pipe", "folder"] {
        let vault = VaultFile::at(home.path().join(name));
        vault.load().unwrap_err();
        vault.save(b"new", Expected::Nothing).unwrap_err();
    }
    assert_eq!(names_in(home.path()), ["folder", "pipe"]);
}

#[test]
fn a_copy_is_named_only_while_a_usable_one_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let vault = VaultFile::at(&path);
    vault.save(FROZEN, Expected::Nothing).unwrap();
    assert_eq!(vault.copy_beside(), None);
    vault.save(b"newer", after(FROZEN)).unwrap();
    let previous = path.canonicalize().unwrap().with_extension("previous");
    assert_eq!(vault.copy_beside(), Some(previous.clone()));
    fs::write(&previous, &FROZEN[..FROZEN.len() / 2]).unwrap();
    assert_eq!(vault.copy_beside(), None, "half a copy helps nobody");
    fs::write(&previous, FROZEN).unwrap();
    vault.opened(Stamp::of(b"newer"), &|_| true);
    assert_eq!(vault.copy_beside(), None);
}

#[test]
fn a_file_too_large_to_be_a_vault_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    File::create(&path).unwrap().set_len(VAULT_LIMIT as u64 + 1).unwrap();
    assert_eq!(VaultFile::at(&path).load(), Err(LoadError::TooLarge));
}

#[test]
fn the_default_place_follows_the_environment() {
    let place = |set: &[(&str, &str)]| {
        default_vault_path(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    };
    let home = ("HOME", "/home/ann");
    assert_eq!(place(&[]), None);
    assert_eq!(place(&[home]), Some("/home/ann/.local/share/holdfast/vault".into()));
    assert_eq!(place(&[home, ("XDG_DATA_HOME", "/d")]), Some("/d/holdfast/vault".into()));
    let relative = place(&[home, ("XDG_DATA_HOME", "d")]);
    assert_eq!(relative, Some("/home/ann/.local/share/holdfast/vault".into()));
    assert_eq!(place(&[home, ("HOLDFAST_VAULT", "mine")]), Some("mine".into()));
}

/// The disk, failing at one step of the save.
struct Failing {
    at: usize,
    step: Cell<usize>,
}

impl Failing {
    fn step<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let step = self.step.replace(self.step.get() + 1);
        if step == self.at { Err(io::ErrorKind::StorageFull.into()) } else { act() }
    }
}

impl FileLayer for Failing {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        self.step(|| Disk.read(path, limit))
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| Disk.create_folder(path))
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        self.step(|| Disk.create(path))
    }
    /// Half of the bytes still get through, as when a disk fills up.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(&bytes[..bytes.len() / 2])?;
        self.step(|| Disk.write(file, &bytes[bytes.len() / 2..]))
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.step(|| Disk.sync(file))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| Disk.rename(from, to))
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| Disk.sync_folder(path))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| Disk.remove(path))
    }
}

#[test]
fn a_failure_at_any_step_leaves_the_old_vault_or_the_new() {
    /// Folder, read, folder, read; create, write, sync, rename for the previous and for the new one; folder.
    const STEPS: usize = 13;
    for at in 0..=STEPS {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        VaultFile::at(&path).save(b"the old vault", Expected::Nothing).unwrap();
        let failing = VaultFile::on(Failing { at, step: Cell::new(0) }, &path);
        let saved = failing.save(b"the new vault", after(b"the old vault"));
        assert_eq!(saved.is_ok(), at == STEPS, "step {at}: {saved:?}");
        if at == STEPS - 1 {
            let said = saved.unwrap_err().to_string();
            assert!(
                said.contains("is in the vault file, but the disk did not confirm it"),
                "{said}"
            );
        }
        let left = VaultFile::at(&path).load().unwrap().unwrap();
        let last_steps = at >= STEPS - 1;
        let expected: &[u8] = if last_steps { b"the new vault" } else { b"the old vault" };
        assert_eq!(left, expected, "step {at}");
        // The next save goes through, whatever was left behind.
        VaultFile::at(&path).save(b"newer", after(&left)).unwrap();
        assert!(!home.path().join("vault.new").exists(), "step {at}");
    }
}

#[test]
fn a_copy_that_the_former_passphrase_opens_does_not_stay_unseen() {
    /// As above; then the copy is removed, and the folder is told so.
    const STEPS: usize = 15;
    let (rng, now) = (&mut *os_rng(), UnixTime(1_790_000_000));
    let passphrase = Passphrase::new("of whom it was");
    let mut vault = Vault::create(&passphrase, Cost::FLOOR, now, rng).unwrap();
    let before = vault.seal(now, rng).unwrap();
    let passphrase = Passphrase::new("of whom it is");
    let slot = NewSlot::Passphrase { passphrase: &passphrase, cost: Cost::FLOOR };
    vault.rekey(&[slot], rng).unwrap();
    let changed = vault.seal(now, rng).unwrap();
    for at in STEPS - 2..=STEPS {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        VaultFile::at(&path).save(&before, Expected::Nothing).unwrap();
        let failing = VaultFile::on(Failing { at, step: Cell::new(0) }, &path);
        let saved = failing.save(&changed, after(&before));
        assert_eq!(saved.is_ok(), at == STEPS, "step {at}: {saved:?}");
        assert_eq!(VaultFile::at(&path).load().unwrap().as_deref(), Some(&changed[..]));
        if at < STEPS {
            let said = saved.unwrap_err().to_string();
            assert!(said.starts_with("The change is made, but "), "{said}");
            assert!(
                said.contains("vault.previous, which still opens as the vault did before"),
                "{said}"
            );
        }
        // Each unlocking tells of it anew, until it is gone. (It reads both files, then removes.)
        let left = home.path().join("vault.previous").exists();
        for _ in 0..2 {
            let failing = VaultFile::on(Failing { at: 2, step: Cell::new(0) }, &path);
            let said = failing.opened(Stamp::of(&changed), &|_| true).former;
            assert_eq!(said.is_some(), left, "step {at}: {said:?}");
            let words = "vault.previous, which still opens as the vault did before its passphrase";
            assert!(said.is_none_or(|said| said.contains(words) && said.ends_with("remove it.")));
        }
        assert_eq!(VaultFile::at(&path).opened(Stamp::of(&changed), &|_| true), Copies::default());
        assert!(!home.path().join("vault.previous").exists(), "step {at}");
    }
    // What was set aside is told of too, as long as it is there.
    let home = tempfile::tempdir().unwrap();
    let (path, aside) = (home.path().join("vault"), home.path().join("vault.set-aside"));
    let file = VaultFile::at(&path);
    file.save(&changed, Expected::Nothing).unwrap();
    for (bytes, is_told) in [(&changed, false), (&before, true), (&before, true)] {
        fs::write(&aside, bytes).unwrap();
        let said = file.opened(Stamp::of(&changed), &|_| true).former;
        assert_eq!(said.is_some(), is_told, "{said:?}");
        assert!(said.is_none_or(|said| said.contains("vault.set-aside, which was set aside")));
        assert_eq!(fs::read(&aside).unwrap(), *bytes, "it stays");
    }
    // One that the same passphrase opens is nothing to be told of.
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    VaultFile::at(&path).save(&before, Expected::Nothing).unwrap();
    let mut vault = Vault::open(&before, &Passphrase::new("of whom it was")).unwrap();
    let newer = vault.seal(now, rng).unwrap();
    VaultFile::at(&path).save(&newer, after(&before)).unwrap();
    let failing = VaultFile::on(Failing { at: 2, step: Cell::new(0) }, &path);
    assert_eq!(failing.opened(Stamp::of(&newer), &|_| true), Copies::default());
    assert!(home.path().join("vault.previous").exists());
    {}
}

#[test]
fn killed_at_any_moment_of_a_save_the_vault_is_whole() {
    const TEST: &str = "host::storage::killed_at_any_moment_of_a_save_the_vault_is_whole";
    const KILLS: u64 = 20;
    if let Some(path) = twin::task() {
        save_for_ever(Path::new(&path));
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault");
    let vault = VaultFile::at(&path);
    vault.save(&generation(0), Expected::Nothing).unwrap();
    let mut reached = 0;
    for kill in 0..KILLS {
        let twin = twin::of(TEST, path.to_str().unwrap()).stdout(Stdio::null()).spawn().unwrap();
        let mut twin = SavesForEver(twin);
        // Not before it saves at all; then at a moment that moves on from kill to kill.
        let deadline = 1_000;
        for wait in 0.. {
            assert!(wait < deadline, "the twin never saved");
            // Without the lock, which the twin hardly ever lets go of: the file is whole all the same.
            if number(&fs::read(&path).unwrap()) > reached {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_micros(kill * 370));
        twin.0.kill().unwrap();
        twin.0.wait().unwrap();
        reached = number(&vault.load().unwrap().unwrap());
        if let Some(previous) = vault.previous().unwrap() {
            assert!(reached - number(&previous) <= 1, "the previous one is the one before");
        }
    }
    assert!(reached >= KILLS, "each twin saved");
}

/// A twin that saves until it is killed, which it is at the latest when the test fails.
struct SavesForEver(Child);

impl Drop for SavesForEver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A vault file of some length whose every byte depends on its number.
fn generation(number: u64) -> Vec<u8> {
    let fill = (number % 251) as u8;
    [&number.to_be_bytes()[..], &vec![fill; 200_000 + (number % 7) as usize]].concat()
}

/// The number of a whole vault file; anything else is a torn one.
fn number(bytes: &[u8]) -> u64 {
    let number = u64::from_be_bytes(bytes[..8].try_into().unwrap());
    assert!(bytes == generation(number), "a torn vault file");
    number
}

fn save_for_ever(path: &Path) -> ! {
    let vault = VaultFile::at(path);
    loop {
        let now = vault.load().unwrap().unwrap();
        vault.save(&generation(number(&now) + 1), after(&now)).unwrap();
    }
}
