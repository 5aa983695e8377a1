//! `holdfast move status`: how far each account has come, and what to do next.

use std::io::Write;

use holdfast_model::move_list::Step;
use holdfast_model::moving::{self, Tally};
use holdfast_model::naming;
use holdfast_model::services::{self, First};
use holdfast_model::vault::{Entry, Vault};
use serde_json::{Value, json};

use crate::terminal::account;
use crate::terminal::args::Common;
use crate::terminal::failure::Failure;
use crate::terminal::session::Session;

pub(super) fn tell(
    session: &Session<'_>,
    common: &Common,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let vault = &session.vault;
    if common.json {
        return Ok(writeln!(out, "{}", described(vault))?);
    }
    let came = came_here(vault);
    if vault.moving().is_none() && came.is_empty() {
        writeln!(out, "No move is under way; holdfast move list begins one on the old device.")?;
        return Ok(());
    }
    if vault.moving().is_some() {
        let entries = moving::in_order(vault.entries().iter());
        let tally = moving::tally(entries.iter().map(|entry| moving::step_away(entry)));
        writeln!(out, "Moving away from this device: {}", summed(tally))?;
        for entry in entries {
            line(entry, moving::step_away(entry).told(), out)?;
        }
        if tally.all > 0 && tally.confirmed + tally.retired == tally.all {
            writeln!(out, "All are confirmed; holdfast move retire destroys this vault.")?;
        }
    } else if !moving::is_coming(vault) {
        // A move that was ended leaves what was not removed.
        writeln!(out, "No move is under way; these wait for a barcode:")?;
        tell_waiting(vault, out)?;
    } else {
        let tally = moving::tally(came.iter().map(|entry| moving::step_here(entry)));
        writeln!(out, "Moving to this device: {}", summed(tally))?;
        for entry in came.iter().filter(|entry| moving::step_here(entry) > Step::ToDo) {
            line(entry, moving::step_here(entry).told(), out)?;
        }
        tell_waiting(vault, out)?;
        tell_unsure(vault, out)?;
    }
    Ok(())
}

/// The accounts that wait, in the order in which to see to them, each with the page that helps.
pub(super) fn tell_waiting(vault: &Vault, out: &mut impl Write) -> Result<(), Failure> {
    let waiting = moving::in_order(vault.entries().iter().filter(|entry| !entry.has_secret()));
    for entry in waiting {
        let why = match moving::first(entry) {
            Some(First::Mail) => " - first: it resets the passwords of the others",
            Some(First::Passwords) => " - early: it holds the passwords of the others",
            None => "",
        };
        writeln!(out, "  waiting      {}{why}", account::shown(entry))?;
        if let Some(service) = service(entry) {
            writeln!(out, "               {}", service.two_factor)?;
        }
        tell_note(entry, out)?;
    }
    Ok(())
}

/// The accounts of the move that had a key here before the list came, and what is asked about them.
pub(super) fn tell_unsure(vault: &Vault, out: &mut impl Write) -> Result<(), Failure> {
    let unsure = |entry: &&Entry| {
        let came = entry.care.origin.is_some() && entry.has_secret();
        vault.moving().is_none() && came && moving::step_here(entry) == Step::ToDo
    };
    let unsure = moving::in_order(vault.entries().iter().filter(unsure));
    for entry in &unsure {
        line(entry, "here already", out)?;
    }
    if !unsure.is_empty() {
        writeln!(
            out,
            "Where the key that is here already is the new one, say so with holdfast move mark NAME \
             re-enrolled; else add its new barcode with --replace."
        )?;
    }
    Ok(())
}

/// "12 accounts: 3 to do, 9 re-enrolled."
pub(super) fn summed(tally: Tally) -> String {
    let accounts = if tally.all == 1 { "account" } else { "accounts" };
    let counts = [
        (tally.to_do, Step::ToDo),
        (tally.re_enrolled, Step::ReEnrolled),
        (tally.confirmed, Step::Confirmed),
        (tally.retired, Step::Retired),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, step)| format!("{count} {}", step.told()))
        .collect();
    format!("{} {accounts}: {}.", tally.all, counts.join(", "))
}

/// An account and how far it is, in JSON.
pub(super) fn account(entry: &Entry, step: Step) -> Value {
    let mut described = account::json(entry);
    described["step"] = step.told().into();
    described["note"] = entry.care.note.clone().into();
    let service = service(entry);
    described["help"] = json!(service.map(|service| &service.two_factor));
    described["recovery_help"] = json!(service.and_then(|service| service.recovery.as_ref()));
    described
}

fn described(vault: &Vault) -> Value {
    let moving = vault
        .moving()
        .map(|moving| json!({ "list": moving.list.to_string(), "since": moving.begun_at.0 }));
    let entries = match vault.moving() {
        Some(_) => moving::in_order(vault.entries().iter()),
        None => came_here(vault),
    };
    let accounts: Vec<Value> =
        entries.into_iter().map(|entry| account(entry, moving::step_of(vault, entry))).collect();
    json!({ "moving": moving, "accounts": accounts })
}

/// The accounts that a list brought here, and all others that wait.
fn came_here(vault: &Vault) -> Vec<&Entry> {
    let came = |entry: &&Entry| entry.care.origin.is_some() || !entry.has_secret();
    moving::in_order(vault.entries().iter().filter(came))
}

fn line(entry: &Entry, step: &str, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "  {step:<12} {}", account::shown(entry))?;
    tell_note(entry, out)
}

fn tell_note(entry: &Entry, out: &mut impl Write) -> Result<(), Failure> {
    for line in entry.care.note.lines() {
        writeln!(out, "               {}", naming::shown(line))?;
    }
    Ok(())
}

fn service(entry: &Entry) -> Option<&'static services::Service> {
    services::named(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
}
