//! The secret that a service and an authenticator share, and its base32 spelling (RFC 4648).

use std::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The longest secret accepted, in bytes: far above any real one, and small enough to be harmless.
pub const MAX_BYTES: usize = 1024;

/// Below this many bits a secret is weaker than RFC 4226 section 4 demands (requirement row 2).
pub const SHORT_BITS: usize = 128;

/// The bits of the shortest secrets that services are known to give out (requirement row 2).
pub const LEAST_BITS: usize = 80;

const GENERATED_BYTES: usize = 20;
/// The digits of base32 (RFC 4648 section 6).
pub(crate) const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A shared secret of 1 to 1024 bytes: erased when dropped, compared in constant time, and never
/// printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

/// Why bytes or a text are no secret. Never holds any part of what was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is not a single byte in it.
    #[error("The key is empty; copy it again from the page of the service.")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("The key is longer than any real one; copy only the key itself.")]
    TooLong,
    /// A character that base32 does not have. The position counts from 1.
    #[error(
        "Character {position} of the key is not one of A to Z and 2 to 7; compare it with the \
         page of the service (0 is the letter O, 1 is I or L, 8 is B)."
    )]
    NotBase32 {
        /// Which character of the text, counted from 1.
        position: usize,
    },
    /// A number of characters that no whole number of bytes is spelled with.
    #[error("The key is not complete; compare its last characters with the page of the service.")]
    Incomplete,
}

impl Secret {
    /// Takes the raw bytes of a secret.
    ///
    /// # Errors
    /// [`SecretError::Empty`] and [`SecretError::TooLong`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        match bytes.len() {
            0 => Err(SecretError::Empty),
            1..=MAX_BYTES => Ok(Self(Zeroizing::new(Box::from(bytes)))),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Reads base32 as people type it and services print it: either case, with or without padding,
    /// with spaces, line breaks and dashes anywhere.
    ///
    /// Bits left over after the last whole byte are dropped, as every authenticator does: many
    /// services draw the characters, not the bytes, at random.
    ///
    /// # Errors
    /// A [`SecretError`] that says where to look.
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        // One allocation that never grows, so that no copy is left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8 + 1));
        let mut characters = 0usize;
        let mut pending = Zeroizing::new(0u32);
        let mut padded = false;
        for (index, character) in text.chars().enumerate() {
            if is_separator(character) {
                continue;
            }
            if character == '=' {
                padded = true;
                continue;
            }
            let value = value_of(character)
                .filter(|_| !padded)
                .ok_or(SecretError::NotBase32 { position: index + 1 })?;
            *pending = (*pending << 5) | u32::from(value);
            characters += 1;
            let bits = characters * 5 % 8;
            if bits < 5 {
                bytes.push((*pending >> bits) as u8);
                *pending &= (1 << bits) - 1;
            }
        }
        match characters % 8 {
            1 | 3 | 6 => Err(SecretError::Incomplete),
            _ => Self::from_bytes(&bytes),
        }
    }

    /// Draws a new secret of 160 bits, the length RFC 4226 section 4 recommends.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes: Zeroizing<Box<[u8]>> = Zeroizing::new(Box::new([0; GENERATED_BYTES]));
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The raw bytes. The name is a warning: whoever calls it hands the secret on.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Base32 in upper case without padding, the spelling of the key URI format.
    pub fn to_base32(&self) -> Zeroizing<String> {
        self.spelled(usize::MAX)
    }

    /// Base32 in groups of four, `ABCD EFGH …`, for reading aloud and typing by hand (spec E3).
    pub fn to_base32_groups(&self) -> Zeroizing<String> {
        self.spelled(4)
    }

    /// Its length in bits.
    pub fn bits(&self) -> usize {
        self.0.len() * 8
    }

    /// Whether it is shorter than [`LEAST_BITS`]: perhaps a part of it is missing, so nobody should
    /// be given it without having been asked.
    pub fn is_cut(&self) -> bool {
        self.bits() < LEAST_BITS
    }

    /// Whether it is shorter than [`SHORT_BITS`]; it is taken all the same, and the person is told.
    pub fn is_short(&self) -> bool {
        self.bits() < SHORT_BITS
    }

    fn spelled(&self, group: usize) -> Zeroizing<String> {
        let characters = (self.bits()).div_ceil(5);
        let mut text = Zeroizing::new(String::with_capacity(characters + characters / group));
        for index in 0..characters {
            if index > 0 && index % group == 0 {
                text.push(' ');
            }
            text.push(ALPHABET[self.five_bits(index)] as char);
        }
        text
    }

    /// The `index`-th group of five bits, filled with zeros past the end.
    fn five_bits(&self, index: usize) -> usize {
        let bit = index * 5;
        let byte = |at: usize| self.0.get(at).copied().map_or(0, u16::from);
        let window = (byte(bit / 8) << 8) | byte(bit / 8 + 1);
        usize::from((window >> (11 - bit % 8)) & 31)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// What pages and people put between the groups of a key.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}')
}

/// What a digit of base32 stands for, in either case.
pub(crate) fn value_of(character: char) -> Option<u8> {
    match character {
        'A'..='Z' => Some(character as u8 - b'A'),
        'a'..='z' => Some(character as u8 - b'a'),
        '2'..='7' => Some(character as u8 - b'2' + 26),
        _ => None,
    }
}
