//! The slots together: which of them a passphrase opens, and what all of them may cost.

use super::cost::{Cost, Excess};
use super::error::{OpenError, SlotError};
use super::header::VaultId;
use super::key::Key;
use super::passphrase::Passphrase;
use super::slot::{MAX_SLOTS, Method, NewSlot, Slot, SlotId};

/// Tries a passphrase on one slot after the other, until one gives a key that `fits`; with what it cost.
/// Where all of them together cost too much, none is tried.
pub(super) fn unlock(
    slots: &[Slot],
    vault: VaultId,
    passphrase: &Passphrase,
    fits: impl Fn(&Key) -> bool,
) -> Result<(SlotId, Cost, Key), OpenError> {
    if work_of(slots) > Cost::MAX_TOGETHER_KIB {
        return Err(OpenError::TooCostly(Excess::Time));
    }
    first_that_opens(slots, fits, |slot| slot.unwrap_by_passphrase(passphrase, vault))
}

fn first_that_opens(
    slots: &[Slot],
    fits: impl Fn(&Key) -> bool,
    unwrap: impl Fn(&Slot) -> Result<Option<Key>, OpenError>,
) -> Result<(SlotId, Cost, Key), OpenError> {
    let mut outcome = OpenError::NoPassphrase;
    for slot in slots {
        let Method::Passphrase { cost } = slot.method() else { continue };
        let tried = cost.map_err(OpenError::from).and_then(|cost| Ok((cost, unwrap(slot)?)));
        outcome = match tried {
            Ok((cost, Some(key))) if fits(&key) => return Ok((slot.id(), cost, key)),
            // Another slot may still open; if none does, the more telling outcome is told.
            Ok(_) => after(outcome, OpenError::WrongPassphrase),
            Err(error) => after(outcome, error),
        };
    }
    Err(outcome)
}

/// What there is to tell of slots none of which opened. A passphrase that was not tried everywhere is not
/// called wrong; but a slot out of bounds is never tried, and says nothing of it.
fn after(before: OpenError, last: OpenError) -> OpenError {
    use OpenError::{NotAllTried, OutOfMemory, WrongPassphrase};
    match (before, last) {
        (NotAllTried, _) | (WrongPassphrase, OutOfMemory) | (OutOfMemory, WrongPassphrase) => {
            NotAllTried
        }
        (WrongPassphrase | OutOfMemory, _) => before,
        (_, last) => last,
    }
}

/// A slot to be added to these, at a cost that leaves [`Cost::PHONE`] for each that may still come.
pub(super) fn affordable<'a>(beside: &[Slot], new: NewSlot<'a>) -> Result<NewSlot<'a>, SlotError> {
    let NewSlot::Passphrase { passphrase, cost } = new else { return Ok(new) };
    let to_come = MAX_SLOTS.saturating_sub(beside.len() + 1) as u64;
    let kept = work_of(beside) + to_come * Cost::PHONE.work_kib();
    let room = Cost::MAX_TOGETHER_KIB.saturating_sub(kept);
    let cost = cost.at_most(room).ok_or(SlotError::TooCostly)?;
    Ok(NewSlot::Passphrase { passphrase, cost })
}

/// Refuses slots that together cost too much for any reader to try them.
pub(super) fn check_together(slots: &[NewSlot<'_>]) -> Result<(), SlotError> {
    let work = slots.iter().map(|slot| match slot {
        NewSlot::Passphrase { cost, .. } => cost.work_kib(),
        NewSlot::Device { .. } => 0,
    });
    if work.sum::<u64>() > Cost::MAX_TOGETHER_KIB {
        return Err(SlotError::TooCostly);
    }
    Ok(())
}

/// Memory times passes of all passphrases together, in KiB. What is out of bounds is not tried, and so
/// costs nothing.
fn work_of(slots: &[Slot]) -> u64 {
    let work = slots.iter().map(|slot| match slot.method() {
        Method::Passphrase { cost: Ok(cost) } => cost.work_kib(),
        _ => 0,
    });
    work.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A passphrase slot of this cost, as a file brings it.
    fn slot(id: u8, memory_kib: u32, passes: u32) -> Slot {
        let numbers = [memory_kib, passes, 1].map(u32::to_be_bytes).concat();
        let body = [&[id, 1][..], &numbers, &[0; 16 + 12 + 48]].concat();
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        Slot::decode(&mut [&length[..], &body].concat().as_slice()).unwrap()
    }

    #[test]
    fn eight_slots_are_tried_for_no_longer_than_two_of_the_dearest_take() {
        let vault = VaultId([1; 16]);
        let open = |slots: &[Slot]| {
            let wrong = Passphrase::new("wrong");
            unlock(slots, vault, &wrong, |_| true).map(|_| ()).unwrap_err()
        };
        let dearest: Vec<_> = (1..=8).map(|id| slot(id, 512 * 1024, 4)).collect();
        assert_eq!(work_of(&dearest[..2]), Cost::MAX_TOGETHER_KIB);
        assert_eq!(open(&dearest[..3]), OpenError::TooCostly(Excess::Time));
        assert_eq!(open(&dearest), OpenError::TooCostly(Excess::Time));
        // What is not tried takes no time: it does not count.
        let beyond: Vec<_> = (2..=8).map(|id| slot(id, u32::MAX, u32::MAX)).collect();
        let one = [vec![slot(1, 19 * 1024, 2)], beyond].concat();
        assert_eq!(open(&one), OpenError::WrongPassphrase);
    }

    #[test]
    fn a_passphrase_that_was_not_tried_everywhere_is_not_called_wrong() {
        let (cheap, dear, beyond) =
            (slot(1, 19 * 1024, 2), slot(2, 512 * 1024, 2), slot(3, u32::MAX, 2));
        let open = |slots: &[Slot], mib: u32| {
            let tried = first_that_opens(
                slots,
                |_| true,
                |slot| match slot.method() {
                    Method::Passphrase { cost } if cost?.memory_kib() > mib * 1024 => {
                        Err(OpenError::OutOfMemory)
                    }
                    _ => Ok(None),
                },
            );
            tried.map(|_| ()).unwrap_err()
        };
        for slots in [[cheap.clone(), dear.clone()], [dear.clone(), cheap.clone()]] {
            assert_eq!(open(&slots, 512), OpenError::WrongPassphrase);
            assert_eq!(open(&slots, 20), OpenError::NotAllTried);
            assert_eq!(open(&slots, 1), OpenError::OutOfMemory);
            for at in 0..=2 {
                let mut slots = slots.to_vec();
                slots.insert(at, beyond.clone());
                assert_eq!(open(&slots, 512), OpenError::WrongPassphrase);
                assert_eq!(open(&slots, 20), OpenError::NotAllTried);
                assert_eq!(open(&slots, 1), OpenError::OutOfMemory);
            }
        }
        assert_eq!(open(&[beyond], 20), OpenError::TooCostly(Excess::Memory));
    }

    #[test]
    fn a_passphrase_beside_dear_ones_is_made_as_dear_as_there_is_room_and_never_too_cheap() {
        let passphrase = Passphrase::new("another");
        let dear = Cost::new(128 * 1024, 16, 1).unwrap();
        let mut slots = Vec::new();
        let mut costs = Vec::new();
        for id in 1..=8 {
            let new = NewSlot::Passphrase { passphrase: &passphrase, cost: dear };
            let Ok(NewSlot::Passphrase { cost, .. }) = affordable(&slots, new) else {
                panic!("there is room for eight")
            };
            slots.push(slot(id, cost.memory_kib(), cost.passes()));
            costs.push(cost);
        }
        assert_eq!(costs[..2], [dear, Cost::new(128 * 1024, 7, 1).unwrap()]);
        assert!(costs.iter().all(|cost| cost.work_kib() >= Cost::PHONE.work_kib()), "{costs:?}");
        assert!(work_of(&slots) <= Cost::MAX_TOGETHER_KIB, "{costs:?}");
        // Another program made two of the dearest.
        let full = [slot(1, 512 * 1024, 4), slot(2, 512 * 1024, 4)];
        let new = NewSlot::Passphrase { passphrase: &passphrase, cost: Cost::FLOOR };
        assert_eq!(affordable(&full, new).map(|_| ()), Err(SlotError::TooCostly));
        let new = NewSlot::Passphrase { passphrase: &passphrase, cost: dear };
        assert_eq!(check_together(&[new; 2]), Ok(()));
        assert_eq!(check_together(&[new; 3]), Err(SlotError::TooCostly));
    }
}
