//! `holdfast list`: the accounts, without codes.

use std::io::Write;

use holdfast_model::naming;
use serde_json::Value;

use super::account;
use super::args::Common;
use super::failure::Failure;
use super::remark;
use super::session::Session;
use crate::host::desktop::storage::VaultFile;

pub(super) fn run(file: &VaultFile, common: &Common, out: &mut impl Write) -> Result<(), Failure> {
    let session = Session::open(file, common)?;
    let mut entries: Vec<_> = session.vault.entries().iter().collect();
    entries.sort_by_key(|entry| {
        naming::sort_key(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
    });
    if common.json {
        let accounts: Vec<Value> = entries.iter().map(|entry| account::json(entry)).collect();
        writeln!(out, "{}", Value::Array(accounts))?;
    } else {
        if entries.is_empty() && session.vault.quarantined().is_empty() {
            remark("There is no account yet; `holdfast add` takes the first one.");
        }
        for entry in entries {
            let waiting = if entry.has_secret() { "" } else { " - waiting for re-enrolment" };
            writeln!(out, "{}{waiting}", account::shown(entry))?;
        }
    }
    for entry in session.vault.quarantined() {
        let name = account::printable(entry.label().unwrap_or("Without a name"));
        remark(&format!("holdfast: {name}: {}", entry.reason()));
    }
    Ok(())
}
