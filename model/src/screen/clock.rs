//! The page of the clock, and the line that tells of a correction for as long as there is one.

use crate::clock::{CLOSE, Finding, corrected, standing};
use crate::dates;
use crate::state::{Opened, Page, name_of};
use crate::vault::{Correction, EntryId};

/// The device's clock, and what a time barcode said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockPage {
    /// How it stands, then what to do.
    pub sentence: String,
    /// What a correction is, where one is offered or holds.
    pub explanation: Option<String>,
    /// The label of the button that sends [`crate::ClockMsg::Correct`].
    pub correct: Option<String>,
    /// The label of the button that sends [`crate::ClockMsg::Remove`].
    pub remove: Option<String>,
    /// Why it was not saved.
    pub error: Option<String>,
}

pub(super) fn page(opened: &Opened, found: Option<Finding>, error: Option<String>) -> ClockPage {
    let Correction { offset, since, .. } = opened.vault.correction();
    let says = |by: EntryId| format!("says the barcode of {}", name_of(&opened.vault, by));
    let sentence = match found {
        Some(Finding::Right(by)) => format!(
            "This device's clock is right, to within {CLOSE} seconds, {}. If a code is refused, it is \
             for another reason.",
            says(by)
        ),
        Some(Finding::Fits(by)) => {
            format!("This device is {}, and its codes are right, {}.", standing(offset), says(by))
        }
        Some(Finding::Off(off)) if off.offset == 0 => format!(
            "This device's own clock is right again, {}; the correction is no longer needed.",
            says(off.by)
        ),
        Some(Finding::Off(off)) => {
            format!("This device is {}, {}.", standing(off.offset), says(off.by))
        }
        Some(Finding::Unsure { .. }) | None => match corrected(&opened.vault) {
            Some(line) => format!("{line} They have been since {}.", dates::day(since)),
            None => {
                "The codes follow this device's own clock. If a service refuses them, open “Check \
                     your phone's clock” on its page and scan the barcode that is shown there."
                    .to_owned()
            }
        },
    };
    let offered = match found {
        Some(Finding::Off(off)) => Some(off.offset),
        _ => None,
    };
    let correct = offered.map(|offset| match offset {
        0 => "End the correction".to_owned(),
        _ => "Correct the codes".to_owned(),
    });
    let holds = offered.map_or(offset != 0, |offset| offset != 0);
    ClockPage {
        sentence,
        explanation: holds.then(|| EXPLANATION.to_owned()),
        remove: (offset != 0 && offered.is_none()).then(|| "End the correction".to_owned()),
        correct,
        error,
    }
}

const EXPLANATION: &str = "A correction moves the codes of all accounts and nothing else: the device's \
     own clock stays as it is. Once that is set right, end the correction.";

/// The line above everything, but not above the page that says it all.
pub(super) fn line(opened: &Opened) -> Option<String> {
    match opened.page {
        Page::Clock { .. } => None,
        _ => corrected(&opened.vault),
    }
}
