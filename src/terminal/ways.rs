//! `holdfast ways`: the ways to open the vault, listed, and one of them taken away.

use std::io::Write;

use holdfast_model::screen::way_named;
use holdfast_model::vault::{Cost, Method, NewSlot, Passphrase, Slot, SlotId, Vault};
use serde_json::{Value, json};

use super::args::{Common, RemoveWay};
use super::ask::{Source, can_be_asked, letter};
use super::failure::{Exit, Failure};
use super::remark;
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;

/// How often a passphrase that is to be kept may be mistyped.
const TRIES: u32 = 3;

pub(super) fn list(file: &VaultFile, common: &Common, out: &mut impl Write) -> Result<(), Failure> {
    let (session, typed) = Session::open_with(file, common)?;
    let mine = session.vault.slot_of(&typed)?.map(|(slot, _)| slot);
    let ways = session.vault.header().slots().iter().zip(1..);
    if common.json {
        writeln!(
            out,
            "{}",
            ways.map(|(slot, number)| as_json(slot, number, mine)).collect::<Value>()
        )?;
        return Ok(());
    }
    for (slot, number) in ways {
        let cost = match slot.method() {
            Method::Passphrase { cost: Ok(cost) } => {
                format!(", {} MiB and {} passes a guess", cost.memory_kib() / 1024, cost.passes())
            }
            _ => String::new(),
        };
        let typed = if mine == Some(slot.id()) { " - the one just given" } else { "" };
        writeln!(out, "{number}  {}{cost}{typed}", way_named(slot))?;
    }
    Ok(())
}

fn as_json(slot: &Slot, number: u32, mine: Option<SlotId>) -> Value {
    match slot.method() {
        Method::Passphrase { cost } => {
            let cost = cost.ok();
            json!({
                "number": number,
                "kind": "passphrase",
                "memory_kib": cost.map(|cost| cost.memory_kib()),
                "passes": cost.map(|cost| cost.passes()),
                "lanes": cost.map(|cost| cost.lanes()),
                "given": mine == Some(slot.id()),
            })
        }
        Method::Device { name, .. } => json!({ "number": number, "kind": "device", "name": name }),
        Method::Unknown => json!({ "number": number, "kind": null }),
    }
}

/// Takes a way away: a new data key, for those passphrases that are given.
pub(super) fn remove(
    file: &VaultFile,
    common: &Common,
    order: &RemoveWay,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (mut session, typed) = Session::open_with(file, common)?;
    let known = session.vault.header().slots().to_vec();
    let place = order.number.checked_sub(1).filter(|place| *place < known.len());
    let Some(place) = place else {
        let sentence = format!(
            "There is no way {} to open this vault; holdfast ways lists them.",
            order.number
        );
        return Err(Failure::new(Exit::Usage, sentence));
    };
    let mut kept = Kept { going: known[place].id(), number: order.number, passphrases: Vec::new() };
    // The one by which the vault was opened, unless it is the one that goes.
    let _ = kept.take(&session.vault, typed)?;
    for number in &order.keep_passphrase_fd {
        let given = Source::Descriptor(*number).passphrase("")?;
        kept.take_given(&session.vault, Passphrase::new(given.as_str()), *number)?;
    }
    if order.keep_passphrase_fd.is_empty() && can_be_asked(common) {
        kept.ask(&session.vault, &known)?;
    }
    if kept.passphrases.is_empty() {
        let sentence = "Without this way no passphrase would open the vault; give another one that does, \
                        with --keep-passphrase-fd, or change this one with holdfast passphrase.";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    agree(&kept, &known, common, order)?;
    let new = kept.slots(&known);
    session.change(|vault, _, rng| {
        if vault.header().slots() != known {
            let sentence = "Another way to open this vault was added or taken away meanwhile; nothing was \
                            changed, so try again.";
            return Err(Failure::new(Exit::NotSaved, sentence));
        }
        vault.rekey(&new, rng)?;
        Ok(Change::Keep(()))
    })?;
    if common.json {
        writeln!(out, "{}", json!({ "vault": file.path().to_string_lossy() }))?;
    } else {
        let left = match new.len() {
            1 => "one passphrase is left that does".to_owned(),
            more => format!("{more} passphrases are left that do"),
        };
        let gone = way_named(&known[place]);
        writeln!(out, "Way {}, {gone}, opens this vault no more; {left}.", order.number)?;
    }
    Ok(())
}

/// What is carried over to the new data key.
struct Kept {
    going: SlotId,
    /// How the person names it.
    number: usize,
    passphrases: Vec<(SlotId, Cost, Passphrase)>,
}

/// What a passphrase that was given is to the vault.
#[derive(PartialEq, Eq)]
enum Given {
    /// It opens a way that stays.
    Kept,
    /// It opens the way that goes.
    Going,
    /// It opens none.
    Wrong,
}

impl Kept {
    fn take(&mut self, vault: &Vault, passphrase: Passphrase) -> Result<Given, Failure> {
        let Some((slot, cost)) = vault.slot_of(&passphrase)? else { return Ok(Given::Wrong) };
        if slot == self.going {
            return Ok(Given::Going);
        }
        if !self.has(slot) {
            self.passphrases.push((slot, cost, passphrase));
        }
        Ok(Given::Kept)
    }

    fn take_given(
        &mut self,
        vault: &Vault,
        passphrase: Passphrase,
        descriptor: u16,
    ) -> Result<(), Failure> {
        let (exit, what) = match self.take(vault, passphrase)? {
            Given::Kept => return Ok(()),
            Given::Going => (Exit::Usage, format!("opens way {}, which is to go", self.number)),
            Given::Wrong => (Exit::WrongPassphrase, "does not open the vault".to_owned()),
        };
        let sentence = format!(
            "The passphrase on file descriptor {descriptor}, which was to be kept, {what}; nothing was changed."
        );
        Err(Failure::new(exit, sentence))
    }

    /// Asks for those passphrases that are not known yet.
    fn ask(&mut self, vault: &Vault, known: &[Slot]) -> Result<(), Failure> {
        let mut tries = 0;
        while known.iter().any(|slot| is_passphrase(slot) && !self.stays_or_goes(slot.id())) {
            let prompt = "Another passphrase that is to go on opening the vault (Enter for none): ";
            let typed = Source::Terminal("--keep-passphrase-fd").passphrase(prompt)?;
            if typed.is_empty() {
                return Ok(());
            }
            let taken = self.take(vault, Passphrase::new(typed.as_str()))?;
            if taken == Given::Kept {
                continue;
            }
            tries += 1;
            if tries == TRIES {
                let sentence =
                    "None of these passphrases opens a way that could stay; nothing was changed.";
                return Err(Failure::new(Exit::WrongPassphrase, sentence));
            }
            remark(if taken == Given::Going {
                "This passphrase opens the way that is to go; type another."
            } else {
                "This passphrase does not open the vault; try again."
            });
        }
        Ok(())
    }

    fn has(&self, slot: SlotId) -> bool {
        self.passphrases.iter().any(|(kept, ..)| *kept == slot)
    }

    fn stays_or_goes(&self, slot: SlotId) -> bool {
        slot == self.going || self.has(slot)
    }

    /// As new slots, in the order in which they were.
    fn slots(&self, known: &[Slot]) -> Vec<NewSlot<'_>> {
        let kept = known.iter().filter_map(|slot| {
            let (_, cost, passphrase) =
                self.passphrases.iter().find(|(kept, ..)| *kept == slot.id())?;
            Some(NewSlot::Passphrase { passphrase, cost: *cost })
        });
        kept.collect()
    }
}

fn is_passphrase(slot: &Slot) -> bool {
    matches!(slot.method(), Method::Passphrase { .. })
}

/// Where others would go too, whether they may.
fn agree(kept: &Kept, known: &[Slot], common: &Common, order: &RemoveWay) -> Result<(), Failure> {
    let others: Vec<String> = known
        .iter()
        .zip(1..)
        .filter(|(slot, _)| !kept.stays_or_goes(slot.id()))
        .map(|(slot, number)| format!("{number} ({})", way_named(slot)))
        .collect();
    if others.is_empty() || order.yes {
        return Ok(());
    }
    let told = format!(
        "What else opens this vault goes with it, since only its own passphrase or device could take over the \
         new key: {}.",
        others.join(", ")
    );
    match letter(common, &format!("{told} Take way {} away? (y/n)", kept.number), &['y', 'n'])? {
        Some('y') => Ok(()),
        Some(_) => Err(Failure::new(Exit::Other, "Stopped; nothing was changed.")),
        None => {
            let sentence = format!(
                "{told} Nothing was changed; give a passphrase that is to stay with --keep-passphrase-fd, or \
                 say --yes."
            );
            Err(Failure::new(Exit::Usage, sentence))
        }
    }
}
