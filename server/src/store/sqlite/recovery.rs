//! Recovery codes as statements. A set is named by its salt: a change meant for one that has been
//! replaced meanwhile finds no row.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::AccountId;
use crate::store::recovery::{RecoveryRow, SealedRecovery};

/// Writes it; whether the set that was read is still there unchanged.
pub fn write(change: &SealedRecovery, db: &Connection) -> rusqlite::Result<bool> {
    match change {
        SealedRecovery::Made(row) => {
            db.prepare_cached(
                "INSERT OR REPLACE INTO recovery
                    (account, version, salt, digests, used, made, stored, copy, shown_by_sms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                row.account,
                row.version,
                row.salt,
                row.digests,
                row.used,
                row.made,
                row.stored,
                row.copy,
                row.shown_by_sms
            ])?;
            Ok(true)
        }
        SealedRecovery::Changed(row) => {
            let mut update = db.prepare_cached(
                "UPDATE recovery SET used = ?4, stored = ?5, copy = ?6, shown_by_sms = ?7,
                    version = version + 1
                 WHERE account = ?1 AND version = ?2 AND salt = ?3",
            )?;
            let written = update.execute(params![
                row.account,
                row.version,
                row.salt,
                row.used,
                row.stored,
                row.copy,
                row.shown_by_sms
            ])?;
            Ok(written == 1)
        }
        SealedRecovery::Gone(account) => {
            db.prepare_cached("DELETE FROM recovery WHERE account = ?1")?
                .execute([account.as_bytes()])?;
            Ok(true)
        }
    }
}

/// The set of an account.
pub fn read(db: &Connection, account: AccountId) -> rusqlite::Result<Option<RecoveryRow>> {
    db.prepare_cached(
        "SELECT account, version, salt, digests, used, made, stored, copy, shown_by_sms
         FROM recovery WHERE account = ?1",
    )?
    .query_row([account.as_bytes()], |row| {
        Ok(RecoveryRow {
            account: row.get(0)?,
            version: row.get(1)?,
            salt: row.get(2)?,
            digests: row.get(3)?,
            used: row.get(4)?,
            made: row.get(5)?,
            stored: row.get(6)?,
            copy: row.get(7)?,
            shown_by_sms: row.get(8)?,
        })
    })
    .optional()
}
