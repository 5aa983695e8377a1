//! The codes of the present time step, so that a second that passes opens no secret.

use std::collections::HashMap;

use holdfast_otp::{Code, Parameters, Secret, TimeStep, UnixTime, totp};

use crate::vault::{Entry, EntryError, EntryId, Vault};

/// What an entry gives at one moment.
#[derive(Clone)]
pub(crate) struct Face {
    /// The code.
    pub code: Code,
    /// The one after it, in the last third of the period.
    pub next: Option<Code>,
}

/// The faces of all entries whose codes roll. Only the passing of time turns it; whatever else
/// happens empties it, because it may have changed the vault.
#[derive(Default)]
pub(crate) struct Dial {
    faces: HashMap<EntryId, (Moment, Face)>,
}

/// As long as this is the same, so is the face.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    step: TimeStep,
    last_third: bool,
}

impl Dial {
    /// Makes the faces of `now`, where they are not there yet.
    pub fn turn(&mut self, vault: &Vault, now: UnixTime) {
        for entry in vault.entries() {
            let Some(moment) = Moment::of(&entry.parameters, now) else { continue };
            if self.faces.get(&entry.id).is_some_and(|(made, _)| *made == moment) {
                continue;
            }
            match made(vault, entry, now) {
                Ok(face) => self.faces.insert(entry.id, (moment, face)),
                Err(_) => self.faces.remove(&entry.id),
            };
        }
    }

    /// Forgets all codes.
    pub fn clear(&mut self) {
        self.faces.clear();
    }

    /// The face of an entry whose codes roll, at `now`.
    pub fn face(&self, vault: &Vault, entry: &Entry, now: UnixTime) -> Result<Face, EntryError> {
        let moment = Moment::of(&entry.parameters, now);
        match self.faces.get(&entry.id) {
            Some((made, face)) if Some(*made) == moment => Ok(face.clone()),
            _ => made(vault, entry, now),
        }
    }
}

impl Moment {
    fn of(parameters: &Parameters, now: UnixTime) -> Option<Self> {
        let period = parameters.kind.period()?;
        let last_third = totp::seconds_left(now, period).saturating_mul(3) <= period.seconds();
        Some(Self { step: totp::step(now, period), last_third })
    }
}

impl Face {
    /// What this secret gives at `now`; for a counter, the code it stands at.
    pub fn of(parameters: &Parameters, secret: &Secret, now: UnixTime) -> Self {
        let last_third = Moment::of(parameters, now).is_some_and(|moment| moment.last_third);
        let next = last_third.then(|| parameters.next_code(secret, now));
        Self { code: parameters.code(secret, now), next }
    }
}

fn made(vault: &Vault, entry: &Entry, now: UnixTime) -> Result<Face, EntryError> {
    Ok(Face::of(&entry.parameters, &vault.secret(entry.id)?, now))
}
