//! After a lock the memory of the process holds no secret: it is searched for (requirement 41).

use std::io::{Read, Seek, SeekFrom};

use holdfast_model::Msg;
use holdfast_model::screen::Page;
use holdfast_model::vault::{Cost, Passphrase, Vault};
use holdfast_otp::Secret;
use zeroize::Zeroizing;

use super::app::App;

/// Bytes to search for that are in memory only in disguise.
struct Needle(Vec<u8>);

const MASK: u8 = 0x5a;

impl Needle {
    fn of(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| byte ^ MASK).collect())
    }

    /// How often the bytes are anywhere in the writable memory of this process.
    fn times_in_memory(&self) -> usize {
        let mut memory = open("/proc/self/mem");
        let mut maps = String::new();
        open("/proc/self/maps").read_to_string(&mut maps).unwrap();
        let mut times = 0;
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with("rw") || line.contains("[v") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let start = u64::from_str_radix(start, 16).unwrap();
            let end = u64::from_str_radix(end, 16).unwrap();
            times += self.times_between(&mut memory, start, end);
        }
        times
    }

    fn times_between(&self, memory: &mut std::fs::File, start: u64, end: u64) -> usize {
        let mut times = 0;
        let mut chunk = Zeroizing::new([0; 4096]);
        // What is read is disguised at once, so that this very search is not what it finds; the
        // chunks overlap, so that nothing hides on a border.
        let mut window: Vec<u8> = Vec::with_capacity(2 * chunk.len());
        for at in (start..end).step_by(chunk.len()) {
            let readable = memory
                .seek(SeekFrom::Start(at))
                .and_then(|_| memory.read_exact(chunk.as_mut_slice()));
            if readable.is_err() {
                window.clear();
                continue;
            }
            window.extend(chunk.iter().map(|byte| byte ^ MASK));
            chunk.fill(0);
            times += window.windows(self.0.len()).filter(|bytes| *bytes == self.0).count();
            let tail = window.len().saturating_sub(self.0.len() - 1);
            window.drain(..tail);
        }
        times
    }
}

#[expect(clippy::disallowed_methods, reason = "the test looks at its own memory")]
fn open(path: &str) -> std::fs::File {
    std::fs::File::open(path).unwrap()
}

/// Whether the system shows a process its own memory; where it does not, a test says that it is
/// skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn can_search() -> bool {
    let shown = std::path::Path::new("/proc/self/mem").exists();
    if !shown {
        eprintln!("skipped: this system does not show a process its own memory");
    }
    shown
}

/// Bytes that nothing else in this process holds, made where they are used.
fn canary<const N: usize>(seed: u8) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = seed.wrapping_add((place as u8).wrapping_mul(37)) ^ 0x33;
    }
    bytes
}

/// A key URI with a secret of its own, built without leaving copies behind.
fn link(secret: &Secret) -> Zeroizing<String> {
    let mut link = Zeroizing::new(String::with_capacity(200));
    link.push_str("otpauth://totp/A:a?secret=");
    link.push_str(&secret.to_base32());
    link
}

#[test]
fn requirement_41_no_secret_of_an_account_outlives_a_lock() {
    if !can_search() {
        return;
    }
    let secret = Secret::from_bytes(canary::<20>(7).as_slice()).unwrap();
    let raw = Needle::of(secret.expose());
    let spelled = Needle::of(secret.to_base32().as_bytes());
    let mut app = App::open();
    app.tell(Msg::TextGiven(link(&secret).into()));
    assert!(matches!(app.see().page, Page::Confirm(_)));
    drop(secret);
    assert!(raw.times_in_memory() > 0, "the search finds what is there");
    app.tell(Msg::SaveDraft { issuer: "A".into(), account: "a".into() });
    app.wait(40);
    let id = app.id("A", "a");
    app.tell(Msg::Copy(id));
    app.tell(Msg::Rename { id, issuer: "B".into(), account: "b".into() });
    assert_eq!(raw.times_in_memory(), 0, "an open vault keeps its secrets sealed");
    app.tell(Msg::Lock);
    assert_eq!(raw.times_in_memory(), 0);
    assert_eq!(spelled.times_in_memory(), 0);
}

#[test]
fn requirement_41_no_passphrase_outlives_the_unlocking() {
    if !can_search() {
        return;
    }
    let mut passphrase = Zeroizing::new(String::with_capacity(100));
    passphrase.extend(canary::<24>(99).iter().map(|byte| char::from(b'a' + byte % 26)));
    let needle = Needle::of(passphrase.as_bytes());
    let started = App::start();
    let (now, mut rng) = (started.now(), holdfast_model::ports::Ports::rng(&started.ports));
    let mut vault =
        Vault::create(&Passphrase::new(&passphrase), Cost::FLOOR, now, &mut *rng).unwrap();
    started.ports.storage.put(Some(vault.seal(now, &mut *rng).unwrap()));
    let mut app = App::start_on(started.ports.storage.clone());
    assert!(needle.times_in_memory() > 0, "the search finds what is there");
    app.tell(Msg::Unlock(std::mem::take(&mut passphrase).into()));
    drop(passphrase);
    assert!(app.state.is_open());
    assert_eq!(needle.times_in_memory(), 0);
}
