//! After a lock the memory of the process holds no secret: it is searched for (requirement 41).

use holdfast_model::Msg;
use holdfast_model::screen::Page;
use holdfast_model::vault::{Cost, Passphrase, Vault};
use holdfast_otp::Secret;
use zeroize::Zeroizing;

use super::app::App;
use crate::memory_search::Wanted;

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
    let (mut raw, mut spelled) = (Wanted::default(), Wanted::default());
    raw.add("the secret", secret.expose());
    spelled.add("the secret in base32", secret.to_base32().as_bytes());
    let mut app = App::open();
    app.tell(Msg::TextGiven(link(&secret).into()));
    assert!(matches!(app.see().page, Page::Confirm(_)));
    drop(secret);
    assert!(!raw.found().is_empty(), "the search finds what is there");
    app.tell(Msg::SaveDraft { issuer: "A".into(), account: "a".into() });
    app.wait(40);
    let id = app.id("A", "a");
    app.tell(Msg::Copy(id));
    app.tell(Msg::Rename { id, issuer: "B".into(), account: "b".into() });
    assert_eq!(raw.found(), [""; 0], "an open vault keeps its secrets sealed");
    app.tell(Msg::Lock);
    assert_eq!(raw.found(), [""; 0]);
    assert_eq!(spelled.found(), [""; 0]);
}

#[test]
fn requirement_41_no_passphrase_outlives_the_unlocking() {
    if !can_search() {
        return;
    }
    let mut passphrase = Zeroizing::new(String::with_capacity(100));
    passphrase.extend(canary::<24>(99).iter().map(|byte| char::from(b'a' + byte % 26)));
    let mut wanted = Wanted::default();
    wanted.add("the passphrase", passphrase.as_bytes());
    let started = App::start();
    let (now, mut rng) = (started.now(), holdfast_model::ports::Ports::rng(&started.ports));
    let mut vault =
        Vault::create(&Passphrase::new(&passphrase), Cost::FLOOR, now, &mut *rng).unwrap();
    started.ports.storage.put(Some(vault.seal(now, &mut *rng).unwrap()));
    let mut app = App::start_on(started.ports.storage.clone());
    assert!(!wanted.found().is_empty(), "the search finds what is there");
    app.tell(Msg::Unlock(std::mem::take(&mut passphrase).into()));
    drop(passphrase);
    assert!(app.state.is_open());
    assert_eq!(wanted.found(), [""; 0]);
}
