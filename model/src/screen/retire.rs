//! The end of the old device's vault: what will be lost, and the receipt.

use super::list::issuer;
use super::moving::{MOST_SHOWN, more};
use crate::move_list::Step;
use crate::state::{Opened, Retirement};
use crate::vault::Entry;
use crate::{dates, moving, naming};

/// The vault is about to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetirePage {
    /// What will be lost.
    pub sentence: String,
    /// The accounts whose codes are lost; no more than a person scrolls through.
    pub names: Vec<String>,
    /// How many more there are; empty where there are none.
    pub more: String,
    /// Why it was not done.
    pub error: Option<String>,
}

/// The vault is destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredPage {
    /// What was destroyed and when.
    pub sentence: String,
    /// What is gone.
    pub gone: Vec<String>,
}

pub(super) fn retire_page(opened: &Opened, error: Option<String>) -> RetirePage {
    let unready = |entry: &&Entry| moving::step_away(entry) < Step::Confirmed;
    let unready = moving::in_order(opened.vault.entries().iter().filter(unready));
    let lost = match unready.len() {
        0 => String::new(),
        1 => "1 account is not confirmed on the new device; what only this one holds is lost. "
            .to_owned(),
        more => {
            format!(
                "{more} accounts are not confirmed on the new device; what only this one holds is lost. "
            )
        }
    };
    let sentence = format!(
        "{lost}The vault, the copy before its last change and the settings of this device are \
         overwritten and removed. Nobody can bring them back; type the passphrase if you mean it."
    );
    let name = |entry: &&Entry| naming::full(issuer(entry), &entry.account);
    let names = unready.iter().take(MOST_SHOWN).map(name).collect();
    RetirePage { sentence, names, more: more(unready.len()), error }
}

pub(super) fn retired(gone: &[String], end: Retirement) -> RetiredPage {
    let destroyed = match end {
        Retirement::Done { accounts, at } => {
            let of = match accounts {
                0 => String::new(),
                1 => " with 1 account".to_owned(),
                more => format!(" with {more} accounts"),
            };
            format!("The vault{of} was destroyed on {}.", dates::minute(at))
        }
        Retirement::Finished { at } => format!(
            "This device stopped while its vault was being destroyed; the rest was destroyed on {}.",
            dates::minute(at)
        ),
    };
    let sentence = format!(
        "{destroyed} This device gives no codes any more; copies that you made elsewhere are not \
         touched, so delete them too."
    );
    RetiredPage { sentence, gone: gone.to_vec() }
}
