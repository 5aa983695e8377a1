//! The vault: accounts and their secrets, sealed into one file's bytes. Pure: no file, no clock.
//!
//! `docs/vault.md` describes the format byte by byte. In short: a random data key is wrapped by up
//! to eight slots (a passphrase through Argon2id, a device's key store); every save seals the body
//! under a fresh key derived from it, with every byte before as associated data; and inside the
//! body every secret is sealed again for its own entry, so that an open vault does not hold the
//! secrets in the clear. A secret is opened only for the moment in which it makes a code.

mod body;
mod care;
mod correction;
mod cost;
mod edit;
mod entry;
mod error;
mod fields;
mod hand_over;
mod header;
mod join;
mod key;
mod memo;
mod moving;
mod passphrase;
mod record;
mod reopen;
mod slot;
#[cfg(any(test, feature = "testing"))]
mod spoil;
#[cfg(test)]
mod tests;
mod trail;
mod trash;
mod ways;

use std::fmt;

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

pub use care::{Care, MAX_NOTE_LEN, Origin, RareCare, Readiness};
pub use correction::{Correction, MOST_OFFSET};
pub use cost::{Cost, CostError, Excess};
pub(crate) use edit::folded;
pub use entry::{Entry, EntryId, MAX_NAME_LEN, NewEntry, QuarantineReason, Quarantined, Removed};
pub use error::{EntryError, OpenError, SealError, SlotError};
pub use hand_over::HandedOver;
pub use header::{FORMAT_VERSION, Header, MAGIC, MAX_FILE_LEN, VaultId, header_of};
pub use join::Parting;
pub use memo::{ASK_AFTER, Memo, PUT_OFF, SealedMemo};
pub use moving::{FormerStep, Moving};
pub use passphrase::Passphrase;
pub use reopen::ReopenError;
pub use slot::{DeviceKey, MAX_SLOTS, Method, NewSlot, Slot, SlotId};
pub use trail::{SaveId, SavePoint};
pub use trash::{MOST_AT_ONCE, TRASH_SECONDS, Trashed};

use body::Body;
use header::Parts;
use key::{Key, NONCE_LEN, TAG_LEN, random_bytes};

const BODY_LABEL: &str = "holdfast vault body";

/// An open vault. Its keys and names are erased when it is dropped, which is how it is locked.
///
/// A clone taken before a change is what brings the state back when the save of the change fails.
#[derive(Clone)]
pub struct Vault {
    /// Of the generation last opened or sealed.
    header: Header,
    data_key: Key,
    body: Body,
}

impl Vault {
    /// Makes an empty vault, of generation 0 until it is sealed. Takes as long as `cost` says.
    pub fn create(
        passphrase: &Passphrase,
        cost: Cost,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, SlotError> {
        let vault_id = VaultId(random_bytes(rng));
        let data_key = Key::random(rng);
        let slot = NewSlot::Passphrase { passphrase, cost };
        let first = Slot::wrap(&slot, slot::free_id(&[])?, vault_id, &data_key, rng)?;
        let header = Header {
            written_by: FORMAT_VERSION,
            reader_needed: FORMAT_VERSION,
            vault_id,
            generation: 0,
            written_at: now,
            write_salt: [0; 32],
            key_id: Header::key_id_for(&data_key, vault_id),
            slots: vec![first],
            unknown: fields::Unknown::default(),
        };
        Ok(Self { header, data_key, body: Body::new(Key::random(rng)) })
    }

    /// Opens a vault file with a passphrase. Takes as long as the slot's cost says, and for a
    /// wrong passphrase as long as all passphrase slots together, which is
    /// [`Cost::MAX_TOGETHER_KIB`] at most; run it off the UI thread.
    pub fn open(bytes: &[u8], passphrase: &Passphrase) -> Result<Self, OpenError> {
        let parts = Parts::of(bytes)?;
        let vault_id = parts.header.vault_id;
        let slots = &parts.header.slots;
        let (_, _, data_key) = ways::unlock(slots, vault_id, passphrase, |_| true)?;
        Self::open_body(parts, data_key)
    }

    /// Opens a vault file with the key that this device's key store guards for `slot`.
    pub fn open_with_device(
        bytes: &[u8],
        slot: SlotId,
        key: &DeviceKey,
    ) -> Result<Self, OpenError> {
        let parts = Parts::of(bytes)?;
        let data_key = parts
            .header
            .slots
            .iter()
            .find(|other| other.id() == slot)
            .filter(|slot| matches!(slot.method(), Method::Device { .. }))
            .ok_or(OpenError::NoSuchSlot)?
            .unwrap_by_device(key, parts.header.vault_id)
            .ok_or(OpenError::WrongDeviceKey)?;
        Self::open_body(parts, data_key)
    }

    fn open_body(parts: Parts<'_>, data_key: Key) -> Result<Self, OpenError> {
        let header = parts.header;
        let key_id = Header::key_id_for(&data_key, header.vault_id);
        if !bool::from(key_id.ct_eq(&header.key_id)) {
            return Err(OpenError::Damaged);
        }
        let mut text = Zeroizing::new(parts.ciphertext.to_vec());
        data_key
            .derive(&header.write_salt, BODY_LABEL, &[])
            .open(&parts.nonce, parts.associated, &mut text, &parts.tag)
            .map_err(|_| OpenError::Damaged)?;
        let body = Body::decode(&text)?;
        Ok(Self { header, data_key, body })
    }

    /// Seals the vault into the bytes of its next generation, under a fresh key and nonce.
    ///
    /// The bytes must be written, or the vault be replaced by a clone taken before: a generation
    /// counts as saved from here on.
    pub fn seal(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<Vec<u8>, SealError> {
        let generation =
            self.header.generation.checked_add(1).ok_or(SealError::NoMoreGenerations)?;
        let header = Header {
            // A file that a newer Holdfast wrote may hold what this one only carries along.
            written_by: self.header.written_by.max(FORMAT_VERSION),
            generation,
            written_at: now,
            write_salt: random_bytes(rng),
            ..self.header.clone()
        };
        self.body.trash.look(now);
        if self.header.generation > 0 {
            self.body.trail.add(self.header.generation, self.header.save_id());
        }
        let body_len = self.body.encoded_len();
        let stated_len = u32::try_from(body_len).map_err(|_| SealError::TooLarge)?;
        let mut out = header.encode(stated_len).ok_or(SealError::TooLarge)?;
        let associated = out.clone();
        let total = out.len() + NONCE_LEN + body_len + TAG_LEN;
        if total > MAX_FILE_LEN {
            return Err(SealError::TooLarge);
        }
        out.reserve_exact(total - out.len());
        let nonce = random_bytes(rng);
        out.extend_from_slice(&nonce);
        self.body.encode(&mut out);
        let body_key = self.data_key.derive(&header.write_salt, BODY_LABEL, &[]);
        let text = &mut out[associated.len() + NONCE_LEN..];
        match body_key.seal(&nonce, &associated, text) {
            Ok(tag) => out.extend_from_slice(&tag),
            Err(_) => {
                out.zeroize();
                return Err(SealError::TooLarge);
            }
        }
        self.header = header;
        Ok(out)
    }

    /// The generation last opened or sealed; 0 before the first.
    pub fn generation(&self) -> u64 {
        self.header.generation
    }

    /// The header of the generation last opened or sealed; its slots are those of now.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Adds another way of unlocking; takes effect with the next seal. A passphrase beside others costs
    /// no more than they leave of [`Cost::MAX_TOGETHER_KIB`].
    pub fn add_slot(
        &mut self,
        new: NewSlot<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<SlotId, SlotError> {
        let id = slot::free_id(&self.header.slots)?;
        let new = ways::affordable(&self.header.slots, new)?;
        let slot = Slot::wrap(&new, id, self.header.vault_id, &self.data_key, rng)?;
        self.header.slots.push(slot);
        Ok(id)
    }

    /// The slot that this passphrase opens, and what it costs; `None` where it opens none. Takes as long
    /// as [`Vault::open`].
    pub fn slot_of(&self, passphrase: &Passphrase) -> Result<Option<(SlotId, Cost)>, OpenError> {
        let fits = |key: &Key| bool::from(key.expose().ct_eq(self.data_key.expose()));
        match ways::unlock(&self.header.slots, self.header.vault_id, passphrase, fits) {
            Ok((slot, cost, _)) => Ok(Some((slot, cost))),
            Err(OpenError::WrongPassphrase | OpenError::NoPassphrase) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether this passphrase opens the vault. Takes as long as [`Vault::open`].
    pub fn opens_with(&self, passphrase: &Passphrase) -> Result<bool, OpenError> {
        Ok(self.slot_of(passphrase)?.is_some())
    }

    /// Makes a new data key that only `slots` open: for a changed passphrase or a removed slot.
    ///
    /// Once the next generation is written and the earlier files are deleted, nothing that opened
    /// the vault before opens it any more, unless it is among `slots`. A slot can be kept only by
    /// whoever can say its passphrase or its device's key again.
    pub fn rekey(
        &mut self,
        slots: &[NewSlot<'_>],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SlotError> {
        if !slots.iter().any(|slot| matches!(slot, NewSlot::Passphrase { .. })) {
            return Err(SlotError::NoPassphrase);
        }
        ways::check_together(slots)?;
        let vault_id = self.header.vault_id;
        let data_key = Key::random(rng);
        let mut wrapped = Vec::with_capacity(slots.len());
        for slot in slots {
            wrapped.push(Slot::wrap(slot, slot::free_id(&wrapped)?, vault_id, &data_key, rng)?);
        }
        self.header.key_id = Header::key_id_for(&data_key, vault_id);
        self.header.slots = wrapped;
        self.data_key = data_key;
        Ok(())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("header", &self.header)
            .field("entries", &self.body.entries.len())
            .field("quarantined", &self.body.quarantined.len())
            .finish_non_exhaustive()
    }
}
