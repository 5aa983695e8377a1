//! Keys and the three operations on them: derive, seal, open.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroize;

use super::cost::Cost;
use super::passphrase::Passphrase;

/// Length of an AES-GCM nonce (NIST SP 800-38D section 5.2.1.1).
pub(super) const NONCE_LEN: usize = 12;
/// Length of an AES-GCM tag.
pub(super) const TAG_LEN: usize = 16;
/// Length of every key.
pub(super) const KEY_LEN: usize = 32;

/// 256 bits, erased when dropped; no `Debug`, so that it cannot be printed.
///
/// The bits stay at one place of the heap: a key that moves would leave a copy at each place that
/// it was moved from.
#[derive(Clone)]
pub(super) struct Key(Box<Bits>);

/// Aligned as nothing else is, by which the app's allocator knows that a block is a key, and takes it
/// from pages that are never swapped out.
#[derive(Clone)]
#[repr(align(64))]
struct Bits([u8; KEY_LEN]);

/// What was sealed cannot be opened with this key and associated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DoesNotOpen;

/// Argon2id could not get its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfMemory;

impl Key {
    pub(super) fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut key = Self::zero();
        rng.fill_bytes(key.bits());
        key
    }

    pub(super) fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        let mut key = Self::zero();
        key.bits().copy_from_slice(bytes);
        key
    }

    /// `None` where there are not exactly 32 bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    pub(super) fn expose(&self) -> &[u8; KEY_LEN] {
        &self.0.0
    }

    /// Argon2id, version 0x13 (RFC 9106).
    pub(super) fn stretch(
        passphrase: &Passphrase,
        salt: &[u8; 16],
        cost: Cost,
    ) -> Result<Self, OutOfMemory> {
        // `Cost` admits only what `Params` admits, so the sole error left is the memory.
        let params = Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), Some(KEY_LEN))
            .map_err(|_| OutOfMemory)?;
        let mut key = Self::zero();
        leaving_nothing(|| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(passphrase.expose(), salt, key.bits())
                .map_err(|_| OutOfMemory)
        })?;
        Ok(key)
    }

    /// HKDF-SHA-256 (RFC 5869) with `info` = `label` then `context`. Each use has its own label.
    pub(super) fn derive(&self, salt: &[u8], label: &str, context: &[u8]) -> Self {
        let mut key = Self::zero();
        // 32 bytes are one block of output; HKDF refuses only more than 255 of them.
        let derived = leaving_nothing(|| {
            Hkdf::<Sha256>::new(Some(salt), self.expose())
                .expand_multi_info(&[label.as_bytes(), context], key.bits())
        });
        debug_assert!(derived.is_ok());
        key
    }

    /// Encrypts `text` where it stands and returns the tag (AES-256-GCM).
    pub(super) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        text: &mut [u8],
    ) -> Result<[u8; TAG_LEN], DoesNotOpen> {
        let sealed = leaving_nothing(|| {
            self.cipher().encrypt_inout_detached(nonce.into(), associated, text.into())
        });
        sealed.map(Into::into).map_err(|_| DoesNotOpen)
    }

    /// Decrypts `text` where it stands, if key, nonce, associated data, text and tag all fit.
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), DoesNotOpen> {
        // Not bound to a name: dropping it by hand would move it, and leave what it was moved from.
        let opened = leaving_nothing(|| {
            self.cipher().decrypt_inout_detached(nonce.into(), associated, text.into(), tag.into())
        });
        opened.map_err(|_| DoesNotOpen)
    }

    fn zero() -> Self {
        Self(Box::new(Bits([0; KEY_LEN])))
    }

    fn bits(&mut self) -> &mut [u8; KEY_LEN] {
        &mut self.0.0
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.expose().into())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.bits().zeroize();
    }
}

/// Works with keys in a frame of its own, and overwrites that frame and all below it afterwards. In the frame
/// of who calls this, a compiler that makes one function of the two would leave what it liked.
pub(super) fn leaving_nothing<T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    let done = apart(work);
    scrub_stack();
    done
}

/// Overwrites what the ciphers' own functions left on the stack below here: they erase their state,
/// but not the places that it was moved from. AES with 512-bit registers was seen to leave round keys
/// between 8 and 12 KiB down; this goes well beyond.
#[inline(never)]
fn scrub_stack() {
    let mut depth = [0u8; 32 * 1024];
    std::hint::black_box(&mut depth);
}

/// `N` random bytes: a salt, a nonce or an identity.
pub(super) fn random_bytes<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
