//! What the person does about an account beside using its codes: a note, how far its move to another
//! phone has come, and whether they could get in without it.

use std::ops::{Deref, DerefMut};

use holdfast_otp::UnixTime;
use zeroize::{Zeroize, Zeroizing};

use super::fields::{Malformed, Tag, exactly, field_len, put};
use crate::move_list::{ListId, Mark, Step};

/// The longest note, in bytes of UTF-8.
pub const MAX_NOTE_LEN: usize = 4096;

pub(super) const NOTE: Tag = 8;
pub(super) const ORIGIN: Tag = 9;
pub(super) const STEP: Tag = 10;
pub(super) const READINESS: Tag = 11;

/// What is known of an account beside its codes. All of it may be absent.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Care {
    /// What the person wrote down.
    pub note: String,
    /// The move list by which the account came to this phone.
    pub origin: Option<Origin>,
    /// How far the account's move has come, and since when: away from this phone, or, for an account
    /// with an origin, to it.
    pub step: Option<(Step, UnixTime)>,
    /// Ways in without this phone.
    pub readiness: Readiness,
}

/// The [`Care`] in an entry. Most have none, and then it takes up no more than a pointer.
#[derive(Clone, Default)]
pub struct RareCare(Option<Box<Care>>);

static NONE: Care = Care {
    note: String::new(),
    origin: None,
    step: None,
    readiness: Readiness { recovery_codes_at: None, second_way_at: None },
};

impl From<Care> for RareCare {
    fn from(care: Care) -> Self {
        Self((care != NONE).then(|| Box::new(care)))
    }
}

impl Deref for RareCare {
    type Target = Care;

    fn deref(&self) -> &Care {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for RareCare {
    fn deref_mut(&mut self) -> &mut Care {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for RareCare {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for RareCare {}

/// Where in which move list an account stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The list.
    pub list: ListId,
    /// How the phone that made it knows the account.
    pub mark: Mark,
}

/// When the person last saw that there is a way in without this phone. The codes themselves are never
/// kept here: whoever finds the phone must not find both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Recovery codes are stored elsewhere.
    pub recovery_codes_at: Option<UnixTime>,
    /// There is a second way in: a security key, another phone, a number.
    pub second_way_at: Option<UnixTime>,
}

impl Readiness {
    /// Whether there is any way in without this phone.
    pub fn is_ready(&self) -> bool {
        self.recovery_codes_at.is_some() || self.second_way_at.is_some()
    }
}

impl Care {
    /// Takes a field that is one of its own; `false` if it is not.
    pub(super) fn take(&mut self, tag: Tag, value: &[u8]) -> Result<bool, Malformed> {
        match tag {
            NOTE if value.len() <= MAX_NOTE_LEN => {
                let text = std::str::from_utf8(value).map_err(|_| Malformed)?;
                text.clone_into(&mut self.note);
            }
            ORIGIN => {
                let bytes: [u8; 12] = exactly(value)?;
                let (list, mark) = bytes.split_at(8);
                let (list, mark) = (ListId(exactly(list)?), Mark(exactly(mark)?));
                self.origin = Some(Origin { list, mark });
            }
            STEP => {
                let [step, since @ ..] = exactly::<9>(value)?;
                let since = UnixTime(u64::from_be_bytes(since));
                self.step = decode_step(step).map(|step| (step, since));
            }
            READINESS => {
                let bytes: [u8; 16] = exactly(value)?;
                let (codes, way) = bytes.split_at(8);
                self.readiness =
                    Readiness { recovery_codes_at: moment(codes)?, second_way_at: moment(way)? };
            }
            NOTE => return Err(Malformed),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        if !self.note.is_empty() {
            put(out, NOTE, self.note.as_bytes());
        }
        if let Some(Origin { list, mark }) = &self.origin {
            let mut value = [0; 12];
            value[..8].copy_from_slice(&list.0);
            value[8..].copy_from_slice(&mark.0);
            put(out, ORIGIN, &value);
        }
        if let Some((step, since)) = self.step {
            let mut value = [0; 9];
            value[0] = encode_step(step);
            value[1..].copy_from_slice(&since.0.to_be_bytes());
            put(out, STEP, &value);
        }
        if self.readiness != Readiness::default() {
            let stamp = |time: Option<UnixTime>| time.map_or(0, |time| time.0).to_be_bytes();
            let mut value = [0; 16];
            value[..8].copy_from_slice(&stamp(self.readiness.recovery_codes_at));
            value[8..].copy_from_slice(&stamp(self.readiness.second_way_at));
            put(out, READINESS, &value);
        }
    }

    /// How many bytes [`Care::encode`] will append.
    pub(super) fn encoded_len(&self) -> usize {
        let field = |there: bool, length: usize| if there { field_len(length) } else { 0 };
        field(!self.note.is_empty(), self.note.len())
            + field(self.origin.is_some(), 12)
            + field(self.step.is_some(), 9)
            + field(self.readiness != Readiness::default(), 16)
    }

    /// Writes another note; the old one is erased.
    pub(super) fn write_note(&mut self, note: &str) {
        drop(Zeroizing::new(std::mem::replace(&mut self.note, note.to_owned())));
    }
}

fn encode_step(step: Step) -> u8 {
    match step {
        Step::ToDo => 1,
        Step::ReEnrolled => 2,
        Step::Confirmed => 3,
        Step::Retired => 4,
    }
}

/// A step that there is not yet counts as none: an account must not be locked in for it.
fn decode_step(byte: u8) -> Option<Step> {
    match byte {
        1 => Some(Step::ToDo),
        2 => Some(Step::ReEnrolled),
        3 => Some(Step::Confirmed),
        4 => Some(Step::Retired),
        _ => None,
    }
}

/// Zero stands for never.
fn moment(value: &[u8]) -> Result<Option<UnixTime>, Malformed> {
    let seconds = u64::from_be_bytes(exactly(value)?);
    Ok((seconds > 0).then_some(UnixTime(seconds)))
}

impl Drop for Care {
    fn drop(&mut self) {
        self.note.zeroize();
    }
}

impl std::fmt::Debug for Care {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Care").field("step", &self.step).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RareCare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}
