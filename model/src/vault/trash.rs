//! Where a replaced secret lies for 30 days at least, for whoever replaced the wrong one.
//!
//! No single look at the clock is believed: a clock that is years ahead for an hour must not empty the
//! trash. What has lain is counted from save to save, and each of them counts for so much at most that
//! one false step is covered by what is kept beyond the 30 days.

use std::collections::BTreeMap;

use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Vault;
use super::entry::{Entry, EntryId};
use super::error::EntryError;
use super::fields::{Malformed, exactly, take};
use super::key::random_bytes;
use super::record;
use crate::move_list::Step;

/// How long a replaced secret is kept at least: 30 days, in seconds, also where the clock jumps once,
/// there and back.
pub const TRASH_SECONDS: u64 = 30 * 86_400;
/// The most that the time between two saves counts for, either way: 15 days.
pub const MOST_AT_ONCE: u64 = 15 * 86_400;

/// Random id (16), thrown away at (8).
const HEAD_LEN: usize = 24;
/// Random id (16), seconds that it has lain (8), counted until (8).
pub(super) const LAIN_LEN: usize = 32;

/// An account as it was before its secret was replaced.
#[derive(Clone, Debug)]
pub struct Trashed {
    /// Names this piece of trash.
    pub id: EntryId,
    /// Since when it lies here.
    pub thrown_at: UnixTime,
    /// What it was; its id is that of the account which goes on with another secret.
    pub entry: Entry,
}

/// How long something has lain, as far as the clock was believed.
#[derive(Clone, Copy)]
struct Lain {
    seconds: u64,
    /// What the clock said when that was counted.
    seen_at: UnixTime,
}

impl Lain {
    /// The same after another look at the clock. One that went back takes back what it had given.
    fn seen(self, now: UnixTime) -> Self {
        let step = now.0.abs_diff(self.seen_at.0).min(MOST_AT_ONCE);
        let seconds = if now >= self.seen_at {
            self.seconds.saturating_add(step)
        } else {
            self.seconds.saturating_sub(step)
        };
        Self { seconds, seen_at: now }
    }

    /// Whether it has lain for 30 days even if one step of the clock was false.
    fn is_enough(self) -> bool {
        self.seconds >= TRASH_SECONDS + MOST_AT_ONCE
    }
}

/// The trash as the body holds it.
#[derive(Clone, Default)]
pub(super) struct Trash {
    pub(super) items: Vec<Trashed>,
    lain: BTreeMap<EntryId, Lain>,
    /// What cannot be read, kept as it is.
    pub(super) unreadable: Vec<Zeroizing<Vec<u8>>>,
}

impl Trash {
    pub(super) fn take(&mut self, value: &[u8]) {
        match decode(value) {
            Some(item) => self.items.push(item),
            None => self.unreadable.push(Zeroizing::new(value.to_vec())),
        }
    }

    /// The lengths of the values that [`Trash::encode`] hands out.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        let read = self.items.iter().map(|item| HEAD_LEN + record::encoded_len(&item.entry));
        read.chain(self.unreadable.iter().map(|bytes| bytes.len()))
    }

    /// How long each piece has lain, as it stands in the body.
    pub(super) fn encode_lain(&self) -> impl ExactSizeIterator<Item = [u8; LAIN_LEN]> {
        self.lain.iter().map(|(id, lain)| {
            let mut value = [0; LAIN_LEN];
            value[..16].copy_from_slice(&id.0);
            value[16..24].copy_from_slice(&lain.seconds.to_be_bytes());
            value[24..].copy_from_slice(&lain.seen_at.0.to_be_bytes());
            value
        })
    }

    /// Appends each value after what `head` appends for its length.
    pub(super) fn encode(&self, out: &mut Vec<u8>, head: impl Fn(&mut Vec<u8>, usize)) {
        for item in &self.items {
            head(out, HEAD_LEN + record::encoded_len(&item.entry));
            out.extend_from_slice(&item.id.0);
            out.extend_from_slice(&item.thrown_at.0.to_be_bytes());
            record::encode(&item.entry, out);
        }
        for bytes in &self.unreadable {
            head(out, bytes.len());
            out.extend_from_slice(bytes);
        }
    }

    /// Takes in what lies in the trash of another copy.
    pub(super) fn join(&mut self, other: &Self) {
        for item in &other.items {
            if !self.items.iter().any(|known| known.id == item.id) {
                self.items.push(item.clone());
                self.lain.extend(other.lain.get(&item.id).map(|lain| (item.id, *lain)));
            }
        }
        for bytes in &other.unreadable {
            if !self.unreadable.contains(bytes) {
                self.unreadable.push(bytes.clone());
            }
        }
    }

    /// Takes how long something has lain; what cannot be read counts as nothing.
    pub(super) fn take_lain(&mut self, value: &[u8]) {
        if let Ok((id, lain)) = decode_lain(value) {
            self.lain.insert(id, lain);
        }
    }

    fn lain(&self, item: &Trashed) -> Lain {
        let fresh = Lain { seconds: 0, seen_at: item.thrown_at };
        self.lain.get(&item.id).copied().unwrap_or(fresh)
    }

    /// Whether a look at the clock would change much: it drops something, or counts for as much as one
    /// look can.
    fn is_due(&self, now: UnixTime) -> bool {
        self.items.iter().map(|item| self.lain(item)).any(|lain| {
            lain.seen(now).is_enough() || now.0.abs_diff(lain.seen_at.0) >= MOST_AT_ONCE
        })
    }

    /// Looks at the clock, and drops what has lain long enough.
    pub(super) fn look(&mut self, now: UnixTime) {
        let seen = self.items.iter().map(|item| (item.id, self.lain(item).seen(now)));
        let (enough, lain) = seen.partition::<BTreeMap<_, _>, _>(|(_, lain)| lain.is_enough());
        self.items.retain(|item| !enough.contains_key(&item.id));
        self.lain = lain;
    }
}

fn decode_lain(mut value: &[u8]) -> Result<(EntryId, Lain), Malformed> {
    let id = EntryId(take(&mut value)?);
    let seconds = u64::from_be_bytes(take(&mut value)?);
    let seen_at = UnixTime(u64::from_be_bytes(exactly(value)?));
    Ok((id, Lain { seconds, seen_at }))
}

fn decode(mut value: &[u8]) -> Option<Trashed> {
    let id = EntryId(take(&mut value).ok()?);
    let thrown_at = UnixTime(u64::from_be_bytes(take(&mut value).ok()?));
    let entry = record::decode(value).ok()?;
    Some(Trashed { id, thrown_at, entry })
}

impl Vault {
    /// The secrets that were replaced, the latest last.
    pub fn trash(&self) -> &[Trashed] {
        &self.body.trash.items
    }

    /// Since when something lies in the trash, and until when it does at least, by the clock that says
    /// `now`.
    pub fn lies_in_trash(&self, item: &Trashed, now: UnixTime) -> (UnixTime, UnixTime) {
        let lain = self.body.trash.lain(item).seen(now);
        let left = TRASH_SECONDS.saturating_sub(lain.seconds);
        let since = item.thrown_at.min(lain.seen_at);
        (since, UnixTime(lain.seen_at.0.saturating_add(left)))
    }

    /// Whether it is worth a save to count how long the trash has lain, or to drop something from it.
    pub fn trash_is_due(&self, now: UnixTime) -> bool {
        self.body.trash.is_due(now)
    }

    /// Gives an account another secret and its parameters, and puts what it was into the trash. A
    /// secret that comes back to its account leaves the trash.
    pub fn exchange_secret(
        &mut self,
        id: EntryId,
        parameters: Parameters,
        secret: &Secret,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EntryError> {
        let before = self.entry(id).ok_or(EntryError::NotFound)?.clone();
        self.replace_secret(id, parameters, secret, rng)?;
        let comes_back = |item: &Trashed| {
            let same = item.entry.id == id && item.entry.parameters == parameters;
            same && self.open_secret(&item.entry).is_ok_and(|held| held == *secret)
        };
        let back: Vec<EntryId> =
            self.trash().iter().filter(|item| comes_back(item)).map(|item| item.id).collect();
        self.body.trash.items.retain(|item| !back.contains(&item.id));
        if !back.is_empty() && before.care.origin.is_some() {
            // In a move, it is to be asked again whether this is the new one.
            self.set_step(id, Step::ToDo, now)?;
        }
        if before.has_secret() {
            let trashed = Trashed { id: EntryId(random_bytes(rng)), thrown_at: now, entry: before };
            self.body.trash.items.push(trashed);
        }
        Ok(())
    }

    /// Takes a replaced secret out of the trash: its account has it again, and what the account had
    /// goes into the trash; an account that is gone comes back.
    pub fn recover(
        &mut self,
        trashed: EntryId,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, EntryError> {
        let item = self.trash().iter().find(|item| item.id == trashed);
        let entry = item.ok_or(EntryError::NotFound)?.entry.clone();
        let id = entry.id;
        if self.entry(id).is_some() {
            let secret = self.open_secret(&entry)?;
            self.exchange_secret(id, entry.parameters, &secret, now, rng)?;
        } else {
            self.body.entries.push(entry);
            self.body.trash.items.retain(|item| item.id != trashed);
        }
        Ok(id)
    }

    /// Empties the trash.
    pub fn empty_trash(&mut self) {
        self.body.trash = Trash::default();
    }
}
