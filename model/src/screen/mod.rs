//! What is to be seen, ready to show: every sentence, grouped code, sorted row and label.
//!
//! The window only lays it out. A form's fields are set from the screen when [`Screen::visit`]
//! changes and are the window's own from then on, until a message carries them back.

mod adding;
mod astray;
mod care;
mod choice;
mod clash;
mod clock;
mod list;
mod moving;
mod pages;
mod retire;
mod show;
mod viewfinder;
mod ways;

use holdfast_otp::UnixTime;

pub use care::{Care, EntryHelp, Former, Gone, SeenToday};
pub use clock::ClockPage;
pub use list::{CodeKind, CodeView, Codes, Empty, Row, Tide, UnreadableRow};
pub use moving::{Asks, Fresh, ListPage, MoveRow, MovingPage, PartView, Removal, coming};
pub use pages::{
    AddPage, AstrayPage, Beside, Blocked, ByHandPage, CameraPage, ChoosePage, ClashEntry,
    ClashPage, ConfirmPage, Detail, DeviceAwayPage, EntryPage, FirstStart, HandForm, HandKind,
    KnownPage, OlderPage, PassphrasePage, RemindPage, Strength, Unlock,
};
pub use show::{NO_RESET, older_than_seen};
pub use ways::{way_named, ways_that_go};

pub use retire::{RetirePage, RetiredPage};

use crate::state::{self, Stage, State};
use crate::{Preferences, dates};

/// All that is to be seen at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// The page in front.
    pub page: Page,
    /// The list of codes, on the codes page and on the entry page (beside it, where there is
    /// room).
    pub codes: Option<Codes>,
    /// A line that goes by itself.
    pub notice: Option<Notice>,
    /// A standing warning above everything, such as a clock that is wrong.
    pub warning: Option<String>,
    /// That the codes are moved because the clock is off; it stands as long as they are.
    pub correction: Option<String>,
    /// A question that can wait: whether there are ways in without this device.
    pub nudge: Option<String>,
    /// Accounts that are in the trash alone; the settings list them.
    pub in_trash: Vec<Gone>,
    /// Something runs that the person waits for: show it, and take no second order.
    pub busy: Option<String>,
    /// What the person chose about the window.
    pub preferences: Preferences,
    /// Whether the screen can be read: [`crate::Msg::ReadScreen`] is offered.
    pub reads_screens: bool,
    /// Whether the device's lock opens the vault, where it can: [`crate::DeviceMsg::Set`].
    pub by_device: Option<bool>,
    /// Changes whenever a page is entered anew: then the form's fields are to be set.
    pub visit: u64,
}

/// The page in front.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// Nothing is known yet: the vault file is being read.
    Starting,
    /// The vault file cannot be used.
    Blocked(Blocked),
    /// There is no vault: choose a passphrase.
    FirstStart(FirstStart),
    /// There is a vault: enter the passphrase.
    Unlock(Unlock),
    /// The vault file is older than the newest one that this device saw.
    Older(OlderPage),
    /// What is in the place of the vault file is not what is open here.
    Astray(AstrayPage),
    /// Is the passphrase still known?
    Remind(RemindPage),
    /// Change the passphrase.
    Passphrase(PassphrasePage),
    /// Take the device's way into the vault away.
    DeviceAway(DeviceAwayPage),
    /// The list; its contents are in [`Screen::codes`].
    Codes,
    /// One entry.
    Entry(EntryPage),
    /// The ways to add.
    Add(AddPage),
    /// The viewfinder.
    Camera(CameraPage),
    /// The key typed by hand.
    ByHand(ByHandPage),
    /// Several barcodes were read: which one?
    Choose(ChoosePage),
    /// What was read, before it is saved.
    Confirm(ConfirmPage),
    /// What was read is already here.
    Known(KnownPage),
    /// The move to another device, or from one.
    Moving(MovingPage),
    /// A list or a progress that was read, before it is taken.
    List(ListPage),
    /// The device's clock.
    Clock(ClockPage),
    /// The vault is about to be destroyed.
    Retire(RetirePage),
    /// The vault is destroyed.
    Retired(RetiredPage),
    /// The names are already here, with another secret.
    Clash(ClashPage),
}

/// A line that goes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub sentence: String,
    /// The label of the button that sends [`crate::Msg::Undo`], where it can be undone.
    pub undo: Option<String>,
    /// Whether it tells of something that did not work.
    pub trouble: bool,
}

/// What is to be seen of a state at `now`.
pub fn screen(state: &State, now: UnixTime) -> Screen {
    Screen {
        page: show::page(state, now),
        codes: state.opened().and_then(|opened| list::beside(opened, opened.vault.corrected(now))),
        notice: state.notice.as_ref().filter(|notice| now < notice.until).map(|notice| Notice {
            sentence: notice.sentence.clone(),
            undo: notice.undo.as_ref().map(|_| "Undo".to_owned()),
            trouble: notice.trouble,
        }),
        warning: clock_warning(state, now).or_else(|| astray_warning(state)),
        correction: state.opened().and_then(clock::line),
        nudge: state.opened().and_then(|opened| care::nudge(opened, now)),
        in_trash: state.opened().map(|opened| care::in_trash(opened, now)).unwrap_or_default(),
        busy: busy(state).map(str::to_owned),
        preferences: state.preferences,
        reads_screens: state.config.reads_screens,
        by_device: state.device.is_there.then_some(state.device.opens),
        visit: state.visit,
    }
}

/// That the vault file is not in its place, where the person answers later.
fn astray_warning(state: &State) -> Option<String> {
    let opened = state.opened()?;
    let asks = matches!(opened.page, state::Page::Astray { .. });
    if asks { None } else { astray::warning(opened) }
}

/// A clock that is wrong, or may be.
fn clock_warning(state: &State, now: UnixTime) -> Option<String> {
    let saved = state.opened().map(|opened| opened.vault.header().written_at());
    clock_remark(now, state.config.built, saved)
}

/// Seconds by which a clock may be behind that of the device which saved the vault, before that is
/// told: no two clocks are the same, but codes stop working long before.
const BEHIND: u64 = 600;

/// What to say of a clock that says `now`, in a program that was `built` then, beside a vault that was
/// `saved` then. Only the first is certain (spec P5); the vault may have been saved under a clock that
/// was ahead.
pub fn clock_remark(now: UnixTime, built: UnixTime, saved: Option<UnixTime>) -> Option<String> {
    if now < built {
        let sentence =
            "The clock of this device is wrong, and so are the codes; set its date and time.";
        return Some(sentence.to_owned());
    }
    let saved = saved.filter(|saved| saved.0.saturating_sub(now.0) > BEHIND)?;
    Some(format!(
        "By the clock of this device it is {}, yet this vault was saved on {}: if codes are refused, \
         set the device's date and time.",
        dates::minute(now),
        dates::minute(saved)
    ))
}

fn busy(state: &State) -> Option<&'static str> {
    match &state.stage {
        Stage::Open(_) if state.device.asked.is_some() => Some("Asking this device…"),
        Stage::FirstStart { awaited: Some(_), .. } => Some("Making the vault…"),
        Stage::Locked { awaited: Some(_), .. } => Some("Unlocking…"),
        Stage::Open(opened) if opened.keying.is_some() => Some(match opened.page {
            state::Page::Remind { .. } => "Checking…",
            state::Page::Retire { .. } => "Destroying the vault…",
            state::Page::DeviceAway { .. } => "Sealing the vault anew…",
            _ => "Changing the passphrase…",
        }),
        Stage::Open(opened) if opened.is_busy() => Some("Saving…"),
        Stage::Open(opened) if opened.reading.is_some() => Some("Reading…"),
        _ => None,
    }
}
