//! Opening a newer file of the same vault with the key at hand: another instance saved it.

use subtle::ConstantTimeEq;

use super::header::{Header, Parts};
use super::{OpenError, Vault};

/// Why a newer file does not open with the key at hand. The open vault stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReopenError {
    /// It is another vault, or its passphrase was changed.
    #[error(
        "Another vault or passphrase was put in place, so this was not saved; lock and unlock, then try \
         again."
    )]
    OtherKey,
    /// It cannot be opened with any key.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Vault {
    /// Opens the bytes of another generation of this vault, without the passphrase and at once.
    ///
    /// # Errors
    /// [`ReopenError::OtherKey`] where the passphrase has to be asked for again.
    pub fn reopen(&self, bytes: &[u8]) -> Result<Self, ReopenError> {
        let parts = Parts::of(bytes)?;
        let same_vault = parts.header.vault_id == self.header.vault_id;
        let key_id = Header::key_id_for(&self.data_key, parts.header.vault_id);
        if !same_vault || !bool::from(key_id.ct_eq(&parts.header.key_id)) {
            return Err(ReopenError::OtherKey);
        }
        Ok(Self::open_body(parts, self.data_key.clone())?)
    }
}
