//! The real window on a real display: what was typed into it, and what it showed, is nowhere in its
//! memory once the device goes to sleep.

use std::fs::{self, File};
use std::io::{BufRead, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Storage};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret};
use rand_core::{CryptoRng, TryCryptoRng, TryRng};

use super::bus::{Bus, Logind, wait_for_release};
use super::xserver::XServer;

const PASSPHRASE: &str = "mussels cling where waves break";
const SECRET: &[u8; 20] =
    b"\x9a\x13\x77\xc4\x58\xe1\x0b\xd2\x66\x3f\x81\x2c\xf5\x90\x4d\xa8\x1e\x73\xbb\x05";
const ISSUER: &str = "Quahog Savings";
const ACCOUNT: &str = "periwinkle-7731";

#[test]
fn after_a_lock_nothing_secret_is_left_in_the_memory_of_the_real_window() {
    let (Some(display), Some(bus)) = (XServer::start(), Bus::start()) else { return };
    let home = tempfile::tempdir().unwrap();
    let keys = make_vault(&home.path().join("vault"));
    let logind = Logind::on(&bus);
    let app = App(Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .arg("--vault")
        .arg(home.path().join("vault"))
        .env("DISPLAY", &display.display)
        .env("XDG_STATE_HOME", home.path().join("state"))
        .env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null())
        .spawn()
        .unwrap());
    let (_, held) = logind.asked();
    if File::open(format!("/proc/{}/mem", app.0.id())).is_err() {
        // As it must be: only the administrator may look. So only as such can this be tried.
        println!("skipped: only root may look into the memory of the program");
        return;
    }
    let secrets = [
        ("the passphrase", PASSPHRASE.as_bytes().to_vec()),
        ("a part of the passphrase", PASSPHRASE.as_bytes()[..12].to_vec()),
        (
            "the passphrase in UTF-16",
            PASSPHRASE.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "the passphrase in UTF-32",
            PASSPHRASE.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        ),
        ("the data key", keys[0].clone()),
        ("the secrets key", keys[1].clone()),
        ("the secret", SECRET.to_vec()),
        (
            "the secret in base32",
            Secret::from_bytes(SECRET).unwrap().to_base32().as_bytes().to_vec(),
        ),
        ("the issuer", ISSUER.as_bytes().to_vec()),
        ("the account", ACCOUNT.as_bytes().to_vec()),
    ];
    let found = |locked_pages: bool| app.found(&secrets, locked_pages);

    let window = app.window(&display.display);
    xdotool(&display.display, &["windowfocus", "--sync", &window]);
    xdotool(&display.display, &["type", "--delay", "20", PASSPHRASE]);
    let typed = wait_for(|| found(false).contains(&"the passphrase"));
    assert!(typed, "the search finds what is typed; it found {:?}", found(false));
    xdotool(&display.display, &["key", "Return"]);
    assert!(wait_for(|| found(false).contains(&"the account")), "it unlocks: {:?}", found(false));
    let title = xdotool(&display.display, &["getwindowname", &window]);
    assert_eq!(title, "Holdfast", "no title tells of an account");
    // What was typed goes with its page, which is drawn over soon.
    let typed_is_gone = wait_for(|| !found(false).iter().any(|one| one.contains("passphrase")));
    assert!(typed_is_gone, "the passphrase stays while the vault is open");
    let open = found(false);
    for gone in ["the secret in base32", "the secret"] {
        assert!(!open.contains(&gone), "{gone} is there while the vault is open");
    }
    if app.may_lock_pages() {
        assert!(!open.contains(&"the data key"), "the data key lies where it could be swapped out");
    }
    assert!(found(true).contains(&"the data key"), "the search finds the key of an open vault");

    logind.sleep(true);
    // Let go only when all is erased.
    wait_for_release(held);
    assert_eq!(found(true), [""; 0], "left in memory after the lock");

    // And what is typed on the locked vault and not given does not outlive the next reason to lock.
    logind.sleep(false);
    let (_, held) = logind.asked();
    xdotool(&display.display, &["windowfocus", "--sync", &window]);
    xdotool(&display.display, &["type", "--delay", "20", PASSPHRASE]);
    assert!(wait_for(|| found(false).contains(&"the passphrase")), "{:?}", found(false));
    logind.sleep(true);
    wait_for_release(held);
    let is_gone = wait_for(|| !found(true).iter().any(|one| one.contains("passphrase")));
    assert!(is_gone, "typed on a locked vault: {:?}", found(true));
}

#[test]
fn nobody_may_look_into_the_window_and_it_leaves_no_core_file() {
    let Some(display) = XServer::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let app = App(Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .arg("--vault")
        .arg(home.path().join("vault"))
        .env("DISPLAY", &display.display)
        .env("XDG_STATE_HOME", home.path().join("state"))
        .env_remove("WAYLAND_DISPLAY")
        .spawn()
        .unwrap());
    app.window(&display.display);
    let limits = fs::read_to_string(format!("/proc/{}/limits", app.0.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    // What a process that can be dumped owns belongs to its user, all else to root (proc(5)).
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(format!("/proc/{}/mem", app.0.id())).unwrap().uid();
    assert_eq!(owner, 0);
    let status = fs::read_to_string(format!("/proc/{}/status", app.0.id())).unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmLck")).unwrap());
    if !rustix::process::geteuid().is_root() {
        File::open(format!("/proc/{}/mem", app.0.id())).unwrap_err();
    }
}

/// A vault with one account; its data key and its secrets key.
fn make_vault(path: &Path) -> [Vec<u8>; 2] {
    let mut rng = Listening { inner: os_rng(), drawn: Vec::new() };
    let now = SystemClock.now();
    let passphrase = Passphrase::new(PASSPHRASE);
    let mut vault = Vault::create(&passphrase, Cost::FLOOR, now, &mut rng).unwrap();
    // Both keys are drawn whole, and are the only draws of 32 bytes so far.
    let keys: Vec<_> = rng.drawn.iter().filter(|drawn| drawn.len() == 32).cloned().collect();
    let new = NewEntry {
        issuer: Some(ISSUER.to_owned()),
        account: ACCOUNT.to_owned(),
        parameters: Parameters::default(),
    };
    vault.add(new, &Secret::from_bytes(SECRET).unwrap(), now, &mut rng).unwrap();
    let sealed = vault.seal(now, &mut rng).unwrap();
    VaultFile::at(path).save(&sealed, Expected::Nothing).unwrap();
    keys.try_into().expect("two keys")
}

/// Remembers what was drawn.
struct Listening {
    inner: Box<dyn CryptoRng + Send>,
    drawn: Vec<Vec<u8>>,
}

impl TryRng for Listening {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.inner.try_fill_bytes(bytes)?;
        self.drawn.push(bytes.to_vec());
        Ok(())
    }
}

impl TryCryptoRng for Listening {}

/// The program, ended with the test.
struct App(Child);

impl App {
    /// The number of its window, once that is there.
    fn window(&self, display: &str) -> String {
        let mut window = String::new();
        let there = wait_for(|| {
            window = xdotool(display, &["search", "--onlyvisible", "--name", "^Holdfast$"]);
            !window.is_empty()
        });
        assert!(there, "no window came");
        window.lines().next().unwrap().to_owned()
    }

    fn may_lock_pages(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        !status.lines().any(|line| line.starts_with("VmLck") && line.contains(" 0 kB"))
    }

    /// Which of these lie in its writable memory: in all of it, or in what may be swapped out.
    fn found<'a>(&self, wanted: &[(&'a str, Vec<u8>)], locked_pages: bool) -> Vec<&'a str> {
        let process = format!("/proc/{}", self.0.id());
        let mut memory = File::open(format!("{process}/mem")).unwrap();
        let mut found = Vec::new();
        let (mut range, mut writable) = ((0, 0), false);
        for line in fs::read_to_string(format!("{process}/smaps")).unwrap().lines() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if let Some((start, end)) = first.split_once('-')
                && let (Ok(start), Ok(end)) =
                    (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16))
            {
                range = (start, end);
                writable = words.next().unwrap().starts_with("rw");
            } else if first == "VmFlags:"
                && writable
                && (locked_pages || !words.any(|flag| flag == "lo"))
            {
                let mut bytes = vec![0; (range.1 - range.0) as usize];
                memory.seek(SeekFrom::Start(range.0)).unwrap();
                if memory.read_exact(&mut bytes).is_ok() {
                    let new = wanted.iter().filter(|(_, wanted)| contains(&bytes, wanted));
                    found.extend(new.map(|(name, _)| *name));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the wanted bytes are anywhere in these. It hops from first byte to first byte in the
/// standard library's own search, which is quick even where the tests are not optimised.
fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut rest = bytes;
    while rest.skip_until(wanted[0]).unwrap() > 0 {
        let start = bytes.len() - rest.len() - 1;
        if bytes[start..].starts_with(wanted) {
            return true;
        }
    }
    false
}

fn wait_for(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

fn xdotool(display: &str, arguments: &[&str]) -> String {
    let done = Command::new("xdotool").args(arguments).env("DISPLAY", display).output();
    let done = done.expect("`./dev test` installs xdotool beside Xvfb");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}
