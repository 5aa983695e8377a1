//! A server's time as the text of a barcode, proved with the secret of one account, so that a phone
//! without a network can tell how far its clock is off (spec P5; `docs/time-barcode.md`).

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secret::{ALPHABET, value_of};
use crate::{Secret, UnixTime};

/// What the text of a time barcode begins with; its case does not count.
pub const PREFIX: &str = "HOLDFAST-TIME:";

/// The version that is written, and the newest that is read.
const VERSION: u8 = 1;
/// The versions that there may ever be end here, and none is shorter than this one: anything else was
/// misread, or is none. A reader that took it for a newer kind would send people to look for an update.
const LAST_VERSION: u8 = 7;
/// Binds the derived key to this use: no other key of the secret has this label.
const LABEL: &[u8] = b"holdfast time barcode";

const MAC_LEN: usize = 16;
/// Version (1) and time (8): what is proved.
const PROVED_LEN: usize = 9;
const LEN: usize = PROVED_LEN + MAC_LEN;
/// Letters of base32 for [`LEN`] bytes: no bit is left over.
const LETTERS: usize = LEN * 8 / 5;

/// A time barcode as it was read or made. It gives its time only to whoever has the secret that
/// proves it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeBarcode {
    time: UnixTime,
    mac: [u8; MAC_LEN],
}

/// Why a text is no time barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeBarcodeError {
    /// It does not begin with [`PREFIX`].
    #[error("This is not a time barcode; open the clock page of the service and scan that.")]
    NotOne,
    /// Made by a later version than this one can read.
    #[error("This time barcode is of a newer kind; update Holdfast on this device first.")]
    Newer,
    /// It begins like one and is none.
    #[error("This time barcode was not read right; hold still and scan it again.")]
    Damaged,
}

/// The secret is shorter than [`crate::secret::SHORT_BITS`]. A time barcode lets whoever sees it try
/// secrets without asking the server, so one is made and believed only under a secret that nobody can
/// guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This account's key is too short to prove the time; set it up anew.")]
pub struct SecretTooShort;

impl TimeBarcode {
    /// The barcode of a moment, in whole seconds. The same second gives the same barcode, so asking
    /// for it often teaches nothing.
    ///
    /// # Errors
    /// [`SecretTooShort`].
    pub fn make(secret: &Secret, now: UnixTime) -> Result<Self, SecretTooShort> {
        if secret.is_short() {
            return Err(SecretTooShort);
        }
        let whole = proof(secret, now).ok_or(SecretTooShort)?.finalize().into_bytes();
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(&whole[..MAC_LEN]);
        Ok(Self { time: now, mac })
    }

    /// Reads the text of a barcode. Whether its time is to be believed only
    /// [`TimeBarcode::time_by`] says.
    ///
    /// # Errors
    /// A [`TimeBarcodeError`].
    pub fn parse(text: &str) -> Result<Self, TimeBarcodeError> {
        let letters = after_prefix(text.trim()).ok_or(TimeBarcodeError::NotOne)?;
        if letters.chars().any(|letter| value_of(letter).is_none()) {
            return Err(TimeBarcodeError::Damaged);
        }
        let bytes: [u8; LEN] = bytes_of(letters).ok_or(TimeBarcodeError::Damaged)?;
        match bytes[0] {
            VERSION if letters.len() == LETTERS => {}
            version if version > VERSION && version <= LAST_VERSION => {
                return Err(TimeBarcodeError::Newer);
            }
            _ => return Err(TimeBarcodeError::Damaged),
        }
        let (mut time, mut mac) = ([0; 8], [0; MAC_LEN]);
        time.copy_from_slice(&bytes[1..PROVED_LEN]);
        mac.copy_from_slice(&bytes[PROVED_LEN..]);
        Ok(Self { time: UnixTime(u64::from_be_bytes(time)), mac })
    }

    /// Its time, if it was made under this secret; compared in constant time (requirement row 15).
    pub fn time_by(&self, secret: &Secret) -> Option<UnixTime> {
        if secret.is_short() {
            return None;
        }
        proof(secret, self.time)?.verify_truncated_left(&self.mac).ok()?;
        Some(self.time)
    }

    /// The text of the barcode: [`PREFIX`] and 40 letters of base32.
    pub fn to_text(&self) -> String {
        let mut bytes = [0; LEN];
        bytes[..PROVED_LEN].copy_from_slice(&proved(self.time));
        bytes[PROVED_LEN..].copy_from_slice(&self.mac);
        let mut text = String::with_capacity(PREFIX.len() + LETTERS);
        text.push_str(PREFIX);
        for group in bytes.chunks(5) {
            let number = group.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            let digits = (0..8).rev().map(|place| (number >> (5 * place)) as usize & 31);
            text.extend(digits.map(|digit| char::from(ALPHABET[digit])));
        }
        text
    }
}

/// Whether a text claims to be a time barcode, of whatever version.
pub fn is_one(text: &str) -> bool {
    after_prefix(text.trim_start()).is_some()
}

impl fmt::Debug for TimeBarcode {
    /// Not its time either: nobody has proved it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeBarcode(unproved)")
    }
}

fn after_prefix(text: &str) -> Option<&str> {
    let (start, rest) = text.split_at_checked(PREFIX.len())?;
    start.eq_ignore_ascii_case(PREFIX).then_some(rest)
}

fn proved(time: UnixTime) -> [u8; PROVED_LEN] {
    let mut bytes = [VERSION; PROVED_LEN];
    bytes[1..].copy_from_slice(&time.0.to_be_bytes());
    bytes
}

/// HMAC-SHA-256 over version and time, under HKDF-SHA-256 of the secret (RFC 5869, no salt). `None`
/// stands for lengths that neither function refuses.
fn proof(secret: &Secret, time: UnixTime) -> Option<Hmac<Sha256>> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret.expose()).expand(LABEL, &mut *key).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&*key).ok()?;
    mac.update(&proved(time));
    Some(mac)
}

/// The `N` bytes at the start of base32 letters; bits beyond them do not count. `None` where a letter
/// is none, or there are too few.
fn bytes_of<const N: usize>(letters: &str) -> Option<[u8; N]> {
    let (mut bytes, mut filled) = ([0; N], 0);
    let (mut pending, mut bits) = (0u16, 0);
    for letter in letters.chars() {
        pending = pending << 5 | u16::from(value_of(letter)?);
        bits += 5;
        if bits >= 8 && filled < N {
            bits -= 8;
            bytes[filled] = (pending >> bits) as u8;
            filled += 1;
            pending &= (1 << bits) - 1;
        }
    }
    (filled == N).then_some(bytes)
}
