//! One phone handing over to the next (M2), kept beside the phone that guards meanwhile.
//!
//! Only what proves the phone there is ([`Verified`]) begins one, only the new phone's first code goes
//! on, and what comes out is either the next [`Active`] or one that waits for its time. Until the
//! account is written with it, the old phone is the one that guards.

use holdfast_otp::{Secret, UnixTime};
use rand_core::CryptoRng;

use super::audit::Factor;
use super::code::Code;
use super::enrolment::{Active, Pending, Unconfirmed, Verified};
use super::ids::TokenDigest;
use super::letter::LetterId;

/// Seconds for which a new phone waits where an SMS stood for the old one (requirement 25).
pub const WAIT_SECONDS: u64 = 24 * 3600;

/// How far a change of phone has come.
#[derive(Clone, Debug)]
pub enum Handover {
    /// A barcode is on the screen of one session.
    Shown(Shown),
    /// The new phone is proved, and takes over at a moment to come.
    Waiting(Waiting),
}

/// A new phone's barcode, not proved yet. It guards nothing.
#[derive(Clone, Debug)]
pub struct Shown {
    pub(crate) pending: Pending,
    /// What stood for the phone there is.
    pub(crate) by: Factor,
}

/// A new phone that is proved and guards nothing yet: none of its codes is even compared.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub(crate) next: Active,
    pub(crate) due: UnixTime,
    /// The mails that tell its owner of it, at each address that is told.
    pub(crate) letters: Vec<LetterId>,
}

/// What the new phone's first code leads to.
#[derive(Debug)]
pub enum Confirmed {
    /// It takes the old one's place.
    Now(Active),
    /// It waits.
    Later(Waiting),
}

impl Handover {
    /// A new secret for the session that asked, after the old factor was shown; where that is worth no
    /// more than an SMS, the new phone waits as after an SMS.
    pub fn begin(
        proof: &Verified,
        by: Factor,
        session: TokenDigest,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Handover {
        let by = if proof.is_by_sms() { Factor::Sms } else { by };
        Handover::Shown(Shown { pending: Pending::begin(session, now, rng), by })
    }

    /// The secret to show, to nobody but the session that began.
    pub fn secret_for(&self, session: &TokenDigest, now: UnixTime) -> Option<&Secret> {
        match self {
            Handover::Shown(shown) => shown.pending.secret_for(session, now),
            Handover::Waiting(_) => None,
        }
    }

    /// When the new phone takes over, if it waits for that.
    pub fn due(&self) -> Option<UnixTime> {
        match self {
            Handover::Shown(_) => None,
            Handover::Waiting(waiting) => Some(waiting.due),
        }
    }

    /// The new phone, if its time has come.
    pub fn take_over(self, now: UnixTime) -> Option<Active> {
        match self {
            // What it has shown before is spent, as for every phone: its first code is a day old.
            Handover::Waiting(Waiting { next, due, .. }) if now >= due => {
                Some(Active { since: now, ..next })
            }
            Handover::Shown(_) | Handover::Waiting(_) => None,
        }
    }
}

impl Shown {
    /// What stood for the phone there is.
    pub fn by(&self) -> Factor {
        self.by
    }

    /// The new phone's first code; how far its clock is off is learned here, as when enrolling.
    pub fn confirm(
        self,
        session: &TokenDigest,
        code: &Code,
        now: UnixTime,
    ) -> Result<Confirmed, Unconfirmed> {
        let next = self.pending.confirm(session, code, now)?;
        if self.by != Factor::Sms {
            return Ok(Confirmed::Now(next));
        }
        let due = UnixTime(now.0.saturating_add(WAIT_SECONDS));
        Ok(Confirmed::Later(Waiting { next, due, letters: Vec::new() }))
    }
}

impl Waiting {
    /// When it takes over.
    pub fn due(&self) -> UnixTime {
        self.due
    }

    /// The mails that tell its owner of it.
    pub fn letters(&self) -> &[LetterId] {
        &self.letters
    }

    /// The same, told of by these mails.
    pub fn told_by(self, letters: Vec<LetterId>) -> Waiting {
        Waiting { letters, ..self }
    }

    /// The same, with its day from then: nobody was told before.
    pub fn from(self, begins: UnixTime) -> Waiting {
        Waiting { due: UnixTime(begins.0.saturating_add(WAIT_SECONDS)), ..self }
    }
}
