//! How far this device's clock is off, as a time barcode proved and the person confirmed (spec P5).

use holdfast_otp::{Kind, TimeBarcode, UnixTime};

use super::Vault;
use super::entry::{Entry, EntryId};
use super::fields::{Malformed, exactly};
use super::key::leaving_nothing;

/// The furthest that codes are moved, in seconds: 10 minutes. Whoever has the secret of one account
/// can prove any time, and must not be shown tomorrow's codes of the others for it.
pub const MOST_OFFSET: u32 = 600;

/// What is kept of the clock. Nothing of it is secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// Seconds that are added to the device's time wherever a code is made: positive where the device
    /// is slow, negative where it is fast, 0 where nothing is corrected. At most [`MOST_OFFSET`]
    /// either way.
    pub offset: i32,
    /// The newest time of a barcode that was confirmed; an older one is not believed again.
    pub newest: Option<UnixTime>,
    /// When it was confirmed, by the device's own clock.
    pub since: UnixTime,
}

/// Offset (4, two's complement), newest (8, 0 for none), since (8).
pub(super) const CORRECTION_LEN: usize = 20;

impl Correction {
    pub(super) fn encode(&self) -> [u8; CORRECTION_LEN] {
        let mut value = [0; CORRECTION_LEN];
        value[..4].copy_from_slice(&self.offset.to_be_bytes());
        value[4..12].copy_from_slice(&self.newest.map_or(0, |time| time.0).to_be_bytes());
        value[12..].copy_from_slice(&self.since.0.to_be_bytes());
        value
    }

    /// An offset beyond the bound counts as none: no file moves the codes further.
    pub(super) fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let bytes: [u8; CORRECTION_LEN] = exactly(value)?;
        let (offset, times) = bytes.split_at(4);
        let (newest, since) = times.split_at(8);
        let offset = i32::from_be_bytes(exactly(offset)?);
        let newest = u64::from_be_bytes(exactly(newest)?);
        Ok(Self {
            offset: if offset.unsigned_abs() <= MOST_OFFSET { offset } else { 0 },
            newest: (newest > 0).then_some(UnixTime(newest)),
            since: UnixTime(u64::from_be_bytes(exactly(since)?)),
        })
    }
}

impl Vault {
    /// How far this device's clock is off, as far as is known.
    pub fn correction(&self) -> Correction {
        self.body.correction.unwrap_or_default()
    }

    /// Moves the codes from now on; an offset beyond [`MOST_OFFSET`] is cut there.
    pub fn set_correction(&mut self, correction: Correction) {
        let most = MOST_OFFSET.cast_signed();
        let offset = correction.offset.clamp(-most, most);
        self.body.correction = Some(Correction { offset, ..correction });
    }

    /// The time for which codes are made while the device's clock says `now`.
    pub fn corrected(&self, now: UnixTime) -> UnixTime {
        UnixTime(now.0.saturating_add_signed(self.correction().offset.into()))
    }

    /// The account under whose secret a time barcode was made, and its time. Opens the secrets of the
    /// accounts whose codes follow the clock, one after the other, and erases each.
    pub fn proved(&self, barcode: &TimeBarcode) -> Option<(EntryId, UnixTime)> {
        let follows = |entry: &&Entry| !matches!(entry.parameters.kind, Kind::Hotp { .. });
        leaving_nothing(|| {
            self.entries().iter().filter(follows).find_map(|entry| {
                let time = barcode.time_by(&self.open_secret(entry).ok()?)?;
                Some((entry.id, time))
            })
        })
    }
}
