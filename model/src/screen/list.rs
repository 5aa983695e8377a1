//! The list of codes: sorted, searched, grouped, and spoken.

use holdfast_otp::{Code, Kind, Parameters, UnixTime, totp};

use crate::SecretText;
use crate::apart::told_apart;
use crate::naming;
use crate::state::{Face, Opened, Page};
use crate::vault::{Entry, EntryError, EntryId, Quarantined};

/// How many entries that cannot be read are told of one by one.
const MOST_UNREADABLE: usize = 2;

/// The list of codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    /// What is searched for.
    pub search: String,
    /// The entries to show, by issuer, then account, case aside and numbers as numbers.
    pub rows: Vec<Row>,
    /// The time that each row's code has left, in the order of the rows. They stand apart because
    /// they change every second, and the rows do not.
    pub tides: Vec<Tide>,
    /// The entries that cannot be read, kept as they are.
    pub unreadable: Vec<UnreadableRow>,
    /// What to say and do where there is no row.
    pub empty: Option<Empty>,
}

/// An entry in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which entry; it stays the same for its life.
    pub id: EntryId,
    /// Who the account is with; where that is not known, the account.
    pub title: String,
    /// The account's name, or nothing where it is the title.
    pub subtitle: String,
    /// What tells it from others of the same name, or nothing where there is none.
    pub apart: String,
    /// Its code.
    pub code: CodeView,
    /// Why it has no code: what happened, then what to do.
    pub trouble: Option<String>,
    /// Whether its entry page is open.
    pub selected: bool,
    /// For a screen reader: the name and the code in single digits.
    pub accessible_label: SecretText,
}

/// A code as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeView {
    /// How the code changes.
    pub kind: CodeKind,
    /// The code in groups; empty where none is to be shown.
    pub code: SecretText,
    /// The next code in groups, in the last third of the period; else empty.
    pub next: SecretText,
    /// The last 5 seconds.
    pub ebb: bool,
}

/// The time that a code has left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tide {
    /// Whole seconds until it changes; 0 for a counter.
    pub seconds_left: u32,
    /// How much of the period is left, 1.0 down to 0.0; 0.0 for a counter.
    pub fraction: f32,
    /// For a screen reader: the seconds left; empty for a counter.
    pub accessible_label: String,
}

/// How a code changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeKind {
    /// By itself, with time.
    #[default]
    Rolling,
    /// When asked, by [`crate::Msg::NextCode`].
    Counter,
    /// There is none yet: the account waits for its new barcode.
    Waiting,
    /// There is none: the entry cannot give one.
    None,
}

/// An entry that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRow {
    /// Its name, as far as it can be made out.
    pub title: String,
    /// What happened, then what to do.
    pub sentence: String,
}

/// A list without rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// What there is not.
    pub title: String,
    /// What to do.
    pub sentence: String,
    /// Whether there is no account at all, so that somebody may come from another device.
    pub is_new: bool,
}

/// The last seconds of a code, in which it is better to wait for the next.
const EBB_SECONDS: u32 = 5;

/// The list, where it is to be seen: on its own page and beside an entry.
pub(super) fn beside(opened: &Opened, now: UnixTime) -> Option<Codes> {
    match opened.page {
        Page::Codes | Page::Entry { .. } | Page::Astray { .. } => Some(codes(opened, now)),
        _ => None,
    }
}

fn codes(opened: &Opened, now: UnixTime) -> Codes {
    let words: Vec<String> =
        opened.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut found = told_apart(&opened.vault);
    found.retain(|named| {
        let (title, subtitle) = (named.key.0.as_str(), named.key.1.as_str());
        words.iter().all(|word| title.contains(word) || subtitle.contains(word))
    });
    let tides = found.iter().map(|named| tide(&named.entry.parameters, now)).collect();
    let rows: Vec<Row> =
        found.into_iter().map(|named| row(opened, named.entry, named.apart, now)).collect();
    let unreadable = unreadable(opened);
    let empty = if rows.is_empty() { why_empty(opened) } else { None };
    Codes { search: opened.search.clone(), rows, tides, unreadable, empty }
}

/// What cannot be read, in so few lines that the accounts which can be keep the window.
fn unreadable(opened: &Opened) -> Vec<UnreadableRow> {
    let entries = opened.vault.quarantined();
    if entries.len() <= MOST_UNREADABLE {
        let row = |entry: &Quarantined| UnreadableRow {
            title: naming::shown(entry.label().unwrap_or("An account that cannot be read")),
            sentence: entry.reason().to_string(),
        };
        return entries.iter().map(row).collect();
    }
    vec![UnreadableRow {
        title: format!("{} accounts cannot be read", entries.len()),
        sentence: "Each is kept as it is; “holdfast list” in a terminal tells which and why."
            .to_owned(),
    }]
}

fn why_empty(opened: &Opened) -> Option<Empty> {
    let is_new = opened.vault.entries().is_empty();
    let (title, sentence) = if !is_new {
        ("Nothing found", "No account has this in its name; shorten what you search for.")
    } else if opened.vault.quarantined().is_empty() {
        (
            "No accounts yet",
            "Switch on two-factor authentication at a service, then add the barcode that it shows.",
        )
    } else {
        return None;
    };
    Some(Empty { title: title.to_owned(), sentence: sentence.to_owned(), is_new })
}

/// An entry as a row of the list.
pub(super) fn row(opened: &Opened, entry: &Entry, apart: String, now: UnixTime) -> Row {
    let (title, subtitle) = naming::lines(issuer(entry), &entry.account);
    let (code, trouble) = code_of(opened, entry, now);
    let name = naming::beside_others(&naming::full(issuer(entry), &entry.account), &apart);
    Row {
        id: entry.id,
        accessible_label: spoken(&name, &code, trouble.as_deref()),
        title,
        subtitle,
        apart,
        code,
        trouble,
        selected: matches!(opened.page, Page::Entry { id, .. } if id == entry.id),
    }
}

/// The issuer of an entry, or nothing.
pub(super) fn issuer(entry: &Entry) -> &str {
    entry.issuer.as_deref().unwrap_or_default()
}

fn code_of(opened: &Opened, entry: &Entry, now: UnixTime) -> (CodeView, Option<String>) {
    let without = |kind| CodeView { kind, ..CodeView::default() };
    if !entry.has_secret() {
        return (without(CodeKind::Waiting), Some(EntryError::NoSecret.to_string()));
    }
    if let Kind::Hotp { .. } = entry.parameters.kind {
        let revealed = opened.revealed.as_ref().filter(|(id, _)| *id == entry.id);
        let code = revealed.map(|(_, code)| code.grouped().into()).unwrap_or_default();
        return (CodeView { code, ..without(CodeKind::Counter) }, None);
    }
    match opened.dial.face(&opened.vault, entry, now) {
        Ok(face) => (rolling(&entry.parameters, &face, now), None),
        Err(reason) => (without(CodeKind::None), Some(reason.to_string())),
    }
}

/// The time that a code of these parameters has left.
pub(super) fn tide(parameters: &Parameters, now: UnixTime) -> Tide {
    let Some(period) = parameters.kind.period() else { return Tide::default() };
    let seconds_left = totp::seconds_left(now, period);
    let plural = if seconds_left == 1 { "" } else { "s" };
    Tide {
        seconds_left,
        // Both are at most 86,400, which f32 holds exactly.
        fraction: seconds_left as f32 / period.seconds() as f32,
        accessible_label: format!("{seconds_left} second{plural} left"),
    }
}

/// A code as it is shown; for a counter, the code it stands at.
pub(super) fn rolling(parameters: &Parameters, face: &Face, now: UnixTime) -> CodeView {
    let grouped = |code: &Code| SecretText::from(code.grouped());
    let code = grouped(&face.code);
    let Some(period) = parameters.kind.period() else {
        return CodeView { kind: CodeKind::Counter, code, ..CodeView::default() };
    };
    CodeView {
        kind: CodeKind::Rolling,
        code,
        next: face.next.as_ref().map(grouped).unwrap_or_default(),
        ebb: totp::seconds_left(now, period) <= EBB_SECONDS,
    }
}

/// What a screen reader says: the name, the code digit by digit. The time left is told beside it.
fn spoken(name: &str, code: &CodeView, trouble: Option<&str>) -> SecretText {
    let digits = code.code.as_str().chars().filter(|c| !c.is_whitespace());
    // Reserved at once, so that no half-grown copy of the code is left behind.
    let mut text = String::with_capacity(name.len() + 64 + trouble.map_or(0, str::len));
    text.push_str(name);
    if let Some(trouble) = trouble {
        text.push_str(". ");
        text.push_str(trouble);
        return text.into();
    }
    match code.kind {
        CodeKind::Counter if code.code.is_empty() => text.push_str(", press for the next code"),
        _ => {
            text.push_str(", code");
            for digit in digits {
                text.push(' ');
                text.push(digit);
            }
        }
    }
    text.into()
}
