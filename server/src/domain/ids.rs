//! Names of rows and bearer tokens: the token goes to its holder, only its digest stays here.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Names one account for ever: 128 random bits, known before the row is written, so that sealed
/// columns can be bound to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AccountId([u8; 16]);

impl AccountId {
    /// A new name.
    pub fn random(rng: &mut dyn CryptoRng) -> AccountId {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        AccountId(bytes)
    }

    /// The name as stored; `None` if it is not 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<AccountId> {
        bytes.try_into().ok().map(AccountId)
    }

    /// The name to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for AccountId {
    fn from(bytes: [u8; 16]) -> AccountId {
        AccountId(bytes)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// What a holder shows to be let in: 256 random bits as text. It is never stored and never printed.
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new token; `prefix` tells a person who finds it in a file what it is (`hf_cli_`).
    pub fn random(prefix: &str, rng: &mut dyn CryptoRng) -> Token {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(bytes.as_mut());
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 43));
        text.push_str(prefix);
        BASE64URL_NOPAD.encode_append(bytes.as_ref(), &mut text);
        Token(text)
    }

    /// The text for its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored in its place.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// SHA-256 of a token. Tokens are 256 random bits, so a fast digest is enough (requirement 30).
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of what a client showed, whatever that was.
    pub fn of(shown: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(shown.as_bytes()).into())
    }

    /// The digest as stored; `None` if it is not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<TokenDigest> {
        bytes.try_into().ok().map(TokenDigest)
    }

    /// The digest to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest as text, to name a session in a form; nobody gets in with it.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The digest that [`TokenDigest::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<TokenDigest> {
        TokenDigest::from_bytes(&HEXLOWER.decode(text.as_bytes()).ok()?)
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}
