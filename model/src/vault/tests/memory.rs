//! Requirement 41: after a vault is dropped, no secret, key or passphrase of it is left in memory.

use std::convert::Infallible;

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
