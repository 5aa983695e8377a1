//! Services and people's SSH keys as columns, the same for every database.

use holdfast_otp::UnixTime;

use super::row::{RowError, unsigned};
use crate::domain::ids::TokenDigest;
use crate::domain::service::{Right, Service};
use crate::domain::ssh::{NamedKey, SshKey};

/// A service: its name, its token's digest, its rights, when it was made.
pub type ServiceRow = (String, Vec<u8>, String, i64);
/// A key: kind and base64, its name, when it was added.
pub type KeyRow = (String, String, i64);

/// A service's rights as one column.
pub fn rights_text(service: &Service) -> String {
    let rights: Vec<_> = service.rights.iter().map(|right| right.word()).collect();
    rights.join(" ")
}

/// The service that these columns are.
pub fn service_of((name, digest, rights, made): ServiceRow) -> Result<Service, RowError> {
    Ok(Service {
        name,
        digest: TokenDigest::from_bytes(&digest).ok_or(RowError::Column("digest"))?,
        rights: rights
            .split(' ')
            .map(Right::of)
            .collect::<Option<_>>()
            .ok_or(RowError::Column("rights"))?,
        made: UnixTime(unsigned(made, "made")?),
    })
}

/// The key that these columns are.
pub fn key_of((key, name, added): KeyRow) -> Result<NamedKey, RowError> {
    let (key, _) = SshKey::parse(&key).map_err(|_| RowError::Column("key"))?;
    Ok(NamedKey { key, name, added: UnixTime(unsigned(added, "added")?) })
}
