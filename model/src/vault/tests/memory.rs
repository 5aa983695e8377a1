//! Requirement 41: after a vault is dropped, no secret, key or passphrase of it is left in memory.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use rand_core::{TryCryptoRng, TryRng};

use super::*;

/// What is searched for, each byte inverted, so that the search does not find itself.
struct Wanted(Vec<(&'static str, Vec<u8>)>);

impl Wanted {
    /// Each half is looked for alone: an allocator writes its own marks into what is freed.
    fn add(&mut self, name: &'static str, bytes: &[u8]) {
        for half in bytes.chunks(bytes.len().div_ceil(2)) {
            self.0.push((name, half.iter().map(|byte| !byte).collect()));
        }
    }

    /// The names of what is found in the writable memory of this process, and where.
    fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut memory = open("/proc/self/mem");
        let mut maps = String::new();
        open("/proc/self/maps").read_to_string(&mut maps).unwrap();
        let mut page = vec![0; 1 << 16];
        for line in maps.lines().filter(|line| line.split(' ').nth(1).unwrap().starts_with("rw")) {
            let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let address = |hex| u64::from_str_radix(hex, 16).unwrap();
            let (mut at, end) = (address(start), address(end));
            while at < end {
                let length = page.len().min((end - at) as usize);
                memory.seek(SeekFrom::Start(at)).unwrap();
                if memory.read_exact(&mut page[..length]).is_ok() {
                    self.search(&page[..length], line, at, &mut found);
                }
                // Pieces overlap, so that nothing hides across an edge.
                at += if length < page.len() { length } else { length - 64 } as u64;
            }
        }
        page.zeroize();
        found
    }

    fn search(&self, page: &[u8], line: &str, at: u64, found: &mut Vec<String>) {
        for (name, inverted) in &self.0 {
            let same = |window: &[u8]| window.iter().zip(inverted).all(|(a, b)| *a == !*b);
            if let Some(offset) = page.windows(inverted.len()).position(same) {
                found.push(format!("{name} at {:x} of {line}", at + offset as u64));
            }
        }
    }
}

#[test]
fn requirement_41_a_dropped_vault_leaves_nothing_in_memory() {
    let mut wanted = Wanted(Vec::new());
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

#[expect(clippy::disallowed_methods, reason = "the test reads the memory of its own process")]
fn open(path: &str) -> File {
    File::open(path).unwrap()
}
