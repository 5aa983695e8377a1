//! Moving to another phone: what a vault tells of itself in a list, what it takes from one, and for
//! which waiting account a new barcode is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use crate::move_list::{ListId, ListKind, Listed, Mark, MoveList, Step};
use crate::naming;
use crate::services::{self, First};
use crate::vault::{
    Entry, EntryError, EntryId, FormerStep, Moving, NewEntry, Origin, Vault, folded,
};

/// What came of a list that was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The accounts that now wait for re-enrolment.
    pub added: Vec<EntryId>,
    /// How many were here already, waiting or with a secret, and keep it.
    pub here: usize,
    /// Those of them that belong to this list's move only now, as they were before.
    pub joined: Vec<FormerStep>,
    /// Those of them that have a secret and came by no list: only the person knows whether it is the
    /// new one, so that they are at [`Step::ToDo`] until it is said.
    pub unsure: Vec<EntryId>,
}

impl Received {
    /// Whether the vault is another one than before.
    pub fn has_changed(&self) -> bool {
        !self.added.is_empty() || !self.joined.is_empty()
    }
}

/// What came of the new phone's progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progressed {
    /// The accounts that have come further, and how far they were.
    pub before: Vec<FormerStep>,
    /// How many of the progress are not here (any more).
    pub unknown: usize,
}

/// Why a list cannot be used, as the person reads it. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// It is the new phone's progress, and no move is under way here.
    #[error(
        "This is the progress of a new phone, and this device is not being moved; scan it on the old one."
    )]
    NotMoving,
    /// It is the progress of another move.
    #[error(
        "This is the progress of another move; show the list of this device to the new phone first."
    )]
    OtherMove,
    /// Accounts are on their way to this device, and a move away would forget how far they are.
    #[error(
        "Accounts are still moving to this device; end that move first, or how far they are would be \
         forgotten."
    )]
    ComingHere,
    /// It is this device's own list.
    #[error("This list is this device's own; scan it on the new phone.")]
    OwnList,
    /// An account could not be added.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// How many accounts of a move are at which step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub all: usize,
    /// At [`Step::ToDo`].
    pub to_do: usize,
    /// At [`Step::ReEnrolled`].
    pub re_enrolled: usize,
    /// At [`Step::Confirmed`].
    pub confirmed: usize,
    /// At [`Step::Retired`].
    pub retired: usize,
}

/// Begins a move away from this device, unless one is under way. Steps are counted anew.
///
/// # Errors
/// [`TakeError::ComingHere`] while the move by which accounts came here is not ended: the progress that
/// the old device waits for would be gone.
pub fn begin(
    vault: &mut Vault,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Moving, TakeError> {
    if let Some(moving) = vault.moving() {
        return Ok(moving);
    }
    if is_coming(vault) {
        return Err(TakeError::ComingHere);
    }
    let moving = Moving { list: ListId::random(rng), begun_at: now };
    vault.forget_steps();
    vault.set_moving(Some(moving));
    Ok(moving)
}

/// Whether accounts came here by a list, and that move is not ended.
pub fn is_coming(vault: &Vault) -> bool {
    vault.entries().iter().any(|entry| entry.care.origin.is_some())
}

/// A move that was under way, with what is needed to go on with it.
#[derive(Clone, Debug)]
pub enum Ended {
    /// Away from this device; how far the accounts are is still known.
    Away(Moving),
    /// To this device; how far they are is known no more. Those that wait go on waiting.
    Here(Vec<FormerStep>),
}

/// Ends the move that is under way, if one is; no account changes.
pub fn end(vault: &mut Vault) -> Option<Ended> {
    if let Some(moving) = vault.moving() {
        vault.set_moving(None);
        return Some(Ended::Away(moving));
    }
    is_coming(vault).then(|| Ended::Here(vault.forget_steps()))
}

/// Goes on with a move that was ended, unless another one has begun.
pub fn go_on(vault: &mut Vault, ended: &Ended) {
    if vault.moving().is_some() || is_coming(vault) {
        return;
    }
    match ended {
        Ended::Away(moving) => vault.set_moving(Some(*moving)),
        Ended::Here(former) => vault.recall_steps(former),
    }
}

/// The list of this device's accounts for a new phone, in the order in which to see to them; `None`
/// while no move is under way.
pub fn list_of(vault: &Vault, now: UnixTime) -> Option<MoveList> {
    let moving = vault.moving()?;
    let entries = in_order(vault.entries().iter());
    let accounts = entries.into_iter().map(|entry| Listed::of(entry, step_away(entry))).collect();
    Some(MoveList { id: moving.list, kind: ListKind::Accounts, made_at: day_of(now), accounts })
}

/// The lists by which accounts came to this device.
pub fn origins(vault: &Vault) -> BTreeMap<[u8; 8], usize> {
    let mut counts = BTreeMap::new();
    for origin in vault.entries().iter().filter_map(|entry| entry.care.origin) {
        *counts.entry(origin.list.0).or_insert(0) += 1;
    }
    counts
}

/// What this device shows to others: its list while it is moved away from, else how far the accounts that
/// came here are, to each device whose list brought them, the one of the most first. A progress in which all
/// is still to be done would only stand before what is to be done.
pub fn shown_lists(vault: &Vault, now: UnixTime) -> Vec<MoveList> {
    if vault.moving().is_some() {
        return list_of(vault, now).into_iter().collect();
    }
    let mut origins: Vec<_> = origins(vault).into_iter().collect();
    origins.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let lists = origins.into_iter().map(|(id, _)| progress_of(vault, ListId(id), now));
    lists.filter(|list| list.accounts.iter().any(|listed| listed.step > Step::ToDo)).collect()
}

/// The one of [`shown_lists`] that this part is of, counted through all of them from 1.
pub fn shown_list(vault: &Vault, part: u16, now: UnixTime) -> Option<MoveList> {
    let mut lists = shown_lists(vault, now);
    let mut before = 0;
    let at = lists.iter().position(|list| {
        before += list.parts().map_or(0, |parts| parts.len());
        usize::from(part) <= before
    });
    let at = at.or(lists.len().checked_sub(1))?;
    Some(lists.swap_remove(at))
}

/// How far the accounts of one list have come here, for the old phone.
pub fn progress_of(vault: &Vault, list: ListId, now: UnixTime) -> MoveList {
    let came = |entry: &&Entry| entry.care.origin.is_some_and(|origin| origin.list == list);
    let accounts = in_order(vault.entries().iter().filter(came))
        .into_iter()
        .map(|entry| {
            let mark = entry.care.origin.map_or_else(|| entry.id.into(), |origin| origin.mark);
            Listed { mark, ..Listed::of(entry, step_here(entry)) }
        })
        .collect();
    MoveList { id: list, kind: ListKind::Progress, made_at: day_of(now), accounts }
}

/// The beginning of the day: a list of several parts is shown for longer than a second, and all its parts
/// must be of one list.
fn day_of(now: UnixTime) -> UnixTime {
    UnixTime(now.0 - now.0 % 86_400)
}

/// The accounts that are not confirmed on a new device, in the order in which to see to them.
pub fn unready(vault: &Vault) -> Vec<String> {
    let unready = vault.entries().iter().filter(|entry| step_away(entry) < Step::Confirmed);
    let name =
        |entry: &Entry| naming::full(entry.issuer.as_deref().unwrap_or_default(), &entry.account);
    in_order(unready).into_iter().map(name).collect()
}

/// How far an account's move away from this device has come.
pub fn step_away(entry: &Entry) -> Step {
    entry.care.step.map_or(Step::ToDo, |(step, _)| step)
}

/// How far an account's move to this device has come: with a secret that came later than the list it is
/// re-enrolled at least; for one that was here before, that is yet to be said.
pub fn step_here(entry: &Entry) -> Step {
    match (entry.has_secret(), entry.care.step) {
        (false, _) => Step::ToDo,
        (true, Some((step, _))) => step,
        (true, None) => Step::ReEnrolled,
    }
}

/// How far an account's move has come, whichever way it goes.
pub fn step_of(vault: &Vault, entry: &Entry) -> Step {
    if vault.moving().is_some() { step_away(entry) } else { step_here(entry) }
}

/// Counts steps.
pub fn tally(steps: impl IntoIterator<Item = Step>) -> Tally {
    let mut tally = Tally::default();
    for step in steps {
        tally.all += 1;
        match step {
            Step::ToDo => tally.to_do += 1,
            Step::ReEnrolled => tally.re_enrolled += 1,
            Step::Confirmed => tally.confirmed += 1,
            Step::Retired => tally.retired += 1,
        }
    }
    tally
}

/// Adds the accounts of an old phone's list as waiting for re-enrolment. One that is here, by its mark
/// or its names, is not added again, and its secret stays. It belongs to this list's move from then on,
/// unless this device is itself moved away from, or another device's list brought it: that one stays its
/// list, lest anybody's list take it out of its move.
pub fn receive(
    vault: &mut Vault,
    list: &MoveList,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Received, TakeError> {
    if vault.moving().is_some_and(|moving| moving.list == list.id) {
        return Err(TakeError::OwnList);
    }
    let joins = vault.moving().is_none();
    let mut received = Received::default();
    for (listed, here) in list.accounts.iter().zip(held(vault, list)) {
        let origin = Origin { list: list.id, mark: listed.mark };
        if let Some(id) = here {
            received.here += 1;
            let before = vault.entry(id).ok_or(EntryError::NotFound)?;
            // The same mark under another list is the same device, whose move began anew.
            let anew = |of: Origin| of.list != list.id && of.mark == listed.mark;
            if !joins || !before.care.origin.is_none_or(anew) {
                continue;
            }
            received.joined.push(FormerStep::of(before));
            if before.has_secret() && before.care.origin.is_none() {
                received.unsure.push(id);
                vault.set_step(id, Step::ToDo, now)?;
            }
            vault.set_origin(id, origin)?;
        } else {
            let new = NewEntry {
                issuer: Some(listed.issuer.clone()),
                account: listed.account.clone(),
                parameters: listed.parameters,
            };
            let id = vault.add_waiting(new, now, rng)?;
            vault.set_origin(id, origin)?;
            received.added.push(id);
        }
    }
    Ok(received)
}

/// How many accounts of a list are not here yet, and would wait for their new barcodes.
pub fn count_new(vault: &Vault, list: &MoveList) -> usize {
    held(vault, list).iter().filter(|here| here.is_none()).count()
}

/// For each account of a list, the entry that it is here already: by its mark, else by its names. Each
/// entry is one account only.
fn held(vault: &Vault, list: &MoveList) -> Vec<Option<EntryId>> {
    let marks = sole_marks(list);
    let mut by_mark = BTreeMap::new();
    let mut by_names: BTreeMap<Names, VecDeque<EntryId>> = BTreeMap::new();
    for entry in vault.entries() {
        match entry.care.origin {
            Some(origin) if origin.list == list.id && marks.contains(&origin.mark) => {
                by_mark.insert(origin.mark, entry.id);
            }
            _ => by_names.entry(key_of(entry)).or_default().push_back(entry.id),
        }
    }
    let here = |listed: &Listed| {
        let marked = by_mark.get(&listed.mark).copied();
        marked.or_else(|| by_names.get_mut(&key(&listed.issuer, &listed.account))?.pop_front())
    };
    list.accounts.iter().map(here).collect()
}

/// The accounts that still wait, by the list that brought them; `None` for those of no list.
pub fn waiting(vault: &Vault) -> BTreeMap<Option<ListId>, Vec<&Entry>> {
    let mut waiting: BTreeMap<_, Vec<&Entry>> = BTreeMap::new();
    for entry in vault.entries().iter().filter(|entry| !entry.has_secret()) {
        waiting.entry(entry.care.origin.map(|origin| origin.list)).or_default().push(entry);
    }
    waiting
}

/// Marks how far the accounts have come on the new phone. None goes back, and none is marked as
/// retired: that is decided here.
pub fn advance(
    vault: &mut Vault,
    progress: &MoveList,
    now: UnixTime,
) -> Result<Progressed, TakeError> {
    let moving = vault.moving().ok_or(TakeError::NotMoving)?;
    if moving.list != progress.id {
        return Err(TakeError::OtherMove);
    }
    let marks = sole_marks(progress);
    let by_mark: BTreeMap<Mark, EntryId> =
        vault.entries().iter().map(|entry| (Mark::from(entry.id), entry.id)).collect();
    let by_name: BTreeMap<_, EntryId> =
        vault.entries().iter().map(|entry| (key_of(entry), entry.id)).collect();
    let mut progressed = Progressed::default();
    for listed in &progress.accounts {
        let marked = by_mark.get(&listed.mark).filter(|_| marks.contains(&listed.mark));
        let Some(&id) = marked.or_else(|| by_name.get(&key(&listed.issuer, &listed.account)))
        else {
            progressed.unknown += 1;
            continue;
        };
        let Some(entry) = vault.entry(id) else { continue };
        let (before, step) = (FormerStep::of(entry), listed.step.min(Step::Confirmed));
        if step > step_away(entry) {
            vault.set_step(id, step, now)?;
            progressed.before.push(before);
        }
    }
    Ok(progressed)
}

/// Which waiting account a new barcode may be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// None.
    None,
    /// Surely this one: service and account are the same, and it is the only one.
    Sure(EntryId),
    /// One of these, or none: only the person knows. The likeliest first.
    Perhaps(Vec<EntryId>),
}

/// Looks for the waiting account of these names: the same service under any of its names, and the
/// same account.
pub fn awaited(vault: &Vault, issuer: &str, account: &str) -> Awaited {
    let waiting: Vec<&Entry> = vault.entries().iter().filter(|entry| !entry.has_secret()).collect();
    let wanted = key(issuer, account);
    let exact: Vec<_> = waiting.iter().filter(|entry| key_of(entry) == wanted).collect();
    if let [one] = exact.as_slice() {
        return Awaited::Sure(one.id);
    }
    let mut perhaps: Vec<(u8, EntryId)> = waiting
        .iter()
        .filter_map(|entry| likeness(&key_of(entry), &wanted).map(|rank| (rank, entry.id)))
        .collect();
    perhaps.sort_by_key(|(rank, _)| *rank);
    if perhaps.is_empty() {
        Awaited::None
    } else {
        Awaited::Perhaps(perhaps.into_iter().map(|(_, id)| id).collect())
    }
}

/// Entries in the order in which to see to them: mail first, which resets the passwords of the
/// others, then the password manager, then all others by name.
pub fn in_order<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<&'a Entry> {
    let mut entries: Vec<&Entry> = entries.collect();
    entries.sort_by_cached_key(|entry| {
        let issuer = entry.issuer.as_deref().unwrap_or_default();
        let rank = match first(entry) {
            Some(First::Mail) => 0,
            Some(First::Passwords) => 1,
            None => 2,
        };
        (rank, crate::naming::sort_key(issuer, &entry.account))
    });
    entries
}

/// Why an account should be seen to before others.
pub fn first(entry: &Entry) -> Option<First> {
    let issuer = entry.issuer.as_deref().unwrap_or_default();
    services::named(issuer, &entry.account).and_then(|service| service.first)
}

/// Service and account, as they are compared: a service of the table under its one name.
type Names = (String, String);

fn key_of(entry: &Entry) -> Names {
    key(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
}

fn key(issuer: &str, account: &str) -> Names {
    let service = services::named(issuer, account).map_or(issuer, |service| &service.name);
    (folded(service).to_string(), folded(account).to_string())
}

/// How like each other two names are, 0 the most; `None` where they are not.
fn likeness(waiting: &Names, wanted: &Names) -> Option<u8> {
    if waiting == wanted {
        Some(0)
    } else if !waiting.0.is_empty() && waiting.0 == wanted.0 {
        Some(1)
    } else if !waiting.1.is_empty() && waiting.1 == wanted.1 {
        // The same account with a service that calls itself otherwise than it did.
        (waiting.0.is_empty() || wanted.0.is_empty()).then_some(2)
    } else {
        None
    }
}

/// The marks that occur once: others mark nothing.
fn sole_marks(list: &MoveList) -> BTreeSet<Mark> {
    let mut counts = BTreeMap::new();
    for listed in &list.accounts {
        *counts.entry(listed.mark).or_insert(0_u32) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count == 1).map(|(mark, _)| mark).collect()
}
