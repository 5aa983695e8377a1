//! The end of the old device's vault: what will be lost, and the receipt.

use super::moving::{MOST_SHOWN, more};
use crate::retire::Remains;
use crate::state::{Opened, Retirement};
use crate::{SetAside, dates, moving};

/// The vault is about to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetirePage {
    /// What will be lost.
    pub sentence: String,
    /// The accounts whose codes are lost; no more than a person scrolls through.
    pub names: Vec<String>,
    /// How many more there are; empty where there are none.
    pub more: String,
    /// What is lost with the copies that were set aside; empty where nothing is, or it is not looked at yet.
    pub aside: String,
    /// The accounts that only such a copy holds.
    pub only_aside: Vec<String>,
    /// Why it was not done.
    pub error: Option<String>,
}

/// The vault is destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredPage {
    /// What was destroyed and when.
    pub sentence: String,
    /// The accounts that were not confirmed on a new device.
    pub unready: Vec<String>,
    /// The accounts that only a copy held which was set aside.
    pub only_aside: Vec<String>,
    /// What is gone.
    pub gone: Vec<String>,
    /// What stays of it; empty where nothing is to be said of that.
    pub note: String,
}

pub(super) fn retire_page(
    opened: &Opened,
    aside: Option<&SetAside>,
    error: Option<String>,
) -> RetirePage {
    let mut unready = moving::unready(&opened.vault);
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
        "{lost}The vault, the copy before its last change, copies of it that were set aside and the \
         settings of this device are overwritten and removed. Nobody can bring them back; type the passphrase if you mean it."
    );
    let more = more(unready.len());
    unready.truncate(MOST_SHOWN);
    let told = aside.map(SetAside::told).unwrap_or_default();
    let only_aside = aside.map(|aside| shown(&aside.accounts)).unwrap_or_default();
    RetirePage { sentence, names: unready, more, aside: told, only_aside, error }
}

pub(super) fn retired(remains: &Remains, end: &Retirement) -> RetiredPage {
    let destroyed = match end {
        Retirement::Done { accounts, at, .. } => {
            let of = match accounts {
                0 => String::new(),
                1 => " with 1 account".to_owned(),
                more => format!(" with {more} accounts"),
            };
            format!("The vault{of} was destroyed on {}.", dates::minute(*at))
        }
        Retirement::Finished { at } => format!(
            "This device stopped while its vault was being destroyed; the rest was destroyed on {}.",
            dates::minute(*at)
        ),
        Retirement::Elsewhere(end) => format!(
            "The vault that was open here was destroyed{}, in the terminal or another window. This one \
             has forgotten it, and writes nothing of it.",
            end.when()
        ),
    };
    let sentence = format!(
        "{destroyed} This device gives no codes any more; copies that you made elsewhere are not \
         touched, so delete them too."
    );
    let (unready, only_aside) = match end {
        Retirement::Done { unready, aside, .. } => (shown(unready), shown(aside)),
        Retirement::Finished { .. } | Retirement::Elsewhere(_) => (Vec::new(), Vec::new()),
    };
    let (gone, note) = (remains.gone.clone(), remains.of_note());
    RetiredPage { sentence, unready, only_aside, gone, note }
}

fn shown(names: &[String]) -> Vec<String> {
    names.iter().take(MOST_SHOWN).cloned().collect()
}
