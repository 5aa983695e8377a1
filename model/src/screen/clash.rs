//! The page that asks: replace what is here, or keep both?

use super::list::issuer;
use super::{ClashEntry, ClashPage};
use crate::intake::{self, Draft};
use crate::state::{Opened, name_of};
use crate::vault::{Entry, EntryId};
use crate::{dates, naming};

/// The question about these entries, which hold the draft's secret or bear its names.
pub(super) fn page(
    opened: &Opened,
    draft: &Draft,
    ids: &[EntryId],
    error: Option<String>,
) -> ClashPage {
    let held = |id: &EntryId| opened.vault.secret(*id).ok();
    let same_secret =
        ids.iter().copied().find(|id| held(id).is_some_and(|secret| secret == draft.secret));
    let name = naming::full(&draft.issuer, &draft.account);
    let (sentence, replacing, keeping) = match same_secret {
        Some(id) => (same_secret_sentence(opened, draft, id), OTHER_CODES, OTHER_ACCOUNT),
        None if ids.iter().any(|id| held(id).is_some()) => {
            let sentence = format!(
                "{name} is already here with another secret; replace it if you set it up anew, or \
                 keep both."
            );
            (sentence, ENROLLED_AGAIN, SAME_NAME)
        }
        None if ids.iter().any(|id| opened.vault.entry(*id).is_some_and(Entry::has_secret)) => {
            let sentence = format!(
                "{name} is here without a secret that works; give it this one, or keep both."
            );
            (sentence, ENROLLED_AGAIN, SAME_NAME)
        }
        None => {
            let sentence = format!(
                "{name} may be one of the accounts that wait for re-enrolment; say which, or add it \
                 as another account."
            );
            (sentence, ITS_NEW_BARCODE, ANOTHER)
        }
    };
    ClashPage {
        sentence,
        entries: ids.iter().filter_map(|id| entry(opened, *id)).collect(),
        replacing: replacing.to_owned(),
        keeping: keeping.to_owned(),
        error,
    }
}

const ITS_NEW_BARCODE: &str = "This is its new barcode";
const ANOTHER: &str = "It is another account";
const ENROLLED_AGAIN: &str = "You enrolled again: the old code no longer works there";
const SAME_NAME: &str = "It is another account with the same name";
const OTHER_CODES: &str = "The codes it gives now are no longer accepted there";
const OTHER_ACCOUNT: &str = "Both are used, each in its own way";

fn same_secret_sentence(opened: &Opened, draft: &Draft, id: EntryId) -> String {
    let difference = opened
        .vault
        .entry(id)
        .map(|entry| intake::difference(&entry.parameters, &draft.parameters))
        .unwrap_or_default();
    format!(
        "The same secret is already here, as {}, with {difference}; replace that if its codes are \
         refused, or keep both.",
        name_of(&opened.vault, id)
    )
}

fn entry(opened: &Opened, id: EntryId) -> Option<ClashEntry> {
    let entry = opened.vault.entry(id)?;
    let name = naming::full(issuer(entry), &entry.account);
    Some(ClashEntry { id, label: format!("{name}, added {}", dates::day(entry.added_at)) })
}
