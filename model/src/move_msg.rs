//! What happens in a move: part of [`crate::Msg`].

use std::path::PathBuf;

use holdfast_otp::UnixTime;

use crate::move_list::{ListId, Step};
use crate::ports::{DestroyError, KeepError, LinkError, LoadError};
use crate::retire::Remains;
use crate::vault::{EntryId, Readiness};
use crate::{SecretText, SetAside, Ticket};

/// One thing that happened in a move.
#[derive(Debug)]
pub enum MoveMsg {
    /// Open the page of the move.
    Open,
    /// This is the old device: begin to move away from it.
    Begin,
    /// End the move away from here; nothing is destroyed.
    End,
    /// Show this part of the list or the progress, counted from 1.
    ShowPart(u16),
    /// Save the list, or the progress, as a file that the person reads and prints.
    SaveList {
        /// As a page of HTML with the barcodes, not as plain text.
        page: bool,
    },
    /// The same, at a path that was typed: a page if it ends in `.html`.
    SaveListAt(PathBuf),
    /// Take the list, or the progress, that was read whole.
    Take,
    /// Take away the accounts of this list that still wait; `None` for those of no list.
    RemoveWaiting(Option<ListId>),
    /// Set by hand how far an account has come.
    SetStep {
        /// Which.
        id: EntryId,
        /// How far.
        step: Step,
    },
    /// Write a note about an account.
    SetNote {
        /// Which.
        id: EntryId,
        /// The note; an empty one removes it.
        note: String,
    },
    /// Say that there is a way in without this device; or, once more on that day, that there is not after
    /// all, or not since then.
    SetReady {
        /// To which account.
        id: EntryId,
        /// Which way.
        way: Way,
        /// Whether the person saw today that it is there; else what was noted before holds.
        there: bool,
    },
    /// Be asked again in a month whether there are ways in.
    AskReadyLater,
    /// Have the system's browser open the service's page.
    OpenHelp {
        /// Of which account.
        id: EntryId,
        /// Which page.
        way: HelpPage,
    },
    /// Scan the new barcode of this account, which waits.
    ScanFor(EntryId),
    /// Bring back a secret that was replaced.
    Recover(EntryId),
    /// Open the page on which the vault is destroyed.
    OpenRetire,
    /// Answers [`crate::Effect::LookAside`].
    AsideSeen {
        /// The effect's.
        ticket: Ticket,
        /// What is lost with them.
        outcome: Result<SetAside, LoadError>,
    },
    /// Destroy it; this passphrase must open it.
    Retire(SecretText),
    /// Answers [`crate::Effect::Destroy`].
    Destroyed {
        /// The effect's.
        ticket: Ticket,
        /// What it leaves.
        outcome: Result<Remains, DestroyError>,
    },
    /// Answers [`crate::Effect::SaveText`].
    ListSaved {
        /// The effect's.
        ticket: Ticket,
        /// Where it is, or `None` where the person chose no place.
        outcome: Result<Option<PathBuf>, KeepError>,
    },
    /// Answers [`crate::Effect::OpenLink`].
    LinkOpened(Result<(), LinkError>),
}

/// A way in without this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Recovery codes that are stored elsewhere.
    RecoveryCodes,
    /// Anything else: a security key, another phone, a number.
    Second,
}

impl Way {
    /// When this one was last seen.
    pub(crate) fn of(self, ready: &mut Readiness) -> &mut Option<UnixTime> {
        match self {
            Self::RecoveryCodes => &mut ready.recovery_codes_at,
            Self::Second => &mut ready.second_way_at,
        }
    }
}

/// A page of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpPage {
    /// How two-factor authentication is switched on there.
    TwoFactor,
    /// How one gets in without the phone.
    Recovery,
}

impl MoveMsg {
    /// Whether it shows that the person is there.
    pub(crate) fn is_of_person(&self) -> bool {
        !matches!(
            self,
            Self::AsideSeen { .. }
                | Self::Destroyed { .. }
                | Self::LinkOpened(_)
                | Self::ListSaved { .. }
        )
    }
}
