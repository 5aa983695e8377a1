//! `holdfast move read`: the other device's list becomes accounts that wait, its progress becomes
//! steps.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;

use holdfast_model::move_list::{Gathering, ListKind, MoveList, PREFIX, ReadListError};
use holdfast_model::moving::{self, TakeError};
use holdfast_model::ports::{Files, PICTURE_LIMIT};
use holdfast_model::vault::Vault;
use holdfast_model::{dates, screen};
use serde_json::json;
use zeroize::Zeroizing;

use super::status;
use crate::host::desktop::files::DesktopFiles;
use crate::terminal::args::Common;
use crate::terminal::ask::letter;
use crate::terminal::failure::{Exit, Failure};
use crate::terminal::input::{of_picture, unread};
use crate::terminal::session::{Change, Session};

/// The list in these files: pictures of its barcodes, saved lists, or either on standard input.
pub(super) fn gather(files: &[OsString]) -> Result<MoveList, Failure> {
    let mut gathering = Gathering::default();
    let mut whole = None;
    for name in files {
        for part in parts_in(name)? {
            whole = gathering.take(&part).map_err(not_it)?.or(whole);
        }
    }
    whole.ok_or_else(|| {
        let (missing, of) = (gathering.missing(), gathering.counted().map_or(0, |(_, of)| of));
        not_it(ReadListError::Incomplete { missing, of })
    })
}

/// The parts of a move list in one file; one without any is none of ours.
fn parts_in(name: &OsString) -> Result<Vec<String>, Failure> {
    let bytes = if name == "-" {
        let mut bytes = Zeroizing::new(Vec::new());
        io::stdin().lock().take(PICTURE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
        bytes.to_vec()
    } else {
        let path = Path::new(name);
        DesktopFiles.read_picture(path).map_err(|error| unread(path, error))?.to_vec()
    };
    let texts: Vec<String> = match std::str::from_utf8(&bytes) {
        Ok(text) => text.lines().map(str::to_owned).collect(),
        Err(_) => of_picture(&bytes)?.iter().map(|found| found.as_str().to_owned()).collect(),
    };
    let parts: Vec<String> =
        texts.into_iter().filter(|text| text.trim_start().starts_with(PREFIX)).collect();
    if parts.is_empty() { Err(not_it(ReadListError::NotAList)) } else { Ok(parts) }
}

/// Takes a whole list into the vault, and says what came of it.
pub(super) fn take(
    session: &mut Session<'_>,
    common: &Common,
    list: &MoveList,
    yes: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match list.kind {
        ListKind::Accounts => receive(session, common, list, yes, out),
        ListKind::Progress => advance(session, common, list, out),
    }
}

fn receive(
    session: &mut Session<'_>,
    common: &Common,
    list: &MoveList,
    yes: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let new = moving::count_new(&session.vault, list);
    let own = session.vault.moving().is_some_and(|moving| moving.list == list.id);
    if new > 0 && !yes && !own {
        ask(common, list, new)?;
    }
    let received = session.change(|vault, now, rng| {
        let received = moving::receive(vault, list, now, rng).map_err(not_taken)?;
        let keeps = received.has_changed();
        Ok(if keeps { Change::Keep(received) } else { Change::Nothing(received) })
    })?;
    let (added, here) = (received.added.len(), received.here);
    if common.json {
        writeln!(
            out,
            "{}",
            json!({ "received": added, "already_here": here, "unsure": received.unsure.len() })
        )?;
        return Ok(());
    }
    match added {
        0 => writeln!(out, "Every account of this list is here already.")?,
        1 => writeln!(out, "1 account now waits for re-enrolment.")?,
        _ => writeln!(out, "{added} accounts now wait for re-enrolment.")?,
    }
    if here > 0 && added > 0 {
        writeln!(out, "{here} more {} here already.", if here == 1 { "is" } else { "are" })?;
    }
    status::tell_waiting(&session.vault, out)?;
    status::tell_unsure(&session.vault, out)
}

/// Asks whether a list is wanted here. It may be anybody's, and may name thousands.
fn ask(common: &Common, list: &MoveList, new: usize) -> Result<(), Failure> {
    let count = list.accounts.len();
    let accounts = if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    let told = format!(
        "This list of {} names {accounts}, as its sender counts. {}",
        dates::day(list.made_at),
        screen::coming(new, count)
    );
    match letter(common, &format!("{told} Is it your own old device's? (y/n)"), &['y', 'n'])? {
        Some('y') => Ok(()),
        Some(_) => Err(Failure::new(Exit::Other, "Stopped; nothing was changed.")),
        None => {
            let sentence = format!("{told} Nothing was changed; say --yes to take it.");
            Err(Failure::new(Exit::Usage, sentence))
        }
    }
}

fn advance(
    session: &mut Session<'_>,
    common: &Common,
    list: &MoveList,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let progressed = session.change(|vault, now, _| {
        let progressed = moving::advance(vault, list, now).map_err(not_taken)?;
        let nothing = progressed.before.is_empty();
        Ok(if nothing { Change::Nothing(progressed) } else { Change::Keep(progressed) })
    })?;
    let (further, unknown) = (progressed.before.len(), progressed.unknown);
    if common.json {
        writeln!(out, "{}", json!({ "advanced": further, "unknown": unknown }))?;
        return Ok(());
    }
    match further {
        0 => writeln!(out, "No account has come further since.")?,
        1 => writeln!(out, "1 account has come further.")?,
        _ => writeln!(out, "{further} accounts have come further.")?,
    }
    tell_tally(&session.vault, out)
}

fn tell_tally(vault: &Vault, out: &mut impl Write) -> Result<(), Failure> {
    let tally = moving::tally(vault.entries().iter().map(moving::step_away));
    Ok(writeln!(out, "{}", status::summed(tally))?)
}

fn not_taken(error: TakeError) -> Failure {
    Failure::new(Exit::Other, error)
}

fn not_it(error: ReadListError) -> Failure {
    Failure::new(Exit::NoAccountInIt, error)
}
