//! The sealed copy of the recovery codes, so that their owner can look at them again (requirement 20).
//!
//! Codes are made when no password is at hand (by the first code of a new phone), so the copy is
//! sealed to a key pair of the account (HPKE, RFC 9180: X25519, HKDF-SHA-256, AES-256-GCM). The
//! private key is wrapped under the stretched password here, and at rest under the server's key
//! besides (see `store::row`): neither the operator alone nor a thief of the database reads a copy.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open,
    single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::domain::account::CopyKey;
use crate::domain::ids::AccountId;
use crate::domain::recovery::{CODES, RecoveryCode};

type Suite = X25519HkdfSha256;

const INFO: &[u8] = b"holdfast recovery codes/1";
const NONCE: usize = 12;
/// Bytes of an encapsulated key (RFC 9180, table 2).
const ENCAPPED: usize = 32;
/// Bytes of a code.
const CODE: usize = 10;

/// A password stretched for this use and no other.
pub type Stretched = Zeroizing<[u8; 32]>;

/// A copy that does not open: another password than it was wrapped under, or damage.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("The copy of the recovery codes does not open.")]
pub struct NotOpened;

impl CopyKey {
    /// A new key pair, wrapped under the password stretched with `salt`.
    pub fn make(
        account: &AccountId,
        salt: [u8; 16],
        password: &Stretched,
        rng: &mut dyn CryptoRng,
    ) -> Result<CopyKey, NotOpened> {
        let (private, public) = Suite::gen_keypair_with_rng(&mut &mut *rng);
        let private = Zeroizing::new(<[u8; 32]>::from(private.to_bytes()));
        let wrapped = wrap(account, password, &private, rng)?;
        Ok(CopyKey { public: public.to_bytes().into(), salt, wrapped })
    }

    /// The same key pair under another password.
    pub fn rewrapped(
        &self,
        account: &AccountId,
        old: &Stretched,
        salt: [u8; 16],
        new: &Stretched,
        rng: &mut dyn CryptoRng,
    ) -> Result<CopyKey, NotOpened> {
        let private = unwrap(account, old, &self.wrapped)?;
        let wrapped = wrap(account, new, &private, rng)?;
        Ok(CopyKey { public: self.public, salt, wrapped })
    }

    /// Seals a set of codes; no password is needed.
    pub fn seal(
        &self,
        account: &AccountId,
        codes: &[RecoveryCode],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, NotOpened> {
        let public = <Suite as Kem>::PublicKey::from_bytes(&self.public).map_err(|_| NotOpened)?;
        let plain: Zeroizing<Vec<u8>> =
            Zeroizing::new(codes.iter().flat_map(|code| code.as_bytes().to_vec()).collect());
        let (encapped, sealed) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Suite>(
            &OpModeS::Base,
            &public,
            INFO,
            &plain,
            account.as_bytes(),
            &mut &mut *rng,
        )
        .map_err(|_| NotOpened)?;
        let mut copy = encapped.to_bytes().to_vec();
        copy.extend_from_slice(&sealed);
        Ok(copy)
    }

    /// Opens a copy with the stretched password.
    pub fn open(
        &self,
        account: &AccountId,
        password: &Stretched,
        copy: &[u8],
    ) -> Result<Vec<RecoveryCode>, NotOpened> {
        let private = unwrap(account, password, &self.wrapped)?;
        let private = <Suite as Kem>::PrivateKey::from_bytes(private.as_ref());
        let (encapped, sealed) = copy.split_at_checked(ENCAPPED).ok_or(NotOpened)?;
        let encapped = <Suite as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| NotOpened)?;
        let plain = single_shot_open::<AesGcm256, HkdfSha256, Suite>(
            &OpModeR::Base,
            &private.map_err(|_| NotOpened)?,
            &encapped,
            INFO,
            sealed,
            account.as_bytes(),
        )
        .map(Zeroizing::new)
        .map_err(|_| NotOpened)?;
        let codes: Option<Vec<_>> = plain.chunks(CODE).map(RecoveryCode::from_bytes).collect();
        codes.filter(|codes| codes.len() == CODES).ok_or(NotOpened)
    }
}

fn wrap(
    account: &AccountId,
    password: &Stretched,
    private: &[u8; 32],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, NotOpened> {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let payload = Payload { msg: private.as_ref(), aad: account.as_bytes() };
    let sealed = cipher(password).encrypt(&Nonce::from(nonce), payload).map_err(|_| NotOpened)?;
    let mut wrapped = nonce.to_vec();
    wrapped.extend_from_slice(&sealed);
    Ok(wrapped)
}

fn unwrap(
    account: &AccountId,
    password: &Stretched,
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; 32]>, NotOpened> {
    let (nonce, sealed) = wrapped.split_at_checked(NONCE).ok_or(NotOpened)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| NotOpened)?;
    let payload = Payload { msg: sealed, aad: account.as_bytes() };
    let private = cipher(password).decrypt(&Nonce::from(nonce), payload).map(Zeroizing::new);
    let private = private.map_err(|_| NotOpened)?;
    private.as_slice().try_into().map(Zeroizing::new).map_err(|_| NotOpened)
}

fn cipher(password: &Stretched) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(**password))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    fn stretched(byte: u8) -> Stretched {
        Zeroizing::new([byte; 32])
    }

    #[test]
    fn row_20_a_copy_opens_with_its_password_for_its_account_and_after_a_change_with_the_new_one() {
        let rng = &mut system_random();
        let (ann, eve) = (AccountId::random(rng), AccountId::random(rng));
        let key = CopyKey::make(&ann, [1; 16], &stretched(1), rng).expect("a key pair");
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random(rng)).collect();
        let copy = key.seal(&ann, &codes, rng).expect("sealed");
        assert_eq!(key.open(&ann, &stretched(1), &copy), Ok(codes.clone()));
        assert_eq!(key.open(&ann, &stretched(2), &copy), Err(NotOpened));
        assert_eq!(key.open(&eve, &stretched(1), &copy), Err(NotOpened));

        let new = key.rewrapped(&ann, &stretched(1), [2; 16], &stretched(2), rng).expect("again");
        assert_eq!(new.open(&ann, &stretched(2), &copy), Ok(codes));
        assert_eq!(new.open(&ann, &stretched(1), &copy), Err(NotOpened));
        assert!(key.rewrapped(&ann, &stretched(3), [2; 16], &stretched(2), rng).is_err());

        for at in 0..copy.len() {
            let mut damaged = copy.clone();
            damaged[at] ^= 1;
            assert_eq!(key.open(&ann, &stretched(1), &damaged), Err(NotOpened), "byte {at}");
            assert_eq!(key.open(&ann, &stretched(1), &copy[..at]), Err(NotOpened));
        }
    }
}
