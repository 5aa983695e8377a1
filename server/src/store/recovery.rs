//! A set of recovery codes as columns, the same for every database.
//!
//! The digests are sealed under the server's key before they are stored: that is their pepper, kept
//! outside the database (requirement 19), and it can be rotated like every other seal.

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::RecoveryChange;
use super::row::{RowError, signed, unsigned};
use crate::domain::ids::AccountId;
use crate::domain::recovery::{CODES, RecoveryDigest, RecoverySet};
use crate::keyring::Keyring;
use crate::random::system_random;

const DIGESTS: &str = "recovery_digests";
const DIGEST: usize = 32;

/// The columns of a set.
pub struct RecoveryRow {
    pub account: Vec<u8>,
    pub version: i64,
    pub salt: Vec<u8>,
    pub digests: Vec<u8>,
    pub used: i64,
    pub made: i64,
    pub stored: Option<i64>,
    pub copy: Option<Vec<u8>>,
    pub shown_by_sms: Option<i64>,
}

impl RecoveryRow {
    /// The columns to write for a set at `version`.
    pub fn of(
        account: &AccountId,
        set: &RecoverySet,
        version: i64,
        keyring: &Keyring,
        rng: &mut dyn CryptoRng,
    ) -> Result<RecoveryRow, RowError> {
        let plain: Vec<u8> = set.digests.iter().flat_map(|digest| digest.0).collect();
        Ok(RecoveryRow {
            account: account.as_bytes().to_vec(),
            version,
            salt: set.salt.to_vec(),
            digests: keyring.seal(account, DIGESTS, &plain, rng)?,
            used: i64::from(set.used),
            made: signed(set.made.0),
            stored: set.stored.map(|when| signed(when.0)),
            copy: set.copy.clone(),
            shown_by_sms: set.shown_by_sms.map(|when| signed(when.0)),
        })
    }

    /// The set that these columns are.
    pub fn into_set(self, keyring: &Keyring) -> Result<RecoverySet, RowError> {
        let account = AccountId::from_bytes(&self.account).ok_or(RowError::Column("account"))?;
        let plain = keyring.open(&account, DIGESTS, &self.digests)?;
        let digests: Option<Vec<RecoveryDigest>> =
            plain.chunks(DIGEST).map(|chunk| chunk.try_into().ok().map(RecoveryDigest)).collect();
        let digests: [RecoveryDigest; CODES] =
            digests.and_then(|all| all.try_into().ok()).ok_or(RowError::Column(DIGESTS))?;
        Ok(RecoverySet {
            salt: self.salt.try_into().map_err(|_| RowError::Column("salt"))?,
            digests,
            used: u16::try_from(self.used).map_err(|_| RowError::Column("used"))?,
            made: UnixTime(unsigned(self.made, "made")?),
            stored: time(self.stored, "stored")?,
            copy: self.copy,
            shown_by_sms: time(self.shown_by_sms, "shown_by_sms")?,
        })
    }
}

fn time(seconds: Option<i64>, column: &'static str) -> Result<Option<UnixTime>, RowError> {
    seconds.map(|seconds| unsigned(seconds, column).map(UnixTime)).transpose()
}

/// A change of a set whose digests are sealed.
pub enum SealedRecovery {
    Made(RecoveryRow),
    Changed(RecoveryRow),
    Gone(AccountId),
}

impl SealedRecovery {
    /// Seals it.
    pub fn of(change: &RecoveryChange, keyring: &Keyring) -> Result<SealedRecovery, RowError> {
        let row = |account, set, version| {
            RecoveryRow::of(account, set, version, keyring, &mut system_random())
        };
        Ok(match change {
            RecoveryChange::Made(account, set) => SealedRecovery::Made(row(account, set, 1)?),
            RecoveryChange::Changed(account, set) => {
                SealedRecovery::Changed(row(account, &set.value, set.seen.0)?)
            }
            RecoveryChange::Gone(account) => SealedRecovery::Gone(*account),
        })
    }
}
