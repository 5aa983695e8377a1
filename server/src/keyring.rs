//! The server's key, kept outside the database, and what is sealed and named with it
//! (requirement 14).
//!
//! A sealed column is `version (2) ‖ fingerprint of the key (8) ‖ nonce (12) ‖ AES-256-GCM ciphertext
//! and tag`, under a key derived (HKDF-SHA-256) for its row, with the row's identity and the column's
//! name as associated data: moved to another row or column it does not open, and no key ever sees
//! many nonces. Version 1 had no fingerprint; it is read and never written.
//!
//! While a key is being rotated there are two: the database says which one seals, and both open.
//! What is named or chained, and so cannot be sealed anew, hangs on the *root*, which was the first
//! key and outlives it: after a rotation it rests in the database, sealed under the newest.

use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::audit::ChainKey;
use crate::domain::ids::AccountId;

const VERSION: u8 = 2;
const VERSION_WITHOUT_FINGERPRINT: u8 = 1;
const NONCE: usize = 12;
/// Bytes of a key.
pub const KEY: usize = 32;
/// The most keys in a file: the newest, and the one that it replaces.
const MOST_KEYS: usize = 2;

/// Tells one key from another without giving it away.
pub type Fingerprint = [u8; 8];

/// Reads the key's file again, for a process that meets a key it does not know.
type Reload = Box<dyn Fn() -> Option<Zeroizing<Vec<u8>>> + Send + Sync>;

/// The keys of the file `server.key`. Erased when dropped.
pub struct Keyring {
    keys: RwLock<Keys>,
    reload: Option<Reload>,
}

struct Keys {
    /// The one that seals stands first.
    all: Vec<Key>,
    root: Key,
    newest: Fingerprint,
}

#[derive(Clone)]
struct Key {
    bytes: Zeroizing<[u8; KEY]>,
    fingerprint: Fingerprint,
}

/// A sealed column did not open: another key, another row, or damage.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "A sealed column does not open. Check that server.key belongs to this database, and that the server \
     may read it."
)]
pub struct Unsealable;

impl Keyring {
    /// The keys as read from their file, the newest first; `None` if it is not 32 bytes for each of
    /// one or two.
    pub fn from_bytes(bytes: &[u8]) -> Option<Keyring> {
        let all = keys_in(bytes)?;
        let root = all.first()?.clone();
        let newest = root.fingerprint;
        Some(Keyring { keys: RwLock::new(Keys { all, root, newest }), reload: None })
    }

    /// With a way to read the file again.
    pub fn reloading(self, reload: Reload) -> Keyring {
        Keyring { reload: Some(reload), ..self }
    }

    /// Seals a column of a row that is named by 16 bytes.
    pub fn seal(
        &self,
        row: &AccountId,
        column: &str,
        plain: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Unsealable> {
        let keys = self.keys();
        let key = keys.all.first().ok_or(Unsealable)?;
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: &associated(VERSION, row, column) };
        let sealed =
            key.cipher(row).encrypt(&Nonce::from(nonce), payload).map_err(|_| Unsealable)?;
        let mut out = Vec::with_capacity(1 + key.fingerprint.len() + NONCE + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&key.fingerprint);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a column sealed by [`Keyring::seal`] for the same row and column, under any of the keys.
    pub fn open(
        &self,
        row: &AccountId,
        column: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let aad = associated(*version, row, column);
        if *version == VERSION_WITHOUT_FINGERPRINT {
            return self
                .keys()
                .all
                .iter()
                .find_map(|key| key.open(row, &aad, rest))
                .ok_or(Unsealable);
        }
        let (fingerprint, rest) = rest.split_at_checked(8).ok_or(Unsealable)?;
        if *version != VERSION || !(self.knows(fingerprint) || self.read_again()) {
            return Err(Unsealable);
        }
        let keys = self.keys();
        let key = keys.all.iter().find(|key| key.fingerprint == fingerprint).ok_or(Unsealable)?;
        key.open(row, &aad, rest).ok_or(Unsealable)
    }

    /// Whether a sealed column is under the key that seals now.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let prefix = [&[VERSION][..], &self.fingerprint()].concat();
        sealed.starts_with(&prefix)
    }

    /// Seals with the key of that fingerprint from now on; whether it is known.
    pub fn seal_with(&self, fingerprint: &[u8]) -> bool {
        if !(self.knows(fingerprint) || self.read_again()) {
            return false;
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = keys.all.iter().position(|key| key.fingerprint == fingerprint) else {
            return false;
        };
        keys.all.swap(0, at);
        true
    }

    /// The root, to be sealed.
    pub fn root(&self) -> Zeroizing<[u8; KEY]> {
        self.keys().root.bytes.clone()
    }

    /// The root, as it was sealed.
    pub fn hang_on(&self, root: &[u8]) -> Result<(), Unsealable> {
        let root = Key::new(root).ok_or(Unsealable)?;
        self.keys.write().unwrap_or_else(PoisonError::into_inner).root = root;
        Ok(())
    }

    /// The key that seals is the root: it was never rotated.
    pub fn hang_on_current(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = keys.all.first().cloned() {
            keys.root = first;
        }
    }

    /// The key that stood first in the file.
    pub fn newest(&self) -> Fingerprint {
        self.keys().newest
    }

    /// Names a person (known here or not) in the throttle table, without storing what was typed.
    pub fn throttle_key(&self, kind: &str, name: &[u8]) -> [u8; 32] {
        let key = self.derived(b"throttle");
        // HMAC takes keys of every length.
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.as_ref()) else {
            return [0; 32];
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(name);
        mac.finalize().into_bytes().into()
    }

    /// The key of the audit log's chain.
    pub fn chain_key(&self) -> ChainKey {
        ChainKey::new(self.derived(b"audit"))
    }

    /// Which key seals.
    pub fn fingerprint(&self) -> Fingerprint {
        self.keys().all.first().map_or([0; 8], |key| key.fingerprint)
    }

    fn derived(&self, info: &[u8]) -> Zeroizing<[u8; KEY]> {
        derived(&self.keys().root.bytes, info)
    }

    fn knows(&self, fingerprint: &[u8]) -> bool {
        self.keys().all.iter().any(|key| key.fingerprint == fingerprint)
    }

    /// Takes in the keys that are in the file now; whether it could be read.
    fn read_again(&self) -> bool {
        let Some(found) = self.reload.as_ref().and_then(|reload| keys_in(&reload()?)) else {
            return false;
        };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        for key in found {
            if keys.all.iter().all(|known| known.fingerprint != key.fingerprint) {
                keys.all.push(key);
            }
        }
        true
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    fn new(bytes: &[u8]) -> Option<Key> {
        let bytes = Zeroizing::new(<[u8; KEY]>::try_from(bytes).ok()?);
        let full = derived(&bytes, b"fingerprint");
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&full[..8]);
        Some(Key { bytes, fingerprint })
    }

    fn open(&self, row: &AccountId, aad: &[u8], rest: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad };
        self.cipher(row).decrypt(&Nonce::from(nonce), payload).map(Zeroizing::new).ok()
    }

    fn cipher(&self, row: &AccountId) -> Aes256Gcm {
        let mut info = Vec::with_capacity(4 + 16);
        info.extend_from_slice(b"row\0");
        info.extend_from_slice(row.as_bytes());
        let key = derived(&self.bytes, &info);
        Aes256Gcm::new(&aes_gcm::Key::<Aes256Gcm>::from(*key))
    }
}

fn keys_in(bytes: &[u8]) -> Option<Vec<Key>> {
    let count = bytes.len() / KEY;
    let fits = bytes.len().is_multiple_of(KEY) && (1..=MOST_KEYS).contains(&count);
    if fits { bytes.chunks(KEY).map(Key::new).collect() } else { None }
}

fn derived(from: &Zeroizing<[u8; KEY]>, info: &[u8]) -> Zeroizing<[u8; KEY]> {
    let mut out = Zeroizing::new([0; KEY]);
    let hkdf = Hkdf::<Sha256>::new(Some(b"holdfast-server/1"), from.as_ref());
    // 32 bytes are always within what HKDF-SHA-256 gives.
    let _ = hkdf.expand(info, out.as_mut());
    out
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

fn associated(version: u8, row: &AccountId, column: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(17 + column.len());
    out.push(version);
    out.extend_from_slice(row.as_bytes());
    out.extend_from_slice(column.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    #[test]
    fn row_14_what_is_sealed_opens_in_its_own_row_and_column_only_and_not_when_changed() {
        let rng = &mut system_random();
        let (ann, eve) = (AccountId::random(rng), AccountId::random(rng));
        let keyring = Keyring::from_bytes(&[7; KEY]).expect("a key");
        let sealed = keyring.seal(&ann, "tf_secret", b"kelp", rng).expect("sealed");
        assert_eq!(*keyring.open(&ann, "tf_secret", &sealed).expect("hers"), b"kelp");
        assert_eq!(keyring.open(&eve, "tf_secret", &sealed), Err(Unsealable), "another row");
        assert_eq!(keyring.open(&ann, "sms_number", &sealed), Err(Unsealable), "another column");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keyring.open(&ann, "tf_secret", &changed), Err(Unsealable), "byte {at}");
            assert_eq!(keyring.open(&ann, "tf_secret", &sealed[..at]), Err(Unsealable));
        }
        // The row is in the associated data too, not only in the key that is derived for it.
        assert_ne!(associated(VERSION, &ann, "tf_secret"), associated(VERSION, &eve, "tf_secret"));
        let other = Keyring::from_bytes(&[8; KEY]).expect("a key");
        assert_eq!(other.open(&ann, "tf_secret", &sealed), Err(Unsealable), "another key");
    }
}
