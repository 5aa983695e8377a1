//! Attacks from inside: what only somebody with the keys, or a faulty or newer Holdfast, can write.

mod correction;
mod join;
mod memory;
#[path = "../../../tests/it/memory_search.rs"]
mod memory_search;
mod quarantine;

use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::body::BLOCK_LEN;
use super::entry::SealedSecret;
use super::fields::put;
use super::*;

pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);
const CANARY: &[u8; 20] = b"canary-of-the-vault!";

pub(super) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(4)
}

/// A vault with the accounts `one`, `two` and `three`.
pub(super) fn three() -> (Vault, [EntryId; 3]) {
    let rng = &mut rng();
    let passphrase = Passphrase::new("passphrase");
    let mut vault = Vault::create(&passphrase, Cost::FLOOR, NOW, rng).unwrap();
    let ids = ["one", "two", "three"].map(|account| {
        let new = NewEntry {
            issuer: Some("Issuer".to_owned()),
            account: account.to_owned(),
            parameters: Parameters::default(),
        };
        let mut secret = CANARY.to_vec();
        secret.extend_from_slice(account.as_bytes());
        vault.add(new, &Secret::from_bytes(&secret).unwrap(), NOW, rng).unwrap()
    });
    (vault, ids)
}

/// Seals and opens again without the passphrase.
fn reopened(vault: &mut Vault) -> Result<Vault, OpenError> {
    let bytes = vault.seal(NOW, &mut rng()).unwrap();
    Vault::open_body(Parts::of(&bytes)?, vault.data_key.clone())
}

fn record_of(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    record::encode(entry, &mut bytes);
    bytes
}

#[test]
fn a_secret_opens_for_its_own_entry_and_parameters_only() {
    let (vault, ids) = three();
    let mut swapped = vault.clone();
    let [one, two, _] = swapped.body.entries.as_mut_slice() else { panic!() };
    std::mem::swap(&mut one.sealed, &mut two.sealed);
    let opened = reopened(&mut swapped).unwrap();
    assert_eq!(opened.secret(ids[0]).map(|_| ()), Err(EntryError::Damaged));
    assert_eq!(opened.code(ids[1], NOW).map(|_| ()), Err(EntryError::Damaged));
    opened.code(ids[2], NOW).unwrap();

    let mut altered = vault.clone();
    altered.body.entries[0].parameters.digits = holdfast_otp::Digits::new(8).unwrap();
    assert_eq!(altered.secret(ids[0]).map(|_| ()), Err(EntryError::Damaged));

    let mut elsewhere = vault.clone();
    elsewhere.header.vault_id = VaultId([9; 16]);
    assert_eq!(elsewhere.secret(ids[0]).map(|_| ()), Err(EntryError::Damaged));

    let sealed = vault.body.entries[0].sealed.clone().unwrap();
    for at in 0..sealed.as_bytes().len() {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] ^= 1;
        let mut flipped = vault.clone();
        flipped.body.entries[0].sealed = SealedSecret::from_bytes(&bytes);
        assert_eq!(flipped.secret(ids[0]).map(|_| ()), Err(EntryError::Damaged), "byte {at}");
    }
}

#[test]
fn a_slot_opens_for_its_own_vault_identity_and_parameters_only() {
    let (mut vault, _) = three();
    let key = DeviceKey::from_bytes(&[7; 32]);
    let new = NewSlot::Device { name: "phone", blob: b"wrapped", key: &key };
    let id = vault.add_slot(new, &mut rng()).unwrap();
    let vault_id = vault.header.vault_id;
    let slot = vault.header.slots.iter().find(|slot| slot.id() == id).unwrap();
    assert!(slot.unwrap_by_device(&key, vault_id).is_some());
    assert!(slot.unwrap_by_device(&key, VaultId([9; 16])).is_none());
    let mut bytes = Vec::new();
    slot.encode(&mut bytes);
    // After the length: identity, kind, parameters, nonce and the wrapped key.
    for at in 2..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let changed = Slot::decode(&mut changed.as_slice()).unwrap();
        assert!(changed.unwrap_by_device(&key, vault_id).is_none(), "byte {at}");
    }
}

#[test]
fn what_a_newer_version_adds_survives() {
    let (mut vault, ids) = three();
    vault.header.written_by = 9;
    vault.header.unknown.keep(300, b"in the header");
    vault.body.unknown.keep(40, b"in the body");
    vault.body.unknown.keep(41, b"");
    vault.body.unknown.keep(41, b"twice");
    vault.body.entries[1].unknown.keep(40, b"in the entry");
    let expected = vault.clone();
    let mut opened = reopened(&mut vault).unwrap();
    opened.rename(ids[1], None, "renamed").unwrap();
    opened
        .add_waiting(
            NewEntry {
                issuer: None,
                account: "four".to_owned(),
                parameters: Parameters::default(),
            },
            NOW,
            &mut rng(),
        )
        .unwrap();
    let opened = reopened(&mut opened).unwrap();
    assert_eq!(opened.header().format_version(), 9, "it still says what wrote it");
    assert_eq!(opened.header.unknown.as_bytes(), expected.header.unknown.as_bytes());
    assert_eq!(opened.body.unknown.as_bytes(), expected.body.unknown.as_bytes());
    assert_eq!(opened.entry(ids[1]).unwrap().account, "renamed");
    let kept = opened.entry(ids[1]).unwrap().unknown.as_bytes();
    assert_eq!(kept, expected.body.entries[1].unknown.as_bytes());
    assert!(!kept.is_empty());
}

#[test]
fn an_open_vault_holds_no_secret_in_the_clear() {
    let (mut vault, _) = three();
    let mut body = Vec::new();
    vault.body.encode(&mut body);
    let file = vault.seal(NOW, &mut rng()).unwrap();
    for bytes in [&body, &file] {
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY));
    }
    assert!(body.windows(6).any(|window| window == b"Issuer"), "the search itself works");
    assert!(!file.windows(6).any(|window| window == b"Issuer"));
}

#[test]
fn the_body_is_as_long_as_stated_and_a_whole_number_of_blocks() {
    let (mut vault, ids) = three();
    for length in 0..2 * BLOCK_LEN {
        let mut unknown = fields::Unknown::default();
        unknown.keep(50, &vec![1; length]);
        vault.body.unknown = unknown;
        let mut body = Vec::new();
        vault.body.encode(&mut body);
        assert_eq!(body.len(), vault.body.encoded_len());
        assert_eq!(body.len() % BLOCK_LEN, 0);
        assert_eq!(Body::decode(&body).unwrap().entries.len(), ids.len());
    }
}

#[test]
fn a_body_that_is_none_is_damage() {
    let key = [1; 32];
    let mut twice = Vec::new();
    put(&mut twice, 1, &key);
    put(&mut twice, 1, &key);
    let mut short = Vec::new();
    put(&mut short, 1, &key[..31]);
    let mut no_key = Vec::new();
    put(&mut no_key, 2, b"");
    for bytes in [vec![], vec![0; 100], twice, short, no_key] {
        assert!(Body::decode(&bytes).is_err(), "{bytes:x?}");
    }
}

#[test]
fn what_cannot_be_sealed_changes_nothing() {
    let (mut vault, _) = three();
    let small = vault.clone();
    vault.body.unknown.keep(50, &vec![0; MAX_FILE_LEN]);
    assert_eq!(vault.seal(NOW, &mut rng()), Err(SealError::TooLarge));
    assert_eq!(vault.generation(), 0);
    vault = small;
    vault.header.generation = u64::MAX;
    assert_eq!(vault.seal(NOW, &mut rng()), Err(SealError::NoMoreGenerations));
}

#[test]
fn another_key_of_the_same_vault_is_not_taken() {
    let (mut vault, _) = three();
    let bytes = vault.seal(NOW, &mut rng()).unwrap();
    let parts = Parts::of(&bytes).unwrap();
    let other = Key::from_bytes(&[3; 32]);
    assert_eq!(Vault::open_body(parts, other).map(|_| ()), Err(OpenError::Damaged));

    // Nor the right key, where the header names another one.
    vault.header.key_id[0] ^= 1;
    assert_eq!(reopened(&mut vault).map(|_| ()), Err(OpenError::Damaged));
}
