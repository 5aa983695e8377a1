//! The pages of a move: the list of accounts with their steps, and what a list brings.

use std::collections::BTreeMap;

use holdfast_otp::UnixTime;

use super::Tide;
use super::list::{Row, issuer, row as code_row, tide};
use crate::apart::{apart_of, told_apart};
use crate::move_list::{Barcode, ListId, ListKind, MoveList, Step};
use crate::moving::{self, Tally};
use crate::services::{self, First};
use crate::state::{Opened, name_of};
use crate::vault::{Entry, EntryId, Vault};
use crate::{dates, naming};

/// How many accounts are shown one by one: a list may name thousands, and nobody scrolls through those.
pub(super) const MOST_SHOWN: usize = 300;

/// The page of the move.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MovingPage {
    /// Whether the accounts move away from this device.
    pub away: bool,
    /// What this is, or how far it is: one sentence.
    pub sentence: String,
    /// The accounts of the move, in the order in which to see to them, on the new device those first that
    /// are still to do; no more than a person scrolls through.
    pub rows: Vec<MoveRow>,
    /// How many more there are; empty where there are none.
    pub more: String,
    /// The list, or the progress, as a barcode for the other device.
    pub part: Option<PartView>,
    /// Whether the barcode stands before the accounts: where there is nothing to do before it is shown.
    pub part_first: bool,
    /// The account whose barcode was just scanned.
    pub fresh: Option<Fresh>,
    /// Whether a move away can be begun: the button sends [`crate::MoveMsg::Begin`].
    pub can_begin: bool,
    /// For each list of which accounts wait: the button that takes them away.
    pub removals: Vec<Removal>,
    /// The button that ends the move which is under way; empty where none is.
    pub end: String,
    /// The label of the button that leads to the end of this vault, where that may be reached.
    pub retire: Option<String>,
    /// Whether the path of a file can be typed, for want of a dialog to choose it in.
    pub by_path: bool,
    /// Why something was not done.
    pub error: Option<String>,
}

/// The account that just came in: its service asks for a code before it takes the new key.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// What its code is for.
    pub sentence: String,
    /// The account with its code, as in the list.
    pub row: Row,
    /// The time that the code has left.
    pub tide: Tide,
}

/// An account of the move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveRow {
    /// Which.
    pub id: EntryId,
    /// As in the list of codes.
    pub title: String,
    /// As in the list of codes, with what tells it from others of its name.
    pub subtitle: String,
    /// How far it has come.
    pub step: Step,
    /// The step in words: "To do", "Waiting".
    pub label: String,
    /// What is asked of the person here, on the new device.
    pub asks: Asks,
    /// Why it should be seen to before others, and the person's note.
    pub advice: String,
    /// Whether there is a page that helps.
    pub has_help: bool,
    /// For a screen reader.
    pub accessible_label: String,
}

/// What the new device asks of the person about an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    #[default]
    Nothing,
    /// To scan its new barcode.
    Barcode,
    /// Whether the secret that was here before the list came is the new one.
    WhetherNew,
}

/// The accounts of one list that wait, to be taken away together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// For [`crate::MoveMsg::RemoveWaiting`].
    pub list: Option<ListId>,
    /// "Remove the 3 that wait"
    pub label: String,
    /// When they came, where there are several lists.
    pub came: String,
}

/// One part of a list as a barcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartView {
    /// The barcode.
    pub barcode: Barcode,
    /// Which part, from 1; where several old devices have a progress to read, counted through all of them.
    pub number: u16,
    /// Of how many.
    pub of: u16,
    /// "Part 1 of 3: scan it on the new device."
    pub label: String,
}

/// A list that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// What taking it will do.
    pub sentence: String,
    /// The accounts that it names; no more than a person scrolls through.
    pub names: Vec<String>,
    /// How many more there are; empty where there are none.
    pub more: String,
    /// The label of the button that sends [`crate::MoveMsg::Take`].
    pub take: String,
    /// Why it was not taken.
    pub error: Option<String>,
}

pub(super) fn page(opened: &Opened, part: u16, error: Option<String>, now: UnixTime) -> MovingPage {
    let vault = &opened.vault;
    let (away, coming) = (vault.moving().is_some(), moving::is_coming(vault));
    let came = |entry: &&Entry| entry.care.origin.is_some() || !entry.has_secret();
    let entries = if away {
        moving::in_order(vault.entries().iter())
    } else {
        let mut entries = moving::in_order(vault.entries().iter().filter(came));
        // What is to be done next stands first; what is done makes room for it.
        entries.sort_by_key(|entry| moving::step_here(entry) > Step::ToDo);
        entries
    };
    let tally = moving::tally(entries.iter().map(|entry| moving::step_of(vault, entry)));
    let unsure = entries.iter().filter(|entry| asks(vault, entry) == Asks::WhetherNew).count();
    MovingPage {
        away,
        sentence: sentence(vault, tally, unsure),
        rows: rows(vault, &entries[..entries.len().min(MOST_SHOWN)]),
        more: more(entries.len()),
        removals: if away { Vec::new() } else { removals(vault) },
        part: part_view(&moving::shown_lists(vault, now), part),
        part_first: away || tally.to_do == 0,
        fresh: fresh(opened, now),
        can_begin: !away && !coming && vault.entries().iter().any(Entry::has_secret),
        end: match (away, coming) {
            (true, _) => "End the move".to_owned(),
            (false, true) => "End the move to this device".to_owned(),
            (false, false) => String::new(),
        },
        retire: away.then(|| "Retire this device…".to_owned()),
        by_path: opened.no_dialog,
        error,
    }
}

/// The account that just came in, until its code is known to be taken.
fn fresh(opened: &Opened, now: UnixTime) -> Option<Fresh> {
    let entry = opened.vault.entry(opened.fresh?)?;
    let now = opened.vault.corrected(now);
    let asks = entry.has_secret() && moving::step_here(entry) < Step::Confirmed;
    asks.then(|| Fresh {
        sentence: format!("Give {} this code, to finish there:", name_of(&opened.vault, entry.id)),
        row: code_row(opened, entry, apart_of(&opened.vault, entry), now),
        tide: tide(&entry.parameters, now),
    })
}

fn sentence(vault: &Vault, tally: Tally, unsure: usize) -> String {
    let Tally { all, to_do, re_enrolled, confirmed, retired } = tally;
    match (vault.moving().is_some(), all) {
        (false, 0) if vault.entries().is_empty() => {
            "On the old device open the settings, “Move to another device”, “I'm moving away from this \
             device”, and scan the barcode that it shows. If that device is lost, scan the list that you \
             printed; without one, begin with the account of your mail."
                .to_owned()
        }
        (false, 0) => "Move your accounts to another device: this one shows a list of them, without \
                       any key, and the new one asks for each account's new barcode. Or scan the list \
                       of an old device here, or its print if it was lost."
            .to_owned(),
        (true, _) if all == confirmed + retired => {
            format!("All {all} accounts are confirmed on the new device; this one can be retired.")
        }
        (true, _) => format!(
            "Of {all} accounts, {to_do} {} to do, {re_enrolled} re-enrolled and {} confirmed.",
            if to_do == 1 { "is" } else { "are" },
            confirmed + retired
        ),
        (false, _) if to_do == 0 => format!(
            "All {all} accounts are re-enrolled; log in to each, then show the progress to the old \
             device."
        ),
        (false, _) if to_do == unsure => format!(
            "{unsure} of {all} accounts had a key here before the list came: say of each whether it is \
             the new one, or scan its new barcode."
        ),
        (false, _) => {
            let also = match unsure {
                0 => String::new(),
                unsure => format!(
                    " {unsure} had a key here before the list came: say of each whether it is the \
                     new one."
                ),
            };
            format!(
                "{} of {all} accounts wait: for each, set up two-factor authentication at the \
                 service anew and scan its barcode.{also}",
                to_do - unsure
            )
        }
    }
}

/// "and 9,800 more"
pub(super) fn more(all: usize) -> String {
    match all.saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!("… and {more} more."),
    }
}

fn removals(vault: &Vault) -> Vec<Removal> {
    let waiting = moving::waiting(vault);
    let several = waiting.len() > 1;
    let removal = |(list, entries): (Option<ListId>, Vec<&Entry>)| {
        let came = entries.iter().map(|entry| entry.added_at).min().unwrap_or(UnixTime(0));
        let label = match entries.len() {
            1 => "Remove the one that waits".to_owned(),
            count => format!("Remove the {count} that wait"),
        };
        let came =
            if several { format!("Came here {}", dates::minute(came)) } else { String::new() };
        Removal { list, label, came }
    };
    waiting.into_iter().map(removal).collect()
}

fn rows(vault: &Vault, entries: &[&Entry]) -> Vec<MoveRow> {
    let mut named: BTreeMap<EntryId, String> =
        told_apart(vault).into_iter().map(|named| (named.entry.id, named.apart)).collect();
    let apart = |entry: &&Entry| named.remove(&entry.id).unwrap_or_default();
    let aparts: Vec<String> = entries.iter().map(apart).collect();
    entries.iter().zip(aparts).map(|(entry, apart)| row(vault, entry, &apart)).collect()
}

fn asks(vault: &Vault, entry: &Entry) -> Asks {
    match (vault.moving().is_some() || moving::step_here(entry) > Step::ToDo, entry.has_secret()) {
        (true, _) => Asks::Nothing,
        (false, false) => Asks::Barcode,
        (false, true) => Asks::WhetherNew,
    }
}

fn row(vault: &Vault, entry: &Entry, apart: &str) -> MoveRow {
    let (step, asks) = (moving::step_of(vault, entry), asks(vault, entry));
    let (title, mut subtitle) = naming::lines(issuer(entry), &entry.account);
    if !apart.is_empty() {
        let gap = if subtitle.is_empty() { "" } else { " · " };
        subtitle = format!("{subtitle}{gap}{apart}");
    }
    let told = match asks {
        Asks::Nothing => step.told(),
        Asks::Barcode => "waiting",
        Asks::WhetherNew => "here already",
    };
    let label = format!("{}{}", told[..1].to_uppercase(), &told[1..]);
    let mut advice = match moving::first(entry) {
        Some(First::Mail) => "First: it resets the passwords of the others.".to_owned(),
        Some(First::Passwords) => "Early: it holds the passwords of the others.".to_owned(),
        None => String::new(),
    };
    if !entry.care.note.is_empty() {
        let gap = if advice.is_empty() { "" } else { " " };
        let note: Vec<_> = entry.care.note.lines().map(naming::shown).collect();
        advice = format!("{advice}{gap}{}", note.join("\n"));
    }
    let name = naming::beside_others(&naming::full(issuer(entry), &entry.account), apart);
    MoveRow {
        id: entry.id,
        title,
        subtitle,
        step,
        asks,
        accessible_label: format!("{name}, {told}. {advice}").trim_end().to_owned(),
        label,
        advice,
        has_help: services::named(issuer(entry), &entry.account).is_some(),
    }
}

/// One part of what is shown, the parts of all lists counted through.
fn part_view(lists: &[MoveList], wanted: u16) -> Option<PartView> {
    let mut parts = Vec::new();
    for list in lists {
        let texts = list.parts().unwrap_or_default();
        let own = texts.len();
        parts.extend((1..).zip(texts).map(|(number, text)| (list, number, own, text)));
    }
    let of = u16::try_from(parts.len()).ok().filter(|of| *of > 0)?;
    let number = wanted.clamp(1, of);
    let (list, in_list, of_list, text) = parts.get(usize::from(number) - 1)?;
    let other = match (list.kind, lists.len()) {
        (ListKind::Accounts, _) => "the new device".to_owned(),
        (ListKind::Progress, 0 | 1) => "the old device".to_owned(),
        (ListKind::Progress, _) => format!("the old device whose list names {}", named(list)),
    };
    let label = if *of_list == 1 {
        format!("Scan this on {other}.")
    } else {
        format!("Part {in_list} of {of_list}: scan each on {other}.")
    };
    Some(PartView { barcode: Barcode::of(text)?, number, of, label })
}

/// By what a person knows a list again: "GitHub (alice) and 4 more"
fn named(list: &MoveList) -> String {
    let first = list.accounts.first();
    let first = first.map(|listed| naming::full(&listed.issuer, &listed.account));
    match (first.unwrap_or_default(), list.accounts.len()) {
        (first, 0 | 1) => first,
        (first, all) => format!("{first} and {} more", all - 1),
    }
}

pub(super) fn list_page(
    opened: &Opened,
    list: &MoveList,
    new: usize,
    error: Option<String>,
) -> ListPage {
    let (count, day) = (list.accounts.len(), dates::day(list.made_at));
    let accounts = if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    let (sentence, take) = match list.kind {
        ListKind::Accounts => (
            format!(
                "This list of {day} names {accounts}, as its sender counts. {} Take it only if it is \
                 your own old device's.",
                coming(new, count)
            ),
            "Add as waiting",
        ),
        ListKind::Progress if opened.vault.moving().is_some() => (
            format!("This is how far the new device was on {day}, with {accounts}."),
            "Mark them here",
        ),
        ListKind::Progress => (
            format!(
                "This is how far a new device was on {day}; scan it on the old one, from which the \
                 accounts move away."
            ),
            "Mark them here",
        ),
    };
    let name = |listed: &crate::move_list::Listed| {
        let name = naming::full(&listed.issuer, &listed.account);
        match list.kind {
            ListKind::Accounts => name,
            ListKind::Progress => format!("{name}: {}", listed.step.told()),
        }
    };
    ListPage {
        sentence,
        names: list.accounts.iter().take(MOST_SHOWN).map(name).collect(),
        more: more(count),
        take: take.to_owned(),
        error,
    }
}

/// What a list brings that names so many accounts, of which so many are not here yet.
pub fn coming(new: usize, all: usize) -> String {
    match new {
        0 => "All of them are here already, and keep what they have.".to_owned(),
        _ if new == all => "None is here yet: they will wait for their new barcodes.".to_owned(),
        1 => "1 is not here yet and will wait for its new barcode; the others keep what they have."
            .to_owned(),
        _ => format!(
            "{new} are not here yet and will wait for their new barcodes; the others keep what they \
             have."
        ),
    }
}
