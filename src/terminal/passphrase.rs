//! `holdfast passphrase`: another passphrase for the vault, in the place of the present one or beside it.

use std::io::Write;

use holdfast_model::cost_on;
use holdfast_model::screen::ways_that_go;
use holdfast_model::vault::{Cost, NewSlot, Passphrase, Slot, SlotError, Vault};
use serde_json::json;

use super::args::{Common, NewPassphrase};
use super::ask::{Source, letter};
use super::create::new_passphrase;
use super::failure::{Exit, Failure};
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::SystemClock;

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    new: &NewPassphrase,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut session = Session::open(file, common)?;
    let known = session.vault.header().slots().to_vec();
    if !new.beside && !new.yes {
        agree(&session.vault, common)?;
    }
    let passphrase = new_passphrase(Source::of_new(new.new_passphrase_fd))?;
    let said = if new.beside {
        add(&mut session, &passphrase)?;
        "The new passphrase opens this vault too; the one before goes on to open it."
    } else {
        change(&mut session, &known, &passphrase)?;
        "The passphrase was changed; the one before opens this vault no more."
    };
    if common.json {
        writeln!(out, "{}", json!({ "vault": file.path().to_string_lossy() }))?;
    } else {
        writeln!(out, "{said}")?;
    }
    Ok(())
}

/// Where the vault opens in other ways too, whether they may go.
fn agree(vault: &Vault, common: &Common) -> Result<(), Failure> {
    let Some(ways) = ways_that_go(vault.header()) else { return Ok(()) };
    match letter(common, &format!("{ways} Change the passphrase? (y/n)"), &['y', 'n'])? {
        Some('y') => Ok(()),
        Some(_) => Err(Failure::new(Exit::Other, "Stopped; nothing was changed.")),
        None => {
            let sentence =
                format!("{ways} Nothing was changed; say --yes to change it all the same.");
            Err(Failure::new(Exit::Usage, sentence))
        }
    }
}

/// Makes a new data key, which only this passphrase opens. `known` are the slots of which the person was
/// told that they go.
fn change(
    session: &mut Session<'_>,
    known: &[Slot],
    passphrase: &Passphrase,
) -> Result<(), Failure> {
    let cost = cost_on(&SystemClock, Cost::DESKTOP);
    session.change(|vault, _, rng| {
        if vault.header().slots() != known {
            let sentence = "Another way to open this vault was added meanwhile; nothing was changed, so \
                            try again.";
            return Err(Failure::new(Exit::NotSaved, sentence));
        }
        cost.or_less_memory(|cost| {
            vault.rekey(&[NewSlot::Passphrase { passphrase, cost }], rng)
        })?;
        Ok(Change::Keep(()))
    })
}

fn add(session: &mut Session<'_>, passphrase: &Passphrase) -> Result<(), Failure> {
    if session.vault.opens_with(passphrase)? {
        let sentence = "This passphrase opens the vault already; nothing was changed.";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let cost = cost_on(&SystemClock, Cost::DESKTOP);
    session.change(|vault, _, rng| {
        cost.or_less_memory(|cost| vault.add_slot(NewSlot::Passphrase { passphrase, cost }, rng))?;
        Ok(Change::Keep(()))
    })
}

impl From<SlotError> for Failure {
    fn from(error: SlotError) -> Self {
        Self::new(Exit::Other, error)
    }
}
