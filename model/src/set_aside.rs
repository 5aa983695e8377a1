//! What is nowhere but in a copy of the vault (set aside, or of the generation before) or in its trash: seen
//! before the vault is destroyed, since they go with it.

use std::collections::BTreeMap;

use crate::naming;
use crate::ports::{LoadError, SaveError, Stamp, Storage};
use crate::vault::{Entry, Vault};

/// What is lost with the copies of a vault and with its trash, beside what its list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetAside {
    /// The accounts whose key only a copy holds that was set aside.
    pub accounts: Vec<String>,
    /// What the copies are called in which they are.
    pub holders: Vec<String>,
    /// The copies that do not open with the vault's key of now: what they hold cannot be told.
    pub closed: Vec<String>,
    /// The accounts that are only in the copy of the generation before: another version of one that is there
    /// still is none of them.
    pub before: Vec<String>,
    /// The accounts that are only in the trash. The former key of one that is there still is none of them.
    pub trash: Vec<String>,
    /// All copies that were looked at, the harmless ones too.
    seen: Vec<Stamp>,
}

impl SetAside {
    /// Looks into the copies beside this vault.
    ///
    /// # Errors
    /// What the storage says.
    pub fn of(vault: &Vault, storage: &dyn Storage) -> Result<Self, LoadError> {
        let mut found = Self::default();
        let mut looked_into: Vec<Vault> = Vec::new();
        for (name, sealed) in storage.copies_aside()? {
            found.seen.push(Stamp::of(&sealed));
            let Ok(copy) = vault.reopen(&sealed) else {
                found.closed.push(name);
                continue;
            };
            let others: Vec<&Vault> = std::iter::once(vault).chain(&looked_into).collect();
            let accounts = copy.only_here(&others).into_iter().map(name_of);
            let unread = copy.unread_only_here(&others).into_iter();
            let alone: Vec<String> = accounts.chain(unread).collect();
            if !alone.is_empty() {
                found.holders.push(name);
                found.accounts.extend(alone);
            }
            looked_into.push(copy);
        }
        let is_gone = |entry: &&Entry| vault.entry(entry.id).is_none();
        if let Some(sealed) = storage.generation_before()?
            && let Ok(copy) = vault.reopen(&sealed)
        {
            let others: Vec<&Vault> = std::iter::once(vault).chain(&looked_into).collect();
            let alone = copy.only_here(&others).into_iter().filter(is_gone);
            found.before = alone.map(name_of).collect();
        }
        let last: BTreeMap<_, _> =
            vault.trash().iter().map(|item| (item.entry.id, &item.entry)).collect();
        found.trash = last.into_values().filter(is_gone).map(name_of).collect();
        Ok(found)
    }

    /// All accounts that are lost and that the vault's own list does not show.
    pub fn all(&self) -> Vec<String> {
        [&self.accounts, &self.before, &self.trash].into_iter().flatten().cloned().collect()
    }

    /// Whether nothing is lost with them that the vault does not show.
    pub fn is_harmless(&self) -> bool {
        self.closed.is_empty() && self.all().is_empty()
    }

    /// What is lost with them, as the sentences before the names of [`Self::all`]; empty where nothing is.
    pub fn told(&self) -> String {
        let kept = "A copy that you move to another folder first stays.";
        let alone = match (self.accounts.len(), self.holders.join(", ")) {
            (0, _) => None,
            (1, holders) => Some(format!(
                "1 account is in no vault but a copy that was set aside ({holders}), and is lost with it."
            )),
            (more, holders) => Some(format!(
                "{more} accounts are in no vault but a copy that was set aside ({holders}), and are lost \
                 with it."
            )),
        };
        let closed = match self.closed.as_slice() {
            [] => None,
            [one] => Some(format!(
                "{one}, a copy that was set aside, does not open with the key of this vault; what only \
                 that copy holds cannot be named, and is lost with it."
            )),
            several => Some(format!(
                "{}, copies that were set aside, do not open with the key of this vault; what only they \
                 hold cannot be named, and is lost with them.",
                several.join(", ")
            )),
        };
        let before = lost(self.before.len(), "the copy before the last change", "");
        let copies: Vec<String> = alone.into_iter().chain(closed).chain(before).collect();
        let kept = (!copies.is_empty()).then(|| kept.to_owned());
        let back = " Bring back first what is still needed, from the settings.";
        let trash = lost(self.trash.len(), "the trash", back);
        copies.into_iter().chain(kept).chain(trash).collect::<Vec<_>>().join(" ")
    }

    /// Refuses to go on where there are other copies by now than those that were looked at.
    ///
    /// # Errors
    /// [`SaveError::Conflict`] there; otherwise what the storage says.
    pub(crate) fn still_all(&self, storage: &dyn Storage) -> Result<(), SaveError> {
        let copies =
            storage.copies_aside().map_err(|reason| SaveError::Other(reason.to_string()))?;
        let there: Vec<Stamp> = copies.iter().map(|(_, sealed)| Stamp::of(sealed)).collect();
        if there == self.seen { Ok(()) } else { Err(SaveError::Conflict) }
    }
}

fn lost(count: usize, place: &str, advice: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 account is only in {place}, and is lost with it.{advice}")),
        more => Some(format!("{more} accounts are only in {place}, and are lost with it.{advice}")),
    }
}

fn name_of(entry: &Entry) -> String {
    naming::full(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
}
