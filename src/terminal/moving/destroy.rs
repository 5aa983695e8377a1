//! `holdfast move retire`: the end of the old device's vault, with a receipt.

use std::io::Write;

use holdfast_model::move_list::Step;
use holdfast_model::moving;
use holdfast_model::naming::shown;
use holdfast_model::retire::Note;
use holdfast_model::vault::Vault;
use holdfast_model::{SetAside, dates};
use serde_json::json;

use super::status;
use crate::terminal::account;
use crate::terminal::args::Common;
use crate::terminal::ask::letter;
use crate::terminal::failure::{Exit, Failure};
use crate::terminal::session::Session;

/// What the person said is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// Nothing yet.
    Ask,
    /// To destroy the vault.
    Vault,
    /// And what only copies hold that were set aside.
    WithCopies,
}

/// Destroys the vault, what this machine remembers of it, and the settings. The passphrase has opened
/// the session; what is asked here is whether it is meant.
pub(super) fn run(
    session: Session<'_>,
    common: &Common,
    meant: Meant,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if session.vault.moving().is_none() {
        let sentence = "No move is under way, so nothing was destroyed; begin one with holdfast \
                        move list.";
        return Err(Failure::new(Exit::Other, sentence));
    }
    let tally = moving::tally(session.vault.entries().iter().map(moving::step_away));
    let unready =
        session.vault.entries().iter().filter(|e| moving::step_away(e) < Step::Confirmed).count();
    let aside = session.aside()?;
    if meant == Meant::Vault && !aside.is_harmless() {
        let sentence = format!(
            "{} Nothing was destroyed; say --yes --and-copies to destroy them, too.",
            listed(&aside)
        );
        return Err(Failure::new(Exit::Clash, sentence));
    }
    if meant == Meant::Ask {
        let summed = status::summed(tally);
        let warning = match unready {
            0 => String::new(),
            1 => " One is not confirmed: its codes are lost with this vault.".to_owned(),
            _ => format!(" {unready} are not confirmed: their codes are lost with this vault."),
        };
        let beside =
            if aside.is_harmless() { String::new() } else { format!("\n{}\n", listed(&aside)) };
        let question = format!("{summed}{warning}{beside} Destroy this vault for good? (y/n)");
        match letter(common, &question, &['y', 'n'])? {
            Some('y') => {}
            Some(_) => {
                return Err(Failure::new(Exit::Other, "Stopped; nothing was destroyed."));
            }
            None => {
                let sentence = format!(
                    "{summed}{warning}{beside} Nothing was destroyed; say --yes to destroy the vault."
                );
                return Err(Failure::new(Exit::Usage, sentence));
            }
        }
    }
    let (accounts, now) = (tally.all, session.now);
    let lost: Vec<String> = if unready == 0 { Vec::new() } else { unconfirmed(&session.vault) };
    let remains = session.destroy(&aside)?;
    if common.json {
        let receipt = json!({
            "destroyed_at": now.0, "accounts": accounts, "unconfirmed": lost,
            "only_set_aside": aside.accounts, "gone": remains.gone,
            "note": match &remains.note { Note::At(path) => Some(path), _ => None }
        });
        writeln!(out, "{receipt}")?;
        return Ok(());
    }
    let plural = if accounts == 1 { "" } else { "s" };
    writeln!(
        out,
        "The vault with {accounts} account{plural} is destroyed ({}).",
        dates::minute(now)
    )?;
    if !lost.is_empty() {
        writeln!(
            out,
            "Not confirmed on a new device, so that you may need recovery codes for them: {unready} of \
             these accounts."
        )?;
        for name in lost {
            writeln!(out, "  {name}")?;
        }
    }
    if !aside.accounts.is_empty() {
        writeln!(out, "Only in a copy that was set aside:")?;
        for name in &aside.accounts {
            writeln!(out, "  {}", shown(name))?;
        }
    }
    writeln!(out, "Overwritten and removed:")?;
    for path in &remains.gone {
        writeln!(out, "  {path}")?;
    }
    writeln!(out, "{}", remains.of_note())?;
    writeln!(
        out,
        "Copies that you made elsewhere are not touched; delete them too. This device gives no codes any more."
    )?;
    Ok(())
}

/// What is lost with the copies, and the accounts by name.
fn listed(aside: &SetAside) -> String {
    let names = aside.accounts.iter().map(|name| format!("\n  {}", shown(name)));
    format!("{}{}", shown(&aside.told()), names.collect::<String>())
}

/// The accounts whose codes are lost, as the receipt names them.
fn unconfirmed(vault: &Vault) -> Vec<String> {
    let entries = vault.entries().iter().filter(|entry| moving::step_away(entry) < Step::Confirmed);
    moving::in_order(entries).into_iter().map(account::shown).collect()
}
