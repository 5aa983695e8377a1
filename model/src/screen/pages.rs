//! The pages, each as plain facts for the window to lay out.

use holdfast_otp::Algorithm;

use super::{CodeView, Row, Tide};
use crate::SecretText;
use crate::vault::EntryId;

/// A vault file that cannot be used; [`crate::Msg::Retry`] reads it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// What happened, then what to do.
    pub sentence: String,
    /// The label of the button that sends [`crate::Msg::Retry`].
    pub retry: String,
    /// The label of the button that sends [`crate::Msg::BeginAnew`], where the file is gone.
    pub anew: Option<String>,
}

/// The first start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstStart {
    /// That nobody can reset the passphrase.
    pub statement: String,
    /// How strong the passphrase typed so far is; `None` before the first letter.
    pub strength: Option<Strength>,
    /// Why it was not taken.
    pub error: Option<String>,
}

/// How strong a passphrase is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (very strong).
    pub score: u8,
    /// The same in words, with what would help.
    pub sentence: String,
}

/// The locked app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unlock {
    /// Why the vault was locked, where the person did not do it.
    pub why: Option<String>,
    /// Whether the device's lock opens it too: [`crate::DeviceMsg::Unlock`].
    pub by_device: bool,
    /// Why it did not open.
    pub error: Option<String>,
}

/// A vault file that is older than the newest one that this device saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderPage {
    /// What is the matter, with both dates, and what to do.
    pub sentence: String,
}

/// What is in the place of the vault file is not what is open here; [`crate::Msg::Back`] answers later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AstrayPage {
    /// What is there instead, in a few words.
    pub title: String,
    /// What happened, and what each answer comes to.
    pub sentence: String,
    /// The label of the button that sends [`crate::Msg::KeepWindow`].
    pub keep: String,
    /// The label of the button that sends [`crate::Msg::UseFile`], where there is a file to use.
    pub use_file: Option<String>,
    /// Why that was not done, or what led here.
    pub error: Option<String>,
}

/// The question whether the passphrase is still known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemindPage {
    /// Why it is asked.
    pub sentence: String,
    /// That what was typed is not it.
    pub error: Option<String>,
}

/// The change of the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassphrasePage {
    /// What it comes to.
    pub statement: String,
    /// Whether the present one is asked for.
    pub asks_current: bool,
    /// As on the first start.
    pub strength: Option<Strength>,
    /// Why it was not changed.
    pub error: Option<String>,
}

/// The device's way into the vault is taken away: [`crate::DeviceMsg::TakeAway`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAwayPage {
    /// What it comes to, and what it takes.
    pub statement: String,
    /// Why it was not done.
    pub error: Option<String>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryPage {
    /// The entry as in the list.
    pub row: Row,
    /// The time its code has left.
    pub tide: Tide,
    /// Its issuer, for the form.
    pub issuer: String,
    /// Its account name, for the form.
    pub account: String,
    /// What is known about it; never its secret.
    pub details: Vec<Detail>,
    /// Its note, the ways in without this device, and what it was before.
    pub care: Box<super::Care>,
    /// Why something was not done.
    pub error: Option<String>,
    /// Where to say so: beside the button that was pressed.
    pub beside: Beside,
}

/// The part of an entry's page in which something was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beside {
    /// The code, with the button for the next one.
    Code,
    /// The names.
    #[default]
    Names,
    /// The button that deletes the entry.
    Delete,
    /// The note.
    Note,
    /// The ways in without this device, and the secrets that were replaced.
    Ways,
}

/// A fact about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What it is: "Digits".
    pub label: String,
    /// Its value: "6".
    pub value: String,
}

/// The ways to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddPage {
    /// What is looked for.
    pub title: String,
    /// Where it is.
    pub sentence: String,
    /// Why the last try gave nothing.
    pub error: Option<String>,
    /// Whether the path of a picture can be typed, for want of a dialog to choose it in.
    pub by_path: bool,
    /// Whether a move list is looked for, which has no key to be typed.
    pub for_list: bool,
}

/// The viewfinder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraPage {
    /// What to do, or what the last barcode was instead.
    pub sentence: String,
    /// Whether the camera runs; where it does not, the sentence says why.
    pub running: bool,
    /// Why there is no picture, as the sentence says too.
    pub failed: bool,
    /// The cameras to choose from, where there is a choice.
    pub cameras: Vec<String>,
    /// The one that is used, as its place among them.
    pub used: Option<usize>,
    /// Whether the lamp is on, where there is one.
    pub torch: Option<bool>,
    /// Whether the camera can be told where to focus.
    pub focus: bool,
    /// As on the page with the ways to add.
    pub for_list: bool,
}

/// The key typed by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHandPage {
    /// The form as it starts out.
    pub form: HandForm,
    /// Why it was not taken.
    pub error: Option<String>,
}

/// The form of a key typed by hand: the fields as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct HandForm {
    /// Who the account is with.
    pub issuer: String,
    /// The account's name there.
    pub account: String,
    /// The key, in base32.
    pub key: SecretText,
    /// What kind of code.
    pub kind: HandKind,
    /// The hash; of no account for Steam.
    pub algorithm: Algorithm,
    /// The number of digits, "6" to "10"; of no account for Steam.
    pub digits: String,
    /// The seconds a code lasts; for [`HandKind::Time`] only.
    pub period: String,
    /// The counter; for [`HandKind::Counter`] only.
    pub counter: String,
}

/// What kind of code a key typed by hand makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HandKind {
    /// By time (TOTP).
    #[default]
    Time,
    /// By a counter (HOTP).
    Counter,
    /// Steam Guard.
    Steam,
}

/// Several barcodes in one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoosePage {
    /// What to do.
    pub sentence: String,
    /// A label for each, in their order.
    pub choices: Vec<String>,
}

/// What was read, before it is saved.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfirmPage {
    /// The issuer as read, to be edited.
    pub issuer: String,
    /// The account as read, to be edited.
    pub account: String,
    /// The first code.
    pub code: CodeView,
    /// The time it has left.
    pub tide: Tide,
    /// What is worth knowing about it, such as a short secret.
    pub remarks: Vec<String>,
    /// Its parameters, where they are not the usual ones.
    pub details: Vec<Detail>,
    /// Why it was not saved.
    pub error: Option<String>,
}

/// The same account is already held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPage {
    /// The entry that holds it, to be opened.
    pub id: EntryId,
    /// That it is already here, and under which name.
    pub sentence: String,
}

/// The names are held with another secret, or the secret with other parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClashPage {
    /// What the choice is.
    pub sentence: String,
    /// The entries that are meant, each of which can be replaced.
    pub entries: Vec<ClashEntry>,
    /// Whether none of them has a secret: the question is which one it is.
    pub waits: bool,
    /// When replacing one is right.
    pub replacing: String,
    /// When keeping both is right.
    pub keeping: String,
    /// Why it was not saved.
    pub error: Option<String>,
}

/// An entry that can be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClashEntry {
    /// Which.
    pub id: EntryId,
    /// Its name and when it was added.
    pub label: String,
}
