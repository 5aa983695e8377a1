//! The open vault, and where in it the person is. Dropping it is what a lock does.

use std::collections::BTreeMap;

use holdfast_otp::{Code, UnixTime};

use super::Viewfinder;
use super::astray::{Astray, Over};
use super::change::{Applied, Change};
use super::dial::Dial;
use super::errand::Errand;
use crate::clock::{Finding, Look};
use crate::intake::{Draft, Intake};
use crate::move_list::{Gathering, MoveList, ReadListError};
use crate::move_msg::Way;
use crate::msg::{OnDisk, OpenedBy};
use crate::ports::{Expected, Stamp};
use crate::screen::{Beside, HandForm, Strength};
use crate::ticket::Ticket;
use crate::vault::{EntryId, Memo, Vault};
use crate::{SecretText, SetAside};

/// The open vault, and everything that may hold a secret.
pub(crate) struct Opened {
    pub vault: Vault,
    /// The codes of the present time step.
    pub dial: Dial,
    /// What is on disk: the file with this stamp, or nothing where somebody removed it.
    pub on_disk: Expected,
    /// What is in its place instead, and whether that was told.
    pub astray: Option<(Astray, bool)>,
    pub page: Page,
    /// What the list is searched for.
    pub search: String,
    /// The code of a counter that was asked for and saved.
    pub revealed: Option<(EntryId, Code)>,
    /// The change that is on its way to the disk. There is one at a time, so that a failed save
    /// takes back exactly what it was for.
    pub saving: Option<Saving>,
    /// The change that is made again once the vault as another instance left it is here.
    pub retrying: Option<Retrying>,
    /// The passphrase that is being changed or tried.
    pub keying: Option<Ticket>,
    /// What this device remembers of the vault.
    pub memo: Memo,
    /// What opened it.
    pub opened_by: OpenedBy,
    /// The picture or clipboard that is being read, or the place of a file that is asked for.
    pub reading: Option<Ticket>,
    /// The system was found to have no dialog to choose a file with, so that paths are typed.
    pub no_dialog: bool,
    /// The code that is being copied.
    pub copying: Option<Ticket>,
    /// Where the person went from to read a barcode.
    pub errand: Option<Errand>,
    /// The account that came in on such a way from the checklist, to which its service asks for a code.
    pub fresh: Option<EntryId>,
    /// The one account's link or key that was pasted and is on the way into the vault.
    pub pasted: Option<SecretText>,
    /// The parts of a move list that were read so far.
    pub gathered: Gathered,
    /// What was noted of a way in before it was seen today, should that have been a slip.
    pub seen_before: BTreeMap<(EntryId, Way), Option<UnixTime>>,
    /// The last time barcode that left open whether it is old.
    pub look: Option<Look>,
}

/// Parts of a move list, on their way to a whole.
#[derive(Default)]
pub(crate) struct Gathered {
    pub gathering: Gathering,
    /// What was read of another list before: whichever is whole first is the one.
    before: Gathering,
}

impl Gathered {
    /// Takes the text of one part. One of another list begins that, and nothing of this one is lost.
    pub fn take(&mut self, text: &str) -> Result<Option<MoveList>, ReadListError> {
        let other = ReadListError::OtherList;
        let taken = self.gathering.take(text);
        if taken.as_ref() != Err(&other) {
            return taken;
        }
        std::mem::swap(&mut self.gathering, &mut self.before);
        let taken = self.gathering.take(text);
        if taken.as_ref() != Err(&other) {
            return taken;
        }
        self.gathering = Gathering::default();
        self.gathering.take(text)
    }
}

/// Where the person is.
pub(crate) enum Page {
    /// The file is older than the newest one that this device saw.
    Older,
    /// What is in the file's place is not what is open here.
    Astray {
        error: Option<String>,
        /// Where the person was.
        before: Box<Page>,
    },
    /// It is time to ask for the passphrase.
    Remind {
        error: Option<String>,
    },
    /// The passphrase is changed.
    Passphrase {
        strength: Option<Strength>,
        error: Option<String>,
    },
    /// The device's way in is taken away.
    DeviceAway {
        error: Option<String>,
    },
    Codes,
    Entry {
        id: EntryId,
        error: Option<EntryTrouble>,
    },
    Add {
        error: Option<String>,
    },
    Camera(Box<Viewfinder>),
    ByHand {
        form: HandForm,
        error: Option<String>,
    },
    Choose {
        choices: Vec<Intake>,
    },
    Confirm {
        draft: Draft,
        /// The form it was typed into, to go back to.
        typed: Option<HandForm>,
        error: Option<String>,
    },
    Known {
        id: EntryId,
        /// Its counter is past that of what was read.
        further_on: bool,
    },
    /// The move, away from this device or to it; a part of the list is shown as a barcode.
    Moving {
        /// From 1.
        part: u16,
        error: Option<String>,
    },
    /// A list that was read whole, before it is taken.
    List {
        list: Box<MoveList>,
        /// How many of its accounts were not here when it was read.
        new: usize,
        error: Option<String>,
    },
    /// The vault is about to be destroyed.
    Retire {
        /// What the copies hold that go with it; `None` until that was looked at.
        aside: Option<SetAside>,
        /// The look at them.
        looking: Ticket,
        error: Option<String>,
    },
    /// The device's clock.
    Clock {
        /// What a time barcode said of it.
        found: Option<Finding>,
        error: Option<String>,
    },
    Clash {
        draft: Draft,
        /// As on the confirm page, to which one goes back.
        typed: Option<HandForm>,
        /// The account that holds the draft's secret, where the question is whether it is one of these,
        /// which wait.
        here: Option<EntryId>,
        ids: Vec<EntryId>,
        error: Option<String>,
    },
}

/// Why an order on an entry's page was not carried out.
#[derive(Clone)]
pub(crate) struct EntryTrouble {
    /// Beside which button it is told.
    pub beside: Beside,
    pub sentence: String,
}

/// A change that is applied in memory and not yet known to be on disk.
pub(crate) struct Saving {
    pub awaited: Ticket,
    /// What will be on disk.
    pub stamp: Stamp,
    pub order: Order,
    /// What it did.
    pub applied: Applied,
    /// What will be remembered of it.
    pub memo: Memo,
    /// The vault before it, to go back to if the save fails.
    pub before: Vault,
}

/// A change that waits for the vault that another instance wrote.
pub(crate) struct Retrying {
    pub awaited: Ticket,
    pub order: Order,
}

/// A change as it was ordered.
#[derive(Clone)]
pub(crate) struct Order {
    pub change: Change,
    /// A notice offered it, and does so again should it fail.
    pub undoes: bool,
    /// How often it was made again because another instance saved in between.
    pub reloads: u8,
    /// The vault file was removed, and is written again with this change.
    pub brings_back: bool,
    /// What the save goes over, where that is not what was on the disk before.
    pub over: Option<Over>,
}

impl Order {
    /// As the person gave it, for the first time.
    pub fn of(change: Change) -> Self {
        Self { change, undoes: false, reloads: 0, brings_back: false, over: None }
    }
}

impl Opened {
    /// Whether a change is not yet on disk: no other is taken meanwhile.
    pub fn is_busy(&self) -> bool {
        self.saving.is_some() || self.retrying.is_some() || self.keying.is_some()
    }

    /// Goes to another page; what belongs to the way there is forgotten where it ends.
    pub fn turn_to(&mut self, page: Page) {
        self.errand = Errand::on(self.errand, &self.page, &page);
        if !page.is_on_the_way() {
            self.pasted = None;
        }
        if !matches!(page, Page::Moving { .. }) {
            self.fresh = None;
        }
        self.page = page;
    }

    /// Where to come back to from reading a barcode.
    pub fn home(&self) -> Option<Page> {
        self.errand.map(|errand| errand.home(&self.vault))
    }

    /// A vault just opened: on its codes, unless there is something to be told or asked first.
    pub fn new(found: OnDisk, now: UnixTime) -> Self {
        let OnDisk { vault, stamp, memo, opened_by, .. } = found;
        let page = if memo.is_missed_by(&vault) {
            Page::Older
        } else if opened_by == OpenedBy::Device && memo.should_ask(now) {
            Page::Remind { error: None }
        } else {
            Page::Codes
        };
        Self {
            vault: *vault,
            dial: Dial::default(),
            on_disk: Expected::Stamped(stamp),
            astray: None,
            page,
            keying: None,
            memo,
            opened_by,
            search: String::new(),
            revealed: None,
            saving: None,
            retrying: None,
            reading: None,
            no_dialog: false,
            copying: None,
            errand: None,
            fresh: None,
            pasted: None,
            gathered: Gathered::default(),
            seen_before: BTreeMap::new(),
            look: None,
        }
    }
}
