//! The server's time, proved to a phone that has no network (spec P5).

use holdfast_otp::{TimeBarcode, UnixTime};

use super::enrolment::Active;

impl Active {
    /// The time barcode of a moment, under a key derived from the secret that the phone has. `None`
    /// where the secret is too short for it, which none that this server made is.
    pub fn shown_time(&self, now: UnixTime) -> Option<TimeBarcode> {
        TimeBarcode::make(&self.secret, now).ok()
    }
}
