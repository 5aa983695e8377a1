//! Two copies of one vault that went their own ways.

use holdfast_otp::{Kind, Parameters, Secret, UnixTime};

use super::*;
use crate::move_list::Step;

/// Two copies of a vault with the accounts `one`, `two` and the counter `three`.
fn copies() -> (Vault, Vault, [EntryId; 3]) {
    let (mut vault, ids) = three();
    let counter = Parameters { kind: Kind::Hotp { counter: 5 }, ..Parameters::default() };
    vault.replace_secret(ids[2], counter, &secret(3), &mut rng()).unwrap();
    vault.seal(NOW, &mut rng()).unwrap();
    (vault.clone(), vault, ids)
}

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 20]).unwrap()
}

/// Saves under randomness that no other save has.
fn save(vault: &mut Vault, seed: u64) -> Vault {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let bytes = vault.seal(NOW, &mut rng).unwrap();
    vault.reopen(&bytes).unwrap()
}

fn add(vault: &mut Vault, account: &str, byte: u8) -> EntryId {
    let mut rng = ChaCha20Rng::seed_from_u64(u64::from(byte));
    let new =
        NewEntry { issuer: None, account: account.to_owned(), parameters: Parameters::default() };
    vault.add(new, &secret(byte), NOW, &mut rng).unwrap()
}

fn counter(vault: &Vault, id: EntryId) -> u64 {
    match vault.entry(id).unwrap().parameters.kind {
        Kind::Hotp { counter } => counter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_only_one_copy_holds_is_in_the_joined_one() {
    let (mut ours, mut theirs, ids) = copies();
    let (here, there) = (add(&mut ours, "here", 10), add(&mut theirs, "there", 11));
    theirs.set_counter(ids[2], 9).unwrap();
    let (mut ours, theirs) = (save(&mut ours, 1), save(&mut theirs, 2));
    assert_eq!(ours.parting(&theirs), Parting { here: 1, there: 1, unlike: 1 });
    assert!(!ours.covers(&theirs) && !theirs.covers(&ours) && ours.covers(&ours));
    ours.join(&theirs, &mut rng()).unwrap();
    let joined = save(&mut ours, 3);
    assert!(joined.covers(&theirs));
    assert_eq!(joined.entries().len(), 5);
    assert_eq!(joined.secret(here).unwrap(), secret(10));
    assert_eq!(joined.secret(there).unwrap(), secret(11));
    assert_eq!(counter(&joined, ids[2]), 9, "the counter that is ahead");
    assert!(joined.descends_from(theirs.header().save_point()));
    // The other way round it is the same.
    let (mut behind, ahead) = (theirs, joined);
    behind.set_counter(ids[2], 12).unwrap();
    let mut twice = ahead.clone();
    twice.join(&behind, &mut rng()).unwrap();
    assert_eq!((counter(&twice, ids[2]), twice.entries().len()), (12, 5));
}

#[test]
fn of_two_secrets_for_one_account_none_is_lost() {
    let (mut ours, mut theirs, ids) = copies();
    ours.replace_secret(ids[0], Parameters::default(), &secret(10), &mut rng()).unwrap();
    theirs.replace_secret(ids[0], Parameters::default(), &secret(11), &mut rng()).unwrap();
    theirs.rename(ids[1], Some("Elsewhere"), "two").unwrap();
    theirs.set_note(ids[1], "In the drawer.").unwrap();
    ours.join(&theirs, &mut rng()).unwrap();
    assert_eq!(ours.secret(ids[0]).unwrap(), secret(10));
    let twin = ours.entries().last().unwrap();
    assert_eq!((twin.account.as_str(), ours.secret(twin.id).unwrap()), ("one", secret(11)));
    let two = ours.entry(ids[1]).unwrap();
    assert_eq!(two.issuer.as_deref(), Some("Issuer"), "the names of the copy at hand");
    assert_eq!(two.care.note, "In the drawer.");
}

#[test]
fn a_secret_that_was_replaced_in_one_copy_does_not_come_back_beside_the_new_one() {
    for turned in [false, true] {
        let (mut one, mut other, ids) = copies();
        let changed = if turned { &mut other } else { &mut one };
        let (way, rng) = (Parameters::default(), &mut rng());
        changed.exchange_secret(ids[0], way, &secret(10), NOW, rng).unwrap();
        one.join(&other, rng).unwrap();
        assert_eq!((one.entries().len(), one.trash().len()), (3, 1));
        assert_eq!(one.secret(ids[0]).unwrap(), secret(10));
    }
}

#[test]
fn an_account_that_waits_in_one_copy_has_the_secret_of_the_other() {
    let (mut ours, mut theirs, _) = copies();
    let new = NewEntry { issuer: None, account: "w".to_owned(), parameters: Parameters::default() };
    let id = ours.add_waiting(new, NOW, &mut rng()).unwrap();
    theirs.join(&ours, &mut rng()).unwrap();
    theirs.replace_secret(id, Parameters::default(), &secret(10), &mut rng()).unwrap();
    theirs.entry_mut(id).unwrap().care.step = Some((Step::Confirmed, NOW));
    ours.join(&theirs, &mut rng()).unwrap();
    assert_eq!(ours.secret(id).unwrap(), secret(10));
    assert_eq!(ours.entry(id).unwrap().care.step, Some((Step::Confirmed, NOW)));
    // One that is damaged here is whole there.
    ours.entry_mut(id).unwrap().sealed = SealedSecret::from_bytes(&[0; 60]);
    ours.join(&theirs, &mut rng()).unwrap();
    assert_eq!(ours.secret(id).unwrap(), secret(10));
    assert_eq!(ours.entries().len(), 4);
}

#[test]
fn a_copy_that_takes_the_place_of_another_keeps_what_it_lacks_in_the_trash() {
    let (mut ours, mut theirs, ids) = copies();
    let here = add(&mut ours, "here", 10);
    ours.set_counter(ids[2], 9).unwrap();
    ours.replace_secret(ids[0], Parameters::default(), &secret(12), &mut rng()).unwrap();
    let first = theirs.secret(ids[0]).unwrap();
    theirs.remove(ids[1]).unwrap();
    let (ours, mut theirs) = (save(&mut ours, 1), save(&mut theirs, 2));
    let rng = &mut rng();
    theirs.take_place_of(&ours, NOW, rng).unwrap();
    assert_eq!(theirs.entries().len(), 2);
    assert_eq!((theirs.secret(ids[0]).unwrap(), counter(&theirs, ids[2])), (first, 9));
    let thrown: Vec<_> = theirs.trash().iter().map(|item| (item.id, item.entry.id)).collect();
    assert_eq!(thrown.len(), 3);
    for (item, id) in thrown {
        theirs.recover(item, NOW, rng).unwrap();
        assert_eq!(theirs.secret(id).unwrap(), ours.secret(id).unwrap());
    }
    assert!(theirs.entry(here).is_some());
    assert!(theirs.descends_from(ours.header().save_point()));
}

#[test]
fn quarantined_entries_trash_and_what_is_newer_are_joined_once() {
    let (mut ours, mut theirs, ids) = copies();
    for (vault, tag, byte) in [(&mut ours, 60, 20), (&mut theirs, 40, 21)] {
        vault.body.unknown.keep(tag, b"newer");
        vault.body.quarantined.push(record::quarantine(b"bad", QuarantineReason::Malformed));
        let (way, rng) = (Parameters::default(), &mut ChaCha20Rng::seed_from_u64(byte));
        vault.exchange_secret(ids[0], way, &secret(30), NOW, rng).unwrap();
    }
    theirs.body.quarantined.push(record::quarantine(b"worse", QuarantineReason::Malformed));
    let at = Correction { offset: 7, newest: Some(UnixTime(5)), since: UnixTime(6) };
    theirs.set_correction(at);
    for _ in 0..2 {
        ours.join(&theirs, &mut rng()).unwrap();
        assert_eq!((ours.quarantined().len(), ours.trash().len()), (2, 2));
        assert_eq!(ours.correction(), at);
        let bytes = ours.body.unknown.as_bytes().to_vec();
        assert_eq!(
            bytes,
            [&[0, 40, 0, 0, 0, 5][..], b"newer", &[0, 60, 0, 0, 0, 5], b"newer"].concat()
        );
    }
    save(&mut ours, 1);
}

#[test]
fn another_vault_is_not_joined() {
    let (mut ours, mut theirs, _) = copies();
    theirs.header.vault_id = VaultId([9; 16]);
    assert_eq!(ours.join(&theirs, &mut rng()), Err(EntryError::OtherVault));
    assert_eq!(ours.take_place_of(&theirs, NOW, &mut rng()), Err(EntryError::OtherVault));
}
