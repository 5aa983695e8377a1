//! The vault file is gone, damaged or another one while the vault is open: what this window holds is
//! whole, and nothing takes its place unseen.

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::{door, retire, save};
use crate::msg::OpenFailure;
use crate::ports::{Expected, LoadError, SaveError, Stamp};
use crate::state::{
    Astray, Change, Doubted, Kept, LastLook, LockedBy, Opened, Order, Over, Page, Stage, State,
};
use crate::vault::{Memo, OpenError, ReopenError, Vault, header_of};
use crate::{Effect, Ticket};

/// What a file in the vault's place is to the vault that is open.
pub(super) enum Found {
    /// It is built on what is open here, or holds all of it.
    Newer(Box<Vault>, Stamp),
    /// The passphrase was changed.
    Rekeyed,
    /// Neither.
    Astray(Astray),
    /// It cannot be used, for a reason that says what to do.
    Unusable(ReopenError),
}

/// Looks at it with the key at hand.
pub(super) fn find(opened: &Opened, sealed: &[u8]) -> Found {
    let stamp = Stamp::of(sealed);
    match opened.vault.reopen(sealed) {
        Ok(vault) if vault.descends_from(opened.vault.header().save_point()) => {
            Found::Newer(Box::new(vault), stamp)
        }
        Ok(vault) => Found::Astray(Astray::Parted { theirs: Box::new(vault), stamp }),
        Err(ReopenError::OtherKey) => {
            let ours = opened.vault.header();
            let goes_on = header_of(sealed).is_ok_and(|theirs| {
                theirs.vault_id() == ours.vault_id() && theirs.generation() > ours.generation()
            });
            if goes_on { Found::Rekeyed } else { Found::Astray(Astray::Other(stamp)) }
        }
        Err(ReopenError::Open(
            OpenError::NotAVault | OpenError::CutShort | OpenError::TooLong | OpenError::Damaged,
        )) => Found::Astray(Astray::Damaged(stamp)),
        Err(other) => Found::Unusable(other),
    }
}

/// Tells of it, once, and asks; never while a form is being filled in, whose save asks then.
pub(super) fn tell(state: &mut State, astray: Astray, at_once: bool) {
    let Some(opened) = state.opened_mut() else { return };
    let is_known = opened.astray.as_ref().is_some_and(|(known, told)| known.is(&astray) && *told);
    let asks = at_once || (!is_known && !super::watch::is_form(&opened.page));
    opened.astray = Some((astray, asks || is_known));
    if asks && !matches!(opened.page, Page::Astray { .. }) {
        let before = Box::new(std::mem::replace(&mut opened.page, Page::Codes));
        state.turn_to(Page::Astray { error: None, before });
    }
}

/// The file is what this window goes on from.
pub(super) fn is_over(state: &mut State) {
    state.doubted = None;
    let Some(opened) = state.opened_mut() else { return };
    if opened.astray.take().is_some() {
        leave(state);
    }
}

/// Goes back to where the person was. Who went on to another page meanwhile stays there, with what is typed.
pub(super) fn leave(state: &mut State) {
    let Some(opened) = state.opened_mut() else { return };
    if !matches!(opened.page, Page::Astray { .. }) {
        return;
    }
    if let Page::Astray { before, .. } = std::mem::replace(&mut opened.page, Page::Codes) {
        opened.page = *before;
        save::leave_what_is_gone(opened);
        state.visit += 1;
    }
}

/// The person keeps what this window holds: with what the file has, where that is a copy of this vault.
pub(super) fn keep(state: &mut State, now: UnixTime) -> Vec<Effect> {
    answer(state, Change::Join, now)
}

/// The person goes on with the file as it is.
pub(super) fn use_file(state: &mut State, now: UnixTime) -> Vec<Effect> {
    match state.opened().and_then(|opened| opened.astray.as_ref()) {
        Some((Astray::Parted { .. }, _)) => answer(state, Change::GiveWay, now),
        Some((Astray::Other(_), _)) => {
            if let Some(opened) = state.opened_mut() {
                opened.astray = None;
            }
            let effects = door::lock_for(state, LockedBy::OtherVault, now);
            // What it would find is what the person chose.
            state.last_look = None;
            effects
        }
        _ => Vec::new(),
    }
}

fn answer(
    state: &mut State,
    change: fn(Option<Box<Vault>>) -> Change,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    let (Page::Astray { error, .. }, Some((astray, _))) = (&mut opened.page, &opened.astray) else {
        return Vec::new();
    };
    *error = None;
    let over = Some(astray.over());
    let theirs = match astray {
        Astray::Parted { theirs, .. } => Some(theirs.clone()),
        _ => None,
    };
    save::carry_out(state, Order { over, ..Order::of(change(theirs)) }, now)
}

/// A lock drops the keys, and the file may have gone since the last look: what is open is kept, sealed, until one
/// more has found it.
pub(super) fn look_once_more(state: &mut State, now: UnixTime) -> Option<Effect> {
    let Stage::Open(opened) = &mut state.stage else { return None };
    let is_known = opened.astray.is_some() || opened.is_busy() || state.doubted.is_some();
    let Expected::Stamped(known) = opened.on_disk else { return None };
    if is_known {
        return None;
    }
    let (held, vault) = (opened.vault.header().save_point(), opened.vault.header().vault_id());
    let over = Over::from(Expected::Nothing);
    let kept = seal(opened.vault.clone(), opened.memo, over, now, &mut *state.rng)?;
    let ticket = state.tickets.issue();
    state.last_look = Some(LastLook { ticket, doubted: Doubted { held, kept } });
    Some(Effect::Look { ticket, known, vault })
}

/// It was answered. Of a newer file of this vault shows only at the next unlocking whether it is built on what
/// was open; anything else is not.
pub(super) fn looked_once_more(
    state: &mut State,
    doubted: Doubted,
    outcome: Result<Option<Vec<u8>>, OpenFailure>,
    now: UnixTime,
) -> Vec<Effect> {
    if let Err(OpenFailure::Retired(end)) = outcome {
        return retire::of_what_was_held(state, end, now);
    }
    let is_newer = |sealed: &[u8]| {
        let header_in = |bytes: &[u8]| header_of(bytes).ok().map(|header| header.vault_id());
        let is_ours = header_in(sealed) == header_in(&doubted.kept.sealed);
        let held = doubted.held.generation;
        is_ours && header_of(sealed).is_ok_and(|theirs| theirs.generation() > held)
    };
    match outcome {
        Ok(None) => return Vec::new(),
        Ok(Some(sealed)) if is_newer(&sealed) => {}
        Err(OpenFailure::Load(LoadError::Busy)) => {}
        _ if state.kept.is_none() => return write(state, doubted.kept),
        _ => {}
    }
    state.doubted.get_or_insert(doubted);
    Vec::new()
}

/// What a lock would lose, sealed, on its way to the disk: a lock waits for nothing, and loses nothing.
pub(super) fn seal_for_lock(state: &mut State, now: UnixTime) -> Vec<Effect> {
    let Stage::Open(opened) = &mut state.stage else { return Vec::new() };
    let Some((astray, _)) = &opened.astray else { return Vec::new() };
    let mut vault = opened.vault.clone();
    if let Astray::Parted { theirs, .. } = astray {
        // It fails for another vault alone, which this is not.
        let _ = vault.join(theirs, &mut *state.rng);
    }
    let kept = seal(vault, opened.memo, astray.over(), now, &mut *state.rng);
    kept.map(|kept| write(state, kept)).into_iter().flatten().collect()
}

/// The file has another passphrase, and whether it is built on what is open here shows only when it is
/// opened: what is open is kept until then, sealed, and in memory alone, since a passphrase that was
/// changed should open nothing more than it did.
pub(super) fn doubt(state: &mut State, now: UnixTime) {
    let Stage::Open(opened) = &mut state.stage else { return };
    let held = opened.vault.header().save_point();
    if state.doubted.as_ref().is_some_and(|doubted| doubted.held == held) {
        return;
    }
    let over = Over::from(Expected::Nothing);
    let kept = seal(opened.vault.clone(), opened.memo, over, now, &mut *state.rng);
    state.doubted = kept.map(|kept| Doubted { held, kept });
}

/// The file with another passphrase was opened. If it is not built on what had been open here, that is
/// written beside it.
pub(super) fn settle_doubt(state: &mut State) -> Vec<Effect> {
    // Something else that is not on the disk yet comes first, and this with the next unlocking.
    let Some(doubted) = state.doubted.take_if(|_| state.kept.is_none()) else { return Vec::new() };
    match state.opened() {
        Some(opened) if !opened.vault.descends_from(doubted.held) => write(state, doubted.kept),
        _ => Vec::new(),
    }
}

/// Says, where it is locked or closed meanwhile, what the window still holds.
pub(super) fn warn_of_doubt(state: &mut State) {
    if state.doubted.is_some() {
        state.kept_how = Some(DOUBTED.to_owned());
    }
}

/// The file with another passphrase is gone too, or damaged: what had been open here is written.
pub(super) fn give_up_doubt(state: &mut State) -> Vec<Effect> {
    match state.doubted.take_if(|_| state.kept.is_none()) {
        Some(doubted) => write(state, doubted.kept),
        None => Vec::new(),
    }
}

fn seal(
    mut vault: Vault,
    mut memo: Memo,
    over: Over,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Option<Kept> {
    let sealed = vault.seal(now, rng).ok()?;
    memo.saw(&vault);
    let memo = vault.seal_memo(&memo);
    Some(Kept { awaited: None, sealed, over, memo })
}

fn write(state: &mut State, mut kept: Kept) -> Vec<Effect> {
    let effect = kept.write(state.tickets.issue());
    state.kept = Some(kept);
    state.kept_how = None;
    vec![effect]
}

/// Tries once more to write what was kept.
pub(super) fn write_again(state: &mut State) -> Vec<Effect> {
    match &mut state.kept {
        Some(kept) if kept.awaited.is_none() => vec![kept.write(state.tickets.issue())],
        _ => Vec::new(),
    }
}

/// It was answered.
pub(super) fn written_back(
    state: &mut State,
    ticket: Ticket,
    outcome: Result<Option<String>, SaveError>,
    now: UnixTime,
) -> Vec<Effect> {
    let Some(kept) = state.kept.as_mut().filter(|kept| kept.awaited == Some(ticket)) else {
        return Vec::new();
    };
    kept.awaited = None;
    let how = match outcome {
        Err(SaveError::Retired(end)) => {
            state.kept = None;
            return retire::of_what_was_held(state, end, now);
        }
        Ok(None) => {
            let aside = kept.over.set_aside.is_some();
            state.kept = None;
            let aside = if aside { SET_ASIDE } else { "" };
            format!("The vault file was not in its place any more; it was written again.{aside}")
        }
        Ok(Some(path)) => {
            state.kept = None;
            format!(
                "The place of the vault file is taken, or Holdfast may not read it; what this window held is \
                 beside it, as {path}, and opens with the passphrase it had."
            )
        }
        Err(reason) => format!(
            "What this window holds is not on the disk: {reason} It is kept here, sealed, and written \
             with the next unlocking; until then, do not close this window: closed all the same, that \
             is lost."
        ),
    };
    if state.is_open() {
        state.say_trouble(how.clone(), now);
    }
    state.kept_how = Some(how);
    Vec::new()
}

/// Why a window that is locked, since the passphrase was changed elsewhere, should not be closed yet.
const DOUBTED: &str = "The file with the other passphrase may lack accounts that were open here. They \
     are kept in this window, sealed: unlock before you close it, and what is missing is put beside the file; \
     closed all the same, that is lost.";

/// Where the file is that lay in the vault's place.
pub(super) const SET_ASIDE: &str = " The file that lay in its place is beside it, with “.set-aside” after \
     its name; nothing of it was deleted.";
