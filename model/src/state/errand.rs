//! Where a person went from to read a barcode, and so where to come back to.

use super::Page;
use crate::vault::{EntryId, Vault};

/// The way to a barcode and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    pub from: From,
    /// The account that waits and whose barcode is looked for.
    pub sought: Option<EntryId>,
}

/// Where it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// On the page of the move, with its checklist.
    Checklist,
    /// On the page of this account.
    Entry(EntryId),
}

impl Errand {
    /// To this account's barcode, from the page in front.
    pub fn to(sought: EntryId, page: &Page) -> Self {
        let from = match page {
            Page::Moving { .. } => From::Checklist,
            _ => From::Entry(sought),
        };
        Self { from, sought: Some(sought) }
    }

    /// Whether it is to the other device's list, not to an account's barcode.
    pub fn is_for_list(self) -> bool {
        self.from == From::Checklist && self.sought.is_none()
    }

    /// What goes on while the page in front gives way to the next one.
    pub fn on(present: Option<Self>, page: &Page, next: &Page) -> Option<Self> {
        let begun = matches!(page, Page::Moving { .. })
            .then_some(Self { from: From::Checklist, sought: None });
        present.or(begun).filter(|_| next.is_on_the_way())
    }

    /// The page to come back to.
    pub fn home(self, vault: &Vault) -> Page {
        match self.from {
            From::Checklist => Page::Moving { part: 1, error: None },
            From::Entry(id) if vault.entry(id).is_some() => Page::Entry { id, error: None },
            From::Entry(_) => Page::Codes,
        }
    }
}

impl Page {
    /// Whether it lies between going to read a barcode and having saved what was read.
    pub(super) fn is_on_the_way(&self) -> bool {
        match self {
            Self::Add { .. } | Self::Camera(_) | Self::ByHand { .. } | Self::Choose { .. } => true,
            Self::Confirm { .. } | Self::Clash { .. } | Self::Known { .. } | Self::List { .. } => {
                true
            }
            // The person comes back from it to where they were.
            Self::Astray { .. } => true,
            Self::DeviceAway { .. } => false,
            Self::Older | Self::Remind { .. } | Self::Passphrase { .. } | Self::Codes => false,
            Self::Entry { .. } | Self::Moving { .. } | Self::Retire { .. } | Self::Clock { .. } => {
                false
            }
        }
    }
}
