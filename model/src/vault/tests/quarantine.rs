//! One bad entry locks in no other, and loses nothing itself.

use super::super::fields::{Tag, put};
use super::*;

/// The record with each of its fields passed through `change`.
fn changed(record: &[u8], mut change: impl FnMut(Tag, &mut Vec<u8>)) -> Vec<u8> {
    let mut reader = fields::Reader::new(record);
    let mut out = Vec::new();
    while let Some((tag, value)) = reader.next_field().unwrap() {
        let mut value = value.to_vec();
        change(tag, &mut value);
        put(&mut out, tag, &value);
    }
    out
}

/// Replaces the second entry by these bytes and opens the vault again.
fn with_second_as(bytes: Vec<u8>) -> Vault {
    let (mut vault, _) = three();
    vault.body.entries.remove(1);
    let reason = QuarantineReason::Malformed;
    vault.body.quarantined.push(record::quarantine(&bytes, reason));
    reopened(&mut vault).unwrap()
}

#[test]
fn one_bad_entry_is_set_aside_and_kept_byte_for_byte() {
    let (vault, ids) = three();
    let good = record_of(&vault.body.entries[1]);
    let bad: [(QuarantineReason, Vec<u8>); 11] = [
        (QuarantineReason::Malformed, vec![]),
        (QuarantineReason::Malformed, vec![0xff; 40]),
        (QuarantineReason::Malformed, good[..good.len() - 1].to_vec()),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 1 {
                    v.truncate(15)
                }
            }),
        ),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 2 {
                    v[0] = 0
                }
            }),
        ),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 2 {
                    v[2] = 77
                }
            }),
        ),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 4 {
                    v[0] = 0xff
                }
            }),
        ),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 5 {
                    v.resize(1025, b'x')
                }
            }),
        ),
        (
            QuarantineReason::Malformed,
            changed(&good, |t, v| {
                if t == 7 {
                    v.truncate(44)
                }
            }),
        ),
        (
            QuarantineReason::Newer,
            changed(&good, |t, v| {
                if t == 2 {
                    v[0] = 4
                }
            }),
        ),
        (
            QuarantineReason::Newer,
            changed(&good, |t, v| {
                if t == 2 {
                    v[1] = 4
                }
            }),
        ),
    ];
    for (reason, bytes) in bad {
        let mut vault = with_second_as(bytes.clone());
        for _ in 0..2 {
            let [quarantined] = vault.quarantined() else { panic!("{:?}", vault.quarantined()) };
            assert_eq!(quarantined.reason(), reason, "{bytes:x?}");
            assert_eq!(quarantined.bytes(), bytes);
            assert_eq!(vault.entries().len(), 2);
            for id in [ids[0], ids[2]] {
                vault.secret(id).unwrap();
            }
            vault = reopened(&mut vault).unwrap();
        }
    }
}

#[test]
fn a_quarantined_entry_is_shown_by_name_and_readable_again_after_a_new_key() {
    let (vault, ids) = three();
    let newer = changed(&record_of(&vault.body.entries[1]), |t, v| {
        if t == 2 {
            v[0] = 4
        }
    });
    let mut vault = with_second_as(newer);
    assert_eq!(vault.quarantined()[0].label(), Some("Issuer: two"));

    let passphrase = Passphrase::new("another");
    let slot = NewSlot::Passphrase { passphrase: &passphrase, cost: Cost::FLOOR };
    vault.rekey(&[slot], &mut rng()).unwrap();
    // What a newer Holdfast would find: the secret still opens, for it knows the parameters.
    let back = changed(vault.quarantined()[0].bytes(), |t, v| {
        if t == 2 {
            v[0] = 1
        }
    });
    vault.body.quarantined[0].bytes = Zeroizing::new(back);
    let vault = reopened(&mut vault).unwrap();
    assert!(vault.quarantined().is_empty());
    assert!(vault.secret(ids[1]).unwrap().expose().ends_with(b"two"));
}

#[test]
fn a_second_entry_with_the_same_identity_is_set_aside() {
    let (vault, ids) = three();
    let twin = changed(&record_of(&vault.body.entries[0]), |t, v| {
        if t == 5 {
            *v = b"twin".to_vec();
        }
    });
    let vault = with_second_as(twin);
    assert_eq!(vault.quarantined()[0].reason(), QuarantineReason::Duplicate);
    assert_eq!(vault.entry(ids[0]).unwrap().account, "one");
}
