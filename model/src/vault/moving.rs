//! What the vault remembers of a move to another phone, and of the ways in without this one.

use holdfast_otp::UnixTime;

use super::Vault;
use super::care::{MAX_NOTE_LEN, Origin, Readiness};
use super::entry::{Entry, EntryId};
use super::error::EntryError;
use super::fields::{Malformed, exactly};
use crate::move_list::{ListId, Step};

/// A move away from this phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moving {
    /// What its lists are called.
    pub list: ListId,
    /// When it began.
    pub begun_at: UnixTime,
}

/// How far an account's move had come, and by which list it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerStep {
    id: EntryId,
    step: Option<(Step, UnixTime)>,
    origin: Option<Origin>,
}

impl FormerStep {
    /// What is known of an account now.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self { id: entry.id, step: entry.care.step, origin: entry.care.origin }
    }
}

pub(super) const MOVING_LEN: usize = 16;

impl Moving {
    pub(super) fn encode(&self) -> [u8; MOVING_LEN] {
        let mut value = [0; MOVING_LEN];
        value[..8].copy_from_slice(&self.list.0);
        value[8..].copy_from_slice(&self.begun_at.0.to_be_bytes());
        value
    }

    pub(super) fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let bytes: [u8; MOVING_LEN] = exactly(value)?;
        let (list, begun_at) = bytes.split_at(8);
        let begun_at = UnixTime(u64::from_be_bytes(exactly(begun_at)?));
        Ok(Self { list: ListId(exactly(list)?), begun_at })
    }
}

impl Vault {
    /// The move away from this phone that is under way.
    pub fn moving(&self) -> Option<Moving> {
        self.body.moving
    }

    /// Begins a move, or ends it; what was marked about the accounts stays.
    pub fn set_moving(&mut self, moving: Option<Moving>) {
        self.body.moving = moving;
    }

    /// When the person is next asked whether there are ways in without this phone; `None` before the
    /// first time.
    pub fn ask_ready_at(&self) -> Option<UnixTime> {
        self.body.ask_ready_at
    }

    /// Asks then.
    pub fn set_ask_ready_at(&mut self, at: UnixTime) {
        self.body.ask_ready_at = Some(at);
    }

    /// Writes a note about an account in place of the one before.
    pub fn set_note(&mut self, id: EntryId, note: &str) -> Result<(), EntryError> {
        if note.len() > MAX_NOTE_LEN {
            return Err(EntryError::NoteTooLong);
        }
        self.entry_mut(id)?.care.write_note(note);
        Ok(())
    }

    /// Says by which list an account came.
    pub fn set_origin(&mut self, id: EntryId, origin: Origin) -> Result<(), EntryError> {
        self.entry_mut(id)?.care.origin = Some(origin);
        Ok(())
    }

    /// Marks how far an account's move has come.
    pub fn set_step(&mut self, id: EntryId, step: Step, now: UnixTime) -> Result<(), EntryError> {
        self.entry_mut(id)?.care.step = Some((step, now));
        Ok(())
    }

    /// Forgets how far every account's move has come and by which list it came; gives what it was.
    pub fn forget_steps(&mut self) -> Vec<FormerStep> {
        let mut former = Vec::new();
        for entry in &mut self.body.entries {
            if entry.care.step.is_none() && entry.care.origin.is_none() {
                continue;
            }
            former.push(FormerStep::of(entry));
            (entry.care.step, entry.care.origin) = (None, None);
        }
        former
    }

    /// Remembers that again, of the accounts that are still there and of which nothing newer is known.
    pub fn recall_steps(&mut self, former: &[FormerStep]) {
        for FormerStep { id, step, origin } in former {
            if let Ok(entry) = self.entry_mut(*id)
                && entry.care.origin.is_none()
                && entry.care.step.is_none()
            {
                (entry.care.step, entry.care.origin) = (*step, *origin);
            }
        }
    }

    /// Knows of these accounts what was known before, as far as they are still there; gives what was known
    /// until now.
    pub(crate) fn swap_steps(&mut self, former: &[FormerStep]) -> Vec<FormerStep> {
        let mut until_now = Vec::new();
        for FormerStep { id, step, origin } in former {
            let Ok(entry) = self.entry_mut(*id) else { continue };
            until_now.push(FormerStep::of(entry));
            (entry.care.step, entry.care.origin) = (*step, *origin);
        }
        until_now
    }

    /// Notes down which ways in there are without this phone.
    pub fn set_readiness(&mut self, id: EntryId, ready: Readiness) -> Result<(), EntryError> {
        self.entry_mut(id)?.care.readiness = ready;
        Ok(())
    }
}
