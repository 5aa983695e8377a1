//! Reading and changing the accounts of an open vault. Every change takes effect with the next seal.

use std::collections::BTreeSet;

use holdfast_otp::{Code, Kind, Parameters, Secret, UnixTime, is_hidden};
use rand_core::CryptoRng;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::Vault;
use super::care::RareCare;
use super::entry::{
    Entry, EntryId, MAX_NAME_LEN, NewEntry, Owner, Quarantined, Removed, SealedSecret,
};
use super::error::EntryError;
use super::fields::Unknown;
use super::key::{leaving_nothing, random_bytes};
use crate::move_list::Step;

impl Vault {
    /// The accounts, in the person's order.
    pub fn entries(&self) -> &[Entry] {
        &self.body.entries
    }

    /// One account.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.body.entries.iter().find(|entry| entry.id == id)
    }

    /// The entries that cannot be read; every save keeps them.
    pub fn quarantined(&self) -> &[Quarantined] {
        &self.body.quarantined
    }

    /// Opens the secret of one account; it is erased when dropped.
    pub fn secret(&self, id: EntryId) -> Result<Secret, EntryError> {
        self.open_secret(self.entry(id).ok_or(EntryError::NotFound)?)
    }

    /// The code of one account at `now` (for HOTP, at its counter).
    pub fn code(&self, id: EntryId, now: UnixTime) -> Result<Code, EntryError> {
        let entry = self.entry(id).ok_or(EntryError::NotFound)?;
        leaving_nothing(|| Ok(entry.parameters.code(&self.open_secret(entry)?, now)))
    }

    /// The code that follows the one of `now`.
    pub fn next_code(&self, id: EntryId, now: UnixTime) -> Result<Code, EntryError> {
        let entry = self.entry(id).ok_or(EntryError::NotFound)?;
        leaving_nothing(|| Ok(entry.parameters.next_code(&self.open_secret(entry)?, now)))
    }

    /// Adds an account with its secret, at the end of the order.
    pub fn add(
        &mut self,
        new: NewEntry,
        secret: &Secret,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, EntryError> {
        let mut entry = new_entry(new, now, rng)?;
        entry.sealed = Some(self.seal_secret(entry.id, entry.parameters, secret, rng)?);
        Ok(self.push(entry))
    }

    /// Adds an account that waits for re-enrolment: it has no secret until
    /// [`Vault::replace_secret`] gives it one.
    pub fn add_waiting(
        &mut self,
        new: NewEntry,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, EntryError> {
        let entry = new_entry(new, now, rng)?;
        Ok(self.push(entry))
    }

    /// Changes how an account is called.
    pub fn rename(
        &mut self,
        id: EntryId,
        issuer: Option<&str>,
        account: &str,
    ) -> Result<(), EntryError> {
        check_names(issuer, account)?;
        let entry = self.entry_mut(id)?;
        // The old names are erased, not just let go.
        drop(Zeroizing::new(std::mem::replace(&mut entry.account, account.to_owned())));
        let issuer = issuer.filter(|issuer| !issuer.is_empty()).map(str::to_owned);
        drop(Zeroizing::new(std::mem::replace(&mut entry.issuer, issuer)));
        Ok(())
    }

    /// Gives an account another secret, and the parameters that came with it (re-enrolment). What was
    /// asked of the secret before, whether it is the new one, is answered by that.
    pub fn replace_secret(
        &mut self,
        id: EntryId,
        parameters: Parameters,
        secret: &Secret,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EntryError> {
        self.entry(id).ok_or(EntryError::NotFound)?;
        let sealed = self.seal_secret(id, parameters, secret, rng)?;
        let entry = self.entry_mut(id)?;
        entry.parameters = parameters;
        entry.sealed = Some(sealed);
        // Nor was this one proved yet.
        if matches!(entry.care.step, Some((Step::ToDo | Step::Confirmed, _))) {
            entry.care.step = None;
        }
        Ok(())
    }

    /// Moves the counter of an HOTP account.
    pub fn set_counter(&mut self, id: EntryId, counter: u64) -> Result<(), EntryError> {
        match &mut self.entry_mut(id)?.parameters.kind {
            Kind::Hotp { counter: current } => *current = counter,
            _ => return Err(EntryError::NotCounterBased),
        }
        Ok(())
    }

    /// Moves an account to `place` in the order, or to the end where that is beyond it.
    pub fn move_to(&mut self, id: EntryId, place: usize) -> Result<(), EntryError> {
        let entry = self.body.entries.remove(self.place_of(id)?);
        let place = place.min(self.body.entries.len());
        self.body.entries.insert(place, entry);
        Ok(())
    }

    /// Takes an account out; [`Vault::restore`] brings it back.
    pub fn remove(&mut self, id: EntryId) -> Result<Removed, EntryError> {
        let place = self.place_of(id)?;
        Ok(Removed { vault: self.header.vault_id, entry: self.body.entries.remove(place), place })
    }

    /// Takes out those of these accounts that wait for re-enrolment; brought back one after the other by
    /// [`Vault::restore`], each has its place again.
    pub fn remove_waiting(&mut self, ids: &BTreeSet<EntryId>) -> Vec<Removed> {
        let vault = self.header.vault_id;
        let mut removed = Vec::new();
        let entries = std::mem::take(&mut self.body.entries);
        for (place, entry) in entries.into_iter().enumerate() {
            if !entry.has_secret() && ids.contains(&entry.id) {
                removed.push(Removed { vault, entry, place });
            } else {
                self.body.entries.push(entry);
            }
        }
        removed
    }

    /// Brings a removed account back to its place.
    pub fn restore(&mut self, removed: Removed) -> Result<EntryId, EntryError> {
        let Removed { vault, entry, place } = removed;
        if vault != self.header.vault_id {
            return Err(EntryError::OtherVault);
        }
        if self.entry(entry.id).is_some() {
            return Err(EntryError::AlreadyThere);
        }
        let id = entry.id;
        let place = place.min(self.body.entries.len());
        self.body.entries.insert(place, entry);
        Ok(id)
    }

    /// The accounts that hold this secret. Opens each secret in turn, and erases it.
    pub fn find_same_secret(&self, secret: &Secret) -> Vec<EntryId> {
        let same = |entry: &&Entry| self.open_secret(entry).is_ok_and(|other| other == *secret);
        self.body.entries.iter().filter(same).map(|entry| entry.id).collect()
    }

    /// The accounts with these names; case, outer white space, Unicode spelling, and what
    /// cannot be seen in it do not count.
    pub fn find_same_names(&self, issuer: Option<&str>, account: &str) -> Vec<EntryId> {
        let wanted = (folded(issuer.unwrap_or_default()), folded(account));
        let same = |entry: &&Entry| {
            folded(&entry.account) == wanted.1
                && folded(entry.issuer.as_deref().unwrap_or_default()) == wanted.0
        };
        self.body.entries.iter().filter(same).map(|entry| entry.id).collect()
    }

    fn push(&mut self, entry: Entry) -> EntryId {
        let id = entry.id;
        self.body.entries.push(entry);
        id
    }

    pub(super) fn place_of(&self, id: EntryId) -> Result<usize, EntryError> {
        let place = self.body.entries.iter().position(|entry| entry.id == id);
        place.ok_or(EntryError::NotFound)
    }

    pub(super) fn entry_mut(&mut self, id: EntryId) -> Result<&mut Entry, EntryError> {
        let entry = self.body.entries.iter_mut().find(|entry| entry.id == id);
        entry.ok_or(EntryError::NotFound)
    }

    pub(super) fn open_secret(&self, entry: &Entry) -> Result<Secret, EntryError> {
        let owner = self.owner(entry.id, entry.parameters);
        let sealed = entry.sealed.as_ref().ok_or(EntryError::NoSecret)?;
        sealed.open(&self.body.secrets_key, &owner)
    }

    pub(super) fn seal_secret(
        &self,
        id: EntryId,
        parameters: Parameters,
        secret: &Secret,
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedSecret, EntryError> {
        SealedSecret::seal(secret, &self.body.secrets_key, &self.owner(id, parameters), rng)
    }

    fn owner(&self, entry: EntryId, parameters: Parameters) -> Owner {
        Owner { vault: self.header.vault_id, entry, parameters }
    }
}

fn new_entry(new: NewEntry, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<Entry, EntryError> {
    check_names(new.issuer.as_deref(), &new.account)?;
    Ok(Entry {
        id: EntryId(random_bytes(rng)),
        issuer: new.issuer.filter(|issuer| !issuer.is_empty()),
        account: new.account,
        parameters: new.parameters,
        added_at: now,
        care: RareCare::default(),
        sealed: None,
        unknown: Unknown::default(),
    })
}

fn check_names(issuer: Option<&str>, account: &str) -> Result<(), EntryError> {
    if issuer.is_some_and(|issuer| issuer.len() > MAX_NAME_LEN) || account.len() > MAX_NAME_LEN {
        return Err(EntryError::NameTooLong);
    }
    Ok(())
}

/// A name as it is compared.
pub(crate) fn folded(name: &str) -> Zeroizing<String> {
    // One kind of blank looks like the other.
    let blank = |c: char| if c.is_whitespace() { ' ' } else { c };
    let seen = name.chars().filter(|c| !is_unseen(*c)).map(blank);
    let seen: Zeroizing<String> = Zeroizing::new(seen.collect());
    Zeroizing::new(seen.trim().nfc().flat_map(char::to_lowercase).collect())
}

/// Joiners, marks of direction and selectors of a letter's shape: names are written with them, but two
/// that differ by them alone may look the same.
fn is_unseen(character: char) -> bool {
    is_hidden(character)
        || matches!(
            character,
            '\u{061C}' | '\u{200C}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
        )
}
