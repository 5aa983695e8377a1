//! `holdfast add`: an account joins the vault, and nothing is overwritten unasked.

use std::io::Write;

use holdfast_model::intake::{self, Draft, Standing};
use holdfast_model::vault::{Entry, EntryId, NewEntry, Vault};
use holdfast_otp::{Parameters, UnixTime};
use rand_core::CryptoRng;

use super::account;
use super::args::{Common, What};
use super::ask;
use super::failure::{Candidate, Exit, Failure};
use super::input;
use super::session::{Change, Session, warn};
use crate::host::desktop::storage::VaultFile;

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    what: &What,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if common.passphrase_fd == Some(0) && what.what == "-" {
        let sentence = "Standard input cannot give both the passphrase and the link; give the passphrase \
                        on another descriptor: --passphrase-fd 3 3<passphrase-file";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let draft = input::draft(what, common)?;
    let cut = draft.secret.is_cut();
    if cut && !what.short_key {
        ask_about_cut(&draft, common)?;
    }
    let mut session = Session::open(file, common)?;
    let (id, outcome) = session.change(|vault, now, rng| {
        let standing = intake::standing(vault, &draft);
        match decide(vault, &draft, standing, common, what)? {
            Decision::Nothing { id, further_on } => {
                Ok(Change::Nothing((id, Outcome::AlreadyHere { further_on })))
            }
            Decision::Add => {
                let id = add(vault, &draft, now, rng)?;
                Ok(Change::Keep((id, Outcome::Added)))
            }
            Decision::HandOver { from, to, parameters } => {
                vault.hand_over(from, to, parameters, rng)?;
                Ok(Change::Keep((to, Outcome::ReEnrolled)))
            }
            Decision::Replace(id) => {
                let waited = vault.entry(id).is_some_and(|entry| !entry.has_secret());
                vault.exchange_secret(id, draft.parameters, &draft.secret, now, rng)?;
                let outcome = if waited { Outcome::ReEnrolled } else { Outcome::Replaced };
                Ok(Change::Keep((id, outcome)))
            }
        }
    })?;
    tell(&session.vault, id, outcome, common, out)?;
    match outcome {
        Outcome::AlreadyHere { further_on: true } => {
            warn(common, "counter", "Its counter is further on than this one's and stays.");
        }
        Outcome::AlreadyHere { further_on: false } => {}
        Outcome::Added | Outcome::ReEnrolled | Outcome::Replaced => {
            // Of a cut key the person was told before.
            for sentence in draft.remarks.iter().filter(|_| !cut || what.short_key) {
                warn(common, "key", sentence);
            }
        }
    }
    Ok(())
}

/// Takes a key that may be a part of one only where the person says so.
fn ask_about_cut(draft: &Draft, common: &Common) -> Result<(), Failure> {
    let remarks = draft.remarks.join(" ");
    let question = format!("{remarks} [a]dd it all the same, or [c]ancel?");
    match ask::letter(common, &question, &['a', 'c'])? {
        Some('a') => Ok(()),
        Some(_) => Err(Failure::new(Exit::NoAccountInIt, "Cancelled; the vault is as it was.")),
        None => {
            let sentence = format!("{remarks} To add it all the same, say --short-key.");
            Err(Failure::new(Exit::NoAccountInIt, sentence))
        }
    }
}

enum Decision {
    Add,
    Nothing {
        id: EntryId,
        further_on: bool,
    },
    Replace(EntryId),
    /// What holds the secret already is the account that waits.
    HandOver {
        from: EntryId,
        to: EntryId,
        parameters: Option<Parameters>,
    },
}

#[derive(Clone, Copy)]
enum Outcome {
    Added,
    AlreadyHere { further_on: bool },
    ReEnrolled,
    Replaced,
}

fn decide(
    vault: &Vault,
    draft: &Draft,
    standing: Standing,
    common: &Common,
    what: &What,
) -> Result<Decision, Failure> {
    if let Some(name) = &what.waiting {
        let to = waiting(vault, name)?;
        return match standing {
            Standing::AlreadyHere { id, .. } => whether(vault, (id, to, None), common, what),
            Standing::SameSecret(ids) if !ids.is_empty() => {
                whether(vault, (ids[0], to, Some(draft.parameters)), common, what)
            }
            _ => Ok(Decision::Replace(to)),
        };
    }
    let same = match standing {
        _ if what.keep_both => return Ok(Decision::Add),
        Standing::New => return Ok(Decision::Add),
        Standing::Awaited(id) => return Ok(Decision::Replace(id)),
        Standing::PerhapsAwaited(ids) => return which(vault, &ids, common),
        Standing::AlreadyHere { id, further_on: true } if what.replace => {
            return Ok(Decision::Replace(id));
        }
        Standing::AlreadyHere { id, further_on } => {
            return Ok(Decision::Nothing { id, further_on });
        }
        Standing::SameSecret(ref same) | Standing::SameNames(ref same) => same,
    };
    // Which of several is meant cannot be told from what they have in common.
    let one = if let [id] = same.as_slice() { Some(*id) } else { None };
    if what.replace {
        return one.map(Decision::Replace).ok_or_else(|| {
            let sentence = "Several accounts are like this one, so it is not clear which one to \
                            replace; keep both, or replace one of these in the window.";
            Failure::among(Exit::Ambiguous, sentence, candidates(vault, same))
        });
    }
    let here = here(vault, draft, &standing, same);
    let (choice, letters): (_, &[char]) = match one {
        Some(_) => ("[r]eplace it (you re-enrolled), [k]eep both or [c]ancel?", &['r', 'k', 'c']),
        None => ("[k]eep all of them or [c]ancel?", &['k', 'c']),
    };
    match (ask::letter(common, &format!("{here}. {choice}"), letters)?, one) {
        (Some('r'), Some(id)) => Ok(Decision::Replace(id)),
        (Some('k'), _) => Ok(Decision::Add),
        (Some(_), _) => Err(Failure::new(Exit::Clash, "Cancelled; the vault is as it was.")),
        (None, _) => {
            let sentence = format!("{here}; say --replace (you re-enrolled) or --keep-both.");
            Err(Failure::new(Exit::Clash, sentence))
        }
    }
}

/// The waiting account of this name.
fn waiting(vault: &Vault, name: &str) -> Result<EntryId, Failure> {
    let waiting: Vec<&Entry> = vault.entries().iter().filter(|entry| !entry.has_secret()).collect();
    let among = account::find_among(vault, &waiting, name);
    if among.as_ref().is_err_and(Failure::is_no_such_account) {
        let entry = account::find(vault, name)?;
        let sentence = format!("{} does not wait for a barcode.", account::shown(entry));
        return Err(Failure::new(Exit::Clash, sentence));
    }
    Ok(among?.id)
}

/// Asks whether the account that holds this secret already is the one that waits, so that the two become
/// one.
fn whether(
    vault: &Vault,
    (from, to, parameters): (EntryId, EntryId, Option<Parameters>),
    common: &Common,
    what: &What,
) -> Result<Decision, Failure> {
    let name = |id: EntryId| vault.entry(id).map(account::shown).unwrap_or_default();
    let hand_over = Decision::HandOver { from, to, parameters };
    if what.replace {
        return Ok(hand_over);
    }
    let both = vault.entry(from).zip(vault.entry(to));
    let then = match both.is_some_and(|(from, to)| from.came_with(to)) {
        true => format!("{} then waits again", name(from)),
        false => "the two become one".to_owned(),
    };
    let here = format!("This barcode is already here, as {}.", name(from));
    let question = format!("{here} Is it the waiting account {}, so that {then}? (y/n)", name(to));
    match ask::letter(common, &question, &['y', 'n'])? {
        Some('y') => Ok(hand_over),
        Some(_) => Err(Failure::new(Exit::Clash, "Cancelled; the vault is as it was.")),
        None => {
            let sentence = format!(
                "{here} If it is the waiting account {}, say --replace too, and {then}.",
                name(to)
            );
            Err(Failure::new(Exit::Clash, sentence))
        }
    }
}

/// At most this many candidates are offered by number.
const OFFERED: usize = 9;

/// Asks whose new barcode it is.
fn which(vault: &Vault, ids: &[EntryId], common: &Common) -> Result<Decision, Failure> {
    let ids = &ids[..ids.len().min(OFFERED)];
    let mut waiting = candidates(vault, ids);
    for (number, one) in (1..).zip(&mut waiting) {
        one.mark = format!("{number}");
    }
    let (one, letters) = (ids.len() == 1, "123456789nc");
    let letters: Vec<char> = letters
        .chars()
        .filter(|c| c.to_digit(10).is_none_or(|d| d as usize <= ids.len()))
        .collect();
    let these = if one { "this account, which waits" } else { "one of these accounts, which wait" };
    let question = format!(
        "It may be the new barcode of {these} for re-enrolment:{}\nIts number, [n]ew account or \
         [c]ancel?",
        waiting.iter().map(Candidate::line).collect::<String>()
    );
    match ask::letter(common, &question, &letters)? {
        Some('n') => Ok(Decision::Add),
        Some('c') => Err(Failure::new(Exit::Clash, "Cancelled; the vault is as it was.")),
        Some(digit) => {
            let place = digit.to_digit(10).map_or(0, |digit| digit as usize);
            let id = place.checked_sub(1).and_then(|place| ids.get(place));
            id.copied().map(Decision::Replace).ok_or_else(|| Failure::new(Exit::Clash, NONE_CHOSEN))
        }
        None => {
            let sentence = format!(
                "It may be the new barcode of {these} for re-enrolment; say --waiting NAME or \
                 --keep-both."
            );
            Err(Failure::among(Exit::Clash, sentence, waiting))
        }
    }
}

fn candidates(vault: &Vault, ids: &[EntryId]) -> Vec<Candidate> {
    let entries = ids.iter().filter_map(|id| vault.entry(*id));
    entries.map(|entry| account::candidate(vault, entry)).collect()
}

const NONE_CHOSEN: &str = "No account was chosen; the vault is as it was.";

/// What is here already, as the part of a sentence.
fn here(vault: &Vault, draft: &Draft, standing: &Standing, same: &[EntryId]) -> String {
    let Some(entry) = same.first().and_then(|id| vault.entry(*id)) else { return String::new() };
    let name = account::shown(entry);
    match standing {
        Standing::SameSecret(_) => {
            let difference = intake::difference(&entry.parameters, &draft.parameters);
            format!("{name} is here with the same secret and {difference}")
        }
        _ if same.len() > 1 => format!("{name} is here more than once, with other secrets"),
        _ => format!("{name} is here with another secret"),
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
        Outcome::AlreadyHere { .. } => ("Already here", "already_here"),
        Outcome::ReEnrolled => ("Re-enrolled", "re_enrolled"),
        Outcome::Replaced => ("Replaced", "replaced"),
    };
    if common.json {
        let mut described = account::json(entry);
        described["outcome"] = name.into();
        writeln!(out, "{described}")?;
    } else {
        writeln!(out, "{word}: {}", account::shown(entry))?;
    }
    Ok(())
}
