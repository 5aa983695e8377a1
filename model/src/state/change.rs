//! The changes a person can make to the vault, each with what takes it back.

use holdfast_otp::{Code, Kind, Parameters, Secret, UnixTime};
use rand_core::CryptoRng;

use super::MoveChange;
use crate::clock;
use crate::intake::Draft;
use crate::moving::TakeError;
use crate::naming;
use crate::vault::{Correction, Entry, EntryError, EntryId, HandedOver, NewEntry, Removed, Vault};

/// One change. It can be applied again to a vault that another instance wrote meanwhile.
#[derive(Clone)]
pub(crate) enum Change {
    /// A new entry.
    Add(Box<Draft>),
    /// New names.
    Rename { id: EntryId, issuer: String, account: String },
    /// One code further, for a counter. It is never taken back: a code that was shown may have been
    /// used.
    Advance { id: EntryId },
    /// Another secret, with its parameters.
    Replace { id: EntryId, secret: Box<Secret>, parameters: Parameters },
    /// The secret was none of this account's, which waited: it waits again, as it did.
    WaitAgain(Box<Entry>),
    /// What one account holds is the new secret of another one, which waits; with these parameters, or
    /// those that it has.
    HandOver { from: EntryId, to: EntryId, parameters: Option<Parameters> },
    /// And is not after all.
    HandBack(Box<HandedOver>),
    /// The entry goes.
    Remove { id: EntryId },
    /// A removed entry comes back.
    Restore(Box<Removed>),
    /// The codes follow the device's clock so far off.
    Correct(Correction),
    /// What a copy holds that came in the file's place is joined to what is open; without one, what is
    /// open is written as it is.
    Join(Option<Box<Vault>>),
    /// What is open gives way to the copy; what it lacks goes to the trash.
    GiveWay(Option<Box<Vault>>),
    /// A change of a move to another device.
    Move(MoveChange),
}

/// What a change did.
pub(crate) struct Applied {
    /// What takes it back, where the person may.
    pub undo: Option<Change>,
    /// The entry that it was about, where that is there.
    pub id: Option<EntryId>,
    /// The name of the entry, after the change or before its removal; for a change of a move or
    /// of the clock, what to say of it.
    pub name: String,
    /// The code that an advance used up.
    pub code: Option<Code>,
}

/// Why a change cannot be made. The vault is as before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    Entry(#[from] EntryError),
    #[error(transparent)]
    Take(#[from] TakeError),
    #[error("This account's counter has reached its end; enrol it again with its service.")]
    CounterEnd,
}

impl Change {
    pub fn apply(
        &self,
        vault: &mut Vault,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Applied, ChangeError> {
        let mut code = None;
        let (id, undo) = match self {
            Self::Add(draft) => {
                let entry = NewEntry {
                    issuer: Some(draft.issuer.trim().to_owned()),
                    account: draft.account.trim().to_owned(),
                    parameters: draft.parameters,
                };
                let id = vault.add(entry, &draft.secret, now, rng)?;
                (id, Some(Self::Remove { id }))
            }
            Self::Rename { id, issuer, account } => {
                let before = entry(vault, *id)?;
                let undo = Self::Rename {
                    id: *id,
                    issuer: before.issuer.clone().unwrap_or_default(),
                    account: before.account.clone(),
                };
                vault.rename(*id, Some(issuer.trim()), account.trim())?;
                (*id, Some(undo))
            }
            Self::Advance { id } => {
                let counter = counter(vault, *id)?;
                let next = counter.checked_add(1).ok_or(ChangeError::CounterEnd)?;
                code = Some(vault.code(*id, now)?);
                vault.set_counter(*id, next)?;
                (*id, None)
            }
            Self::Replace { id, secret, parameters } => {
                let before = entry(vault, *id)?.clone();
                // One that is damaged has nothing to go back to.
                let undo = match vault.secret(*id) {
                    Ok(secret) => Some(Self::Replace {
                        id: *id,
                        secret: Box::new(secret),
                        parameters: before.parameters,
                    }),
                    Err(_) if before.has_secret() => None,
                    Err(_) => Some(Self::WaitAgain(Box::new(before))),
                };
                vault.exchange_secret(*id, *parameters, secret, now, rng)?;
                (*id, undo)
            }
            Self::WaitAgain(waited) => {
                let id = waited.id;
                let (secret, parameters) = (vault.secret(id)?, entry(vault, id)?.parameters);
                vault.wait_again(waited)?;
                (id, Some(Self::Replace { id, secret: Box::new(secret), parameters }))
            }
            Self::HandOver { from, to, parameters } => {
                let handed = vault.hand_over(*from, *to, *parameters, rng)?;
                (*to, Some(Self::HandBack(Box::new(handed))))
            }
            Self::HandBack(handed) => {
                vault.hand_back(handed.as_ref().clone())?;
                (handed.taker(), None)
            }
            Self::Remove { id } => {
                let name = name_of(vault, *id);
                let removed = vault.remove(*id)?;
                let undo = Some(Self::Restore(Box::new(removed)));
                return Ok(Applied { undo, id: None, name, code });
            }
            Self::Move(change) => {
                let moved = change.apply(vault, now, rng)?;
                let undo = moved.undo.map(Self::Move);
                return Ok(Applied { undo, id: None, name: moved.sentence, code });
            }
            Self::Correct(correction) => {
                // What was believed once is not believed again, whatever is taken back.
                let before = Correction { newest: correction.newest, ..vault.correction() };
                vault.set_correction(*correction);
                let name = match correction.offset {
                    0 => "The codes follow this device's own clock.".to_owned(),
                    offset => format!("The codes are corrected by {}.", clock::moved(offset)),
                };
                let undo = Some(Self::Correct(before));
                return Ok(Applied { undo, id: None, name, code });
            }
            Self::Join(theirs) => {
                if let Some(theirs) = theirs {
                    vault.join(theirs, rng)?;
                }
                return Ok(Applied { undo: None, id: None, name: String::new(), code });
            }
            Self::GiveWay(theirs) => {
                if let Some(theirs) = theirs {
                    let ours = std::mem::replace(vault, theirs.as_ref().clone());
                    vault.take_place_of(&ours, now, rng)?;
                }
                return Ok(Applied { undo: None, id: None, name: String::new(), code });
            }
            Self::Restore(removed) => {
                let id = removed.entry().id;
                vault.restore(removed.as_ref().clone())?;
                (id, Some(Self::Remove { id }))
            }
        };
        Ok(Applied { undo, id: Some(id), name: name_of(vault, id), code })
    }
}

fn entry(vault: &Vault, id: EntryId) -> Result<&Entry, EntryError> {
    vault.entry(id).ok_or(EntryError::NotFound)
}

fn counter(vault: &Vault, id: EntryId) -> Result<u64, EntryError> {
    match entry(vault, id)?.parameters.kind {
        Kind::Hotp { counter } => Ok(counter),
        _ => Err(EntryError::NotCounterBased),
    }
}

/// The name of an entry in one piece, for a sentence; nothing where it is not there.
pub(crate) fn name_of(vault: &Vault, id: EntryId) -> String {
    entry(vault, id).map_or_else(
        |_| String::new(),
        |entry| naming::in_sentence(entry.issuer.as_deref().unwrap_or_default(), &entry.account),
    )
}
