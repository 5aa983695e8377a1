//! The device's clock: a time barcode is read, and the person says whether codes follow it.

use holdfast_otp::{TimeBarcode, UnixTime, time_barcode};

use super::{go, save};
use crate::Effect;
use crate::clock::{ClockError, ClockMsg, Finding, judge, span};
use crate::state::{Change, Page, State};
use crate::vault::Correction;

pub(super) fn update(state: &mut State, msg: ClockMsg, now: UnixTime) -> Vec<Effect> {
    let Some(opened) = state.opened() else { return Vec::new() };
    let before = opened.vault.correction();
    let correction = match (msg, &opened.page) {
        (ClockMsg::Open, _) => return go(state, Page::Clock { found: None, error: None }),
        (ClockMsg::Correct, Page::Clock { found: Some(Finding::Off(off)), .. }) => {
            Correction { offset: off.offset, newest: Some(off.time), since: now }
        }
        (ClockMsg::Correct, _) => return Vec::new(),
        (ClockMsg::Remove, _) if before.offset == 0 => return Vec::new(),
        (ClockMsg::Remove, _) => Correction { offset: 0, since: now, ..before },
    };
    save::keep(state, Change::Correct(correction), now)
}

/// The time barcode among these texts.
pub(super) fn barcode<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    texts.find(|text| time_barcode::is_one(text))
}

/// A time barcode was read. In the viewfinder one looks on until it is sure; elsewhere the page with
/// the ways to read says how to go on.
pub(super) fn read(state: &mut State, text: &str, now: UnixTime) -> Result<Vec<Effect>, String> {
    let Some(opened) = state.opened_mut() else { return Ok(Vec::new()) };
    let in_camera = matches!(opened.page, Page::Camera(_));
    let barcode = TimeBarcode::parse(text).map_err(ClockError::from);
    match barcode.and_then(|barcode| judge(&opened.vault, &barcode, opened.look, now)) {
        Ok(Finding::Unsure { seconds, look }) => {
            opened.look = Some(look);
            let then = if in_camera {
                "hold the camera on it for some seconds, which will tell"
            } else {
                "read it once more in some seconds, which will tell"
            };
            let by = match opened.vault.correction().offset {
                0 => "This device is",
                _ => "By its corrected clock this device is",
            };
            Err(format!("{by} {} fast, or the barcode is that old; {then}.", span(seconds)))
        }
        Ok(found) => {
            opened.look = None;
            Ok(go(state, Page::Clock { found: Some(found), error: None }))
        }
        Err(error) => Err(error.to_string()),
    }
}
