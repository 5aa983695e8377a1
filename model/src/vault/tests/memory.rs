//! Requirement 41: after a vault is dropped, no secret, key or passphrase of it is left in memory.

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rand_core::{TryCryptoRng, TryRng};

use super::memory_search::Wanted;
use super::*;

#[test]
fn requirement_41_a_dropped_vault_leaves_nothing_in_memory() {
    let mut wanted = Wanted::default();
    let bytes = {
        // Made at run time, lest the program's own text be found.
        let typed: Zeroizing<String> = Zeroizing::new((0..24).map(made_up).collect());
        let passphrase = Passphrase::new(&typed);
        wanted.add("passphrase", passphrase.expose());
        let secret: Zeroizing<Vec<u8>> =
            Zeroizing::new((50..82).map(|n| made_up(n) as u8).collect());
        wanted.add("secret", &secret);
        let name: Zeroizing<String> = Zeroizing::new((90..120).map(made_up).collect());
        wanted.add("account", name.as_bytes());

        let rng = &mut Unbuffered(41);
        let mut vault = Vault::create(&passphrase, Cost::FLOOR, NOW, rng).unwrap();
        wanted.add("data key", vault.data_key.expose());
        wanted.add("secrets key", vault.body.secrets_key.expose());
        let new = NewEntry {
            issuer: Some(name.as_str().to_owned()),
            account: name.as_str().to_owned(),
            parameters: Parameters::default(),
        };
        let id = vault.add(new, &Secret::from_bytes(&secret).unwrap(), NOW, rng).unwrap();
        let bytes = vault.seal(NOW, rng).unwrap();
        drop(vault);

        let mut opened = Vault::open(&bytes, &passphrase).unwrap();
        assert!(opened.secret(id).unwrap().expose() == secret.as_slice());
        opened.code(id, NOW).unwrap();
        assert_eq!(opened.find_same_secret(&Secret::from_bytes(&secret).unwrap()), [id]);
        opened.rename(id, None, "other").unwrap();
        let found = wanted.found();
        for name in ["passphrase", "secret at", "data key", "secrets key"] {
            assert!(
                found.iter().any(|found| found.starts_with(name)),
                "the search finds the {name}"
            );
        }
        opened.seal(NOW, rng).unwrap()
    };
    let found = wanted.found();
    assert!(found.is_empty(), "left in memory: {found:#?}");
    assert!(!bytes.is_empty());
}

#[test]
fn requirement_41_nothing_secret_stays_on_the_stack_that_a_cipher_ran_on() {
    leave_nothing_on_the_stack();
}

/// The same with what an optimising compiler makes of it, which is other code and other stacks.
#[test]
#[ignore = "`./dev prove` runs it, in a release build"]
fn prove_in_a_release_build_nothing_secret_stays_on_the_stack() {
    leave_nothing_on_the_stack();
}

fn leave_nothing_on_the_stack() {
    let acts: [(&str, Act); 7] = [
        ("derive", |wanted| {
            let key = Key::random(&mut Unbuffered(1));
            wanted.add("key", key.expose());
            wanted.add("derived key", key.derive(&[1; 32], "label", &[]).expose());
            key.derive(&[1; 32], "label", &[]);
        }),
        ("seal", |wanted| {
            let (key, mut text) = key_and_text(2, wanted);
            key.seal(&[0; NONCE_LEN], b"", &mut text).unwrap();
        }),
        ("open", |wanted| {
            let (key, mut text) = key_and_text(3, wanted);
            let tag = key.seal(&[0; NONCE_LEN], b"", &mut text).unwrap();
            key.open(&[0; NONCE_LEN], b"", &mut text, &tag).unwrap();
        }),
        ("stretch", |wanted| {
            let typed: Zeroizing<String> = Zeroizing::new((200..232).map(made_up).collect());
            let passphrase = Passphrase::new(&typed);
            wanted.add("passphrase", passphrase.expose());
            let stretch = || Key::stretch(&passphrase, &[4; 16], Cost::FLOOR).unwrap();
            wanted.add("stretched key", stretch().expose());
            stretch();
        }),
        ("code", |wanted| {
            let (vault, id, _) = vault_and_secret(5, wanted);
            vault.code(id, NOW).unwrap();
        }),
        ("find", |wanted| {
            let (vault, id, secret) = vault_and_secret(6, wanted);
            assert_eq!(vault.find_same_secret(&secret), [id]);
        }),
        ("recover", |wanted| {
            let (mut vault, id, _) = vault_and_secret(7, wanted);
            let rng = &mut Unbuffered(8);
            let other = Secret::from_bytes(&[1; 20]).unwrap();
            vault.exchange_secret(id, Parameters::default(), &other, NOW, rng).unwrap();
            let trashed = vault.trash().iter().next().unwrap().id;
            vault.recover(trashed, NOW, rng).unwrap();
        }),
    ];
    let left = acts.map(|(what, act)| (what, left_by(act)));
    assert!(left.iter().all(|(_, left)| left.is_empty()), "left on the stack: {left:#?}");
}

/// A key and a text to seal with it, both to be searched for.
fn key_and_text(seed: u64, wanted: &mut Wanted) -> (Key, Zeroizing<Vec<u8>>) {
    let rng = &mut Unbuffered(seed);
    let key = Key::random(rng);
    let mut text = Zeroizing::new(vec![0; 96]);
    rng.try_fill_bytes(&mut text).unwrap();
    wanted.add("key", key.expose());
    wanted.add("text", &text);
    (key, text)
}

/// A vault with one account, whose secret is to be searched for.
fn vault_and_secret(seed: u64, wanted: &mut Wanted) -> (Vault, EntryId, Secret) {
    let rng = &mut Unbuffered(seed);
    let mut vault = Vault::create(&Passphrase::new("p"), Cost::FLOOR, NOW, rng).unwrap();
    let made_up = (0..32).map(|n| made_up(100 * seed as u32 + n) as u8);
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(made_up.collect());
    wanted.add("secret", &bytes);
    let secret = Secret::from_bytes(&bytes).unwrap();
    let new = NewEntry { issuer: None, account: "a".to_owned(), parameters: Parameters::default() };
    let id = vault.add(new, &secret, NOW, rng).unwrap();
    (vault, id, secret)
}

/// Works with what is secret, and names it for the search.
type Act = fn(&mut Wanted);

/// What is found once `act` has ended, by another thread while the one that did it waits with its stack
/// as it left it: a search by the same thread would write over what it is to find.
fn left_by(act: Act) -> Vec<String> {
    let wanted = Mutex::new(Wanted::default());
    let (done, searched) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let acting = scope.spawn(|| {
            act(&mut wanted.lock().unwrap());
            done.store(true, Ordering::Release);
            while !searched.load(Ordering::Acquire) {
                thread::park();
            }
        });
        while !done.load(Ordering::Acquire) && !acting.is_finished() {
            thread::yield_now();
        }
        let found = wanted.lock().unwrap().found();
        searched.store(true, Ordering::Release);
        acting.thread().unpark();
        found
    })
}

/// Keeps no output, as the system's generator keeps none: a buffer would hold the keys.
struct Unbuffered(u64);

impl TryRng for Unbuffered {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }

    /// SplitMix64.
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_ne_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Unbuffered {}

/// A letter that depends on `number` in no simple way.
fn made_up(number: u32) -> char {
    char::from(b'a' + (number.wrapping_mul(2_654_435_761) >> 16).rem_euclid(26) as u8)
}
