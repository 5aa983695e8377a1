//! A slot: one way of unlocking, which wraps the data key.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::cost::{Cost, CostError};
use super::error::{OpenError, SlotError};
use super::fields::{Malformed, exactly, take, take_slice};
use super::header::VaultId;
use super::key::{KEY_LEN, Key, NONCE_LEN, TAG_LEN, random_bytes};
use super::passphrase::Passphrase;

/// The most slots a vault can have.
pub const MAX_SLOTS: usize = 8;

/// Longest wrapping of a device's key by its key store, in bytes.
const MAX_DEVICE_BLOB_LEN: usize = 4096;
const PASSPHRASE: u8 = 1;
const DEVICE: u8 = 2;
const SALT_LEN: usize = 16;
const WRAPPED_LEN: usize = KEY_LEN + TAG_LEN;
/// Slot id and kind.
const FRONT_LEN: usize = 2;
const LABEL: &str = "holdfast vault slot";

/// Names a slot within its vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u8);

/// One way of unlocking, as it stands in the header. Holds no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Slot {
    id: SlotId,
    kind: u8,
    parameters: Box<[u8]>,
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; WRAPPED_LEN],
}

/// What a slot asks of whoever wants to unlock it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method<'a> {
    /// A passphrase, stretched at this cost; the cost a file states may be out of bounds.
    Passphrase {
        /// Argon2id parameters.
        cost: Result<Cost, CostError>,
    },
    /// A key that this device's key store guards.
    Device {
        /// Under what name the key store knows it.
        name: &'a str,
        /// The slot's key, wrapped by the key store; empty where the store keeps the key itself.
        blob: &'a [u8],
    },
    /// A kind of slot that this version does not know; kept as it is.
    Unknown,
}

/// The 256-bit key of a device slot; erased when dropped, never printed.
#[derive(Clone)]
pub struct DeviceKey(Key);

/// A way of unlocking that is to be made.
#[derive(Clone, Copy, Debug)]
pub enum NewSlot<'a> {
    /// By passphrase.
    Passphrase {
        /// What the person typed; not empty.
        passphrase: &'a Passphrase,
        /// How dear a guess is to be.
        cost: Cost,
    },
    /// By a key that this device's key store guards.
    Device {
        /// Under what name the key store knows it, at most 255 bytes.
        name: &'a str,
        /// The key as wrapped by the key store, at most 4,096 bytes; may be empty.
        blob: &'a [u8],
        /// The key itself.
        key: &'a DeviceKey,
    },
}

impl DeviceKey {
    /// A new random key, for a device slot.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Key::random(rng))
    }

    /// The key that the device's key store gave back.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        Self(Key::from_bytes(bytes))
    }

    /// The key, for the key store to guard.
    pub fn expose(&self) -> &[u8; KEY_LEN] {
        self.0.expose()
    }
}

impl Slot {
    /// Names the slot within its vault.
    pub fn id(&self) -> SlotId {
        self.id
    }

    /// What the slot asks.
    pub fn method(&self) -> Method<'_> {
        match self.kind {
            PASSPHRASE => {
                self.stretching().map_or(Method::Unknown, |(cost, _)| Method::Passphrase { cost })
            }
            DEVICE => self.device().unwrap_or(Method::Unknown),
            _ => Method::Unknown,
        }
    }

    /// Makes a slot that wraps `data_key`.
    pub(super) fn wrap(
        new: &NewSlot<'_>,
        id: SlotId,
        vault: VaultId,
        data_key: &Key,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, SlotError> {
        let (kind, parameters, key) = match new {
            NewSlot::Passphrase { passphrase, cost } => {
                if passphrase.is_empty() {
                    return Err(SlotError::EmptyPassphrase);
                }
                let salt = random_bytes(rng);
                let key = Key::stretch(passphrase, &salt, *cost);
                let key = key.map_err(|_| SlotError::OutOfMemory)?;
                (PASSPHRASE, stretching_parameters(*cost, &salt), key)
            }
            NewSlot::Device { name, blob, key } => {
                (DEVICE, device_parameters(name, blob)?, key.0.clone())
            }
        };
        let nonce = random_bytes(rng);
        let mut slot = Self { id, kind, parameters, nonce, wrapped: [0; WRAPPED_LEN] };
        let mut text = Zeroizing::new(data_key.expose().to_vec());
        let tag = slot_key(&key, vault)
            .seal(&nonce, &slot.associated(vault), &mut text)
            .map_err(|_| SlotError::TooLong)?;
        slot.wrapped[..KEY_LEN].copy_from_slice(&text);
        slot.wrapped[KEY_LEN..].copy_from_slice(&tag);
        Ok(slot)
    }

    /// Unwraps the data key with a passphrase; `Ok(None)` where it does not fit.
    pub(super) fn unwrap_by_passphrase(
        &self,
        passphrase: &Passphrase,
        vault: VaultId,
    ) -> Result<Option<Key>, OpenError> {
        let Some((cost, salt)) = self.stretching() else { return Ok(None) };
        let key = Key::stretch(passphrase, &salt, cost?).map_err(|_| OpenError::OutOfMemory)?;
        Ok(self.unwrap_by(&key, vault))
    }

    /// Unwraps the data key with a device's key.
    pub(super) fn unwrap_by_device(&self, key: &DeviceKey, vault: VaultId) -> Option<Key> {
        self.unwrap_by(&key.0, vault)
    }

    fn unwrap_by(&self, key: &Key, vault: VaultId) -> Option<Key> {
        let (text, tag) = self.wrapped.split_last_chunk::<TAG_LEN>()?;
        let mut data_key = Zeroizing::new(text.to_vec());
        slot_key(key, vault).open(&self.nonce, &self.associated(vault), &mut data_key, tag).ok()?;
        Key::from_slice(&data_key)
    }

    /// Vault, slot id, kind and parameters.
    fn associated(&self, vault: VaultId) -> Vec<u8> {
        let mut bytes = vault.0.to_vec();
        bytes.extend_from_slice(&[self.id.0, self.kind]);
        bytes.extend_from_slice(&self.parameters);
        bytes
    }

    fn stretching(&self) -> Option<(Result<Cost, CostError>, [u8; SALT_LEN])> {
        if self.kind != PASSPHRASE {
            return None;
        }
        let mut rest: &[u8] = &self.parameters;
        let mut number = || take(&mut rest).map(u32::from_be_bytes).ok();
        let cost = Cost::new(number()?, number()?, number()?);
        Some((cost, exactly(rest).ok()?))
    }

    fn device(&self) -> Option<Method<'_>> {
        let mut rest: &[u8] = &self.parameters;
        let [length] = take(&mut rest).ok()?;
        let name = std::str::from_utf8(take_slice(&mut rest, length.into()).ok()?).ok()?;
        Some(Method::Device { name, blob: rest })
    }

    /// Appends the slot as it stands in the header.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let length = FRONT_LEN + self.parameters.len() + NONCE_LEN + WRAPPED_LEN;
        // Parameters are bounded where slots are made or read.
        out.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&[self.id.0, self.kind]);
        out.extend_from_slice(&self.parameters);
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.wrapped);
    }

    /// Takes a slot off the front of the header's rest.
    pub(super) fn decode(rest: &mut &[u8]) -> Result<Self, Malformed> {
        let length = u16::from_be_bytes(take(rest)?);
        let mut bytes = take_slice(rest, length.into())?;
        let [id, kind] = take(&mut bytes)?;
        let parameters = bytes.len().checked_sub(NONCE_LEN + WRAPPED_LEN).ok_or(Malformed)?;
        let parameters = Box::from(take_slice(&mut bytes, parameters)?);
        let nonce = take(&mut bytes)?;
        Ok(Self { id: SlotId(id), kind, parameters, nonce, wrapped: exactly(bytes)? })
    }
}

/// The first `SlotId` that no slot of `taken` has.
pub(super) fn free_id(taken: &[Slot]) -> Result<SlotId, SlotError> {
    if taken.len() >= MAX_SLOTS {
        return Err(SlotError::TooMany);
    }
    (1..=u8::MAX)
        .map(SlotId)
        .find(|id| taken.iter().all(|slot| slot.id != *id))
        .ok_or(SlotError::TooMany)
}

fn slot_key(key: &Key, vault: VaultId) -> Key {
    key.derive(&vault.0, LABEL, &[])
}

fn stretching_parameters(cost: Cost, salt: &[u8; SALT_LEN]) -> Box<[u8]> {
    let numbers = [cost.memory_kib(), cost.passes(), cost.lanes()];
    let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
    numbers.chain(salt.iter().copied()).collect()
}

fn device_parameters(name: &str, blob: &[u8]) -> Result<Box<[u8]>, SlotError> {
    let length = u8::try_from(name.len()).map_err(|_| SlotError::TooLong)?;
    if blob.len() > MAX_DEVICE_BLOB_LEN {
        return Err(SlotError::TooLong);
    }
    Ok([&[length], name.as_bytes(), blob].concat().into())
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("id", &self.id)
            .field("method", &self.method())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(redacted)")
    }
}
