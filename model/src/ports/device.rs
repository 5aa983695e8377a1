//! The device's own lock, and the store of keys that opens with it.

use crate::vault::DeviceKey;

/// The way to a key that the device's key store guards: it gives the key only after the person opened
/// the device's lock, by finger, face or PIN.
pub trait DeviceLock {
    /// Whether the store has a key of this name.
    fn holds(&self, name: &str) -> bool;

    /// Makes a key of this name in the store and wraps `key` with it. It asks the person.
    fn guard(&self, name: &str, key: &DeviceKey) -> Result<Vec<u8>, DeviceError>;

    /// Unwraps what [`DeviceLock::guard`] wrapped under this name. It asks the person.
    fn release(&self, name: &str, wrapped: &[u8]) -> Result<DeviceKey, DeviceError>;

    /// Destroys the key of this name: what it wrapped is lost.
    fn forget(&self, name: &str);
}

/// Why the device gave no key, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The person went back.
    #[error("The device's lock was not opened; try again, or use the passphrase.")]
    Declined,
    /// The lock was taken away or changed since, and the key with it.
    #[error(
        "The lock of this device was changed, and its key is gone with it; use the passphrase, then set \
         up unlocking with this device anew."
    )]
    Changed,
    /// Nobody needs to prove anything to use this device.
    #[error("This device has no lock of its own; set one in its settings first, then try again.")]
    NoLock,
    /// It does not work now.
    #[error("This device's key store does not answer; use the passphrase.")]
    Unusable,
}
