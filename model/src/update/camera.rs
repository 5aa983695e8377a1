//! The camera: started, chosen and heard.

use std::time::Duration;

use holdfast_otp::UnixTime;

use super::adding::{intake_page, may_add, sift};
use super::clash::may_be;
use super::{clock, go, moving};
use crate::Effect;
use crate::intake::{Intake, Refusal, Standing, standing};
use crate::msg::{CameraError, CameraFacts};
use crate::scan::{FoundText, Sight};
use crate::state::{Advice, Errand, Page, State, Viewfinder};
use crate::vault::EntryId;

pub(super) fn open(state: &mut State) -> Vec<Effect> {
    start(state, None)
}

/// The same for the new barcode of this account.
pub(super) fn open_for(state: &mut State, id: EntryId) -> Vec<Effect> {
    let errand = state.opened().map(|opened| Errand::to(id, &opened.page));
    let effects = start(state, None);
    if let (Some(opened), false) = (state.opened_mut(), effects.is_empty()) {
        opened.errand = errand;
    }
    effects
}

/// Takes another camera; the viewfinder begins anew.
pub(super) fn choose(state: &mut State, place: usize) -> Vec<Effect> {
    let facts = viewfinder(state).and_then(|finder| finder.camera.as_ref());
    match facts.and_then(|facts| facts.cameras.get(place)).cloned() {
        Some(camera) => start(state, Some(camera)),
        None => Vec::new(),
    }
}

fn start(state: &mut State, chosen: Option<String>) -> Vec<Effect> {
    if !may_add(state) {
        return Vec::new();
    }
    let mut effects = go(state, Page::Camera(Box::default()));
    effects.push(Effect::StartCamera { chosen });
    effects
}

pub(super) fn set_torch(state: &mut State, on: bool) -> Vec<Effect> {
    match viewfinder(state) {
        Some(Viewfinder { camera: Some(CameraFacts { torch: true, .. }), torch, .. }) => {
            *torch = on;
            vec![Effect::SetTorch(on)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn focus_at(state: &mut State, across: f32, down: f32) -> Vec<Effect> {
    match viewfinder(state) {
        Some(Viewfinder { camera: Some(CameraFacts { focus: true, .. }), .. }) => {
            vec![Effect::FocusAt(across.clamp(0.0, 1.0), down.clamp(0.0, 1.0))]
        }
        _ => Vec::new(),
    }
}

/// The camera runs, for the first time or again: what was seen before is no longer so.
pub(super) fn runs(state: &mut State, facts: CameraFacts) -> Vec<Effect> {
    if let Some(finder) = viewfinder(state) {
        *finder = Viewfinder { camera: Some(facts), ..Viewfinder::default() };
    }
    Vec::new()
}

pub(super) fn failed(state: &mut State, error: CameraError, facts: CameraFacts) -> Vec<Effect> {
    if let Some(finder) = viewfinder(state) {
        *finder = Viewfinder { camera: Some(facts), failure: Some(error), ..Viewfinder::default() };
    }
    Vec::new()
}

/// A frame held something. An account that is new leads on; of anything else the viewfinder tells,
/// and goes on looking.
pub(super) fn scanned(
    state: &mut State,
    texts: &[FoundText],
    at: Duration,
    now: UnixTime,
) -> Vec<Effect> {
    if viewfinder(state).is_none_or(|finder| finder.failure.is_some()) || texts.is_empty() {
        return Vec::new();
    }
    let parts = moving::parts(texts.iter().map(FoundText::as_str));
    if !parts.is_empty() {
        let (effects, trouble) = moving::gather(state, &parts);
        if let Some(reason) = trouble {
            advise(state, Advice::Told(reason.to_string()), at);
        }
        return effects;
    }
    if let Some(text) = clock::barcode(texts.iter().map(FoundText::as_str)) {
        match clock::read(state, text, now) {
            Ok(effects) => return effects,
            Err(sentence) => advise(state, Advice::Told(sentence), at),
        }
        return Vec::new();
    }
    let advice = match sift(texts.iter().map(FoundText::as_str)) {
        Ok(mut usable) => {
            let known = usable.iter().find_map(|intake| nothing_to_add(state, intake));
            usable.retain(|intake| nothing_to_add(state, intake).is_none());
            match known {
                Some(id) if usable.is_empty() => Advice::Known(id),
                _ => {
                    let page = intake_page(state, usable);
                    return go(state, page);
                }
            }
        }
        // Nobody has copied anything.
        Err(Refusal::Empty) => Advice::Refused(Refusal::Other),
        Err(reason) => Advice::Refused(reason),
    };
    advise(state, advice, at);
    Vec::new()
}

fn advise(state: &mut State, advice: Advice, at: Duration) {
    if let Some(finder) = viewfinder(state) {
        finder.guide.take(advice, at);
    }
}

/// A frame held nothing.
pub(super) fn sighted(state: &mut State, sight: Option<Sight>, at: Duration) -> Vec<Effect> {
    if let Some(finder) = viewfinder(state).filter(|finder| finder.failure.is_none()) {
        finder.guide.sighted(sight, at);
    }
    Vec::new()
}

/// The account that makes these codes already, where none that waits may be meant.
fn nothing_to_add(state: &State, intake: &Intake) -> Option<EntryId> {
    let Intake::Complete(draft) = intake else { return None };
    let opened = state.opened()?;
    match standing(&opened.vault, draft) {
        Standing::AlreadyHere { id, .. } => may_be(opened, draft, id).is_empty().then_some(id),
        _ => None,
    }
}

fn viewfinder(state: &mut State) -> Option<&mut Viewfinder> {
    match state.opened_mut().map(|opened| &mut opened.page) {
        Some(Page::Camera(finder)) => Some(finder),
        _ => None,
    }
}
