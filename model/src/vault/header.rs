//! The part of the file that is read without a key: versions, generation, slots, checksum.

use std::fmt;

use holdfast_otp::UnixTime;
use sha2::{Digest, Sha256};

use super::error::OpenError;
use super::fields::{Malformed, Reader, Unknown, exactly, take};
use super::key::{KEY_LEN, Key, NONCE_LEN, TAG_LEN};
use super::slot::{MAX_SLOTS, Slot};

/// The first bytes of every vault.
pub const MAGIC: [u8; 8] = *b"Holdfast";
/// The format version that this crate writes.
pub const FORMAT_VERSION: u16 = 1;
/// The largest vault file, in bytes: 64 MiB, more than a hundred thousand entries.
pub const MAX_FILE_LEN: usize = 64 * 1024 * 1024;

/// Magic, format version, least reader version, header length: the same in every version.
const PRELUDE_LEN: usize = 16;
const CHECKSUM_LEN: usize = 32;
const MAX_HEADER_LEN: usize = 64 * 1024;
const KEY_ID_LABEL: &str = "holdfast vault key id";

/// Names a vault for as long as it lives; random, so it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultId(pub(super) [u8; 16]);

impl VaultId {
    /// Its 16 bytes, as they stand in the file.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// What a vault file says about itself to everyone. Only opening the vault proves it true.
#[derive(Clone)]
pub struct Header {
    pub(super) written_by: u16,
    pub(super) reader_needed: u16,
    pub(super) vault_id: VaultId,
    pub(super) generation: u64,
    pub(super) written_at: UnixTime,
    pub(super) write_salt: [u8; 32],
    pub(super) key_id: [u8; KEY_LEN],
    pub(super) slots: Vec<Slot>,
    pub(super) unknown: Unknown,
}

/// Reads the header of a vault file without a key, and checks that the file has the length that
/// the header states. The storage layer orders files by it.
pub fn header_of(bytes: &[u8]) -> Result<Header, OpenError> {
    Parts::of(bytes).map(|parts| parts.header)
}

impl Header {
    /// Names the vault for as long as it lives.
    pub fn vault_id(&self) -> VaultId {
        self.vault_id
    }

    /// Counts the saves of this vault, from 1.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// When this generation was written, by the clock of the device that wrote it.
    pub fn written_at(&self) -> UnixTime {
        self.written_at
    }

    /// The format version that wrote the file.
    pub fn format_version(&self) -> u16 {
        self.written_by
    }

    /// The ways of unlocking.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Whether both files are sealed under one data key. Where not, a passphrase was changed or a
    /// slot removed between them, and the older file must be deleted, not kept as the previous one.
    pub fn has_same_key_as(&self, other: &Header) -> bool {
        self.vault_id == other.vault_id && self.key_id == other.key_id
    }

    /// A fingerprint of the data key: it changes whenever the vault is re-keyed, and it ties the
    /// slots to one key, so that no slot can be made to open to another.
    pub(super) fn key_id_for(data_key: &Key, vault: VaultId) -> [u8; KEY_LEN] {
        *data_key.derive(&vault.0, KEY_ID_LABEL, &[]).expose()
    }

    /// Prelude and header, up to the body's nonce. `None` where the header would be too long.
    pub(super) fn encode(&self, body_len: u32) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&self.written_by.to_be_bytes());
        out.extend_from_slice(&self.reader_needed.to_be_bytes());
        out.extend_from_slice(&[0; 4]); // The length, known below.
        out.extend_from_slice(&self.vault_id.0);
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.extend_from_slice(&self.written_at.0.to_be_bytes());
        out.extend_from_slice(&self.write_salt);
        out.extend_from_slice(&self.key_id);
        out.extend_from_slice(&body_len.to_be_bytes());
        out.push(u8::try_from(self.slots.len()).ok()?);
        for slot in &self.slots {
            slot.encode(&mut out);
        }
        out.extend_from_slice(self.unknown.as_bytes());
        let length = out.len() - PRELUDE_LEN + CHECKSUM_LEN;
        if length > MAX_HEADER_LEN {
            return None;
        }
        out[12..PRELUDE_LEN].copy_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
        let checksum = Sha256::digest(&out);
        out.extend_from_slice(&checksum);
        Some(out)
    }
}

/// A vault file taken apart; nothing in it is proved yet.
pub(super) struct Parts<'a> {
    pub(super) header: Header,
    /// Every byte before the nonce: the associated data of the body.
    pub(super) associated: &'a [u8],
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: [u8; TAG_LEN],
}

impl<'a> Parts<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, OpenError> {
        if bytes.len() > MAX_FILE_LEN {
            return Err(OpenError::TooLarge);
        }
        let (written_by, reader_needed, header_len) = prelude(bytes)?;
        if !(CHECKSUM_LEN..=MAX_HEADER_LEN).contains(&header_len) {
            return Err(OpenError::Damaged);
        }
        let (associated, rest) =
            bytes.split_at_checked(PRELUDE_LEN + header_len).ok_or(OpenError::CutShort)?;
        let (checked, checksum) = associated.split_at(associated.len() - CHECKSUM_LEN);
        // The checksum comes first: a flipped bit must not look like a newer version or a wrong
        // passphrase. It proves nothing against an attacker; the body's tag does.
        if Sha256::digest(checked).as_slice() != checksum {
            return Err(OpenError::Damaged);
        }
        if reader_needed > FORMAT_VERSION {
            return Err(OpenError::NewerVersion { written: written_by, needed: reader_needed });
        }
        let (header, body_len) = decode(written_by, reader_needed, &checked[PRELUDE_LEN..])?;
        let expected = NONCE_LEN + body_len + TAG_LEN;
        if rest.len() < expected {
            return Err(OpenError::CutShort);
        }
        if rest.len() > expected {
            return Err(OpenError::TooLong);
        }
        let mut rest = rest;
        let nonce = take(&mut rest)?;
        let (ciphertext, tag) = rest.split_at(body_len);
        Ok(Self { header, associated, nonce, ciphertext, tag: exactly(tag)? })
    }
}

/// Format version, least reader version, header length.
fn prelude(bytes: &[u8]) -> Result<(u16, u16, usize), OpenError> {
    if !bytes.iter().zip(&MAGIC).all(|(is, should)| is == should) {
        return Err(OpenError::NotAVault);
    }
    let mut rest = bytes.get(MAGIC.len()..PRELUDE_LEN).ok_or(OpenError::CutShort)?;
    let written_by = u16::from_be_bytes(take(&mut rest)?);
    let reader_needed = u16::from_be_bytes(take(&mut rest)?);
    let header_len = u32::from_be_bytes(take(&mut rest)?);
    Ok((written_by, reader_needed, header_len as usize))
}

/// The header after its checksum was found right, and the length of the body.
fn decode(
    written_by: u16,
    reader_needed: u16,
    mut rest: &[u8],
) -> Result<(Header, usize), Malformed> {
    if written_by == 0 || reader_needed == 0 || reader_needed > written_by {
        return Err(Malformed);
    }
    let vault_id = VaultId(take(&mut rest)?);
    let generation = u64::from_be_bytes(take(&mut rest)?);
    let written_at = UnixTime(u64::from_be_bytes(take(&mut rest)?));
    let write_salt = take(&mut rest)?;
    let key_id = take(&mut rest)?;
    let body_len = u32::from_be_bytes(take(&mut rest)?) as usize;
    let [count] = take(&mut rest)?;
    if count == 0 || usize::from(count) > MAX_SLOTS {
        return Err(Malformed);
    }
    let mut slots: Vec<Slot> = Vec::with_capacity(count.into());
    for _ in 0..count {
        let slot = Slot::decode(&mut rest)?;
        if slots.iter().any(|other| other.id() == slot.id()) {
            return Err(Malformed);
        }
        slots.push(slot);
    }
    let mut unknown = Unknown::default();
    let mut fields = Reader::new(rest);
    while let Some((tag, value)) = fields.next_field()? {
        unknown.keep(tag, value);
    }
    let header = Header {
        written_by,
        reader_needed,
        vault_id,
        generation,
        written_at,
        write_salt,
        key_id,
        slots,
        unknown,
    };
    Ok((header, body_len))
}

impl From<Malformed> for OpenError {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("vault_id", &self.vault_id)
            .field("generation", &self.generation)
            .field("written_at", &self.written_at)
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}
