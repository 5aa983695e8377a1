//! Two copies of one vault that went their own ways, brought together without losing anything of either.

use std::collections::BTreeSet;

use holdfast_otp::{Kind, Parameters, Secret, UnixTime};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::care::{Care, MAX_NOTE_LEN, Readiness};
use super::entry::{Entry, EntryId};
use super::error::EntryError;
use super::fields::{Reader, Unknown};
use super::key::random_bytes;
use super::trash::Trashed;
use super::{Vault, record};

/// What one copy of a vault holds and another does not, in accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// Only in this one.
    pub here: usize,
    /// Only in the other one.
    pub there: usize,
    /// In both, but not alike.
    pub unlike: usize,
}

impl Vault {
    /// What this copy and another hold apart from each other.
    pub fn parting(&self, other: &Self) -> Parting {
        let lacks = |vault: &Self, entry: &Entry| vault.entry(entry.id).is_none();
        let unlike =
            |entry: &&Entry| other.entry(entry.id).is_some_and(|there| !is_same(there, entry));
        Parting {
            here: self.entries().iter().filter(|entry| lacks(other, entry)).count(),
            there: other.entries().iter().filter(|entry| lacks(self, entry)).count(),
            unlike: self.entries().iter().filter(unlike).count(),
        }
    }

    /// Whether nothing is lost where this copy takes the place of the other one.
    pub fn covers(&self, other: &Self) -> bool {
        let has = |theirs: &Entry| self.entry(theirs.id).is_some_and(|ours| goes_on(ours, theirs));
        let ids = |vault: &Self| -> BTreeSet<EntryId> {
            vault.trash().iter().map(|item| item.id).collect()
        };
        let unread = |vault: &Self, bytes: &[u8]| {
            vault.body.quarantined.iter().any(|entry| *entry.bytes == *bytes)
        };
        other.entries().iter().all(has)
            && ids(other).is_subset(&ids(self))
            && other.body.quarantined.iter().all(|entry| unread(self, &entry.bytes))
    }

    /// The accounts whose key is in none of the others, neither in an account of theirs nor in their trash.
    /// Of one whose key does not open, whether the account is there.
    pub fn only_here(&self, others: &[&Self]) -> Vec<&Entry> {
        let alone = |entry: &&Entry| {
            let secret = self.opened(entry);
            entry.has_secret() && !others.iter().any(|other| other.knows(entry.id, &secret))
        };
        self.entries().iter().filter(alone).collect()
    }

    /// The same of the entries that this Holdfast cannot read, as far as they tell what they are.
    pub fn unread_only_here(&self, others: &[&Self]) -> Vec<String> {
        let known = |bytes: &[u8]| {
            others.iter().any(|other| other.quarantined().iter().any(|held| held.bytes() == bytes))
        };
        let unread = self.quarantined().iter().filter(|entry| !known(entry.bytes()));
        unread
            .map(|entry| entry.label().unwrap_or("An entry that cannot be read").to_owned())
            .collect()
    }

    fn knows(&self, id: EntryId, secret: &Option<Secret>) -> bool {
        let same = |entry: &Entry| is_same_secret(&self.opened(entry), secret);
        match (self.entry(id), secret) {
            (there, None) => there.is_some(),
            // Mostly it is the same account, and no other needs to be opened.
            (Some(there), Some(_)) if same(there) => true,
            _ => {
                self.entries().iter().any(same) || self.trash().iter().any(|item| same(&item.entry))
            }
        }
    }

    /// Takes in all that the other copy holds. What is in both goes on under the names of this one and
    /// with the counter that is ahead; where both have a secret for it, and neither is known as the
    /// former one, both are kept as two accounts.
    ///
    /// # Errors
    /// [`EntryError::OtherVault`]; nothing has changed then.
    pub fn join(&mut self, other: &Self, rng: &mut dyn CryptoRng) -> Result<(), EntryError> {
        self.build_on(other)?;
        for theirs in &other.body.entries {
            if self.entry(theirs.id).is_some() {
                self.join_entry(theirs, other, rng)?;
            } else {
                self.body.entries.push(theirs.clone());
            }
        }
        self.body.trash.join(&other.body.trash);
        for entry in &other.body.quarantined {
            if !self.body.quarantined.iter().any(|known| known.bytes == entry.bytes) {
                self.body.quarantined.push(entry.clone());
            }
        }
        self.body.moving = self.body.moving.or(other.body.moving);
        self.body.ask_ready_at = self.body.ask_ready_at.or(other.body.ask_ready_at);
        let (ours, theirs) = (self.correction(), other.correction());
        let newest = ours.newest.max(theirs.newest);
        let mut later = if theirs.since > ours.since { theirs } else { ours };
        later.newest = newest;
        if self.body.correction.is_some() || other.body.correction.is_some() {
            self.body.correction = Some(later);
        }
        self.body.unknown = joined_fields(&self.body.unknown, &other.body.unknown);
        Ok(())
    }

    /// Goes on as this copy, but puts into the trash what only the other one holds: accounts, secrets.
    ///
    /// # Errors
    /// [`EntryError::OtherVault`]; nothing has changed then.
    pub fn take_place_of(
        &mut self,
        other: &Self,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EntryError> {
        self.build_on(other)?;
        for theirs in &other.body.entries {
            let kept = match self.entry(theirs.id) {
                Some(ours) => {
                    is_same_secret(&self.opened(ours), &other.opened(theirs))
                        && is_same_way(&ours.parameters, &theirs.parameters)
                }
                None => false,
            };
            if kept {
                self.move_ahead(theirs.id, &theirs.parameters);
            } else if theirs.has_secret() {
                let id = EntryId(random_bytes(rng));
                self.body.trash.items.push(Trashed { id, thrown_at: now, entry: theirs.clone() });
            }
        }
        self.body.trash.join(&other.body.trash);
        Ok(())
    }

    /// From here on this vault is the successor of both.
    fn build_on(&mut self, other: &Self) -> Result<(), EntryError> {
        let same_key = self.body.secrets_key.expose().ct_eq(other.body.secrets_key.expose());
        if self.header.vault_id != other.header.vault_id || !bool::from(same_key) {
            return Err(EntryError::OtherVault);
        }
        self.body.trail.join(&other.body.trail);
        for header in [&self.header, &other.header] {
            self.body.trail.add(header.generation, header.save_id());
        }
        if other.header.generation > self.header.generation {
            self.header.generation = other.header.generation;
            self.header.write_salt = other.header.write_salt;
            self.header.written_at = other.header.written_at;
        }
        self.header.written_by = self.header.written_by.max(other.header.written_by);
        self.header.reader_needed = self.header.reader_needed.max(other.header.reader_needed);
        Ok(())
    }

    fn join_entry(
        &mut self,
        theirs: &Entry,
        other: &Self,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EntryError> {
        let Some(ours) = self.entry(theirs.id) else { return Ok(()) };
        let (mine, found) = (self.opened(ours), other.opened(theirs));
        let same_way = is_same_way(&ours.parameters, &theirs.parameters);
        if found.is_none() || (same_way && mine == found) || other_is_former(self, theirs) {
            self.move_ahead(theirs.id, &theirs.parameters);
        } else if mine.is_none() || other_is_former(other, ours) {
            let (parameters, sealed) = (theirs.parameters, theirs.sealed.clone());
            let entry = self.entry_mut(theirs.id)?;
            (entry.parameters, entry.sealed) = (parameters, sealed);
        } else if let Some(secret) = found {
            // Sealed for its identity, the secret is sealed anew for another.
            let id = EntryId(random_bytes(rng));
            let mut twin = theirs.clone();
            twin.id = id;
            twin.sealed = Some(self.seal_secret(id, twin.parameters, &secret, rng)?);
            self.body.entries.push(twin);
        }
        let care = joined_care(&self.entry_mut(theirs.id)?.care, &theirs.care);
        self.entry_mut(theirs.id)?.care = care.into();
        Ok(())
    }

    /// A code that was shown may have been used: no counter goes back.
    fn move_ahead(&mut self, id: EntryId, other: &Parameters) {
        if let Kind::Hotp { counter: theirs } = other.kind
            && let Ok(entry) = self.entry_mut(id)
            && let Kind::Hotp { counter } = &mut entry.parameters.kind
        {
            *counter = theirs.max(*counter);
        }
    }

    /// Its secret, if it has one that opens.
    fn opened(&self, entry: &Entry) -> Option<Secret> {
        self.open_secret(entry).ok()
    }
}

/// Whether this vault knows what the entry of another copy has as what its account had before.
fn other_is_former(vault: &Vault, entry: &Entry) -> bool {
    let secret = vault.opened(entry);
    vault.trash().iter().any(|item| {
        item.entry.id == entry.id
            && is_same_way(&item.entry.parameters, &entry.parameters)
            && is_same_secret(&vault.opened(&item.entry), &secret)
    })
}

/// Whether both open, to the same secret.
fn is_same_secret(one: &Option<Secret>, other: &Option<Secret>) -> bool {
    one.is_some() && one == other
}

/// Whether these make the same codes of a secret, at whatever counter.
fn is_same_way(one: &Parameters, other: &Parameters) -> bool {
    let at_start = |parameters: &Parameters| match parameters.kind {
        Kind::Hotp { .. } => Parameters { kind: Kind::Hotp { counter: 0 }, ..*parameters },
        _ => *parameters,
    };
    at_start(one) == at_start(other)
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    bytes_of(one) == bytes_of(other)
}

/// Whether the entry is the other one, or differs by a counter that is ahead.
fn goes_on(entry: &Entry, other: &Entry) -> bool {
    let mut there = other.clone();
    if let (Kind::Hotp { counter }, Kind::Hotp { counter: behind }) =
        (entry.parameters.kind, &mut there.parameters.kind)
    {
        *behind = counter.max(*behind);
    }
    is_same(entry, &there)
}

fn bytes_of(entry: &Entry) -> zeroize::Zeroizing<Vec<u8>> {
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(record::encoded_len(entry)));
    record::encode(entry, &mut bytes);
    bytes
}

pub(super) fn joined_care(ours: &Care, theirs: &Care) -> Care {
    let mut care = ours.clone();
    if !ours.note.contains(&theirs.note) && ours.note.len() + theirs.note.len() < MAX_NOTE_LEN {
        let gap = if ours.note.is_empty() { "" } else { "\n" };
        care.write_note(&format!("{}{gap}{}", ours.note, theirs.note));
    }
    care.origin = ours.origin.or(theirs.origin);
    care.step = ours.step.max(theirs.step);
    let (one, other) = (ours.readiness, theirs.readiness);
    care.readiness = Readiness {
        recovery_codes_at: one.recovery_codes_at.max(other.recovery_codes_at),
        second_way_at: one.second_way_at.max(other.second_way_at),
    };
    care
}

/// The fields of both; of a tag that is in both, those of the first.
fn joined_fields(ours: &Unknown, theirs: &Unknown) -> Unknown {
    let read = |unknown: &Unknown| -> Vec<(u16, Vec<u8>)> {
        let mut reader = Reader::new(unknown.as_bytes());
        let fields = std::iter::from_fn(|| reader.next_field().ok().flatten());
        fields.map(|(tag, value)| (tag, value.to_vec())).collect()
    };
    let mut fields = read(ours);
    let known: BTreeSet<u16> = fields.iter().map(|(tag, _)| *tag).collect();
    fields.extend(read(theirs).into_iter().filter(|(tag, _)| !known.contains(tag)));
    fields.sort_by_key(|(tag, _)| *tag);
    let mut joined = Unknown::default();
    fields.iter().for_each(|(tag, value)| joined.keep(*tag, value));
    joined
}
