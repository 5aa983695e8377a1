//! A secret that came into the vault beside the account that waits for it, brought to that account.

use holdfast_otp::Parameters;
use rand_core::CryptoRng;

use super::Vault;
use super::entry::{Entry, EntryId};
use super::error::EntryError;
use super::join::joined_care;

/// The two accounts as they were before one handed its secret over.
#[derive(Clone)]
pub struct HandedOver {
    giver: Entry,
    place: usize,
    taker: Entry,
}

impl HandedOver {
    /// The account that waited.
    pub fn taker(&self) -> EntryId {
        self.taker.id
    }
}

impl Entry {
    /// Whether both came by the same move list, so that they are two accounts whatever they hold.
    pub fn came_with(&self, other: &Self) -> bool {
        let list = |entry: &Self| entry.care.origin.map(|origin| origin.list);
        list(self).is_some() && list(self) == list(other)
    }
}

impl Vault {
    /// Gives the secret of one account to another one that waits, with these parameters or those it had.
    /// The giver goes, and what the person wrote and saw of it goes to the taker; but one that came by the
    /// same list is an account of its own, and waits again.
    ///
    /// # Errors
    /// One of them is not there, the giver has no secret that opens, or the taker has one by now. Nothing
    /// has changed then.
    pub fn hand_over(
        &mut self,
        from: EntryId,
        to: EntryId,
        parameters: Option<Parameters>,
        rng: &mut dyn CryptoRng,
    ) -> Result<HandedOver, EntryError> {
        let secret = self.secret(from)?;
        let place = self.place_of(from)?;
        let giver = self.body.entries[place].clone();
        let taker = self.entry(to).ok_or(EntryError::NotFound)?.clone();
        if taker.has_secret() {
            return Err(EntryError::AlreadyThere);
        }
        self.replace_secret(to, parameters.unwrap_or(giver.parameters), &secret, rng)?;
        if giver.came_with(&taker) {
            let waits = self.entry_mut(from)?;
            (waits.sealed, waits.care.step) = (None, None);
        } else {
            let mut care = joined_care(&taker.care, &giver.care);
            care.step = None;
            self.entry_mut(to)?.care = care.into();
            self.body.entries.remove(place);
        }
        Ok(HandedOver { giver, place, taker })
    }

    /// Takes away the secret of an account that waited before: it waits again, with what it expected then.
    ///
    /// # Errors
    /// It is no longer there. Nothing has changed then.
    pub fn wait_again(&mut self, waited: &Entry) -> Result<(), EntryError> {
        let entry = self.entry_mut(waited.id)?;
        (entry.sealed, entry.parameters) = (None, waited.parameters);
        entry.care.step = waited.care.step;
        Ok(())
    }

    /// Takes that back: both are as they were.
    ///
    /// # Errors
    /// The taker is no longer there. Nothing has changed then.
    pub fn hand_back(&mut self, handed: HandedOver) -> Result<(), EntryError> {
        let HandedOver { giver, place, taker } = handed;
        let id = taker.id;
        *self.entry_mut(id)? = taker;
        match self.entry_mut(giver.id) {
            Ok(there) => *there = giver,
            Err(_) => {
                let place = place.min(self.body.entries.len());
                self.body.entries.insert(place, giver);
            }
        }
        Ok(())
    }
}
