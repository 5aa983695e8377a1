//! `holdfast new`: an empty vault, with a passphrase that is typed twice.

use std::io::Write;

use holdfast_model::ports::{Clock, Expected, Memos, SaveError, Storage};
use holdfast_model::screen::{NO_RESET, Strength};
use holdfast_model::vault::{Cost, Passphrase, Vault};
use holdfast_model::{
    NewPassphraseError, OpenFailure, accept_new_passphrase, check_new_passphrase, cost_on,
    strength_of,
};
use serde_json::json;

use super::args::Common;
use super::ask::Source;
use super::failure::{Exit, Failure};
use super::remark;
use super::session::{memos, warn};
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::{SystemClock, os_rng};

pub(super) fn run(file: &VaultFile, common: &Common, out: &mut impl Write) -> Result<(), Failure> {
    if file.load()?.is_some() {
        return Err(already_there(file));
    }
    // A vault begun here would in time replace the copy too.
    if let Some(failure) = OpenFailure::of_missing(file) {
        return Err(failure.into());
    }
    make(file, common)?;
    if common.json {
        writeln!(out, "{}", json!({ "vault": file.path().to_string_lossy() }))?;
    } else {
        writeln!(out, "Made an empty vault at {}.", file.path().display())?;
    }
    Ok(())
}

/// Makes an empty vault where none is.
fn make(file: &VaultFile, common: &Common) -> Result<(), Failure> {
    let passphrase = new_passphrase(Source::of(common))?;
    let (now, mut rng) = (SystemClock.now(), os_rng());
    let cost = cost_on(&SystemClock, Cost::DESKTOP);
    let mut vault = cost
        .or_less_memory(|cost| Vault::create(&passphrase, cost, now, &mut *rng))
        .map_err(|error| Failure::new(Exit::Other, error))?;
    let sealed = vault.seal(now, &mut *rng)?;
    match file.save(&sealed, Expected::Nothing) {
        Ok(()) => {
            if let Err(reason) = memos(file).keep(&vault.seal_memo(&vault.memo(None, now))) {
                warn(common, "no_memo", &reason.to_string());
            }
            Ok(())
        }
        Err(SaveError::Conflict) => Err(already_there(file)),
        Err(error) => Err(error.into()),
    }
}

/// A new passphrase, typed twice at the terminal, where what it means and what it is worth are told.
pub(super) fn new_passphrase(source: Source) -> Result<Passphrase, Failure> {
    let is_typed = matches!(source, Source::Terminal(_));
    if is_typed {
        remark(NO_RESET);
    }
    let typed = source.passphrase("New passphrase (nobody can reset it): ")?;
    check_new_passphrase(&typed).map_err(refused)?;
    if !is_typed {
        return accept_new_passphrase(&typed, &typed).map_err(refused);
    }
    if let Some(Strength { score, sentence }) = strength_of(&typed) {
        let way_out = if score < GOOD { " Ctrl-C stops here, to choose another." } else { "" };
        remark(&format!("{sentence}{way_out}"));
    }
    let again = source.passphrase("The same again: ")?;
    accept_new_passphrase(&typed, &again).map_err(refused)
}

fn refused(error: NewPassphraseError) -> Failure {
    let exit = match error {
        NewPassphraseError::OutOfMemory => Exit::Other,
        _ => Exit::Usage,
    };
    Failure::new(exit, error)
}

/// The least score of a passphrase that needs no other word.
const GOOD: u8 = 3;

fn already_there(file: &VaultFile) -> Failure {
    let path = file.path().display();
    let sentence = format!("There is a file at {path} already; nothing was changed.");
    Failure::new(Exit::Other, sentence)
}
