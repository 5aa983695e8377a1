//! What is sealed in the file: the key of the secrets, and the entries in their order.

use std::collections::BTreeSet;

use holdfast_otp::UnixTime;

use super::correction::{CORRECTION_LEN, Correction};
use super::entry::{Entry, QuarantineReason, Quarantined};
use super::fields::{Malformed, Reader, Tag, Unknown, exactly, field_len, put, put_head};
use super::key::{KEY_LEN, Key};
use super::moving::{MOVING_LEN, Moving};
use super::record;
use super::trail::Trail;
use super::trash::{LAIN_LEN, Trash};

const SECRETS_KEY: Tag = 1;
const ENTRY: Tag = 2;
const TRASHED: Tag = 3;
const MOVING: Tag = 4;
const ASK_READY_AT: Tag = 5;
const CORRECTION: Tag = 6;
const LAIN: Tag = 7;
const TRAIL: Tag = 8;
/// Zeros that bring the body to a multiple of [`BLOCK_LEN`]; above every tag there will be.
const PADDING: Tag = Tag::MAX;

/// Bytes of the shortest entry: identity, parameters, an empty name, a date.
const LEAST_ENTRY: usize = 55;

/// A file's length tells how many accounts it holds only to within this many bytes.
pub(super) const BLOCK_LEN: usize = 1024;

/// The content of a vault.
#[derive(Clone)]
pub(super) struct Body {
    /// Every secret is sealed under a key derived from this one, which lives as long as the vault.
    pub(super) secrets_key: Key,
    pub(super) entries: Vec<Entry>,
    pub(super) quarantined: Vec<Quarantined>,
    /// Replaced secrets.
    pub(super) trash: Trash,
    /// The move away from this phone.
    pub(super) moving: Option<Moving>,
    /// When to ask about the ways in without this phone.
    pub(super) ask_ready_at: Option<UnixTime>,
    /// How far this device's clock is off.
    pub(super) correction: Option<Correction>,
    /// The saves before this one.
    pub(super) trail: Trail,
    pub(super) unknown: Unknown,
}

impl Body {
    pub(super) fn new(secrets_key: Key) -> Self {
        Self {
            secrets_key,
            entries: vec![],
            quarantined: vec![],
            trash: Trash::default(),
            moving: None,
            ask_ready_at: None,
            correction: None,
            trail: Trail::default(),
            unknown: Unknown::default(),
        }
    }

    /// How many bytes [`Body::encode`] will append: a multiple of [`BLOCK_LEN`].
    pub(super) fn encoded_len(&self) -> usize {
        (self.content_len() + self.trail.least_len() + field_len(0)).next_multiple_of(BLOCK_LEN)
    }

    /// All but the trail, which takes what the padding has room for.
    fn content_len(&self) -> usize {
        let entries = self.entries.iter().map(record::encoded_len);
        let quarantined = self.quarantined.iter().map(|entry| entry.bytes.len());
        field_len(KEY_LEN)
            + entries.chain(quarantined).chain(self.trash.lengths()).map(field_len).sum::<usize>()
            + self.moving.map_or(0, |_| field_len(MOVING_LEN))
            + self.ask_ready_at.map_or(0, |_| field_len(8))
            + self.correction.map_or(0, |_| field_len(CORRECTION_LEN))
            + self.trash.encode_lain().len() * field_len(LAIN_LEN)
            + self.unknown.as_bytes().len()
    }

    /// Appends the body, unsealed; `out` must have room for it, lest it moves and leaves a copy.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put(out, SECRETS_KEY, self.secrets_key.expose());
        for entry in &self.entries {
            put_head(out, ENTRY, record::encoded_len(entry));
            record::encode(entry, out);
        }
        for entry in &self.quarantined {
            put(out, ENTRY, &entry.bytes);
        }
        self.trash.encode(out, |out, length| put_head(out, TRASHED, length));
        if let Some(moving) = &self.moving {
            put(out, MOVING, &moving.encode());
        }
        if let Some(at) = self.ask_ready_at {
            put(out, ASK_READY_AT, &at.0.to_be_bytes());
        }
        if let Some(correction) = &self.correction {
            put(out, CORRECTION, &correction.encode());
        }
        for lain in self.trash.encode_lain() {
            put(out, LAIN, &lain);
        }
        let room = self.encoded_len() - self.content_len() - field_len(0);
        let trail = Trail::encode(self.trail.within(room));
        let mut padding = room;
        if !trail.is_empty() {
            put(out, TRAIL, &trail);
            padding -= field_len(trail.len());
        }
        out.extend_from_slice(self.unknown.as_bytes());
        put_head(out, PADDING, padding);
        out.resize(out.len() + padding, 0);
    }

    /// Reads a body. One bad entry is set aside; it does not keep the others locked in.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let Some((SECRETS_KEY, key)) = reader.next_field()? else { return Err(Malformed) };
        let mut body = Self::new(Key::from_slice(key).ok_or(Malformed)?);
        // Made once in its size: growing, it would for a moment be there twice, and half empty afterwards.
        body.entries.reserve_exact(reader.count(ENTRY, LEAST_ENTRY));
        let mut seen = BTreeSet::new();
        while let Some((tag, value)) = reader.next_field()? {
            match tag {
                SECRETS_KEY => return Err(Malformed),
                ENTRY => match record::decode(value) {
                    Ok(entry) if seen.insert(entry.id) => body.entries.push(entry),
                    Ok(_) => body
                        .quarantined
                        .push(record::quarantine(value, QuarantineReason::Duplicate)),
                    Err(quarantined) => body.quarantined.push(quarantined),
                },
                TRASHED => body.trash.take(value),
                MOVING => body.moving = Moving::decode(value).ok(),
                ASK_READY_AT => {
                    let at = exactly(value).ok();
                    body.ask_ready_at = at.map(|at| UnixTime(u64::from_be_bytes(at)));
                }
                CORRECTION => body.correction = Correction::decode(value).ok(),
                LAIN => body.trash.take_lain(value),
                // One that cannot be read tells nothing, as none does.
                TRAIL => body.trail = Trail::decode(value).unwrap_or_default(),
                PADDING => {}
                _ => body.unknown.keep(tag, value),
            }
        }
        Ok(body)
    }
}
