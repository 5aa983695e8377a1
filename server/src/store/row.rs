//! An account as columns, the same for every database: one total match in each direction.

use holdfast_otp::{Secret, TimeStep, UnixTime};
use rand_core::CryptoRng;

use super::{Throttles, Version, Versioned};
use crate::domain::account::{Account, ApiKey, CopyKey, Former, Phone};
use crate::domain::audit::Factor;
use crate::domain::clock::{ClockOff, Strays};
use crate::domain::email::Email;
use crate::domain::enrolment::{Active, Enrolment, Pending};
use crate::domain::handover::{Handover, Shown, Waiting};
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::LetterId;
use crate::domain::number::Number;
use crate::domain::throttle::Throttle;
use crate::keyring::{Keyring, Unsealable};

const SECRET: &str = "tf_secret";
const NEW_SECRET: &str = "new_secret";
const COPY_KEY: &str = "copy_key";
const NUMBER: &str = "sms_number";

/// The columns of an account, in the order in which both databases take them.
pub const COLUMNS: &str = "id, version, email, password, created, api_key, api_key_made, tf_state, \
     tf_secret, tf_since, tf_session, tf_last_step, tf_drift, tf_missed, tf_throttle, \
     copy_public, copy_salt, copy_key, sms_number, sms_since, sms_from, tf_strays, \
     new_by, new_secret, new_since, new_session, new_due, new_step, new_drift, barred, \
     former, new_letter";

/// The columns of an account; what is not of the state is `NULL`.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the names are the columns' names, explained in the schema")]
pub struct Row {
    pub id: Vec<u8>,
    pub version: i64,
    pub email: String,
    pub password: String,
    pub created: i64,
    pub api_key: Option<Vec<u8>>,
    pub api_key_made: Option<i64>,
    pub tf_state: String,
    pub tf_secret: Option<Vec<u8>>,
    pub tf_since: Option<i64>,
    pub tf_session: Option<Vec<u8>>,
    pub tf_last_step: Option<i64>,
    pub tf_drift: Option<i64>,
    pub tf_missed: Option<i64>,
    pub tf_strays: Option<String>,
    pub tf_throttle: Option<String>,
    pub copy_public: Option<Vec<u8>>,
    pub copy_salt: Option<Vec<u8>>,
    pub copy_key: Option<Vec<u8>>,
    pub sms_number: Option<Vec<u8>>,
    pub sms_since: Option<i64>,
    pub sms_from: Option<i64>,
    pub new_by: Option<String>,
    pub new_secret: Option<Vec<u8>>,
    pub new_since: Option<i64>,
    pub new_session: Option<Vec<u8>>,
    pub new_due: Option<i64>,
    pub new_step: Option<i64>,
    pub new_drift: Option<i64>,
    pub barred: Option<i64>,
    pub former: Option<String>,
    pub new_letter: Option<Vec<u8>>,
}

/// A row that this version does not understand, or whose seal does not open.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// A column holds what is never written there.
    #[error("The column {0} holds something this version does not write.")]
    Column(&'static str),
    /// See [`Unsealable`].
    #[error(transparent)]
    Sealed(#[from] Unsealable),
}

impl Row {
    /// The columns to write for `account` at `version`.
    pub fn of(
        account: &Account,
        version: i64,
        keyring: &Keyring,
        rng: &mut dyn CryptoRng,
    ) -> Result<Row, RowError> {
        let mut row = Row {
            id: account.id.as_bytes().to_vec(),
            version,
            email: account.email.as_str().to_owned(),
            password: account.password.clone(),
            created: signed(account.created.0),
            api_key: account.api_key.map(|key| key.digest.as_bytes().to_vec()),
            api_key_made: account.api_key.map(|key| signed(key.made.0)),
            barred: account.barred.map(|barred| signed(barred.0)),
            former: former_text(&account.former),
            ..Row::default()
        };
        if let Some(phone) = &account.phone {
            let number = phone.number.as_str().as_bytes();
            row.sms_number = Some(keyring.seal(&account.id, NUMBER, number, rng)?);
            row.sms_since = Some(signed(phone.since.0));
            row.sms_from = Some(signed(phone.from.0));
        } else if let Some(gone) = account.number_gone {
            row.sms_from = Some(signed(gone.0));
        }
        if let Some(key) = &account.copy_key {
            row.copy_public = Some(key.public.to_vec());
            row.copy_salt = Some(key.salt.to_vec());
            row.copy_key = Some(keyring.seal(&account.id, COPY_KEY, &key.wrapped, rng)?);
        }
        let mut sealed = |secret: &Secret, column| {
            keyring.seal(&account.id, column, secret.expose(), rng).map(Some)
        };
        // Where no phone guards there is none to take over from.
        let is_on = matches!(account.enrolment, Enrolment::Active(_));
        match account.handover.as_ref().filter(|_| is_on) {
            None => {}
            Some(Handover::Shown(Shown { pending, by })) => {
                row.new_by = Some(by.word().to_owned());
                row.new_secret = sealed(&pending.secret, NEW_SECRET)?;
                row.new_since = Some(signed(pending.began.0));
                row.new_session = Some(pending.session.as_bytes().to_vec());
            }
            // Nothing of it was ever compared, so there is no more to keep than what its first code
            // showed.
            Some(Handover::Waiting(Waiting { next, due, letters })) => {
                row.new_by = Some(Factor::Sms.word().to_owned());
                row.new_secret = sealed(&next.secret, NEW_SECRET)?;
                row.new_since = Some(signed(next.since.0));
                row.new_due = Some(signed(due.0));
                row.new_step = Some(signed(next.last_step.0));
                row.new_drift = Some(next.drift);
                let ids: Vec<u8> =
                    letters.iter().flat_map(|letter| letter.as_bytes()).copied().collect();
                row.new_letter = (!ids.is_empty()).then_some(ids);
            }
        }
        match &account.enrolment {
            Enrolment::Off => row.tf_state = "off".to_owned(),
            Enrolment::Pending(pending) => {
                row.tf_state = "pending".to_owned();
                row.tf_secret = sealed(&pending.secret, SECRET)?;
                row.tf_since = Some(signed(pending.began.0));
                row.tf_session = Some(pending.session.as_bytes().to_vec());
            }
            Enrolment::Active(active) => {
                row.tf_state = "active".to_owned();
                row.tf_secret = sealed(&active.secret, SECRET)?;
                row.tf_since = Some(signed(active.since.0));
                row.tf_last_step = Some(signed(active.last_step.0));
                row.tf_drift = Some(active.drift);
                row.tf_missed = active.missed.map(|step| signed(step.0));
                row.tf_strays = strays_text(&active.strays);
                row.tf_throttle = Some(throttle_text(&active.throttle));
            }
        }
        Ok(row)
    }

    /// The account that these columns are.
    pub fn into_account(self, keyring: &Keyring) -> Result<Account, RowError> {
        let id = AccountId::from_bytes(&self.id).ok_or(RowError::Column("id"))?;
        let handover = self.handover(&id, keyring)?;
        let api_key = match (self.api_key, self.api_key_made) {
            (None, None) => None,
            (Some(digest), Some(made)) => Some(ApiKey {
                digest: TokenDigest::from_bytes(&digest).ok_or(RowError::Column("api_key"))?,
                made: UnixTime(unsigned(made, "api_key_made")?),
            }),
            _ => return Err(RowError::Column("api_key")),
        };
        let secret = match self.tf_secret {
            None => None,
            Some(sealed) => {
                let plain = keyring.open(&id, SECRET, &sealed)?;
                Some(Secret::from_bytes(&plain).map_err(|_| RowError::Column(SECRET))?)
            }
        };
        let enrolment = match (self.tf_state.as_str(), secret, self.tf_since) {
            ("off", None, None) => Enrolment::Off,
            ("pending", Some(secret), Some(began)) => Enrolment::Pending(Pending {
                secret,
                began: UnixTime(unsigned(began, "tf_since")?),
                session: self
                    .tf_session
                    .as_deref()
                    .and_then(TokenDigest::from_bytes)
                    .ok_or(RowError::Column("tf_session"))?,
            }),
            ("active", Some(secret), Some(since)) => Enrolment::Active(Active {
                secret,
                since: UnixTime(unsigned(since, "tf_since")?),
                last_step: TimeStep(unsigned(
                    self.tf_last_step.ok_or(RowError::Column("tf_last_step"))?,
                    "tf_last_step",
                )?),
                drift: self.tf_drift.ok_or(RowError::Column("tf_drift"))?,
                missed: match self.tf_missed {
                    None => None,
                    Some(step) => Some(TimeStep(unsigned(step, "tf_missed")?)),
                },
                strays: match self.tf_strays.as_deref() {
                    None => Strays::default(),
                    Some(text) => strays_of(text).ok_or(RowError::Column("tf_strays"))?,
                },
                throttle: self
                    .tf_throttle
                    .as_deref()
                    .and_then(throttle_of)
                    .ok_or(RowError::Column("tf_throttle"))?,
            }),
            _ => return Err(RowError::Column("tf_state")),
        };
        let copy_key = match (self.copy_public, self.copy_salt, self.copy_key) {
            (None, None, None) => None,
            (Some(public), Some(salt), Some(sealed)) => Some(CopyKey {
                public: public.try_into().map_err(|_| RowError::Column("copy_public"))?,
                salt: salt.try_into().map_err(|_| RowError::Column("copy_salt"))?,
                wrapped: keyring.open(&id, COPY_KEY, &sealed)?.to_vec(),
            }),
            _ => return Err(RowError::Column(COPY_KEY)),
        };
        let mut number_gone = None;
        let phone = match (self.sms_number, self.sms_since, self.sms_from) {
            (None, None, None) => None,
            (None, None, Some(gone)) => {
                number_gone = Some(UnixTime(unsigned(gone, "sms_from")?));
                None
            }
            (Some(sealed), Some(since), Some(from)) => {
                let number = keyring.open(&id, NUMBER, &sealed)?;
                let number = std::str::from_utf8(&number).ok().map(Number::parse);
                Some(Phone {
                    number: number.and_then(Result::ok).ok_or(RowError::Column(NUMBER))?,
                    since: UnixTime(unsigned(since, "sms_since")?),
                    from: UnixTime(unsigned(from, "sms_from")?),
                })
            }
            _ => return Err(RowError::Column(NUMBER)),
        };
        Ok(Account {
            id,
            email: Email::parse(&self.email).map_err(|_| RowError::Column("email"))?,
            password: self.password,
            created: UnixTime(unsigned(self.created, "created")?),
            api_key,
            enrolment,
            handover,
            barred: match self.barred {
                None => None,
                Some(barred) => Some(UnixTime(unsigned(barred, "barred")?)),
            },
            copy_key,
            phone,
            number_gone,
            former: match self.former {
                None => Vec::new(),
                Some(text) => former_of(&text).ok_or(RowError::Column("former"))?,
            },
        })
    }

    /// The change of phone in these columns.
    fn handover(&self, id: &AccountId, keyring: &Keyring) -> Result<Option<Handover>, RowError> {
        let Some(sealed) = &self.new_secret else {
            let is_none = self.new_by.is_none() && self.new_due.is_none();
            return if is_none { Ok(None) } else { Err(RowError::Column(NEW_SECRET)) };
        };
        if self.tf_state != "active" {
            return Err(RowError::Column(NEW_SECRET));
        }
        let plain = keyring.open(id, NEW_SECRET, sealed)?;
        let secret = Secret::from_bytes(&plain).map_err(|_| RowError::Column(NEW_SECRET))?;
        let by = self.new_by.as_deref().and_then(Factor::of).ok_or(RowError::Column("new_by"))?;
        let since = self.new_since.ok_or(RowError::Column("new_since"))?;
        let since = UnixTime(unsigned(since, "new_since")?);
        Ok(Some(match (&self.new_session, self.new_due, self.new_step, self.new_drift) {
            (Some(session), None, None, None) => {
                let session =
                    TokenDigest::from_bytes(session).ok_or(RowError::Column("new_session"))?;
                Handover::Shown(Shown { pending: Pending { secret, began: since, session }, by })
            }
            (None, Some(due), Some(step), Some(drift)) if by == Factor::Sms => {
                let next = Active {
                    secret,
                    since,
                    last_step: TimeStep(unsigned(step, "new_step")?),
                    drift,
                    missed: None,
                    strays: Strays::default(),
                    throttle: Throttle::default(),
                };
                let ids = self.new_letter.as_deref().unwrap_or_default().chunks(16);
                let letters: Option<Vec<_>> = ids.map(LetterId::from_bytes).collect();
                let letters = letters.ok_or(RowError::Column("new_letter"))?;
                let due = UnixTime(unsigned(due, "new_due")?);
                Handover::Waiting(Waiting { next, due, letters })
            }
            _ => return Err(RowError::Column("new_session")),
        }))
    }
}

/// Former addresses as text, `seconds address` a line; none are `NULL`.
fn former_text(all: &[Former]) -> Option<String> {
    let line = |former: &Former| format!("{} {}", former.since.0, former.email.as_str());
    let lines: Vec<_> = all.iter().map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn former_of(text: &str) -> Option<Vec<Former>> {
    let line = |line: &str| {
        let (since, email) = line.split_once(' ')?;
        Some(Former { email: Email::parse(email).ok()?, since: UnixTime(since.parse().ok()?) })
    };
    text.lines().map(line).collect()
}

/// A throttle as text: `consecutive last day:count day:count …`.
pub(super) fn throttle_text(throttle: &Throttle) -> String {
    let mut text = format!("{} {}", throttle.consecutive, throttle.last);
    for (day, count) in throttle.days.iter().filter(|(_, count)| *count > 0) {
        text.push_str(&format!(" {day}:{count}"));
    }
    text
}

/// The throttle that [`throttle_text`] wrote.
pub(super) fn throttle_of(text: &str) -> Option<Throttle> {
    let mut parts = text.split(' ');
    let consecutive = parts.next()?.parse().ok()?;
    let last = parts.next()?.parse().ok()?;
    let day = |part: &str| {
        let (day, count) = part.split_once(':')?;
        Some((day.parse().ok()?, count.parse().ok()?))
    };
    let days = parts.map(day).collect::<Option<Vec<_>>>()?;
    Some(Throttle { consecutive, last, days })
}

/// The throttle of a key under which nothing was ever charged.
pub(super) fn fresh_throttle() -> Versioned<Throttle> {
    Versioned { seen: Version(0), value: Throttle::default() }
}

/// A throttle as it was read: its key, its version and its state.
pub(super) type ThrottleRow = (Vec<u8>, i64, String);

/// What was read of the throttles of these keys, in the order of the keys.
pub(super) fn throttles_of(keys: &[[u8; 32]], rows: &[ThrottleRow]) -> Result<Throttles, RowError> {
    let throttle = |key: &[u8; 32]| {
        let Some((_, version, state)) = rows.iter().find(|(of, _, _)| of == key) else {
            return Ok((*key, fresh_throttle()));
        };
        let value = throttle_of(state).ok_or(RowError::Column("state"))?;
        Ok((*key, Versioned { seen: Version(*version), value }))
    };
    keys.iter().map(throttle).collect()
}

/// Refused codes as text, `seconds ahead@when step step …` or `- step step …`; none are `NULL`.
fn strays_text(strays: &Strays) -> Option<String> {
    if *strays == Strays::default() {
        return None;
    }
    let seen = strays.seen.map(|seen| format!("{}@{}", seen.ahead, seen.at));
    let mut text = seen.unwrap_or_else(|| "-".to_owned());
    for step in &strays.burnt {
        text.push_str(&format!(" {}", step.0));
    }
    Some(text)
}

/// What [`strays_text`] wrote.
fn strays_of(text: &str) -> Option<Strays> {
    let mut parts = text.split(' ');
    let seen = match parts.next()? {
        "-" => None,
        seen => {
            let (ahead, at) = seen.split_once('@')?;
            Some(ClockOff { ahead: ahead.parse().ok()?, at: at.parse().ok()? })
        }
    };
    let burnt = parts.map(|step| step.parse().ok().map(TimeStep)).collect::<Option<_>>()?;
    Some(Strays { burnt, seen })
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, RowError> {
    u64::try_from(value).map_err(|_| RowError::Column(column))
}
