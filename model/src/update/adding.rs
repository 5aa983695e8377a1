//! Adding an account: read, confirmed, compared with what is here, saved.

use holdfast_otp::UnixTime;

use super::clash::{ahead, known, pressed};
use super::{clock, entry::NO_NAME, go, moving, refuse, save};
use crate::intake::{self, Intake, Refusal, Standing};
use crate::msg::ReadError;
use crate::ports::FileError;
use crate::scan::FoundText;
use crate::screen::{Beside, HandForm};
use crate::state::{Change, Page, State};
use crate::{Effect, SecretText, Ticket, naming};

/// Asks for a picture or the clipboard, on the page with the ways to add.
pub(super) fn ask(state: &mut State, effect: impl FnOnce(Ticket) -> Effect) -> Vec<Effect> {
    if !may_add(state) {
        return Vec::new();
    }
    let mut effects = go(state, Page::Add { error: None });
    let ticket = state.tickets.issue();
    if let Some(opened) = state.opened_mut() {
        opened.reading = Some(ticket);
        opened.pasted = None;
    }
    effects.push(effect(ticket));
    effects
}

/// The picture or the clipboard was read.
pub(super) fn read(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Option<Vec<FoundText>>, ReadError>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.reading.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    match outcome {
        Ok(Some(texts)) => take(state, texts.iter().map(FoundText::as_str), now),
        Ok(None) => Vec::new(),
        Err(reason) => {
            opened.no_dialog |= matches!(reason, ReadError::File(FileError::NoDialog));
            go(state, Page::Add { error: Some(reason.to_string()) })
        }
    }
}

/// The clipboard was read, and holds this text. Where it is that of one account, it is remembered until
/// that is saved: then it has no business on the clipboard any more.
pub(super) fn pasted(
    state: &mut State,
    ticket: Ticket,
    text: SecretText,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.reading.take_if(|awaited| *awaited == ticket).is_none() {
        return Vec::new();
    }
    let effects = take(state, std::iter::once(text.as_str()), now);
    if let Some(opened) = state.opened_mut()
        && matches!(opened.page, Page::Confirm { .. } | Page::ByHand { .. })
    {
        opened.pasted = Some(text);
    }
    effects
}

/// A text was pasted or typed: one link or key, or a link on each line.
pub(super) fn text_given(state: &mut State, text: &SecretText, now: UnixTime) -> Vec<Effect> {
    if !may_add(state) {
        return Vec::new();
    }
    take(state, std::iter::once(text.as_str()), now)
}

/// The links of a text if each of them is a good one, else the text as one piece.
fn pieces(text: &str) -> Vec<&str> {
    let links = intake::links(text);
    let each_complete =
        links.iter().all(|link| matches!(intake::read(link), Ok(Intake::Complete(_))));
    if each_complete { links } else { vec![text] }
}

/// Goes on with what was read: to the one account, to a choice, or back with the reason.
fn take<'a>(
    state: &mut State,
    texts: impl Iterator<Item = &'a str> + Clone,
    now: UnixTime,
) -> Vec<Effect> {
    if let Some(text) = clock::barcode(texts.clone()) {
        return match clock::read(state, text, now) {
            Ok(effects) => effects,
            Err(sentence) => go(state, Page::Add { error: Some(sentence) }),
        };
    }
    let parts = moving::parts(texts.clone());
    if !parts.is_empty() {
        return moving::gather(state, &parts).0;
    }
    match sift(texts) {
        Ok(usable) => {
            let page = intake_page(state, usable);
            go(state, page)
        }
        Err(reason) => go(state, Page::Add { error: Some(reason.to_string()) }),
    }
}

/// What can become an account; where nothing can, why the first text cannot.
pub(super) fn sift<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<Intake>, Refusal> {
    let mut usable = Vec::new();
    let mut refusal = None;
    for text in texts.flat_map(pieces) {
        match intake::read(text) {
            Ok(intake) if !usable.contains(&intake) => usable.push(intake),
            Ok(_) => {}
            Err(reason) => {
                refusal.get_or_insert(reason);
            }
        }
    }
    if usable.is_empty() { Err(refusal.unwrap_or(Refusal::Empty)) } else { Ok(usable) }
}

pub(super) fn intake_page(state: &State, mut usable: Vec<Intake>) -> Page {
    match usable.pop() {
        Some(last) if usable.is_empty() => page_for(state, last, None),
        Some(last) => {
            usable.push(last);
            Page::Choose { choices: usable }
        }
        None => Page::Add { error: None },
    }
}

fn page_for(state: &State, intake: Intake, typed: Option<HandForm>) -> Page {
    match intake {
        Intake::BareKey(key) => {
            Page::ByHand { form: HandForm { key, ..HandForm::empty() }, error: None }
        }
        Intake::Complete(draft) => {
            let known =
                state.opened().and_then(|opened| match intake::standing(&opened.vault, &draft) {
                    Standing::AlreadyHere { id, further_on } => {
                        Some(known(opened, &draft, &typed, id, further_on))
                    }
                    _ => None,
                });
            known.unwrap_or(Page::Confirm { draft, typed, error: None })
        }
    }
}

pub(super) fn open_by_hand(state: &mut State) -> Vec<Effect> {
    state.opened_mut().into_iter().for_each(|opened| opened.pasted = None);
    go(state, Page::ByHand { form: HandForm::empty(), error: None })
}

/// The form is complete. A whole link in the field of the key is read as one.
pub(super) fn by_hand_done(state: &mut State, form: HandForm) -> Vec<Effect> {
    let Some(Page::ByHand { form: kept, error }) =
        state.opened_mut().map(|opened| &mut opened.page)
    else {
        return Vec::new();
    };
    let draft = match intake::read(form.key.as_str()) {
        Ok(Intake::Complete(draft)) => Ok(draft),
        Err(reason @ Refusal::KeyUri(_)) => Err(reason.to_string()),
        _ => form.draft().map_err(|reason| reason.to_string()),
    };
    *kept = form.clone();
    match draft {
        Ok(draft) => {
            let page = page_for(state, Intake::Complete(draft), Some(form));
            go(state, page)
        }
        Err(reason) => {
            *error = Some(reason);
            Vec::new()
        }
    }
}

pub(super) fn choose(state: &mut State, place: usize) -> Vec<Effect> {
    let Some(Page::Choose { choices }) = state.opened().map(|opened| &opened.page) else {
        return Vec::new();
    };
    match choices.get(place).cloned() {
        Some(intake) => {
            let page = page_for(state, intake, None);
            go(state, page)
        }
        None => Vec::new(),
    }
}

/// The ways to add, for whatever account.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) {
        opened.errand = None;
    }
    go(state, Page::Add { error: None })
}

/// The names are settled: save, unless something of it is here already.
pub(super) fn save_draft(
    state: &mut State,
    issuer: &str,
    account: &str,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut().filter(|opened| !opened.is_busy()) else {
        return Vec::new();
    };
    let Page::Confirm { draft, typed, error } = &mut opened.page else { return Vec::new() };
    (draft.issuer, draft.account) = (naming::plain(issuer), naming::plain(account));
    *error = None;
    if draft.issuer.is_empty() && draft.account.is_empty() {
        refuse(state, NO_NAME.to_owned(), Beside::Names, now);
        return Vec::new();
    }
    let (draft, typed) = (draft.clone(), typed.clone());
    let pressed = pressed(opened);
    match intake::standing(&opened.vault, &draft) {
        // It bears other names than the account whose barcode was to be scanned.
        Standing::New if !pressed.is_empty() => {
            go(state, Page::Clash { draft, typed, here: None, ids: pressed, error: None })
        }
        Standing::New => save::keep(state, Change::Add(Box::new(draft)), now),
        Standing::AlreadyHere { id, further_on } => {
            let page = known(opened, &draft, &typed, id, further_on);
            go(state, page)
        }
        Standing::Awaited(id) => {
            let (secret, parameters) = (Box::new(draft.secret), draft.parameters);
            save::keep(state, Change::Replace { id, secret, parameters }, now)
        }
        // The one that was pressed comes first, whatever else it may be.
        Standing::PerhapsAwaited(others) => {
            let ids = ahead(&pressed, others);
            go(state, Page::Clash { draft, typed, here: None, ids, error: None })
        }
        Standing::SameSecret(ids) if !pressed.is_empty() => {
            let here = ids.first().copied();
            go(state, Page::Clash { draft, typed, here, ids: pressed, error: None })
        }
        // Whatever else bears these names: what was pressed waits for this barcode.
        Standing::SameNames(others) => {
            let ids = ahead(&pressed, others);
            go(state, Page::Clash { draft, typed, here: None, ids, error: None })
        }
        Standing::SameSecret(ids) => {
            go(state, Page::Clash { draft, typed, here: None, ids, error: None })
        }
    }
}

/// Whether something may be added now: the vault is open and no save is under way.
pub(super) fn may_add(state: &State) -> bool {
    state.opened().is_some_and(|opened| !opened.is_busy())
}
