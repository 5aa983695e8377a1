//! What is here already, or may be what waits: asked, and answered.

use holdfast_otp::UnixTime;

use super::{go, save};
use crate::Effect;
use crate::intake::{self, Draft, Standing};
use crate::moving::{Awaited, awaited};
use crate::screen::HandForm;
use crate::state::{Change, Opened, Page, State};
use crate::vault::{Entry, EntryId};

/// The page of a draft whose codes are here already: what it is called; or whether it is not what waits
/// under another name.
pub(super) fn known(
    opened: &Opened,
    draft: &Draft,
    typed: &Option<HandForm>,
    id: EntryId,
    further_on: bool,
) -> Page {
    match may_be(opened, draft, id) {
        ids if ids.is_empty() => Page::Known { id, further_on },
        ids => {
            let (draft, typed) = (draft.clone(), typed.clone());
            Page::Clash { draft, typed, here: Some(id), ids, error: None }
        }
    }
}

/// The accounts that wait and may be the one that holds the draft's secret already, as when its barcode
/// was not scanned from the checklist: the one that was pressed, or else those of the draft's names.
pub(super) fn may_be(opened: &Opened, draft: &Draft, here: EntryId) -> Vec<EntryId> {
    let Some(held) = opened.vault.entry(here) else { return Vec::new() };
    let pressed = pressed(opened);
    if !pressed.is_empty() {
        return pressed;
    }
    match awaited(&opened.vault, &draft.issuer, &draft.account) {
        // Two that one list names are two accounts.
        Awaited::Sure(id) if !is_beside(opened, held, id) => vec![id],
        _ => Vec::new(),
    }
}

fn is_beside(opened: &Opened, held: &Entry, id: EntryId) -> bool {
    opened.vault.entry(id).is_some_and(|waits| waits.came_with(held))
}

/// The account that was pressed, as long as it waits, and before the person can tell them apart those that
/// wait under the same names; empty where none was.
pub(super) fn pressed(opened: &Opened) -> Vec<EntryId> {
    let waits = |id: &EntryId| opened.vault.entry(*id).is_some_and(|entry| !entry.has_secret());
    let sought = opened.errand.and_then(|errand| errand.sought).filter(waits);
    let Some(pressed) = sought.and_then(|id| opened.vault.entry(id)) else { return Vec::new() };
    let same = opened.vault.find_same_names(pressed.issuer.as_deref(), &pressed.account);
    ahead(&[pressed.id], same.into_iter().filter(waits).collect())
}

/// These before the others, and each once.
pub(super) fn ahead(first: &[EntryId], others: Vec<EntryId>) -> Vec<EntryId> {
    let others = others.into_iter().filter(|id| !first.contains(id));
    first.iter().copied().chain(others).collect()
}

/// The person re-enrolled: the new secret and its parameters take the place of the old ones, which
/// undo brings back. Or it is said that what is here is this account, which waited.
pub(super) fn replace(state: &mut State, id: EntryId, now: UnixTime) -> Vec<Effect> {
    match clash(state) {
        Some((draft, Some(from), ids)) if ids.contains(&id) => {
            // Where they make other codes than those that are here, the barcode's are the new ones.
            let same = state.opened().is_some_and(|opened| {
                matches!(intake::standing(&opened.vault, &draft), Standing::AlreadyHere { .. })
            });
            let parameters = (!same).then_some(draft.parameters);
            save::keep(state, Change::HandOver { from, to: id, parameters }, now)
        }
        Some((draft, None, ids)) if ids.contains(&id) => {
            let (secret, parameters) = (Box::new(draft.secret), draft.parameters);
            save::keep(state, Change::Replace { id, secret, parameters }, now)
        }
        _ => Vec::new(),
    }
}

pub(super) fn keep_both(state: &mut State, now: UnixTime) -> Vec<Effect> {
    match clash(state) {
        Some((draft, Some(id), _)) => go_on(state, draft, id),
        Some((draft, None, _)) => save::keep(state, Change::Add(Box::new(draft)), now),
        None => Vec::new(),
    }
}

/// What is here is none of those that wait: goes on as if none had been asked about.
fn go_on(state: &mut State, draft: Draft, here: EntryId) -> Vec<Effect> {
    let Some(opened) = state.opened() else { return Vec::new() };
    let page = match intake::standing(&opened.vault, &draft) {
        Standing::SameSecret(ids) => {
            Page::Clash { draft, typed: None, here: None, ids, error: None }
        }
        Standing::AlreadyHere { id, further_on } => Page::Known { id, further_on },
        _ => Page::Known { id: here, further_on: false },
    };
    go(state, page)
}

/// What is asked about: the draft, the account that holds its secret, and those that it may be.
fn clash(state: &State) -> Option<(Draft, Option<EntryId>, Vec<EntryId>)> {
    match &state.opened()?.page {
        Page::Clash { draft, here, ids, .. } => Some((draft.clone(), *here, ids.clone())),
        _ => None,
    }
}
