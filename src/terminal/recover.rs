//! `holdfast recover`: the key that an account had before it was replaced, and an account that a copy of the
//! vault did not have which took the vault's place.

use std::collections::BTreeMap;
use std::io::Write;

use holdfast_model::vault::{Entry, Vault};
use serde_json::json;

use super::account;
use super::args::Common;
use super::failure::{Exit, Failure};
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;

/// Gives the account the key that was replaced last. The one it has goes into the trash instead, so that
/// the same command takes this back.
pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    name: &str,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut session = Session::open(file, common)?;
    let id = session.change(|vault, now, rng| {
        let id = account::find_among(vault, &known(vault), name)?.id;
        let former = vault.trash().iter().rev().find(|item| item.entry.id == id);
        let Some(former) = former.map(|item| item.id) else {
            let sentence = "No key of this account was replaced lately; one that is replaced is kept \
                            for 30 days at least.";
            return Err(Failure::new(Exit::Other, sentence));
        };
        Ok(Change::Keep(vault.recover(former, now, rng)?))
    })?;
    let Some(entry) = session.vault.entry(id) else { return Ok(()) };
    if common.json {
        writeln!(out, "{}", json!({ "recovered": account::json(entry) }))?;
    } else {
        writeln!(out, "{} gives its former codes again.", account::shown(entry))?;
    }
    Ok(())
}

/// The accounts, and those that lie in the trash alone, each as it was last.
fn known(vault: &Vault) -> Vec<&Entry> {
    let in_trash = vault.trash().iter().map(|item| &item.entry);
    let gone: BTreeMap<_, _> = in_trash
        .filter(|entry| vault.entry(entry.id).is_none())
        .map(|entry| (entry.id.to_string(), entry))
        .collect();
    vault.entries().iter().chain(gone.into_values()).collect()
}
