//! `holdfast add`: an account joins the vault, and nothing is overwritten unasked.

use std::io::{self, Write};

use holdfast_model::intake::{self, Draft, Standing};
use holdfast_model::vault::{EntryId, NewEntry, Vault};
use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::account;
use super::args::{Common, What};
use super::ask;
use super::failure::{Exit, Failure};
use super::input;
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    what: &What,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let draft = input::draft(what)?;
    let mut session = Session::open_or_make(file, common)?;
    let (id, outcome) = session.change(|vault, now, rng| {
        let standing = intake::standing(vault, &draft);
        match decide(vault, standing, common, what)? {
            Decision::AlreadyHere(id) => Ok(Change::Nothing((id, Outcome::AlreadyHere))),
            Decision::Add => {
                let id = add(vault, &draft, now, rng)?;
                Ok(Change::Keep((id, Outcome::Added)))
            }
            Decision::Replace(id) => {
                vault.replace_secret(id, draft.parameters, &draft.secret, rng)?;
                Ok(Change::Keep((id, Outcome::Replaced)))
            }
        }
    })?;
    tell(&session.vault, id, outcome, common, out)?;
    for remark in &draft.remarks {
        writeln!(io::stderr(), "holdfast: {remark}")?;
    }
    Ok(())
}

enum Decision {
    Add,
    AlreadyHere(EntryId),
    Replace(EntryId),
}

#[derive(Clone, Copy)]
enum Outcome {
    Added,
    AlreadyHere,
    Replaced,
}

fn decide(
    vault: &Vault,
    standing: Standing,
    common: &Common,
    what: &What,
) -> Result<Decision, Failure> {
    let same = match standing {
        Standing::New => return Ok(Decision::Add),
        Standing::AlreadyHere(id) => return Ok(Decision::AlreadyHere(id)),
        Standing::SameNames(same) => same,
    };
    if what.keep_both {
        return Ok(Decision::Add);
    }
    // Which of several is meant cannot be told by their names, which are the same.
    let one = if let [id] = same.as_slice() { Some(*id) } else { None };
    if what.replace {
        return one.map(Decision::Replace).ok_or_else(|| {
            let sentence = "Several accounts have these names, so it is not clear which one to \
                            replace; keep both, or replace it in the window.";
            Failure::new(Exit::Ambiguous, sentence)
        });
    }
    let name = same.first().and_then(|id| vault.entry(*id)).map(account::shown).unwrap_or_default();
    let question = match one {
        Some(_) => format!(
            "{name} is here with another secret. [r]eplace it (you re-enrolled), [k]eep both or \
             [c]ancel?"
        ),
        None => format!("{name} is here more than once. [k]eep all of them or [c]ancel?"),
    };
    let letters: &[char] = if one.is_some() { &['r', 'k', 'c'] } else { &['k', 'c'] };
    match (ask::letter(common, &question, letters)?, one) {
        (Some('r'), Some(id)) => Ok(Decision::Replace(id)),
        (Some('k'), _) => Ok(Decision::Add),
        (Some(_), _) => Err(Failure::new(Exit::SameNames, "Cancelled; the vault is as it was.")),
        (None, _) => {
            let sentence = format!(
                "{name} is here with another secret; say --replace (you re-enrolled) or --keep-both."
            );
            Err(Failure::new(Exit::SameNames, sentence))
        }
    }
}

fn add(
    vault: &mut Vault,
    draft: &Draft,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<EntryId, Failure> {
    let entry = NewEntry {
        issuer: Some(draft.issuer.trim().to_owned()),
        account: draft.account.trim().to_owned(),
        parameters: draft.parameters,
    };
    Ok(vault.add(entry, &draft.secret, now, rng)?)
}

fn tell(
    vault: &Vault,
    id: EntryId,
    outcome: Outcome,
    common: &Common,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let Some(entry) = vault.entry(id) else { return Ok(()) };
    let (word, name) = match outcome {
        Outcome::Added => ("Added", "added"),
        Outcome::AlreadyHere => ("Already here", "already_here"),
        Outcome::Replaced => ("Replaced the secret of", "replaced"),
    };
    if common.json {
        let mut described = account::json(entry);
        described["outcome"] = name.into();
        writeln!(out, "{described}")?;
    } else {
        let colon = if matches!(outcome, Outcome::Replaced) { "" } else { ":" };
        writeln!(out, "{word}{colon} {}", account::shown(entry))?;
    }
    Ok(())
}
