//! The page with the ways to read a barcode, which says whose is looked for.

use super::AddPage;
use crate::state::{Errand, Opened, name_of};

pub(super) fn page(opened: &Opened, error: Option<String>) -> AddPage {
    let away = opened.vault.moving().is_some();
    let (title, sentence) = match opened.errand {
        None => ("New account", NEW.to_owned()),
        Some(Errand { sought: Some(id), .. }) => {
            let name = name_of(&opened.vault, id);
            let sentence = format!(
                "On the website of {name}, set up two-factor authentication anew; it shows a barcode."
            );
            ("Its new barcode", sentence)
        }
        Some(_) if away => ("Read the progress", PROGRESS.to_owned()),
        Some(_) => ("Read a barcode", LIST.to_owned()),
    };
    let for_list = opened.errand.is_some_and(Errand::is_for_list);
    AddPage { title: title.to_owned(), sentence, error, by_path: opened.no_dialog, for_list }
}

const NEW: &str = "On the website, open its security settings and choose “authenticator app”. It shows a \
     barcode.";
const LIST: &str =
    "The list on the old device or its print, or the new barcode of an account that waits.";
const PROGRESS: &str = "The new device shows it in its settings, under “Move to another device”.";
