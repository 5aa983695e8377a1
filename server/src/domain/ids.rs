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

/// Random bytes of a token.
const RANDOM: usize = 32;
/// Bytes of a token that names its account, and characters of it as text.
const NAMING: usize = size_of::<AccountId>() + RANDOM;
const NAMING_CHARS: usize = NAMING / 3 * 4;

/// What a holder shows to be let in: 256 random bits as text. It is never stored and never printed.
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new token; `prefix` tells a person who finds it in a file what it is (`hf_service_`).
    pub fn random(prefix: &str, rng: &mut dyn CryptoRng) -> Token {
        Token::with(prefix, &[], rng)
    }

    /// A new token that names its account before its random bits: what it stands for is found beside
    /// everything else of that account.
    pub fn naming(account: &AccountId, prefix: &str, rng: &mut dyn CryptoRng) -> Token {
        Token::with(prefix, account.as_bytes(), rng)
    }

    fn with(prefix: &str, name: &[u8], rng: &mut dyn CryptoRng) -> Token {
        let mut bytes = Zeroizing::new([0_u8; NAMING]);
        let bytes = &mut bytes[..name.len() + RANDOM];
        let (head, random) = bytes.split_at_mut(name.len());
        head.copy_from_slice(name);
        rng.fill_bytes(random);
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + NAMING_CHARS));
        text.push_str(prefix);
        BASE64URL_NOPAD.encode_append(bytes, &mut text);
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

/// SHA-256 of a token; of one that names its account, that name and half of the SHA-256. Tokens are
/// 256 random bits, so a fast digest is enough, and 128 bits of it (requirement 30).
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of what a client showed, whatever that was.
    pub fn of(shown: &str) -> TokenDigest {
        let mut digest: [u8; 32] = Sha256::digest(shown.as_bytes()).into();
        if let Some(AccountId(name)) = named_in(shown) {
            digest.rotate_right(name.len());
            digest[..name.len()].copy_from_slice(&name);
        }
        TokenDigest(digest)
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

/// The account that a token names; `None` where it names none. That somebody wrote a name there proves
/// nothing.
fn named_in(shown: &str) -> Option<AccountId> {
    let at = shown.len().checked_sub(NAMING_CHARS).filter(|at| *at > 0)?;
    let text = shown.as_bytes().get(at..)?;
    let mut bytes = Zeroizing::new([0_u8; NAMING]);
    BASE64URL_NOPAD.decode_mut(text, bytes.as_mut()).ok()?;
    AccountId::from_bytes(bytes.get(..size_of::<AccountId>())?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    #[test]
    fn a_token_that_names_its_account_is_found_beside_the_accounts_others() {
        let account = AccountId::random(&mut system_random());
        let tokens = [(); 2].map(|()| Token::naming(&account, "hf_web_", &mut system_random()));
        let [first, second] = tokens.each_ref().map(Token::digest);
        assert!(first.as_bytes().starts_with(account.as_bytes()));
        assert!(second.as_bytes().starts_with(account.as_bytes()));
        assert!(first != second);
        let sum: [u8; 32] = Sha256::digest(tokens[0].expose()).into();
        assert_eq!(first.as_bytes()[16..], sum[..16]);
        assert!(first == TokenDigest::of(tokens[0].expose()));
    }

    #[test]
    fn one_that_names_none_has_a_digest_of_its_own_whatever_it_is() {
        let api_key = Token::random("hf_api_", &mut system_random());
        let bare = "A".repeat(NAMING_CHARS);
        let no_base64 = format!("hf_web_{}", "!".repeat(NAMING_CHARS));
        let cut_in_a_letter = format!("hf_web_{}", "\u{e9}".repeat(NAMING_CHARS / 2 + 1));
        for shown in ["", "hf_web_", api_key.expose(), &bare, &no_base64, &cut_in_a_letter] {
            let sum: [u8; 32] = Sha256::digest(shown).into();
            assert_eq!(TokenDigest::of(shown).as_bytes(), &sum, "{shown}");
        }
    }
}
