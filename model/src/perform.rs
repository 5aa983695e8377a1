//! The one place where effects are done, through the ports.

use std::path::PathBuf;

use crate::move_list::PREFIX;
use crate::msg::{AtStart, CreateFailure, OnDisk, OpenFailure, OpenedBy, ReadError};
use crate::ports::{ClipboardPicture, Clock, DestroyError, Expected, Ports, SaveError, Stamp};
use crate::rekey::{Next, rekey};
use crate::retire::{self, Remains};
use crate::scan::{FoundText, Picture, PictureError, STILL_DEADLINE};
use crate::state::Over;
use crate::unlock::Found;
use crate::vault::{self, SealedMemo, Vault, VaultId};
use crate::{DeviceMsg, Effect, MoveMsg, Msg, SetAside, Ticket, device};

/// Does one effect and gives its answer, if it has one. It blocks, and may take seconds: the shell
/// calls it on a worker thread.
pub fn perform(effect: Effect, ports: &impl Ports) -> Option<Msg> {
    Some(match effect {
        Effect::FindVault { ticket } => Msg::VaultFound { ticket, outcome: find(ports) },
        Effect::Create { ticket, passphrase, cost } => {
            Msg::Created { ticket, outcome: create(ports, &passphrase, cost) }
        }
        Effect::Open { ticket, passphrase, vault } => {
            Msg::Opened { ticket, outcome: open(ports, &passphrase, vault) }
        }
        Effect::FindDevice => Msg::Device(device::find(ports)),
        Effect::OpenByDevice { ticket } => Msg::Opened { ticket, outcome: device::open(ports) },
        Effect::SetDevice { ticket, vault } => {
            let outcome = device::set(ports, &vault);
            Msg::Device(DeviceMsg::IsSet { ticket, on: true, outcome })
        }
        Effect::TakeDeviceAway { ticket, vault, passphrase } => {
            let outcome = device::take_away(ports, &vault, &passphrase);
            Msg::Device(DeviceMsg::IsSet { ticket, on: false, outcome })
        }
        Effect::ChangePassphrase { ticket, vault, current, passphrase, cost } => {
            let (current, passphrase) = (current.as_ref(), &passphrase);
            let next = Next::Changed { current, passphrase, cost };
            Msg::PassphraseChanged { ticket, outcome: rekey(ports, &vault, next) }
        }
        Effect::TryPassphrase { ticket, vault, passphrase } => {
            Msg::PassphraseTried { ticket, outcome: vault.opens_with(&passphrase) }
        }
        Effect::KeepMemo(memo) => {
            // It would take the note of the vault's end away, by which a window knows of it.
            if is_not_ended(ports, memo.vault).is_ok() {
                // Where it cannot be kept, that was told at the unlocking.
                let _ = ports.memos().keep(&memo);
            }
            return None;
        }
        Effect::Save { ticket, sealed, over, memo } => {
            Msg::Saved { ticket, outcome: save(ports, &sealed, over, &memo) }
        }
        Effect::WriteBack { ticket, sealed, over, memo } => {
            let outcome = match of_none_that_ended(ports, &sealed)
                .and_then(|()| save(ports, &sealed, over, &memo))
            {
                // Where the place alone is closed or taken, there is room beside it.
                Err(SaveError::Conflict | SaveError::InTheWay(_) | SaveError::ReadOnly) => {
                    ports.storage().keep_beside(&sealed).map(Some)
                }
                outcome => outcome.map(|()| None),
            };
            Msg::WrittenBack { ticket, outcome }
        }
        Effect::Reload { ticket } => Msg::Reloaded { ticket, outcome: load(ports) },
        Effect::Look { ticket, known, vault } => {
            Msg::Looked { ticket, outcome: look(ports, known, vault) }
        }
        Effect::Remember { preferences, vault } => {
            let none_ended = vault.map_or(Ok(()), |vault| is_not_ended(ports, vault));
            Msg::Remembered(none_ended.and_then(|()| ports.settings().save(preferences)))
        }
        Effect::LookAside { ticket, vault } => {
            let outcome = SetAside::of(&vault, ports.storage());
            Msg::Move(MoveMsg::AsideSeen { ticket, outcome })
        }
        Effect::Destroy { ticket, vault, passphrase, stamp, aside } => {
            let outcome = destroy(ports, &vault, &passphrase, stamp, &aside);
            Msg::Move(MoveMsg::Destroyed { ticket, outcome })
        }
        Effect::OpenLink(link) => Msg::Move(MoveMsg::LinkOpened(ports.links().open(&link))),
        Effect::SaveText { ticket, name, text, path } => {
            let outcome = match path {
                Some(path) => ports.files().write_text(&path, &text).map(|()| Some(path)),
                None => ports.files().save_text(name, &text),
            };
            Msg::Move(MoveMsg::ListSaved { ticket, outcome })
        }
        Effect::PickPicture { ticket } => Msg::Read { ticket, outcome: pick(ports) },
        Effect::ReadPictures { ticket, paths } => {
            Msg::Read { ticket, outcome: texts_at(ports, &paths).map(Some) }
        }
        Effect::ReadClipboard { ticket } => clipboard(ports, ticket),
        Effect::ReadScreen { ticket } => Msg::Read { ticket, outcome: screen(ports) },
        Effect::Copy { ticket, text, sensitive } => {
            Msg::Copied { ticket, outcome: ports.clipboard().set_text(&text, sensitive) }
        }
        Effect::ClearClipboard { text } => {
            // Nobody waits for this: where the clipboard cannot be reached, nothing can be done.
            let _ = ports.clipboard().clear_if_unchanged(&text);
            return None;
        }
        Effect::ClearClipboardNow
        | Effect::StartCamera { .. }
        | Effect::StopCamera
        | Effect::SetTorch(_)
        | Effect::FocusAt(..) => return None,
    })
}

fn find(ports: &impl Ports) -> Result<AtStart, OpenFailure> {
    let now = ports.clock().now();
    let finished = retire::finish(ports.storage(), ports.memos(), ports.settings(), now);
    match ports.storage().load()? {
        Some(sealed) => {
            let header = vault::header_of(&sealed);
            let header = header.map_err(|error| OpenFailure::of(error, ports.storage()))?;
            Ok(AtStart::Vault(header.vault_id()))
        }
        None => match finished.map_err(OpenFailure::HalfRetired)? {
            Some(remains) => Ok(AtStart::Retired(remains)),
            // A vault begun beside a copy would in time replace the copy too.
            None => {
                let was_here = ports.memos().was_here();
                let vanished = was_here.map(|last_saved| OpenFailure::Vanished { last_saved });
                let failure = OpenFailure::of_missing(ports.storage()).or(vanished);
                failure.map_or(Ok(AtStart::Nothing), Err)
            }
        },
    }
}

/// What is in the file's place, where it is not the one that is known. Where the vault was destroyed, nothing
/// there counts.
fn look(ports: &impl Ports, known: Stamp, vault: VaultId) -> Result<Option<Vec<u8>>, OpenFailure> {
    let found = load(ports);
    if found.as_ref().is_ok_and(|sealed| Stamp::of(sealed) == known) {
        return Ok(None);
    }
    match retire::ended(ports.storage(), ports.memos(), vault) {
        Some(end) => Err(OpenFailure::Retired(end)),
        None => found.map(Some),
    }
}

/// Refuses what is of a vault that was destroyed: a device that was retired stays so.
fn of_none_that_ended(ports: &impl Ports, sealed: &[u8]) -> Result<(), SaveError> {
    vault::header_of(sealed).map_or(Ok(()), |header| is_not_ended(ports, header.vault_id()))
}

fn is_not_ended(ports: &impl Ports, vault: VaultId) -> Result<(), SaveError> {
    let ended = retire::ended(ports.storage(), ports.memos(), vault);
    ended.map_or(Ok(()), |end| Err(SaveError::Retired(end)))
}

fn save(ports: &impl Ports, sealed: &[u8], over: Over, memo: &SealedMemo) -> Result<(), SaveError> {
    if over.expected == Expected::Nothing {
        of_none_that_ended(ports, sealed)?;
    }
    if let Some(stamp) = over.set_aside {
        ports.storage().set_aside(stamp)?;
    }
    ports.storage().save(sealed, over.expected)?;
    // It was told at the unlocking.
    let _ = ports.memos().keep(memo);
    Ok(())
}

fn load(ports: &impl Ports) -> Result<Vec<u8>, OpenFailure> {
    ports.storage().load()?.ok_or(OpenFailure::Missing)
}

fn open(
    ports: &impl Ports,
    passphrase: &vault::Passphrase,
    vault: Option<VaultId>,
) -> Result<OnDisk, OpenFailure> {
    let found = Found::read(ports.storage(), ports.memos()).map_err(|failure| {
        let ended = vault.and_then(|id| retire::ended(ports.storage(), ports.memos(), id));
        match (failure, ended) {
            (OpenFailure::Missing, Some(end)) => OpenFailure::Retired(end),
            (failure, _) => failure,
        }
    })?;
    found.open(passphrase, ports.storage(), ports.memos(), ports.clock().now())
}

/// What each try at a new passphrase is to cost on this machine: as much of `wanted` and as many
/// passes over its memory as fill [`vault::Cost::AIM`]. Of two trials the quicker one counts, so that
/// a machine that is busy for a moment makes no weaker vault.
pub fn cost_on(clock: &dyn Clock, wanted: vault::Cost) -> vault::Cost {
    let least = vault::Cost::FLOOR;
    // Where the machine has no such memory, half of it is still far more than the least.
    let halves = std::iter::successors(Some(wanted.memory_kib()), |memory| Some(memory / 2));
    // The least is not tried beforehand: where memory is that short, a trial leaves it in pieces.
    for memory in halves.take_while(|memory| *memory > least.memory_kib()) {
        let sized = |passes| vault::Cost::new(memory, passes, 1).unwrap_or(least);
        let (trial, wanted) = (sized(least.passes()), sized(wanted.passes()));
        let mut possible = false;
        let mut time = || clock.time(&mut || possible = trial.is_possible());
        let quicker = time().into_iter().chain(time()).min();
        if let (Some(quicker), true) = (quicker, possible) {
            return trial.calibrated(quicker, wanted);
        }
    }
    least
}

fn create(
    ports: &impl Ports,
    passphrase: &vault::Passphrase,
    cost: vault::Cost,
) -> Result<OnDisk, CreateFailure> {
    let now = ports.clock().now();
    let mut rng = ports.rng();
    let cost = cost_on(ports.clock(), cost);
    let mut vault = cost.or_less_memory(|cost| Vault::create(passphrase, cost, now, &mut *rng))?;
    let sealed = vault.seal(now, &mut *rng)?;
    ports.storage().save(&sealed, Expected::Nothing)?;
    let memo = vault.memo(None, now);
    let forgetful = ports.memos().keep(&vault.seal_memo(&memo)).err();
    let stamp = Stamp::of(&sealed);
    let opened_by = OpenedBy::Passphrase;
    let copies = Box::default();
    Ok(OnDisk { vault: Box::new(vault), stamp, memo, opened_by, forgetful, copies })
}

fn destroy(
    ports: &impl Ports,
    vault: &Vault,
    passphrase: &vault::Passphrase,
    stamp: Stamp,
    aside: &SetAside,
) -> Result<Remains, DestroyError> {
    if !vault.opens_with(passphrase)? {
        return Err(DestroyError::WrongPassphrase);
    }
    let now = ports.clock().now();
    let remains =
        retire::retire(ports.storage(), ports.memos(), ports.settings(), stamp, aside, now)?;
    device::forget(ports, vault);
    Ok(remains)
}

fn pick(ports: &impl Ports) -> Result<Option<Vec<FoundText>>, ReadError> {
    match ports.files().pick_picture()? {
        Some(bytes) => texts_in(ports, &bytes).map(Some),
        None => Ok(None),
    }
}

/// What is on the clipboard, a picture before a text.
fn clipboard(ports: &impl Ports, ticket: Ticket) -> Msg {
    let read = |outcome: Result<Vec<FoundText>, ReadError>| Msg::Read {
        ticket,
        outcome: outcome.map(Some),
    };
    // A clipboard that cannot say whether it holds a picture may still hold a text; and some programs
    // answer with their text when they are asked for a picture.
    let picture = ports.clipboard().picture().ok().flatten().map(decoded);
    let damaged = match picture {
        Some(Ok(picture)) => return read(texts_of(ports, picture)),
        Some(Err(reason)) => Some(reason),
        None => None,
    };
    let files = ports.clipboard().files().unwrap_or_default();
    if !files.is_empty() {
        return read(texts_at(ports, &files));
    }
    match (ports.clipboard().text(), damaged) {
        (Ok(Some(text)), _) if !text.as_str().trim().is_empty() => Msg::Pasted { ticket, text },
        (_, Some(reason)) => read(Err(reason.into())),
        (Ok(_), None) => read(Err(ReadError::ClipboardEmpty)),
        (Err(error), None) => read(Err(error.into())),
    }
}

fn screen(ports: &impl Ports) -> Result<Option<Vec<FoundText>>, ReadError> {
    let Some(picture) = ports.screens().picture()? else { return Ok(None) };
    match texts_of(ports, decoded(picture)?) {
        Err(ReadError::NoBarcode) => Err(ReadError::NoBarcodeOnScreen),
        found => found.map(Some),
    }
}

fn decoded(picture: ClipboardPicture) -> Result<Picture, PictureError> {
    match picture {
        ClipboardPicture::Encoded(bytes) => Picture::decode(&bytes),
        ClipboardPicture::Rgba { width, height, pixels } => {
            Picture::from_rgba(width, height, pixels).ok_or(PictureError::Damaged)
        }
    }
}

/// The most pictures that are read at once: each may take the whole deadline.
const MOST_PICTURES: usize = 12;

/// What these pictures hold together; where none of them holds anything, why the first does not.
fn texts_at(ports: &impl Ports, paths: &[PathBuf]) -> Result<Vec<FoundText>, ReadError> {
    if paths.len() > MOST_PICTURES {
        return Err(ReadError::TooManyPictures);
    }
    let mut texts = Vec::new();
    let mut reason = None;
    for path in paths {
        let file = ports.files().read_picture(path).map_err(ReadError::from);
        match file.and_then(|file| texts_in(ports, &file)) {
            Ok(found) => texts.extend(found),
            Err(error) => {
                reason.get_or_insert(error);
            }
        }
    }
    match reason {
        Some(reason) if texts.is_empty() => Err(reason),
        _ => Ok(texts),
    }
}

fn texts_in(ports: &impl Ports, file: &[u8]) -> Result<Vec<FoundText>, ReadError> {
    // A move list that was saved as text, or as a page to print.
    let text = std::str::from_utf8(file).unwrap_or_default();
    if text.lines().any(|line| line.trim_start().starts_with(PREFIX)) {
        return Ok(vec![FoundText::new(text.to_owned())]);
    }
    texts_of(ports, Picture::decode(file)?)
}

fn texts_of(ports: &impl Ports, picture: Picture) -> Result<Vec<FoundText>, ReadError> {
    let found = ports.desk().read_still(picture, STILL_DEADLINE)?;
    if found.is_empty() { Err(ReadError::of_picture_with(&found)) } else { Ok(found.texts) }
}
