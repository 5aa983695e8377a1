//! What is in the place of the vault file is not what is open here: said, and asked what to do.

use super::AstrayPage;
use crate::state::{Astray, Opened};
use crate::vault::Parting;

pub(super) fn page(opened: &Opened, error: Option<String>) -> AstrayPage {
    let keep = |label: &str| label.to_owned();
    let (title, sentence, keep, use_file) = match opened.astray.as_ref().map(|(astray, _)| astray) {
        Some(Astray::Parted { theirs, .. }) => (
            "Another copy of your vault",
            format!(
                "The vault file was replaced by another copy: {}. Keep the accounts of both; or use the \
                 file as it is, and what is only open here goes to the trash for 30 days.",
                apart(opened.vault.parting(theirs))
            ),
            keep("Keep the accounts of both"),
            Some("Use the file as it is".to_owned()),
        ),
        Some(Astray::Damaged(_)) => (
            "The vault file is damaged",
            format!(
                "Something else changed the vault file, and it cannot be opened any more. {} Keep \
                 what it holds: it is written again, and the damaged file stays beside it under another name.",
                held(opened)
            ),
            keep(KEEP),
            None,
        ),
        Some(Astray::Other(_)) => (
            "Another vault is in its place",
            format!(
                "The vault file was replaced by one that this vault's key does not open: another \
                 vault, or a copy from before the passphrase was changed. {} Keep what it holds, and the other \
                 file stays beside it under another name; or use the other file, and what is only \
                 open here is lost.",
                held(opened)
            ),
            keep(KEEP),
            Some("Lock, and use the other file".to_owned()),
        ),
        Some(Astray::Barred(error)) => (
            "The vault file cannot be read",
            format!(
                "{error} {} Once the file can be read again, it goes on with it; if it is locked or closed \
                 before, it writes what it holds beside that place, under another name.",
                held(opened)
            ),
            keep("Try again"),
            None,
        ),
        // The page goes with the trouble.
        Some(Astray::Gone) | None => (
            "The vault file is gone",
            format!(
                "It was removed or moved, or its disk is not connected. {} Keep what it holds, and the file is \
                 written again in its place.",
                held(opened)
            ),
            keep(KEEP),
            None,
        ),
    };
    AstrayPage { title: title.to_owned(), sentence, keep, use_file, error }
}

const KEEP: &str = "Keep what this window holds";

/// The line that stays while the person answers later.
pub(super) fn warning(opened: &Opened) -> Option<String> {
    let what = match &opened.astray.as_ref()?.0 {
        Astray::Gone => "The vault file is gone from its place",
        Astray::Barred(_) => "The vault file cannot be read",
        Astray::Damaged(_) => "The vault file is damaged",
        Astray::Other(_) => "Another vault is in the place of this one's file",
        Astray::Parted { .. } => "Another copy is in the place of the vault file",
    };
    Some(format!(
        "{what}; this window still holds what was open. It asks again with the next change."
    ))
}

fn held(opened: &Opened) -> String {
    match opened.vault.entries().len() {
        0 => "This window still holds the vault, which is empty.".to_owned(),
        1 => "This window still holds its account, whole.".to_owned(),
        2 => "This window still holds both accounts, whole.".to_owned(),
        many => format!("This window still holds all {many} accounts, whole."),
    }
}

fn apart(parting: Parting) -> String {
    let accounts = |count: usize| match count {
        1 => "1 account".to_owned(),
        many => format!("{many} accounts"),
    };
    let (is, differ) = (if parting.here == 1 { "is" } else { "are" }, parting.unlike);
    let mut parts = Vec::new();
    if parting.here > 0 {
        parts.push(format!("it lacks {} that {is} open here", accounts(parting.here)));
    }
    if parting.there > 0 {
        let not = if parting.there == 1 { "is not" } else { "are not" };
        parts.push(format!("it has {} that {not}", accounts(parting.there)));
    }
    if differ > 0 {
        parts.push(format!("it differs in {}", accounts(differ)));
    }
    match parts.as_slice() {
        [] => "it has the same accounts, but was saved on its own".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
