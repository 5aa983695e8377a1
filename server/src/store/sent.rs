//! Sent codes as columns, the same for every database: one for each holder and purpose.

use holdfast_otp::UnixTime;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::row::{RowError, unsigned};
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::LetterId;
use crate::domain::sent::{Purpose, SentCode};
use crate::keyring::Keyring;
use crate::random::system_random;

const BODY: &str = "sent_code";
/// Seconds after which the oldest of them is forgotten.
pub const KEPT: u64 = 3600;

/// A code whose address is sealed.
pub struct SealedCode {
    pub id: AccountId,
    pub code: SentCode,
    pub body: Vec<u8>,
}

/// What is sealed in a row.
#[derive(Serialize, Deserialize)]
struct Body {
    to: Zeroizing<String>,
    besides: Zeroizing<String>,
}

/// A code as it stands in its row.
pub struct SentRow {
    pub id: Vec<u8>,
    pub holder: Vec<u8>,
    pub purpose: String,
    pub account: Vec<u8>,
    pub mac: Vec<u8>,
    pub body: Vec<u8>,
    pub made: i64,
    pub tries: i64,
    pub letter: Option<Vec<u8>>,
}

impl SealedCode {
    /// Seals it.
    pub fn of(code: &SentCode, keyring: &Keyring) -> Result<SealedCode, RowError> {
        let body = Body { to: code.to.clone(), besides: code.besides.clone() };
        let plain = serde_json::to_vec(&body).map(Zeroizing::new);
        let plain = plain.map_err(|_| RowError::Column(BODY))?;
        // The row's own name: what a seal is bound to is 16 bytes, as an account's is.
        let id = AccountId::random(&mut system_random());
        let body = keyring.seal(&id, BODY, &plain, &mut system_random())?;
        Ok(SealedCode { id, code: code.clone(), body })
    }
}

impl SentRow {
    /// The code in it.
    pub fn open(self, keyring: &Keyring) -> Result<SentCode, RowError> {
        let account = AccountId::from_bytes(&self.account).ok_or(RowError::Column("account"))?;
        let id = AccountId::from_bytes(&self.id).ok_or(RowError::Column("id"))?;
        let plain = keyring.open(&id, BODY, &self.body)?;
        let body: Body = serde_json::from_slice(&plain).map_err(|_| RowError::Column(BODY))?;
        Ok(SentCode {
            holder: TokenDigest::from_bytes(&self.holder).ok_or(RowError::Column("holder"))?,
            purpose: Purpose::of(&self.purpose).ok_or(RowError::Column("purpose"))?,
            account,
            mac: self.mac.try_into().map_err(|_| RowError::Column("mac"))?,
            to: body.to,
            besides: body.besides,
            made: UnixTime(unsigned(self.made, "made")?),
            tries: u32::try_from(self.tries).map_err(|_| RowError::Column("tries"))?,
            letter: self.letter.as_deref().and_then(LetterId::from_bytes),
        })
    }
}
