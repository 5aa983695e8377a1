//! Every change goes to the disk at once: applied in memory, sealed, saved, and taken back if that
//! fails.

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::astray::{self, Found};
use super::{refuse, retire, watch};
use crate::intake::{self, Standing};
use crate::msg::OpenFailure;
use crate::ports::{Expected, LoadError, SaveError, Stamp};
use crate::screen::Beside;
use crate::state::{
    Applied, Astray, Change, MoveChange, Notice, Opened, Order, Page, Retrying, Saving, Stage,
    State,
};
use crate::vault::{ReopenError, Vault};
use crate::{Effect, Ticket};

/// How often a change is tried again because another instance saved in between.
const RELOADS: u8 = 3;

/// Makes a change and sends it to the disk. While another is on its way, nothing happens: the
/// screen says that it is busy.
pub(super) fn keep(state: &mut State, change: Change, now: UnixTime) -> Vec<Effect> {
    carry_out(state, Order::of(change), now)
}

/// Takes back what the notice is about.
pub(super) fn undo(state: &mut State, now: UnixTime) -> Vec<Effect> {
    if state.opened().is_none_or(Opened::is_busy) {
        return Vec::new();
    }
    let offered = state.notice.take_if(|notice| notice.undo.is_some());
    match offered.and_then(|notice| notice.undo) {
        Some(change) => carry_out(state, Order { undoes: true, ..Order::of(change) }, now),
        None => Vec::new(),
    }
}

pub(super) fn carry_out(state: &mut State, order: Order, now: UnixTime) -> Vec<Effect> {
    let Stage::Open(opened) = &mut state.stage else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let before = opened.vault.clone();
    match make(&mut opened.vault, &order.change, now, &mut *state.rng) {
        Ok((applied, sealed)) => {
            let awaited = state.tickets.issue();
            let over = order.over.unwrap_or_else(|| opened.on_disk.into());
            let stamp = Stamp::of(&sealed);
            let mut memo = opened.memo;
            match order.change {
                // The person saw what the other copy is.
                Change::Join(_) | Change::GiveWay(_) => memo.accept(&opened.vault),
                _ => memo.saw(&opened.vault),
            }
            let kept = opened.vault.seal_memo(&memo);
            opened.saving = Some(Saving { awaited, stamp, order, applied, memo, before });
            vec![Effect::Save { ticket: awaited, sealed, over, memo: kept }]
        }
        Err(reason) => {
            opened.vault = before;
            fail(state, order, reason, now);
            Vec::new()
        }
    }
}

/// Says why an order was not carried out; what a notice offered, it offers again.
fn fail(state: &mut State, order: Order, reason: String, now: UnixTime) {
    if matches!(order.change, Change::Move(MoveChange::EmptyTrash)) {
        // Nobody asked for it, and the next unlocking tries again.
        return;
    }
    if order.undoes {
        let undo = Some(order.change);
        state.notice = Some(Notice { trouble: true, undo, ..Notice::new(reason, now) });
    } else {
        refuse(state, reason, beside(&order.change), now);
    }
}

/// The part of an entry's page in which this is ordered.
fn beside(change: &Change) -> Beside {
    match change {
        Change::Advance { .. } => Beside::Code,
        Change::Remove { .. } => Beside::Delete,
        Change::Move(MoveChange::Note { .. }) => Beside::Note,
        Change::Move(_) => Beside::Ways,
        Change::Add(_)
        | Change::Rename { .. }
        | Change::Replace { .. }
        | Change::WaitAgain(_)
        | Change::HandOver { .. }
        | Change::HandBack(_)
        | Change::Restore(_)
        | Change::Join(_)
        | Change::GiveWay(_)
        | Change::Correct(_) => Beside::Names,
    }
}

fn make(
    vault: &mut Vault,
    change: &Change,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<(Applied, Vec<u8>), String> {
    let applied = change.apply(vault, now, rng).map_err(|reason| reason.to_string())?;
    let sealed = vault.seal(now, rng).map_err(|reason| reason.to_string())?;
    Ok((applied, sealed))
}

/// The save was answered.
pub(super) fn saved(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<(), SaveError>,
    now: UnixTime,
) -> Vec<Effect> {
    if state.late_save.take_if(|late| *late == ticket).is_some() {
        return late(state, outcome, now);
    }
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let Some(saving) = opened.saving.take_if(|saving| saving.awaited == ticket) else {
        return Vec::new();
    };
    match outcome {
        Ok(()) => {
            opened.on_disk = Expected::Stamped(saving.stamp);
            opened.memo = saving.memo;
            let pasted = opened.pasted.take_if(|_| brings_secret(&saving.order));
            astray::is_over(state);
            done(state, &saving.order, saving.applied, now);
            if saving.order.brings_back {
                add_to_notice(state, "The vault file had been removed; it was written again.", now);
            }
            let Some(text) = pasted else { return Vec::new() };
            let clears = state.config.clears();
            add_to_notice(state, &clears, now);
            vec![Effect::ClearClipboard { text }]
        }
        Err(SaveError::Conflict) if saving.order.reloads < RELOADS => {
            opened.vault = saving.before;
            let mut order = saving.order;
            order.reloads += 1;
            order.over = None;
            let awaited = state.tickets.issue();
            if let Some(opened) = state.opened_mut() {
                opened.retrying = Some(Retrying { awaited, order });
            }
            vec![Effect::Reload { ticket: awaited }]
        }
        Err(SaveError::Retired(end)) => retire::elsewhere(state, end),
        Err(SaveError::InTheWay(sentence)) => {
            opened.vault = saving.before;
            bar(state, saving.order, LoadError::Other(sentence), now);
            Vec::new()
        }
        Err(reason) => {
            opened.vault = saving.before;
            fail(state, saving.order, reason.to_string(), now);
            Vec::new()
        }
    }
}

/// The vault as another instance left it is here: open it with the key at hand, and make the change
/// again on top of it.
pub(super) fn reloaded(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Vec<u8>, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let Some(retrying) = opened.retrying.take_if(|waits| waits.awaited == ticket) else {
        return Vec::new();
    };
    if matches!(outcome, Err(OpenFailure::Missing)) {
        // There is nothing on disk to lose, and everything to lose in not saving.
        let over = Some(Expected::Nothing.into());
        return carry_out(state, Order { brings_back: true, over, ..retrying.order }, now);
    }
    let outcome = match outcome {
        Err(OpenFailure::Load(error)) if error != LoadError::Busy => {
            bar(state, retrying.order, error, now);
            return Vec::new();
        }
        outcome => outcome,
    };
    let found =
        outcome.map_err(|failure| failure.to_string()).map(|sealed| astray::find(opened, &sealed));
    let found = match found {
        Ok(Found::Astray(found)) => {
            astray::tell(state, found, true);
            fail(state, retrying.order, ASTRAY_MEANWHILE.to_owned(), now);
            return Vec::new();
        }
        Ok(Found::Newer(vault, stamp)) => Ok((vault, stamp)),
        Ok(Found::Rekeyed) => Err(ReopenError::OtherKey.to_string()),
        Ok(Found::Unusable(reason)) => Err(reason.to_string()),
        Err(reason) => Err(reason),
    };
    match found {
        Ok((vault, stamp)) => {
            opened.vault = *vault;
            opened.on_disk = Expected::Stamped(stamp);
            leave_what_is_gone(opened);
            if opened.memo.is_missed_by(&opened.vault) {
                // Put back while the app runs: the person decides before anything is built on it.
                state.turn_to(Page::Older);
                fail(state, retrying.order, OLDER_MEANWHILE.to_owned(), now);
                return Vec::new();
            }
            let mut effects = vec![watch::remember(opened)];
            match asks_first(opened, &retrying.order.change) {
                Some(page) => state.turn_to(page),
                None => effects.extend(carry_out(state, retrying.order, now)),
            }
            effects
        }
        Err(reason) => {
            fail(state, retrying.order, reason, now);
            Vec::new()
        }
    }
}

/// What is in the file's place cannot be read or replaced: told at once, as whatever else is there.
fn bar(state: &mut State, order: Order, error: LoadError, now: UnixTime) {
    astray::tell(state, Astray::Barred(error), true);
    let reason = match order.change {
        Change::Join(_) | Change::GiveWay(_) => STILL_BARRED,
        _ => ASTRAY_MEANWHILE,
    };
    fail(state, order, reason.to_owned(), now);
}

const STILL_BARRED: &str =
    "This is so at the moment, and nothing was written; put it right, then try again.";

const ASTRAY_MEANWHILE: &str = "Something else was put in the place of the vault file meanwhile, so this was not saved; answer here \
     first, then try again.";

const OLDER_MEANWHILE: &str = "An older copy of the vault file was put in its place meanwhile, so \
                               this was not saved; look at its date, then try again.";

/// Leaves the page of an entry that the other instance deleted, and that of an older copy which is none any more.
pub(super) fn leave_what_is_gone(opened: &mut Opened) {
    let vault = &opened.vault;
    match &mut opened.page {
        Page::Entry { id, .. } | Page::Known { id, .. } if vault.entry(*id).is_none() => {
            opened.page = Page::Codes;
            opened.errand = None;
        }
        Page::Clash { here: Some(here), .. } if vault.entry(*here).is_none() => {
            opened.page = Page::Codes;
            opened.errand = None;
        }
        Page::Older if !opened.memo.is_missed_by(vault) => opened.page = Page::Codes,
        Page::Clash { ids, .. } => ids.retain(|id| vault.entry(*id).is_some()),
        _ => {}
    }
}

/// Whether the other instance added what was to be added here: then the person is asked, as if it
/// had been there before.
fn asks_first(opened: &Opened, change: &Change) -> Option<Page> {
    let Change::Add(draft) = change else { return None };
    match (intake::standing(&opened.vault, draft), &opened.page) {
        (Standing::AlreadyHere { id, further_on }, _) => Some(Page::Known { id, further_on }),
        (
            Standing::SameSecret(ids) | Standing::SameNames(ids) | Standing::PerhapsAwaited(ids),
            Page::Confirm { draft, typed, .. },
        ) => {
            let (draft, typed) = (draft.clone(), typed.clone());
            Some(Page::Clash { draft, typed, here: None, ids, error: None })
        }
        _ => None,
    }
}

/// A save that was under way at the lock was answered.
fn late(state: &mut State, outcome: Result<(), SaveError>, now: UnixTime) -> Vec<Effect> {
    if outcome.is_err() {
        state.say_trouble("The last change was not saved before the lock; make it again.", now);
    }
    Vec::new()
}

/// A change is on disk: go where the person expects to be, and say so.
fn done(state: &mut State, order: &Order, applied: Applied, now: UnixTime) {
    let name = applied.name;
    let (sentence, undo) = match &order.change {
        Change::Add(_) => (format!("{name} was added."), false),
        Change::Rename { .. } => (format!("Renamed to {name}."), true),
        Change::Replace { .. } if matches!(applied.undo, Some(Change::WaitAgain(_))) => {
            (re_enrolled(state, &name), true)
        }
        Change::WaitAgain(_) => (
            format!(
                "{name} waits again; scan the barcode once more for the account that it is of."
            ),
            true,
        ),
        Change::Replace { .. } if order.undoes => {
            (format!("{name} gives its former codes again."), true)
        }
        Change::Replace { .. } if applied.undo.is_none() => (re_enrolled(state, &name), false),
        Change::Replace { .. } => (format!("{name} now gives its new codes."), true),
        Change::HandOver { .. } => (re_enrolled(state, &name), true),
        Change::HandBack(_) => (format!("{name} waits again."), false),
        Change::Remove { .. } => (format!("{name} was deleted."), true),
        Change::Restore(_) => (format!("{name} is back."), false),
        Change::Correct(_) => (name, true),
        Change::Join(theirs) => {
            let sentence = match (theirs, order.over.and_then(|over| over.set_aside)) {
                (Some(_), _) => "The accounts of both are in the vault now.".to_owned(),
                (None, Some(_)) => {
                    format!("The vault file was written again.{}", astray::SET_ASIDE)
                }
                (None, None) => "The vault file was written again.".to_owned(),
            };
            state.notice = Some(Notice::new(sentence, now));
            return;
        }
        Change::GiveWay(_) => {
            let sentence = "The file is used as it is. What was only open here lies in the trash for 30 \
                            days; the settings list it, to be brought back.";
            state.notice = Some(Notice::new(sentence.to_owned(), now));
            return;
        }
        Change::Move(_) => {
            let undo = applied.undo;
            if !name.is_empty() {
                state.notice = Some(Notice { undo, ..Notice::new(name, now) });
            }
            leave_form(state);
            return;
        }
        Change::Advance { id } => {
            if let (Some(opened), Some(code)) = (state.opened_mut(), applied.code) {
                opened.revealed = Some((*id, code));
            }
            return;
        }
    };
    let undo = applied.undo.filter(|_| undo);
    state.notice = Some(Notice { undo, ..Notice::new(sentence, now) });
    let came = applied.id.filter(|_| brings_secret(order));
    leave_form(state);
    if let Some(opened) = state.opened_mut() {
        let on_checklist = matches!(opened.page, Page::Moving { .. });
        opened.fresh = came.filter(|_| on_checklist);
    }
}

/// What to say of an account that waited and has its secret now.
fn re_enrolled(state: &State, name: &str) -> String {
    let entries = state.opened().map_or(&[][..], |opened| opened.vault.entries());
    match entries.iter().filter(|entry| !entry.has_secret()).count() {
        0 => format!("{name} is re-enrolled; no account waits any more."),
        1 => format!("{name} is re-enrolled; 1 account still waits."),
        left => format!("{name} is re-enrolled; {left} accounts still wait."),
    }
}

/// Whether it gives an account a secret that it did not have.
fn brings_secret(order: &Order) -> bool {
    let brings =
        matches!(order.change, Change::Add(_) | Change::Replace { .. } | Change::HandOver { .. });
    brings && !order.undoes
}

/// Adds a sentence to what was said of the change.
fn add_to_notice(state: &mut State, said: &str, now: UnixTime) {
    let mut notice = state.notice.take().unwrap_or_else(|| Notice::new(String::new(), now));
    notice.sentence = format!("{} {said}", notice.sentence).trim_start().to_owned();
    state.notice = Some(notice);
}

/// Leaves the page whose purpose is fulfilled.
fn leave_form(state: &mut State) {
    let Some(opened) = state.opened() else { return };
    match opened.page {
        Page::Confirm { .. } | Page::Clash { .. } => {
            let home = opened.home().unwrap_or(Page::Codes);
            state.turn_to(home);
        }
        Page::Clock { .. } => state.turn_to(Page::Codes),
        Page::List { .. } => state.turn_to(Page::Moving { part: 1, error: None }),
        Page::Entry { id, .. } => {
            let gone = opened.vault.entry(id).is_none();
            state.turn_to(if gone { Page::Codes } else { Page::Entry { id, error: None } });
        }
        _ => {}
    }
}
