//! For tests: what no change through the door can make. An entry spoiled as a worn disk would leave
//! it, and any content sealed with the right key, as another program could write it.

use rand_core::CryptoRng;

use super::entry::QuarantineReason;
use super::header::Header;
use super::key::random_bytes;
use super::{BODY_LABEL, EntryError, EntryId, Vault, record};

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

    /// The content as a save seals it: the secrets' key, the entries with their secrets sealed, what
    /// is in quarantine, and padding.
    pub fn content(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(self.body.encoded_len());
        self.body.encode(&mut content);
        content
    }

    /// A file of this generation with these bytes as its content; `None` where they are too many.
    pub fn seal_content(&self, content: &[u8], rng: &mut dyn CryptoRng) -> Option<Vec<u8>> {
        let header = Header { write_salt: random_bytes(rng), ..self.header.clone() };
        let mut file = header.encode(u32::try_from(content.len()).ok()?)?;
        let associated = file.clone();
        let (nonce, mut text) = (random_bytes(rng), content.to_vec());
        let key = self.data_key.derive(&header.write_salt, BODY_LABEL, &[]);
        let tag = key.seal(&nonce, &associated, &mut text).ok()?;
        file.extend_from_slice(&nonce);
        file.extend_from_slice(&text);
        file.extend_from_slice(&tag);
        Some(file)
    }
}
