//! How far the accounts are that came here: to each old device, what came of its own list.

use std::io::Write;

use holdfast_model::dates;
use holdfast_model::move_list::{ListId, MoveList};
use holdfast_model::moving;
use holdfast_model::vault::{Entry, Vault};
use holdfast_otp::UnixTime;

use super::{barcodes, named};
use crate::terminal::account;
use crate::terminal::failure::{Exit, Failure};

/// The progress for one old device: of this list, or of the only one that came here.
pub(super) fn one(vault: &Vault, of: Option<&str>, now: UnixTime) -> Result<MoveList, Failure> {
    let mut lists = lists(vault, of)?;
    if lists.len() > 1 {
        let mut sentence =
            "Lists of several devices came here; say with --of which is meant:".to_owned();
        for list in lists {
            let names: Vec<String> = came_by(vault, list).map(account::shown).collect();
            let named = named(names.into_iter(), 20);
            sentence = format!("{sentence}\n  {list}  {}{named}", told(vault, list));
        }
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let list = lists.pop().ok_or_else(none)?;
    Ok(moving::progress_of(vault, list, now))
}

/// Draws the progress for each old device, or for that of this list.
pub(super) fn show(
    vault: &Vault,
    of: Option<&str>,
    now: UnixTime,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let lists = lists(vault, of)?;
    for list in &lists {
        if lists.len() > 1 {
            writeln!(out, "For the device of list {list}: {}", told(vault, *list))?;
        }
        barcodes::show(&moving::progress_of(vault, *list, now), out)?;
    }
    Ok(())
}

/// The lists that are meant: all by which accounts came here, that of the most first, or the one that is
/// named.
fn lists(vault: &Vault, of: Option<&str>) -> Result<Vec<ListId>, Failure> {
    let mut origins: Vec<_> = moving::origins(vault).into_iter().collect();
    origins.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut lists: Vec<ListId> = origins.into_iter().map(|(id, _)| ListId(id)).collect();
    if lists.is_empty() {
        return Err(none());
    }
    if let Some(of) = of {
        let named = ListId::parse(of);
        lists.retain(|list| Some(*list) == named);
        if lists.is_empty() {
            let sentence = format!(
                "No account came here by a list {of}; without --of all lists that brought some are named."
            );
            return Err(Failure::new(Exit::Usage, sentence));
        }
    }
    Ok(lists)
}

fn told(vault: &Vault, list: ListId) -> String {
    let (count, came) = came_by(vault, list).fold((0_usize, None), |(count, came), entry| {
        (count + 1, Some(came.map_or(entry.added_at, |at: UnixTime| at.min(entry.added_at))))
    });
    let accounts = if count == 1 { "account" } else { "accounts" };
    format!("{count} {accounts}, came {}", came.map(dates::minute).unwrap_or_default())
}

fn came_by(vault: &Vault, list: ListId) -> impl Iterator<Item = &Entry> {
    let came = move |entry: &&Entry| entry.care.origin.is_some_and(|origin| origin.list == list);
    vault.entries().iter().filter(came)
}

fn none() -> Failure {
    let sentence = "No account came here by a move list; read the old device's list first.";
    Failure::new(Exit::Other, sentence)
}
