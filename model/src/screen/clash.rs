//! The page that asks: replace what is here, or keep both?

use super::list::issuer;
use super::{ClashEntry, ClashPage};
use crate::apart::apart_of;
use crate::intake::{self, Draft, Standing};
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
    let name = naming::in_sentence(&draft.issuer, &draft.account);
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
        waits: replacing == ITS_NEW_BARCODE,
        entries: entries(opened, ids),
        replacing: replacing.to_owned(),
        keeping: keeping.to_owned(),
        error,
    }
}

/// The question whether the account that holds the draft's secret is one of those that wait.
pub(super) fn whether(
    opened: &Opened,
    draft: &Draft,
    here: EntryId,
    ids: &[EntryId],
    error: Option<String>,
) -> ClashPage {
    let (vault, name) = (&opened.vault, name_of(&opened.vault, here));
    let held = vault.entry(here);
    let with = held.map(|held| intake::difference(&held.parameters, &draft.parameters));
    // A counter that is only further on makes no other codes.
    let other = matches!(intake::standing(vault, draft), Standing::SameSecret(_));
    let with = match with.filter(|with| other && !with.is_empty()) {
        Some(with) => format!(", with {with}"),
        None => String::new(),
    };
    let which = match ids {
        [one] => format!("Is it the waiting account {}?", name_of(vault, *one)),
        _ => "Is it one of these accounts, which wait?".to_owned(),
    };
    let waits =
        |id: &EntryId| vault.entry(*id).zip(held).is_some_and(|(to, from)| from.came_with(to));
    let replacing = match ids.first().is_some_and(waits) {
        true => format!("It is ticked off, and {name} waits again"),
        false => format!("It is ticked off, and takes the place of {name}"),
    };
    ClashPage {
        sentence: format!("This barcode is already here, as {name}{with}. {which}"),
        waits: true,
        entries: entries(opened, ids),
        replacing,
        keeping: ANOTHER.to_owned(),
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

/// Those that can be replaced: name and day, and what else tells them apart where that is not enough.
fn entries(opened: &Opened, ids: &[EntryId]) -> Vec<ClashEntry> {
    let held = ids.iter().filter_map(|id| opened.vault.entry(*id));
    let mut entries: Vec<ClashEntry> = held.map(entry).collect();
    let alike = |label: &String| entries.iter().filter(|other| other.label == *label).count() > 1;
    let alike: Vec<bool> = entries.iter().map(|entry| alike(&entry.label)).collect();
    for (entry, alike) in entries.iter_mut().zip(alike) {
        if let (true, Some(held)) = (alike, opened.vault.entry(entry.id)) {
            let apart = apart_of(&opened.vault, held);
            entry.label = naming::beside_others(&entry.label, &apart);
            if !held.care.note.is_empty() {
                entry.label = format!("{}: {}", entry.label, held.care.note);
            }
        }
    }
    entries
}

fn entry(entry: &Entry) -> ClashEntry {
    let name = naming::full(issuer(entry), &entry.account);
    let since = if entry.has_secret() { "added" } else { "waiting since" };
    ClashEntry { id: entry.id, label: format!("{name}, {since} {}", dates::day(entry.added_at)) }
}
