//! Unlocking with the device's own lock, beside the passphrase.

use rand_core::CryptoRng;

use crate::msg::{OnDisk, OpenFailure, PassphraseFailure};
use crate::ports::{DeviceError, DeviceLock, Expected, Ports, SaveError, Stamp};
use crate::rekey::{Next, rekey};
use crate::unlock::Found;
use crate::vault::{
    DeviceKey, Header, Method, NewSlot, OpenError, Passphrase, ReopenError, SealError, SlotError,
    SlotId, Vault,
};
use crate::{SecretText, Ticket, msg};

/// What happens about the device's lock: part of [`crate::Msg`].
#[derive(Debug)]
pub enum DeviceMsg {
    /// Answers [`crate::Effect::FindDevice`].
    Found {
        /// Whether this device has a store of keys.
        is_there: bool,
        /// Whether one of them opens the vault.
        opens: bool,
    },
    /// Open the vault with the device's lock.
    Unlock,
    /// Let the device's lock open the vault from now on; or open the page on which it is taken away.
    Set(bool),
    /// Take the device's way into the vault away, with the passphrase.
    TakeAway(SecretText),
    /// Answers [`crate::Effect::SetDevice`] and [`crate::Effect::TakeDeviceAway`].
    IsSet {
        /// The effect's.
        ticket: Ticket,
        /// What the device's lock does from now on.
        on: bool,
        /// The vault with its new ways in, already on disk.
        outcome: Result<OnDisk, DeviceFailure>,
    },
}

/// Why the device's lock does what it did before, as the person reads it.
#[derive(Debug, thiserror::Error)]
pub enum DeviceFailure {
    /// The device gave no key.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The file could not be read.
    #[error(transparent)]
    Load(#[from] OpenFailure),
    /// The file is another vault by now.
    #[error(transparent)]
    Reopen(#[from] ReopenError),
    /// It is a copy that is not built on what is open.
    #[error(
        "Another copy was put in the place of the vault file, so nothing was changed; go back, and answer \
         what is asked there."
    )]
    Parted,
    /// There is no room for another way in.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// There is no new key for the vault.
    #[error(transparent)]
    Rekey(PassphraseFailure),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// A way into the vault by a device's key.
struct Way {
    slot: SlotId,
    name: String,
    wrapped: Vec<u8>,
}

/// Those of this device.
fn ways(header: &Header, lock: &dyn DeviceLock) -> Vec<Way> {
    let mut found = Vec::new();
    for slot in header.slots() {
        if let Method::Device { name, blob } = slot.method()
            && lock.holds(name)
        {
            found.push(Way { slot: slot.id(), name: name.to_owned(), wrapped: blob.to_vec() });
        }
    }
    found
}

/// Whether this device has a store of keys, and whether one of them opens the vault that is here.
pub(crate) fn find(ports: &impl Ports) -> DeviceMsg {
    let Some(lock) = ports.device_lock() else {
        return DeviceMsg::Found { is_there: false, opens: false };
    };
    let sealed = ports.storage().load().ok().flatten();
    let header = sealed.and_then(|sealed| crate::vault::header_of(&sealed).ok());
    let opens = header.is_some_and(|header| !ways(&header, lock).is_empty());
    DeviceMsg::Found { is_there: true, opens }
}

/// Opens the vault with the device's key.
pub(crate) fn open(ports: &impl Ports) -> Result<OnDisk, OpenFailure> {
    let lock = ports.device_lock().ok_or(DeviceError::Unusable)?;
    let header = crate::vault::header_of(&Found::read(ports.storage(), ports.memos())?.sealed)
        .map_err(OpenFailure::Open)?;
    let mut outcome = OpenFailure::Open(OpenError::NoSuchSlot);
    for way in ways(&header, lock) {
        let key = lock.release(&way.name, &way.wrapped)?;
        // The person may have taken minutes: the file is read anew.
        let found = Found::read(ports.storage(), ports.memos())?;
        match Vault::open_with_device(&found.sealed, way.slot, &key) {
            Ok(vault) => {
                let (storage, memos) = (ports.storage(), ports.memos());
                let by = msg::OpenedBy::Device;
                return Ok(found.opened(vault, by, storage, memos, ports.clock().now()));
            }
            Err(error) => outcome = OpenFailure::of(error, ports.storage()),
        }
    }
    Err(outcome)
}

/// Lets the device's lock open the vault, and saves that.
pub(crate) fn set(ports: &impl Ports, vault: &Vault) -> Result<OnDisk, DeviceFailure> {
    let lock = ports.device_lock().ok_or(DeviceError::Unusable)?;
    let mut rng = ports.rng();
    let new = make(lock, &mut *rng)?;
    let saved = add(ports, lock, vault, &new, &mut *rng);
    if saved.is_err() {
        lock.forget(&new.0);
    }
    saved
}

/// Takes the device's way into the vault away: a new data key, which the passphrase alone opens.
pub(crate) fn take_away(
    ports: &impl Ports,
    vault: &Vault,
    passphrase: &Passphrase,
) -> Result<OnDisk, DeviceFailure> {
    rekey(ports, vault, Next::Same(passphrase)).map_err(|failure| match failure {
        PassphraseFailure::WrongPassphrase => OpenFailure::Open(OpenError::WrongPassphrase).into(),
        PassphraseFailure::Parted => DeviceFailure::Parted,
        other => DeviceFailure::Rekey(other),
    })
}

/// Destroys those of this device's keys of which a way into `before` is none into the file of now.
pub(crate) fn forget_what_is_gone(ports: &impl Ports, before: &Header) {
    let Some(lock) = ports.device_lock() else { return };
    let sealed = ports.storage().load().ok().flatten();
    let Some(now) = sealed.and_then(|sealed| crate::vault::header_of(&sealed).ok()) else { return };
    let left = ways(&now, lock);
    for way in ways(before, lock) {
        if !left.iter().any(|left| left.name == way.name) {
            lock.forget(&way.name);
        }
    }
}

/// A new key, its name in the store, and what the store made of it.
fn make(
    lock: &dyn DeviceLock,
    rng: &mut dyn CryptoRng,
) -> Result<(String, Vec<u8>, DeviceKey), DeviceError> {
    // A copy of the vault on another device has that device's ways in it as well.
    let name = format!("holdfast-{:016x}", rng.next_u64());
    let key = DeviceKey::generate(rng);
    let wrapped = lock.guard(&name, &key)?;
    Ok((name, wrapped, key))
}

fn add(
    ports: &impl Ports,
    lock: &dyn DeviceLock,
    vault: &Vault,
    (name, blob, key): &(String, Vec<u8>, DeviceKey),
    rng: &mut dyn CryptoRng,
) -> Result<OnDisk, DeviceFailure> {
    let Found { sealed: before, kept } = Found::read(ports.storage(), ports.memos())?;
    let open = vault.header().save_point();
    let mut vault = vault.reopen(&before)?;
    if !vault.descends_from(open) {
        return Err(DeviceFailure::Parted);
    }
    let now = ports.clock().now();
    let mut memo = vault.memo(kept.as_deref(), now);
    let former = ways(vault.header(), lock);
    vault.add_slot(NewSlot::Device { name, blob, key }, rng)?;
    let sealed = vault.seal(now, rng)?;
    ports.storage().save(&sealed, Expected::Stamped(Stamp::of(&before)))?;
    // One that was here before opened nothing any more, or it would not be set up anew. Its slot stays
    // until the next new data key: the key that opened it is destroyed.
    for way in former.iter().filter(|way| way.name != *name) {
        lock.forget(&way.name);
    }
    memo.saw(&vault);
    let forgetful = ports.memos().keep(&vault.seal_memo(&memo)).err();
    let (stamp, opened_by) = (Stamp::of(&sealed), msg::OpenedBy::Passphrase);
    let copies = Box::default();
    Ok(OnDisk { vault: Box::new(vault), stamp, memo, opened_by, forgetful, copies })
}

/// Destroys the keys by which this device opened the vault.
pub(crate) fn forget(ports: &impl Ports, vault: &Vault) {
    if let Some(lock) = ports.device_lock() {
        for way in ways(vault.header(), lock) {
            lock.forget(&way.name);
        }
    }
}
