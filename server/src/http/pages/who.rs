//! Who is signed in, and what every page of hers says besides: that a new phone is to take over, or that
//! changes are stopped.

use std::fmt;

use holdfast_otp::UnixTime;

use super::view::when;
use crate::domain::handover::Handover;
use crate::http::gate::Web;

/// Somebody who is signed in, as the pages name her.
#[derive(Clone, Copy, Default)]
pub struct Who<'a> {
    email: &'a str,
    due: Option<UnixTime>,
    barred: Option<UnixTime>,
}

impl Web {
    /// Who is signed in.
    pub fn who(&self) -> Option<Who<'_>> {
        Some(Who {
            email: self.account.email.as_str(),
            due: self.account.handover.as_ref().and_then(Handover::due),
            barred: self.account.barred_until(self.now),
        })
    }
}

impl Who<'_> {
    /// When a new phone takes over, if one waits.
    pub fn due(&self) -> Option<String> {
        self.due.map(when)
    }

    /// Until when no factor is changed, if that is so.
    pub fn barred(&self) -> Option<String> {
        self.barred.map(when)
    }
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.email)
    }
}
