//! The ways of unlocking: added, changed, taken away.

use super::*;
use holdfast_model::vault::{SlotError, header_of};

fn by_passphrase(passphrase: &Passphrase) -> NewSlot<'_> {
    NewSlot::Passphrase { passphrase, cost: Cost::FLOOR }
}

#[test]
fn two_passphrases_open_one_vault() {
    let (mut vault, ids) = sample(1);
    let other = Passphrase::new("the other");
    vault.add_slot(by_passphrase(&other), &mut rng(2)).unwrap();
    let bytes = sealed(&mut vault, 3);
    for passphrase in [passphrase(), other] {
        let opened = Vault::open(&bytes, &passphrase).unwrap();
        assert!(opened.secret(ids[0]).unwrap() == secret(0));
    }
    let wrong = Vault::open(&bytes, &Passphrase::new("neither")).map(|_| ());
    assert_eq!(wrong, Err(OpenError::WrongPassphrase));
}

#[test]
fn after_a_changed_passphrase_the_old_one_opens_nothing() {
    let (mut vault, ids) = sample(1);
    let before = sealed(&mut vault, 2);
    let new = Passphrase::new("new passphrase");
    vault.rekey(&[by_passphrase(&new)], &mut rng(3)).unwrap();
    let after = sealed(&mut vault, 4);

    let old = Vault::open(&after, &passphrase()).map(|_| ());
    assert_eq!(old, Err(OpenError::WrongPassphrase));
    assert_eq!(open_by_device(&after).map(|_| ()), Err(OpenError::NoSuchSlot));
    let opened = Vault::open(&after, &new).unwrap();
    assert!(opened.secret(ids[1]).unwrap() == secret(1));
    assert!(
        !header_of(&before).unwrap().has_same_key_as(&header_of(&after).unwrap()),
        "the storage layer must see that the earlier file has to go"
    );

    // The old slot, which the old passphrase opens, put in place of the new one.
    let (start, end) = slot_bounds(&before, 0);
    let mut forged = after.clone();
    assert_eq!(slot_bounds(&after, 0), (start, end));
    forged[start..end].copy_from_slice(&before[start..end]);
    mend_checksum(&mut forged);
    assert_eq!(Vault::open(&forged, &passphrase()).map(|_| ()), Err(OpenError::Damaged));
    assert_eq!(Vault::open(&forged, &new).map(|_| ()), Err(OpenError::WrongPassphrase));
}

#[test]
fn a_slot_is_taken_away_and_the_others_stay() {
    let (mut vault, _) = sample(1);
    sealed(&mut vault, 2);
    let device = NewSlot::Device { name: "kept", blob: b"", key: &device_key() };
    let passphrase = passphrase();
    vault.rekey(&[by_passphrase(&passphrase), device], &mut rng(3)).unwrap();
    let bytes = sealed(&mut vault, 4);
    open_by_device(&bytes).unwrap();
    Vault::open(&bytes, &passphrase).unwrap();
    vault.rekey(&[by_passphrase(&passphrase)], &mut rng(5)).unwrap();
    assert_eq!(vault.header().slots().len(), 1);
    assert_eq!(open_by_device(&sealed(&mut vault, 6)).map(|_| ()), Err(OpenError::NoSuchSlot));
}

#[test]
fn what_must_not_be_made_is_refused_and_changes_nothing() {
    let rng = &mut rng(1);
    let empty = Passphrase::new("");
    assert_eq!(
        Vault::create(&empty, Cost::FLOOR, NOW, rng).map(|_| ()),
        Err(SlotError::EmptyPassphrase)
    );
    let (mut vault, _) = sample(1);
    let key = device_key();
    let device = |name, blob| NewSlot::Device { name, blob, key: &key };
    assert_eq!(vault.rekey(&[], rng), Err(SlotError::NoPassphrase));
    assert_eq!(vault.rekey(&[device("d", b"")], rng), Err(SlotError::NoPassphrase));
    assert_eq!(vault.rekey(&[by_passphrase(&empty)], rng), Err(SlotError::EmptyPassphrase));
    let long = "x".repeat(256);
    assert_eq!(vault.add_slot(device(&long, b""), rng), Err(SlotError::TooLong));
    assert_eq!(vault.add_slot(device("d", &[0; 4097]), rng), Err(SlotError::TooLong));
    for _ in 2..8 {
        vault.add_slot(device("d", b"blob"), rng).unwrap();
    }
    assert_eq!(vault.add_slot(device("d", b""), rng), Err(SlotError::TooMany));
    let opened = open_by_device(&sealed(&mut vault, 2)).unwrap();
    assert_eq!(opened.header().slots().len(), 8);
}

#[test]
fn a_device_slot_says_what_its_key_store_needs() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    let header = header_of(&bytes).unwrap();
    let [first, second] = header.slots() else { panic!("{:?}", header.slots()) };
    assert_eq!(first.method(), Method::Passphrase { cost: Ok(Cost::FLOOR) });
    assert_eq!(second.method(), Method::Device { name: "test", blob: b"wrapped" });

    let wrong = DeviceKey::generate(&mut rng(9));
    let right = device_key();
    let open = |slot, key| Vault::open_with_device(&bytes, slot, key).map(|_| ());
    assert_eq!(open(second.id(), &right), Ok(()));
    assert_eq!(open(second.id(), &wrong), Err(OpenError::WrongDeviceKey));
    assert_eq!(open(first.id(), &right), Err(OpenError::NoSuchSlot));
}

#[test]
fn a_slot_of_another_vault_opens_nothing() {
    let (mut one, _) = sample(1);
    let (mut two, _) = sample(2);
    let (one, two) = (sealed(&mut one, 3), sealed(&mut two, 4));
    let mut forged = one.clone();
    let (start, end) = slot_bounds(&one, 0);
    forged[start..end].copy_from_slice(&two[start..end]);
    mend_checksum(&mut forged);
    assert_eq!(
        Vault::open(&forged, &passphrase()).map(|_| ()),
        Err(OpenError::WrongPassphrase),
        "the passphrase is the same, the vault is not"
    );
    // Even the key of the device, which is still right, finds the header changed.
    assert_eq!(open_by_device(&forged).map(|_| ()), Err(OpenError::Damaged));

    // The other vault's body under this one's header.
    let end = header_end(&one);
    let forged = [&one[..end], &two[header_end(&two)..]].concat();
    assert_eq!(open_by_device(&forged).map(|_| ()), Err(OpenError::Damaged));
}

/// Where slot `number` stands, its length field included.
pub(super) fn slot_bounds(bytes: &[u8], number: usize) -> (usize, usize) {
    let mut start = super::attack::SLOTS_AT;
    for _ in 0..number {
        start += 2 + slot_len(bytes, start);
    }
    (start, start + 2 + slot_len(bytes, start))
}

fn slot_len(bytes: &[u8], at: usize) -> usize {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap()).into()
}
