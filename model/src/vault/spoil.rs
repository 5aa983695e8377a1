//! For tests: an entry spoiled as a worn disk would leave it, since no change through the door can
//! make one.

use super::entry::QuarantineReason;
use super::{EntryError, EntryId, Vault, record};

impl Vault {
    /// Cuts the end off the record of an entry, which is then in quarantine, here and after every
    /// save.
    ///
    /// # Errors
    /// [`EntryError::NotFound`].
    pub fn spoil(&mut self, id: EntryId) -> Result<(), EntryError> {
        let removed = self.remove(id)?;
        let mut bytes = Vec::new();
        record::encode(removed.entry(), &mut bytes);
        bytes.pop();
        self.body.quarantined.push(record::quarantine(&bytes, QuarantineReason::Malformed));
        Ok(())
    }
}
