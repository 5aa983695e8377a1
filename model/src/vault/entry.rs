//! An account in the vault: everything about it but the secret, which stays sealed.

use std::fmt;

use holdfast_otp::{Kind, MAX_SECRET_BYTES, Parameters, Secret, UnixTime};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::care::RareCare;
use super::error::EntryError;
use super::fields::Unknown;
use super::header::VaultId;
use super::key::{Key, NONCE_LEN, TAG_LEN, random_bytes};
use super::record;

/// The longest issuer or account name, in bytes of UTF-8.
pub const MAX_NAME_LEN: usize = 1024;

/// Names an entry for as long as it lives; random, so it says nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub(super) [u8; 16]);

/// An account. Fields are read; changes go through [`Vault`](super::Vault).
#[derive(Clone)]
#[non_exhaustive]
pub struct Entry {
    /// Names the entry for as long as it lives.
    pub id: EntryId,
    /// The service, as its barcode or the person named it.
    pub issuer: Option<String>,
    /// The person's name with that service.
    pub account: String,
    /// How codes are made from the secret.
    pub parameters: Parameters,
    /// When the entry was added.
    pub added_at: UnixTime,
    /// What is known of it beside its codes.
    pub care: RareCare,
    pub(super) sealed: Option<SealedSecret>,
    pub(super) unknown: Unknown,
}

/// What is needed for a new entry, besides its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The service; an empty name counts as none.
    pub issuer: Option<String>,
    /// The person's name with that service.
    pub account: String,
    /// How codes are made from the secret.
    pub parameters: Parameters,
}

/// A removed entry, sealed secret and place in the order included, for undo. Erased when dropped.
#[derive(Clone, Debug)]
pub struct Removed {
    pub(super) vault: VaultId,
    pub(super) entry: Entry,
    pub(super) place: usize,
}

/// An entry that this Holdfast cannot read. It is kept in every save, byte for byte.
#[derive(Clone)]
pub struct Quarantined {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) reason: QuarantineReason,
    pub(super) label: Option<Zeroizing<String>>,
}

/// Why an entry is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuarantineReason {
    /// The record does not follow the format.
    #[error("This entry is damaged; it is kept as it is, and the account must be enrolled again.")]
    Malformed,
    /// A kind or algorithm of a later version.
    #[error("This entry needs a newer Holdfast; it is kept as it is.")]
    Newer,
    /// Another entry before it has the same identity.
    #[error("This entry appears twice; the second copy is kept aside.")]
    Duplicate,
}

impl EntryId {
    /// Reads what `Display` wrote: 32 hexadecimal digits.
    pub fn parse(hex: &str) -> Option<Self> {
        (hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u128::from_str_radix(hex, 16).ok())
            .flatten()
            .map(|number| Self(number.to_be_bytes()))
    }
}

impl EntryId {
    /// The first four bytes: enough for the phone that holds the entry to know it again.
    pub(crate) fn mark(self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.0;
        [a, b, c, d]
    }
}

impl Entry {
    /// Whether the entry holds a secret; one without waits for re-enrolment.
    pub fn has_secret(&self) -> bool {
        self.sealed.is_some()
    }
}

impl Removed {
    /// The entry that was removed.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }
}

impl Quarantined {
    /// Why it cannot be read.
    pub fn reason(&self) -> QuarantineReason {
        self.reason
    }

    /// Issuer and account, as far as they can be made out.
    pub fn label(&self) -> Option<&str> {
        self.label.as_ref().map(|label| label.as_str())
    }

    /// The record as it stands in the vault; its secret is sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A secret under its own key: salt (16), nonce (12), ciphertext, tag (16).
#[derive(Clone)]
pub(super) struct SealedSecret(Box<[u8]>);

const SALT_LEN: usize = 16;
const FRONT_LEN: usize = SALT_LEN + NONCE_LEN;
const LABEL: &str = "holdfast vault secret";

impl SealedSecret {
    /// Accepts bytes of a length that a secret can have; opening tells the rest.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text_len = bytes.len().checked_sub(FRONT_LEN + TAG_LEN)?;
        (1..=MAX_SECRET_BYTES).contains(&text_len).then(|| Self(Box::from(bytes)))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Seals `secret` for one entry of one vault and for its parameters.
    pub(super) fn seal(
        secret: &Secret,
        secrets_key: &Key,
        owner: &Owner,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, EntryError> {
        let salt: [u8; SALT_LEN] = random_bytes(rng);
        let nonce: [u8; NONCE_LEN] = random_bytes(rng);
        let text = secret.expose();
        let mut bytes = Vec::with_capacity(FRONT_LEN + text.len() + TAG_LEN);
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(text);
        let key = secrets_key.derive(&salt, LABEL, &owner.entry.0);
        match key.seal(&nonce, &owner.associated(), &mut bytes[FRONT_LEN..]) {
            Ok(tag) => bytes.extend_from_slice(&tag),
            Err(_) => {
                bytes.zeroize();
                return Err(EntryError::Damaged);
            }
        }
        Ok(Self(bytes.into_boxed_slice()))
    }

    /// Opens the secret, if it belongs to this owner.
    pub(super) fn open(&self, secrets_key: &Key, owner: &Owner) -> Result<Secret, EntryError> {
        let (salt, nonce, text, tag) = self.parts().ok_or(EntryError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        secrets_key
            .derive(salt, LABEL, &owner.entry.0)
            .open(nonce, &owner.associated(), &mut text, tag)
            .map_err(|_| EntryError::Damaged)?;
        Secret::from_bytes(&text).map_err(|_| EntryError::Damaged)
    }

    fn parts(&self) -> Option<SecretParts<'_>> {
        let (salt, rest) = self.0.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (text, tag) = rest.split_last_chunk()?;
        Some((salt, nonce, text, tag))
    }
}

/// Salt, nonce, ciphertext and tag of a sealed secret.
type SecretParts<'a> = (&'a [u8; SALT_LEN], &'a [u8; NONCE_LEN], &'a [u8], &'a [u8; TAG_LEN]);

/// Whose secret it is: the associated data of a sealed secret.
pub(super) struct Owner {
    pub(super) vault: VaultId,
    pub(super) entry: EntryId,
    pub(super) parameters: Parameters,
}

impl Owner {
    /// Vault, entry and parameters; not the counter, which moves without the secret being opened.
    fn associated(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + 16 + record::PARAMETERS_LEN);
        bytes.extend_from_slice(&self.vault.0);
        bytes.extend_from_slice(&self.entry.0);
        bytes.extend_from_slice(&record::encode_parameters(&self.parameters));
        bytes
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.issuer.zeroize();
        self.account.zeroize();
        if let Kind::Hotp { counter } = &mut self.parameters.kind {
            counter.zeroize();
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({self})")
    }
}

/// Names of services and people are private too: only the identity and the parameters are shown.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("parameters", &self.parameters)
            .field("has_secret", &self.has_secret())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantined").field("reason", &self.reason).finish_non_exhaustive()
    }
}
