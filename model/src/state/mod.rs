//! Everything the app knows at one moment. What is secret hangs on one branch, which a lock drops.

mod astray;
mod change;
mod dial;
mod errand;
mod guide;
mod move_change;
mod opened;
mod viewfinder;

use std::fmt;

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use crate::handed::Waiting;
use crate::retire::{End, Remains};
use crate::screen::Strength;
use crate::ticket::{Ticket, Tickets};
use crate::vault::{Cost, Passphrase, VaultId};
use crate::{CLIPBOARD_SECONDS, IdleTime, NewPassphraseError, Preferences, SecretText, strength};

pub use astray::Over;
pub(crate) use astray::{Astray, Doubted, Kept, LastLook};
pub(crate) use change::{Applied, Change, name_of};
pub(crate) use dial::Face;
pub(crate) use errand::Errand;
pub(crate) use guide::{Advice, Guide};
pub(crate) use move_change::{ASK_READY_EVERY, MoveChange};
pub(crate) use opened::{EntryTrouble, Gathered, Opened, Order, Page, Retrying, Saving};
pub(crate) use viewfinder::Viewfinder;

/// The state of the app. [`crate::update`] moves it on, [`crate::screen()`] shows it.
pub struct State {
    pub(crate) config: Config,
    pub(crate) preferences: Preferences,
    /// Why the vault is locked, where the person did not do it.
    pub(crate) locked_by: Option<LockedBy>,
    /// When the vault file was last looked at, and the answer that is awaited.
    pub(crate) watch: Watch,
    /// Where new identities and nonces come from. It lives here so that `update` seals at once
    /// what it changed, and needs no worker for it.
    pub(crate) rng: Box<dyn CryptoRng + Send>,
    pub(crate) tickets: Tickets,
    pub(crate) stage: Stage,
    /// Which vault is in front, open or closed.
    pub(crate) vault: Option<VaultId>,
    pub(crate) notice: Option<Notice>,
    /// Counts the pages that were entered.
    pub(crate) visit: u64,
    /// When the person last did something.
    pub(crate) active_at: UnixTime,
    /// When what was typed before a door, a locked vault's or a new one's, was last forgotten.
    pub(crate) forgotten_at: UnixTime,
    /// A save that was under way when the vault was locked: should it fail, the person is told.
    pub(crate) late_save: Option<Ticket>,
    /// What a window held that was locked while its file was not in its place.
    pub(crate) kept: Option<Kept>,
    /// What became of that.
    pub(crate) kept_how: Option<String>,
    /// What was open when the file came under another passphrase.
    pub(crate) doubted: Option<Doubted>,
    /// What was open at a lock, until one more look has found its file.
    pub(crate) last_look: Option<LastLook>,
    /// What this device's lock can do.
    pub(crate) device: Device,
    /// What another app handed over.
    pub(crate) handed: Option<Waiting>,
}

/// What the shell decides about the app.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What each try at the passphrase of a new vault costs.
    pub cost: Cost,
    /// When this program was built: a clock that says less is wrong.
    pub built: UnixTime,
    /// Whether another window on this vault was open when this one was.
    pub another_window: bool,
    /// Whether this device can be asked what its screen shows beside this app.
    pub reads_screens: bool,
    /// Whether this device may have a lock that can open the vault.
    pub device_lock: bool,
    /// Whether the keyboards here hand on nothing but plain letters, digits and signs.
    pub plain_keys: bool,
    /// Whether what is on the clipboard can be seen, and so cleared, only while the app is in front.
    pub clears_in_front: bool,
}

impl Config {
    /// When the clipboard is cleared, as a sentence.
    pub(crate) fn clears(&self) -> String {
        let later = if self.clears_in_front { ", or when you come back here later" } else { "" };
        format!("The clipboard is cleared in {CLIPBOARD_SECONDS} seconds{later}.")
    }

    /// Takes a new passphrase that was typed twice, if it can be typed here again.
    pub(crate) fn accept(
        &self,
        typed: &SecretText,
        again: &SecretText,
    ) -> Result<Passphrase, NewPassphraseError> {
        let accept = if self.plain_keys { strength::accept_plain } else { strength::accept };
        accept(typed, again)
    }
}

/// What locked the vault, where it was not the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockedBy {
    /// So long without use.
    Idle(IdleTime),
    /// The window went out of sight.
    Hidden,
    /// The device went to sleep, or its screen was locked.
    Sleep,
    /// The vault file has another key now.
    OtherKey,
    /// There is another vault in its place, with which the person goes on.
    OtherVault,
}

/// The device's lock, as far as it was found out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Device {
    /// There is one that guards keys.
    pub is_there: bool,
    /// One of its keys opens the vault.
    pub opens: bool,
    /// The order for which the system asks the person, with a page of its own in front.
    pub asked: Option<Ticket>,
}

/// The look at the vault file, whether another program changed it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    pub looked_at: UnixTime,
    pub awaited: Option<Ticket>,
}

/// How far the app has come.
pub(crate) enum Stage {
    /// The vault file is being looked for.
    Starting { awaited: Ticket },
    /// The vault file cannot be used; the sentence says why.
    /// Where the file is gone, a new vault may be begun.
    Blocked { sentence: String, anew: bool },
    /// There is no vault.
    FirstStart { strength: Option<Strength>, error: Option<String>, awaited: Option<Ticket> },
    /// There is a vault, closed.
    Locked { error: Option<String>, awaited: Option<Ticket> },
    /// The vault is open.
    Open(Box<Opened>),
    /// The vault was destroyed, and this is the receipt.
    Retired { remains: Remains, end: Retirement },
}

/// How a vault came to its end.
pub(crate) enum Retirement {
    /// As the person asked, with the names of the accounts that were not confirmed on a new device, and of
    /// those that only a copy held. Where it was locked meanwhile, nobody knows which accounts it had.
    Done { accounts: usize, at: UnixTime, unready: Vec<String>, aside: Vec<String> },
    /// The device stopped half-way, and this start did the rest.
    Finished { at: UnixTime },
    /// Another window or the terminal destroyed it while it was open here, or had just been locked.
    Elsewhere(End),
}

/// A line that goes by itself.
pub(crate) struct Notice {
    pub sentence: String,
    pub trouble: bool,
    /// What takes the last change back.
    pub undo: Option<Change>,
    /// When it goes.
    pub until: UnixTime,
}

impl State {
    /// The state before anything is known, and the effects to start with.
    pub fn start(
        config: Config,
        preferences: Preferences,
        rng: Box<dyn CryptoRng + Send>,
        now: UnixTime,
    ) -> (Self, Vec<crate::Effect>) {
        let mut tickets = Tickets::default();
        let awaited = tickets.issue();
        let state = Self {
            config,
            preferences,
            locked_by: None,
            watch: Watch::default(),
            rng,
            tickets,
            stage: Stage::Starting { awaited },
            vault: None,
            notice: None,
            visit: 0,
            active_at: now,
            forgotten_at: now,
            late_save: None,
            kept: None,
            kept_how: None,
            doubted: None,
            last_look: None,
            device: Device::default(),
            handed: None,
        };
        (state, vec![crate::Effect::FindVault { ticket: awaited }])
    }

    /// Whether the window holds what may be nowhere else: it is not to be closed before a lock wrote it.
    pub fn holds_the_only_copy(&self) -> bool {
        let unsettled = self.kept.is_some() || self.doubted.is_some() || self.last_look.is_some();
        unsettled || self.opened().is_some_and(|opened| opened.astray.is_some())
    }

    /// Whether what a lock left to be written is on its way to the disk.
    pub fn is_writing_back(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.awaited.is_some())
    }

    /// Whether time does something, so that [`crate::Msg::Tick`] is needed even while nothing is seen.
    pub fn needs_time(&self) -> bool {
        // What is typed before a door is forgotten in time.
        let may_be_typing = self.active_at > self.forgotten_at;
        let waits = self.waits_for_file() || self.handed.is_some();
        self.is_open() || waits || (self.is_before_a_door() && may_be_typing)
    }

    /// Whether the page in front asks for the passphrase of a vault that is closed, or of one to be made.
    fn is_before_a_door(&self) -> bool {
        matches!(self.stage, Stage::Locked { .. } | Stage::FirstStart { .. })
    }

    /// Whether what was typed there is still to be given.
    pub(crate) fn takes_a_passphrase(&self) -> bool {
        matches!(
            self.stage,
            Stage::Locked { awaited: None, .. } | Stage::FirstStart { awaited: None, .. }
        )
    }

    /// Whether the vault is open.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// Whether the file is looked for from time to time, though no vault is open.
    pub fn waits_for_file(&self) -> bool {
        matches!(self.stage, Stage::Blocked { anew: true, .. })
    }

    pub(crate) fn opened(&self) -> Option<&Opened> {
        match &self.stage {
            Stage::Open(opened) => Some(opened),
            _ => None,
        }
    }

    pub(crate) fn opened_mut(&mut self) -> Option<&mut Opened> {
        match &mut self.stage {
            Stage::Open(opened) => Some(opened),
            _ => None,
        }
    }

    /// Goes to another stage; its form is entered anew.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.visit += 1;
    }

    /// Goes to another page of the open vault; its form is entered anew.
    pub(crate) fn turn_to(&mut self, page: Page) {
        if let Some(opened) = self.opened_mut() {
            opened.turn_to(page);
            self.visit += 1;
        }
    }

    pub(crate) fn say(&mut self, sentence: impl Into<String>, now: UnixTime) {
        self.notice = Some(Notice::new(sentence.into(), now));
    }

    pub(crate) fn say_trouble(&mut self, sentence: impl Into<String>, now: UnixTime) {
        self.notice = Some(Notice { trouble: true, ..Notice::new(sentence.into(), now) });
    }
}

impl Notice {
    /// Whether it is over once the person goes on to another page. What can be taken back, and what went
    /// wrong, stays for its time.
    pub fn passes(&self) -> bool {
        self.undo.is_none() && !self.trouble
    }

    /// What tells it from another.
    pub fn mark(&self) -> (UnixTime, String) {
        (self.until, self.sentence.clone())
    }

    /// How long a notice stays.
    const SECONDS: u64 = 10;

    pub fn new(sentence: String, now: UnixTime) -> Self {
        let until = UnixTime(now.0.saturating_add(Self::SECONDS));
        Self { sentence, trouble: false, undo: None, until }
    }

    /// The notice at a time, if it is still there. A clock that was set back keeps it no longer.
    pub fn at(self, now: UnixTime) -> Option<Self> {
        let longest = UnixTime(now.0.saturating_add(Self::SECONDS));
        (now < self.until).then(|| Self { until: self.until.min(longest), ..self })
    }
}

impl fmt::Debug for State {
    /// Names the stage and nothing that is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Starting { .. } => "Starting",
            Stage::Blocked { .. } => "Blocked",
            Stage::FirstStart { .. } => "FirstStart",
            Stage::Locked { .. } => "Locked",
            Stage::Open(_) => "Open",
            Stage::Retired { .. } => "Retired",
        };
        f.debug_struct("State").field("stage", &stage).finish_non_exhaustive()
    }
}
