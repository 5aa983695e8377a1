//! The changes of a move, each with the sentence that says what it did.

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::change::name_of;
use crate::dates;
use crate::move_list::{ListKind, MoveList, Step};
use crate::move_msg::Way;
use crate::moving::{self, Ended, TakeError};
use crate::vault::{EntryError, EntryId, FormerStep, Removed, Vault};

/// How long "later" is when asked about ways in: 30 days, in seconds.
pub(crate) const ASK_READY_EVERY: u64 = 30 * 86_400;

/// One change.
#[derive(Clone)]
pub(crate) enum MoveChange {
    Begin,
    End,
    /// It was not to be ended.
    GoOn(Ended),
    /// A list or a progress that was read whole.
    Take(Box<MoveList>),
    Step {
        id: EntryId,
        step: Step,
    },
    Note {
        id: EntryId,
        note: String,
    },
    /// When the person last saw that this way in is there.
    Ready {
        id: EntryId,
        way: Way,
        at: Option<UnixTime>,
    },
    AskReadyLater,
    Recover(EntryId),
    /// Accounts that still wait are taken away.
    RemoveWaiting(Vec<EntryId>),
    /// And brought back.
    PutBack(Vec<Removed>),
    /// A list was not to be taken: what it added goes, and what it found here belongs where it did.
    Untake {
        added: Vec<EntryId>,
        joined: Vec<FormerStep>,
    },
    /// It was to be taken after all.
    Retake {
        removed: Vec<Removed>,
        joined: Vec<FormerStep>,
    },
    /// A progress was not to be read, or was after all: these accounts are as far as they were before.
    Steps(Vec<FormerStep>),
    /// Nothing but a save, which counts how long the trash has lain and drops what lay long enough.
    EmptyTrash,
}

/// What a change of a move did.
pub(crate) struct Moved {
    /// What to say of it; nothing where it shows by itself.
    pub sentence: String,
    pub undo: Option<MoveChange>,
}

impl MoveChange {
    pub fn apply(
        &self,
        vault: &mut Vault,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Moved, TakeError> {
        let mut undo = None;
        let sentence = match self {
            Self::Begin => {
                moving::begin(vault, now, rng)?;
                String::new()
            }
            Self::End => {
                let ended = moving::end(vault);
                let sentence = told_of(ended.as_ref());
                undo = ended.map(Self::GoOn);
                sentence.to_owned()
            }
            Self::GoOn(ended) => {
                moving::go_on(vault, ended);
                "The move goes on.".to_owned()
            }
            Self::Take(list) => match list.kind {
                ListKind::Accounts => {
                    let taken = moving::receive(vault, list, now, rng)?;
                    let sentence = received(&taken);
                    undo = taken
                        .has_changed()
                        .then_some(Self::Untake { added: taken.added, joined: taken.joined });
                    sentence
                }
                ListKind::Progress => {
                    let taken = moving::advance(vault, list, now)?;
                    let sentence = progressed(&taken);
                    undo = (!taken.before.is_empty()).then_some(Self::Steps(taken.before));
                    sentence
                }
            },
            Self::Step { id, step } => {
                let entry = vault.entry(*id).ok_or(EntryError::NotFound)?;
                let before = moving::step_of(vault, entry);
                undo = (before != *step).then_some(Self::Step { id: *id, step: before });
                vault.set_step(*id, *step, now)?;
                format!("{} is marked as {}.", name_of(vault, *id), step.told())
            }
            Self::Note { id, note } => {
                vault.set_note(*id, note)?;
                format!("The note on {} is saved.", name_of(vault, *id))
            }
            Self::Ready { id, way, at } => {
                let entry = vault.entry(*id).ok_or(EntryError::NotFound)?;
                let mut ready = entry.care.readiness;
                let before = std::mem::replace(way.of(&mut ready), *at);
                undo = Some(Self::Ready { id: *id, way: *way, at: before });
                vault.set_readiness(*id, ready)?;
                noted(*way, &name_of(vault, *id), *at)
            }
            Self::RemoveWaiting(ids) => {
                let removed = vault.remove_waiting(&ids.iter().copied().collect());
                let sentence = no_more(removed.len());
                undo = (!removed.is_empty()).then_some(Self::PutBack(removed));
                sentence
            }
            Self::PutBack(removed) => {
                for one in removed {
                    vault.restore(one.clone())?;
                }
                waiting(removed.len())
            }
            Self::Untake { added, joined } => {
                let joined = vault.swap_steps(joined);
                let removed = vault.remove_waiting(&added.iter().copied().collect());
                let sentence = match removed.len() {
                    0 => "The list is taken back; every account is as it was.".to_owned(),
                    count => no_more(count),
                };
                undo = Some(Self::Retake { removed, joined });
                sentence
            }
            Self::Retake { removed, joined } => {
                for one in removed {
                    vault.restore(one.clone())?;
                }
                vault.swap_steps(joined);
                match removed.len() {
                    0 => "The list is taken.".to_owned(),
                    count => waiting(count),
                }
            }
            Self::Steps(former) => {
                let until_now = vault.swap_steps(former);
                let count = until_now.len();
                undo = Some(Self::Steps(until_now));
                match count {
                    1 => "1 account is as far as it was before.".to_owned(),
                    _ => format!("{count} accounts are as far as they were before."),
                }
            }
            Self::EmptyTrash => String::new(),
            Self::AskReadyLater => {
                vault.set_ask_ready_at(UnixTime(now.0.saturating_add(ASK_READY_EVERY)));
                String::new()
            }
            Self::Recover(trashed) => {
                let was_here = vault.entries().len();
                let id = vault.recover(*trashed, now, rng)?;
                let name = name_of(vault, id);
                match vault.entries().len() == was_here {
                    true => format!("{name} gives its former codes again."),
                    false => format!("{name} is back."),
                }
            }
        };
        Ok(Moved { sentence, undo })
    }
}

fn told_of(ended: Option<&Ended>) -> &'static str {
    match ended {
        Some(Ended::Here(_)) => {
            "The move to this device is ended; every account stays as it is, and those that wait go on \
             waiting."
        }
        Some(Ended::Away(_)) | None => "The move is ended; every account is as it was.",
    }
}

fn noted(way: Way, name: &str, at: Option<UnixTime>) -> String {
    let what = match way {
        Way::RecoveryCodes => format!("the recovery codes of {name} are stored"),
        Way::Second => format!("there is a second way into {name}"),
    };
    match at {
        Some(at) => format!("Noted for {}: {what}.", dates::day(at)),
        None => format!("It is not noted any more that {what}."),
    }
}

fn received(received: &moving::Received) -> String {
    let unsure = match received.unsure.len() {
        0 => "",
        1 => " One has a key here already; say whether that is the new one.",
        _ => " Some have a key here already; say of each whether that is the new one.",
    };
    let told = match received.added.len() {
        0 => "Every account of this list is here already.".to_owned(),
        added => waiting(added),
    };
    format!("{told}{unsure}")
}

fn waiting(count: usize) -> String {
    match count {
        1 => "1 account now waits for re-enrolment.".to_owned(),
        count => format!("{count} accounts now wait for re-enrolment."),
    }
}

fn no_more(count: usize) -> String {
    match count {
        0 => "No account of this list waits any more.".to_owned(),
        1 => "1 account that waited is removed.".to_owned(),
        count => format!("{count} accounts that waited are removed."),
    }
}

fn progressed(progressed: &moving::Progressed) -> String {
    match progressed.before.len() {
        0 => "No account has come further since.".to_owned(),
        1 => "1 account has come further.".to_owned(),
        further => format!("{further} accounts have come further."),
    }
}
