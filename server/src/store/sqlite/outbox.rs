//! The outbox as statements: letters come in with the step they tell of, are claimed by one process
//! at a time, and lose their body when they are done with.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::ids::AccountId;
use crate::domain::letter::{Body, Claimed, LONGEST_PAUSE, Letter, LetterId, Progress, Way};
use crate::keyring::Keyring;
use crate::random::system_random;
use crate::store::RowError;
use crate::store::row::{signed, unsigned};
use holdfast_otp::UnixTime;

/// Seconds for which a claimed letter is left to whoever claimed it.
const LEASE: u64 = 120;
/// Seconds for which is remembered how a letter came out.
const KEPT: u64 = 7 * 86_400;
const BODY: &str = "letter";

/// A letter whose body is sealed.
pub struct Sealed {
    id: LetterId,
    way: Way,
    body: Vec<u8>,
    made: i64,
    until: i64,
}

/// A claimed letter as it stands in its row.
pub struct Claim {
    id: Vec<u8>,
    way: String,
    body: Vec<u8>,
    made: i64,
    until: i64,
    attempts: i64,
}

impl Sealed {
    /// Seals it, bound to its own name.
    pub fn of(letter: &Letter, keyring: &Keyring) -> Result<Sealed, RowError> {
        let plain = serde_json::to_vec(&letter.body).map(zeroize::Zeroizing::new);
        let plain = plain.map_err(|_| RowError::Column(BODY))?;
        let body = keyring.seal(&row_of(&letter.id), BODY, &plain, &mut system_random())?;
        let (made, until) = (signed(letter.made.0), signed(letter.until.0));
        Ok(Sealed { id: letter.id, way: letter.way, body, made, until })
    }

    /// Puts it into the outbox.
    pub fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        db.prepare_cached(
            "INSERT INTO outbox (id, way, progress, body, made, until, due, attempts)
             VALUES (?1, ?2, 'waiting', ?3, ?4, ?5, ?4, 0)",
        )?
        .execute(params![
            self.id.as_bytes(),
            way_text(self.way),
            self.body,
            self.made,
            self.until
        ])?;
        Ok(())
    }
}

impl Claim {
    /// The letter in it.
    pub fn open(self, keyring: &Keyring) -> Result<Claimed, RowError> {
        let id = LetterId::from_bytes(&self.id).ok_or(RowError::Column("id"))?;
        let plain = keyring.open(&row_of(&id), BODY, &self.body)?;
        let body: Body = serde_json::from_slice(&plain).map_err(|_| RowError::Column(BODY))?;
        let way = [Way::Mail, Way::Sms].into_iter().find(|way| way_text(*way) == self.way);
        Ok(Claimed {
            letter: Letter {
                id,
                way: way.ok_or(RowError::Column("way"))?,
                body,
                made: UnixTime(unsigned(self.made, "made")?),
                until: UnixTime(unsigned(self.until, "until")?),
            },
            attempt: u32::try_from(self.attempts).map_err(|_| RowError::Column("attempts"))?,
        })
    }
}

/// Whether there is a letter of that way that is due: so that looking costs no write.
pub fn is_any_due(db: &Connection, way: Way, now: UnixTime) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM outbox WHERE body IS NOT NULL AND (due <= ?1 OR due > ?3) AND way = ?2",
    )?
    .exists(params![signed(now.0), way_text(way), latest(now)])
}

/// Takes letters of that way that are due, for as long as a lease: another process takes them only
/// after that.
pub fn claim(
    db: &Connection,
    way: Way,
    now: UnixTime,
    most: usize,
) -> rusqlite::Result<Vec<Claim>> {
    let mut claim = db.prepare_cached(
        "UPDATE outbox SET attempts = attempts + 1, due = ?2
         WHERE id IN (SELECT id FROM outbox
                      WHERE body IS NOT NULL AND (due <= ?1 OR due > ?5) AND way = ?4
                      ORDER BY due LIMIT ?3)
         RETURNING id, way, body, made, until, attempts",
    )?;
    let rows = claim.query_map(
        params![
            signed(now.0),
            signed(now.0.saturating_add(LEASE)),
            signed(most as u64),
            way_text(way),
            latest(now)
        ],
        |row| {
            Ok(Claim {
                id: row.get(0)?,
                way: row.get(1)?,
                body: row.get(2)?,
                made: row.get(3)?,
                until: row.get(4)?,
                attempts: row.get(5)?,
            })
        },
    )?;
    rows.collect()
}

/// Notes how the `attempt`-th try came out; a later claim by somebody else stands. With `again` the
/// letter stays until then, without it its body is erased.
pub fn settle(
    db: &Connection,
    id: &LetterId,
    attempt: u32,
    progress: Progress,
    again: Option<UnixTime>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        // What the other side has reported meanwhile is newer than that it has taken the letter.
        "UPDATE outbox SET progress = CASE WHEN progress IN ('waiting', 'down') THEN ?3
                ELSE progress END, due = coalesce(?4, due),
            body = CASE WHEN ?4 IS NULL THEN NULL ELSE body END
         WHERE id = ?1 AND attempts = ?2 AND body IS NOT NULL",
    )?
    .execute(params![
        id.as_bytes(),
        attempt,
        progress.word(),
        again.map(|again| signed(again.0))
    ])?;
    Ok(())
}

/// Notes what the other side says of a letter that it has taken; what has arrived has arrived.
pub fn report(db: &Connection, id: &LetterId, progress: Progress) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE outbox SET progress = ?2 WHERE id = ?1 AND progress != 'delivered'")?
        .execute(params![id.as_bytes(), progress.word()])?;
    Ok(())
}

/// How far a letter has come.
pub fn progress(db: &Connection, id: &LetterId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT progress FROM outbox WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

/// Forgets letters that came out long ago.
pub fn sweep(db: &Connection, now: UnixTime) -> rusqlite::Result<usize> {
    db.execute(
        "DELETE FROM outbox WHERE body IS NULL AND made < ?1",
        [signed(now.0.saturating_sub(KEPT))],
    )
}

/// When the last letter is due that was put off by a clock like this one.
fn latest(now: UnixTime) -> i64 {
    signed(now.0.saturating_add(LONGEST_PAUSE))
}

fn way_text(way: Way) -> &'static str {
    match way {
        Way::Mail => "mail",
        Way::Sms => "sms",
    }
}

/// What a letter's seal is bound to: like an account, it is named by 16 random bytes.
fn row_of(id: &LetterId) -> AccountId {
    AccountId::from(*id.as_bytes())
}
