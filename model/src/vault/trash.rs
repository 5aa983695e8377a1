//! Where a replaced secret lies for 30 days, for whoever replaced the wrong one.

use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Vault;
use super::entry::{Entry, EntryId};
use super::error::EntryError;
use super::fields::take;
use super::key::random_bytes;
use super::record;

/// How long a replaced secret is kept: 30 days, in seconds. The first save after that drops it, and
/// whoever opens the vault later than that makes one.
pub const TRASH_SECONDS: u64 = 30 * 86_400;

/// Random id (16), thrown away at (8).
const HEAD_LEN: usize = 24;

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

/// The trash as the body holds it.
#[derive(Clone, Default)]
pub(super) struct Trash {
    pub(super) items: Vec<Trashed>,
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

    /// Whether something has lain long enough.
    fn is_due(&self, now: UnixTime) -> bool {
        self.items.iter().any(|item| now.0.saturating_sub(item.thrown_at.0) >= TRASH_SECONDS)
    }

    /// Drops what has lain long enough. What a clock that ran ahead threw away starts anew.
    pub(super) fn expire(&mut self, now: UnixTime) {
        for item in &mut self.items {
            item.thrown_at = item.thrown_at.min(now);
        }
        self.items.retain(|item| now.0 - item.thrown_at.0 < TRASH_SECONDS);
    }
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

    /// Whether a save would drop something from the trash, whatever else it is for.
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
