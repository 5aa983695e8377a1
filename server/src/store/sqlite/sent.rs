//! Sent codes as statements: one for each holder and purpose, tried a few times at most.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::LetterId;
use crate::domain::sent::{MOST_TRIES, Purpose, SentCode};
use crate::keyring::Keyring;
use crate::random::system_random;
use crate::store::RowError;
use crate::store::row::{signed, unsigned};
use holdfast_otp::UnixTime;

const BODY: &str = "sent_code";
/// Seconds after which the oldest of them is forgotten.
const KEPT: u64 = 3600;

/// A code whose address is sealed.
pub struct Sealed {
    id: AccountId,
    code: SentCode,
    body: Vec<u8>,
}

/// What is sealed in a row.
#[derive(Serialize, Deserialize)]
struct Body {
    to: Zeroizing<String>,
    besides: Zeroizing<String>,
}

/// A code as it stands in its row.
pub struct SentRow {
    id: Vec<u8>,
    holder: Vec<u8>,
    purpose: String,
    account: Vec<u8>,
    mac: Vec<u8>,
    body: Vec<u8>,
    made: i64,
    tries: i64,
    letter: Option<Vec<u8>>,
}

impl Sealed {
    /// Seals it.
    pub fn of(code: &SentCode, keyring: &Keyring) -> Result<Sealed, RowError> {
        let body = Body { to: code.to.clone(), besides: code.besides.clone() };
        let plain = serde_json::to_vec(&body).map(Zeroizing::new);
        let plain = plain.map_err(|_| RowError::Column(BODY))?;
        // The row's own name: what a seal is bound to is 16 bytes, as an account's is.
        let id = AccountId::random(&mut system_random());
        let body = keyring.seal(&id, BODY, &plain, &mut system_random())?;
        Ok(Sealed { id, code: code.clone(), body })
    }

    /// Puts it in the place of the one before (requirement 24).
    pub fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        let code = &self.code;
        db.prepare_cached(
            "INSERT OR REPLACE INTO sent_codes
                (id, holder, purpose, account, mac, body, made, tries, letter)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
        )?
        .execute(params![
            self.id.as_bytes(),
            code.holder.as_bytes(),
            code.purpose.word(),
            code.account.as_bytes(),
            code.mac,
            self.body,
            signed(code.made.0),
            code.letter.as_ref().map(LetterId::as_bytes)
        ])?;
        Ok(())
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

/// The code of a holder, without trying it.
pub fn read(
    db: &Connection,
    holder: &TokenDigest,
    purpose: Purpose,
) -> rusqlite::Result<Option<SentRow>> {
    db.prepare_cached(
        "SELECT id, holder, purpose, account, mac, body, made, tries, letter
         FROM sent_codes WHERE holder = ?1 AND purpose = ?2",
    )?
    .query_row(params![holder.as_bytes(), purpose.word()], row)
    .optional()
}

/// Charges one try of a holder's code and gives it to be compared; `None` where there is none, or
/// its tries are used up.
pub fn charge(
    db: &Connection,
    holder: &TokenDigest,
    purpose: Purpose,
) -> rusqlite::Result<Option<SentRow>> {
    db.prepare_cached(
        "UPDATE sent_codes SET tries = tries + 1
         WHERE holder = ?1 AND purpose = ?2 AND tries < ?3
         RETURNING id, holder, purpose, account, mac, body, made, tries, letter",
    )?
    .query_row(params![holder.as_bytes(), purpose.word(), MOST_TRIES], row)
    .optional()
}

/// Deletes the very code that was compared; whether it was still there.
pub fn consume(db: &Connection, code: &SentCode) -> rusqlite::Result<bool> {
    let gone = db
        .prepare_cached("DELETE FROM sent_codes WHERE holder = ?1 AND purpose = ?2 AND mac = ?3")?
        .execute(params![code.holder.as_bytes(), code.purpose.word(), code.mac])?;
    Ok(gone == 1)
}

/// Forgets codes that have run out.
pub fn sweep(db: &Connection, now: UnixTime) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM sent_codes WHERE made < ?1", [signed(now.0.saturating_sub(KEPT))])
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<SentRow> {
    Ok(SentRow {
        id: row.get(0)?,
        holder: row.get(1)?,
        purpose: row.get(2)?,
        account: row.get(3)?,
        mac: row.get(4)?,
        body: row.get(5)?,
        made: row.get(6)?,
        tries: row.get(7)?,
        letter: row.get(8)?,
    })
}
