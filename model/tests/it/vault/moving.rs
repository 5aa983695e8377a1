//! What the vault keeps for a move: notes, steps, origins, ways in, and the trash.

use holdfast_model::move_list::{ListId, Mark, Step};
use holdfast_model::vault::{EntryError, MAX_NOTE_LEN, Moving, Origin, Readiness};

use super::*;

const DAY: u64 = 86_400;

fn later(days: u64) -> UnixTime {
    UnixTime(NOW.0 + days * DAY)
}

fn reopened(vault: &mut Vault, now: UnixTime) -> Vault {
    open_by_device(&vault.seal(now, &mut rng(9)).unwrap()).unwrap()
}

#[test]
fn what_is_noted_about_an_account_is_kept() {
    let (mut vault, ids) = sample(1);
    let origin = Origin { list: ListId([3; 8]), mark: Mark([4; 4]) };
    let ready = Readiness { recovery_codes_at: Some(NOW), second_way_at: None };
    vault.set_note(ids[0], "the card is in the drawer").unwrap();
    vault.set_origin(ids[4], origin).unwrap();
    vault.set_step(ids[1], Step::Confirmed, later(1)).unwrap();
    vault.set_readiness(ids[2], ready).unwrap();
    let moving = Moving { list: ListId([7; 8]), begun_at: later(2) };
    vault.set_moving(Some(moving));
    vault.set_ask_ready_at(later(30));

    let vault = reopened(&mut reopened(&mut vault, NOW), NOW);
    let care = |number: usize| vault.entry(ids[number]).unwrap().care.clone();
    assert_eq!(care(0).note, "the card is in the drawer");
    assert_eq!(care(1).step, Some((Step::Confirmed, later(1))));
    assert_eq!(care(2).readiness, ready);
    assert!(care(2).readiness.is_ready() && !care(3).readiness.is_ready());
    assert_eq!(care(4).origin, Some(origin));
    assert_eq!((vault.moving(), vault.ask_ready_at()), (Some(moving), Some(later(30))));
    assert_eq!(vault.entries().len(), ids.len());
    for (number, id) in ids.iter().take(4).enumerate() {
        assert_eq!(vault.secret(*id).unwrap(), secret(number));
    }
}

#[test]
fn a_note_that_is_too_long_is_refused() {
    let (mut vault, ids) = sample(1);
    vault.set_note(ids[0], &"x".repeat(MAX_NOTE_LEN)).unwrap();
    let refused = vault.set_note(ids[0], &"x".repeat(MAX_NOTE_LEN + 1));
    assert_eq!(refused, Err(EntryError::NoteTooLong));
    assert_eq!(reopened(&mut vault, NOW).entries()[0].care.note.len(), MAX_NOTE_LEN);
}

#[test]
fn the_vault_of_a_day_before_all_this_is_the_same_after_a_save() {
    let mut vault = Vault::open(frozen::V1, &Passphrase::new(frozen::V1_PASSPHRASE)).unwrap();
    assert!(vault.trash().is_empty());
    assert_eq!((vault.moving(), vault.ask_ready_at()), (None, None));
    assert!(vault.entries().iter().all(|entry| entry.care == Default::default()));
    let saved = sealed(&mut vault, 1);
    assert_eq!(saved.len(), frozen::V1.len());
}
