//! `holdfast move`: from the old device's list to the new device's last account, and back.

mod barcodes;
mod destroy;
mod progress;
mod read;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;

use clap::{Subcommand, ValueEnum};
use holdfast_model::dates;
use holdfast_model::move_list::{self, ListId, MoveList, Step};
use holdfast_model::moving::{self, Ended};
use holdfast_model::vault::{Entry, Removed};
use serde_json::json;

use super::account;
use super::args::Common;
use super::failure::{Exit, Failure};
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;
use destroy::Meant;

/// What `holdfast move` can do.
#[derive(Debug, Subcommand)]
pub(super) enum Move {
    /// On the old device: print the list of its accounts, without any key
    List {
        /// As a page of HTML to print, with barcodes that a phone reads off the paper
        #[arg(long)]
        page: bool,
        /// On the new device: print how far the accounts have come, for the old one
        #[arg(long)]
        progress: bool,
        /// With --progress: for the device of this list, where lists of several came here
        #[arg(long, value_name = "LIST", requires = "progress")]
        of: Option<String>,
    },
    /// Show the same as barcodes, for the other device's camera
    Show {
        /// On the new device: show how far the accounts have come, for the old one; where lists of several
        /// devices came here, for one after the other
        #[arg(long)]
        progress: bool,
        /// With --progress: for the device of this list alone
        #[arg(long, value_name = "LIST", requires = "progress")]
        of: Option<String>,
    },
    /// Read the other device's list or progress from pictures, saved lists or standard input (-)
    Read {
        /// All parts of one list, in any order
        #[arg(required = true, value_name = "FILE|PICTURE|-")]
        files: Vec<OsString>,
        /// Let the accounts wait that are not here yet, without asking
        #[arg(long)]
        yes: bool,
    },
    /// Say how far each account has come, and what to do next
    Status,
    /// Set by hand how far an account has come
    Mark {
        /// The account, named as for `holdfast code`
        name: String,
        /// How far
        step: Word,
    },
    /// Write a note about an account; an empty one removes it
    Note {
        /// The account, named as for `holdfast code`
        name: String,
        /// The note; never a recovery code
        text: String,
    },
    /// On the new device: remove the accounts of a list that still wait for their new barcode
    Discard {
        /// The list, where accounts of several wait; without it they are named
        list: Option<String>,
    },
    /// End the move that is under way without destroying anything; on the new device, how far the
    /// accounts are is forgotten
    Stop {
        /// On the new device: remove the accounts that still wait for their new barcode
        #[arg(long)]
        remove_waiting: bool,
    },
    /// On the old device: destroy the vault, after the passphrase
    Retire {
        /// Do not ask whether this is meant, and do it though accounts are not yet confirmed
        #[arg(long)]
        yes: bool,
        /// With --yes: do it though accounts are lost that only a copy of the vault or its trash holds
        #[arg(long, requires = "yes")]
        and_copies: bool,
    },
}

/// A step, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Word {
    /// Only the old device gives its codes
    ToDo,
    /// The new device holds a secret for it
    ReEnrolled,
    /// Somebody logged in with a code of the new device
    Confirmed,
    /// The old device is no longer needed for it
    Retired,
}

impl From<Word> for Step {
    fn from(word: Word) -> Self {
        match word {
            Word::ToDo => Self::ToDo,
            Word::ReEnrolled => Self::ReEnrolled,
            Word::Confirmed => Self::Confirmed,
            Word::Retired => Self::Retired,
        }
    }
}

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    what: &Move,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if let Move::Read { files, yes } = what {
        // What cannot be read is said before the passphrase is asked for.
        let list = read::gather(files)?;
        return read::take(&mut Session::open(file, common)?, common, &list, *yes, out);
    }
    let mut session = Session::open(file, common)?;
    match what {
        Move::Read { .. } => Ok(()),
        Move::List { page, progress, of } => {
            let list = match progress {
                true => progress::one(&session.vault, of.as_deref(), session.now)?,
                false => list(&mut session)?,
            };
            print(&list, common, *page, out)
        }
        Move::Show { progress: true, of } => {
            progress::show(&session.vault, of.as_deref(), session.now, out)
        }
        Move::Show { progress: false, .. } => barcodes::show(&list(&mut session)?, out),
        Move::Status => status::tell(&session, common, out),
        Move::Mark { name, step } => mark(&mut session, common, name, (*step).into(), out),
        Move::Note { name, text } => note(&mut session, common, name, text, out),
        Move::Discard { list } => discard(&mut session, common, list.as_deref(), out),
        Move::Stop { remove_waiting } => stop(&mut session, common, *remove_waiting, out),
        Move::Retire { yes, and_copies } => {
            let meant = match (yes, and_copies) {
                (false, _) => Meant::Ask,
                (true, false) => Meant::Vault,
                (true, true) => Meant::WithCopies,
            };
            destroy::run(session, common, meant, out)
        }
    }
}

fn print(
    list: &MoveList,
    common: &Common,
    page: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if common.json {
        let parts = list.parts().map_err(failed)?;
        let accounts = list.accounts.len();
        writeln!(
            out,
            "{}",
            json!({ "list": list.id.to_string(), "accounts": accounts, "parts": parts })
        )?;
    } else {
        let made = if page { move_list::page(list) } else { move_list::text(list) };
        write!(out, "{}", made.map_err(failed)?)?;
    }
    Ok(())
}

/// The list of the accounts here, after which a move is under way.
fn list(session: &mut Session<'_>) -> Result<MoveList, Failure> {
    session.change(|vault, now, rng| {
        let under_way = vault.moving().is_some();
        moving::begin(vault, now, rng).map_err(failed)?;
        let list = moving::list_of(vault, now).filter(|list| !list.accounts.is_empty());
        let list = list.ok_or_else(|| failed(move_list::WriteListError::Empty))?;
        Ok(if under_way { Change::Nothing(list) } else { Change::Keep(list) })
    })
}

fn mark(
    session: &mut Session<'_>,
    common: &Common,
    name: &str,
    step: Step,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let id = session.change(|vault, now, _| {
        let entry = account::find(vault, name)?;
        let (id, here) = (entry.id, entry.has_secret());
        if step > Step::ToDo && !here {
            let sentence = "This account still waits for its new barcode; add that first.";
            return Err(Failure::new(Exit::Other, sentence));
        }
        vault.set_step(id, step, now)?;
        Ok(Change::Keep(id))
    })?;
    let Some(entry) = session.vault.entry(id) else { return Ok(()) };
    if common.json {
        writeln!(out, "{}", status::account(entry, step))?;
    } else {
        writeln!(out, "{}: {}", account::shown(entry), step.told())?;
    }
    Ok(())
}

fn note(
    session: &mut Session<'_>,
    common: &Common,
    name: &str,
    text: &str,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let id = session.change(|vault, _, _| {
        let id = account::find(vault, name)?.id;
        vault.set_note(id, text.trim())?;
        Ok(Change::Keep(id))
    })?;
    let Some(entry) = session.vault.entry(id) else { return Ok(()) };
    if common.json {
        writeln!(out, "{}", account::json(entry))?;
    } else {
        writeln!(out, "Noted: {}", account::shown(entry))?;
    }
    Ok(())
}

fn discard(
    session: &mut Session<'_>,
    common: &Common,
    wanted: Option<&str>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let removed = session.change(|vault, _, _| {
        let waiting = moving::waiting(vault);
        let ids: BTreeSet<_> = match (wanted, waiting.len()) {
            (None, 0 | 1) => waiting.values().flatten().map(|entry| entry.id).collect(),
            (None, _) => return Err(several(&waiting)),
            (Some(wanted), _) => {
                let list = (wanted != NO_LIST).then(|| ListId::parse(wanted));
                let found = match list {
                    Some(None) => None,
                    Some(id) => waiting.get(&id),
                    None => waiting.get(&None),
                };
                found.into_iter().flatten().map(|entry| entry.id).collect()
            }
        };
        if ids.is_empty() {
            return Err(Failure::new(
                Exit::Other,
                "No account of this list waits; nothing was changed.",
            ));
        }
        Ok(Change::Keep(names_of(&vault.remove_waiting(&ids))))
    })?;
    if common.json {
        let told = json!({ "removed": removed.len(), "names": removed });
        return Ok(writeln!(out, "{told}")?);
    }
    tell_removed(&removed, out)
}

/// What stands for the accounts that wait and came by no list, or by one whose move is ended.
const NO_LIST: &str = "none";

fn several(waiting: &BTreeMap<Option<ListId>, Vec<&Entry>>) -> Failure {
    let mut sentence = "Accounts of several lists wait; say which list is meant:".to_owned();
    for (list, entries) in waiting {
        let came = entries.iter().map(|entry| entry.added_at).min().map(dates::minute);
        let list = list.map_or_else(|| NO_LIST.to_owned(), |list| list.to_string());
        let (count, came) = (entries.len(), came.unwrap_or_default());
        sentence = format!("{sentence}\n  {list:<16}  {count} waiting, came {came}");
        sentence.push_str(&named(entries.iter().map(|entry| account::shown(entry)), 20));
    }
    Failure::new(Exit::Usage, sentence)
}

fn names_of(removed: &[Removed]) -> Vec<String> {
    removed.iter().map(|removed| account::shown(removed.entry())).collect()
}

fn tell_removed(removed: &[String], out: &mut impl Write) -> Result<(), Failure> {
    match removed.len() {
        0 => return Ok(()),
        1 => write!(out, "1 account that waited is removed:")?,
        count => write!(out, "{count} accounts that waited are removed:")?,
    }
    Ok(writeln!(out, "{}", named(removed.iter().cloned(), 2))?)
}

/// These names, each on a line of its own so far in; of thousands the first ones.
fn named(names: impl ExactSizeIterator<Item = String>, indent: usize) -> String {
    const MOST: usize = 10;
    let more = names.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("and {more} more"));
    let lines = names.take(MOST).chain(more).map(|line| format!("\n{:indent$}{line}", ""));
    lines.collect()
}

fn stop(
    session: &mut Session<'_>,
    common: &Common,
    remove_waiting: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (ended, removed) = session.change(|vault, _, _| {
        let waits = |entry: &&Entry| remove_waiting && !entry.has_secret();
        let waiting = vault.entries().iter().filter(waits).map(|entry| entry.id).collect();
        let ended = moving::end(vault);
        let removed = names_of(&vault.remove_waiting(&waiting));
        let nothing = ended.is_none() && removed.is_empty();
        let stopped = (ended, removed);
        Ok(if nothing { Change::Nothing(stopped) } else { Change::Keep(stopped) })
    })?;
    if common.json {
        let told = json!({ "moving": null, "removed": removed.len(), "names": removed });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    match ended {
        Some(Ended::Away(_)) => writeln!(out, "The move is ended; every account is as it was.")?,
        Some(Ended::Here(_)) => writeln!(out, "The move to this device is ended.")?,
        None => writeln!(out, "No move is under way.")?,
    }
    tell_removed(&removed, out)
}

fn failed(error: impl ToString) -> Failure {
    Failure::new(Exit::Other, error)
}
