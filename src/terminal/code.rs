//! `holdfast code`: the current code of one account, alone on standard output.

use std::io::{self, IsTerminal, Write};

use holdfast_model::clock::corrected;
use holdfast_model::vault::EntryId;
use holdfast_otp::{Code, Kind, Period, totp};
use serde_json::json;

use super::account;
use super::args::Common;
use super::failure::{Exit, Failure};
use super::remark;
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    name: &str,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut session = Session::open(file, common)?;
    let entry = account::find(&session.vault, name)?;
    let (id, kind) = (entry.id, entry.parameters.kind);
    let mut described = account::json(entry);
    let now = session.vault.corrected(session.now);
    let (code, seconds_left) = match kind {
        Kind::Hotp { .. } => (next_of_counter(&mut session, id)?, None),
        Kind::Totp { period } => {
            (session.vault.code(id, now)?, Some(totp::seconds_left(now, period)))
        }
        Kind::Steam => {
            let left = totp::seconds_left(now, Period::THIRTY);
            (session.vault.code(id, now)?, Some(left))
        }
    };
    if common.json {
        described["code"] = json!(code.as_str());
        described["seconds_left"] = json!(seconds_left);
        if seconds_left.is_some() {
            described["corrected_by"] = json!(session.vault.correction().offset);
        }
        writeln!(out, "{described}")?;
    } else {
        if let Some(line) = corrected(&session.vault).filter(|_| seconds_left.is_some()) {
            remark(&format!("holdfast: {line}"));
        }
        writeln!(out, "{}", code.as_str())?;
        if let Some(seconds) = seconds_left.filter(|_| io::stderr().is_terminal()) {
            remark(&format!("good for {seconds} more seconds"));
        }
    }
    Ok(())
}

/// The code at the counter, once the counter after it is on the disk: a code that was shown may have
/// been used, and must never be the next one again.
fn next_of_counter(session: &mut Session<'_>, id: EntryId) -> Result<Code, Failure> {
    session.change(|vault, now, _| {
        let counter = match vault.entry(id).map(|entry| entry.parameters.kind) {
            Some(Kind::Hotp { counter }) => counter,
            _ => {
                let sentence = "Another program changed this account just now; try again.";
                return Err(Failure::new(Exit::NotSaved, sentence));
            }
        };
        let code = vault.code(id, now)?;
        let next = counter.checked_add(1).ok_or_else(|| {
            let sentence = "This account's counter has reached its end; enrol it again.";
            Failure::new(Exit::Other, sentence)
        })?;
        vault.set_counter(id, next)?;
        Ok(Change::Keep(code))
    })
}
