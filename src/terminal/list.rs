//! `holdfast list`: the accounts, without codes.

use std::io::Write;

use holdfast_model::apart::told_apart;
use holdfast_model::naming::{beside_others, shown};
use holdfast_model::vault::Quarantined;
use serde_json::{Value, json};

use super::account;
use super::args::Common;
use super::failure::Failure;
use super::remark;
use super::session::Session;
use crate::host::desktop::storage::VaultFile;

pub(super) fn run(file: &VaultFile, common: &Common, out: &mut impl Write) -> Result<(), Failure> {
    let session = Session::open(file, common)?;
    let entries = told_apart(&session.vault);
    if common.json {
        let accounts = entries.iter().map(|named| account::json(named.entry));
        let unreadable = session.vault.quarantined().iter().map(unreadable);
        writeln!(out, "{}", accounts.chain(unreadable).collect::<Value>())?;
    } else {
        if entries.is_empty() && session.vault.quarantined().is_empty() {
            remark("There is no account yet; `holdfast add` takes the first one.");
        }
        for named in entries {
            let waiting = if named.entry.has_secret() { "" } else { " - waiting for re-enrolment" };
            let name = beside_others(&account::shown(named.entry), &named.apart);
            writeln!(out, "{name}{waiting}")?;
        }
        for entry in session.vault.quarantined() {
            let name = shown(entry.label().unwrap_or("Without a name"));
            remark(&format!("holdfast: {name}: {}", entry.reason()));
        }
    }
    Ok(())
}

/// An entry that cannot be read, for a script: what can be made out of its names, and why.
fn unreadable(entry: &Quarantined) -> Value {
    json!({ "unreadable": { "name": entry.label(), "reason": entry.reason().to_string() } })
}
