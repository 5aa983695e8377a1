//! The server's key, kept outside the database, and what is sealed and named with it
//! (requirement 14).
//!
//! A sealed column is `version (1) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag`, under a key
//! derived (HKDF-SHA-256) for its row, with the row's identity and the column's name as associated
//! data: moved to another row or column it does not open, and no key ever sees many nonces.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::audit::ChainKey;
use crate::domain::ids::AccountId;

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// 256 bits from the file `server.key`. Erased when dropped.
pub struct Keyring(Zeroizing<[u8; 32]>);

/// A sealed column did not open: another key, another row, or damage.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("A sealed column does not open. Check that server.key belongs to this database.")]
pub struct Unsealable;

impl Keyring {
    /// The key as read from its file; `None` if it is not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Keyring> {
        bytes.try_into().ok().map(|key| Keyring(Zeroizing::new(key)))
    }

    /// Seals a column of an account's row.
    pub fn seal(
        &self,
        row: &AccountId,
        column: &str,
        plain: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Unsealable> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: &associated(row, column) };
        let sealed =
            self.cipher(row).encrypt(&Nonce::from(nonce), payload).map_err(|_| Unsealable)?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a column sealed by [`Keyring::seal`] for the same row and column.
    pub fn open(
        &self,
        row: &AccountId,
        column: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let rest = sealed.strip_prefix(&[VERSION]).ok_or(Unsealable)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(Unsealable)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Unsealable)?;
        let payload = Payload { msg: sealed, aad: &associated(row, column) };
        self.cipher(row)
            .decrypt(&Nonce::from(nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Unsealable)
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

    /// Eight bytes that tell one key from another without giving it away.
    pub fn fingerprint(&self) -> [u8; 8] {
        let full = self.derived(b"fingerprint");
        let mut short = [0; 8];
        short.copy_from_slice(&full[..8]);
        short
    }

    fn cipher(&self, row: &AccountId) -> Aes256Gcm {
        let mut info = Vec::with_capacity(4 + 16);
        info.extend_from_slice(b"row\0");
        info.extend_from_slice(row.as_bytes());
        let key = self.derived(&info);
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
    }

    fn derived(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        let hkdf = Hkdf::<Sha256>::new(Some(b"holdfast-server/1"), self.0.as_ref());
        // 32 bytes are always within what HKDF-SHA-256 gives.
        let _ = hkdf.expand(info, out.as_mut());
        out
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

fn associated(row: &AccountId, column: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(17 + column.len());
    out.push(VERSION);
    out.extend_from_slice(row.as_bytes());
    out.extend_from_slice(column.as_bytes());
    out
}
