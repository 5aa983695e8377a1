//! What a person does with a vault, from the first start on.

use std::sync::LazyLock;

use super::*;
use holdfast_model::vault::{EntryError, header_of};
use proptest::prelude::*;

#[test]
fn what_is_put_in_comes_out_again() {
    let (mut vault, ids) = sample(1);
    assert_eq!(vault.generation(), 0);
    let bytes = sealed(&mut vault, 2);
    assert_eq!(vault.generation(), 1);

    let opened = Vault::open(&bytes, &passphrase()).unwrap();
    assert_eq!(opened.generation(), 1);
    assert_eq!(opened.header().written_at(), NOW);
    assert!(opened.quarantined().is_empty());
    for (before, after) in vault.entries().iter().zip(opened.entries()) {
        assert_eq!(before.id, after.id);
        assert_eq!(before.issuer, after.issuer);
        assert_eq!(before.account, after.account);
        assert_eq!(before.parameters, after.parameters);
        assert_eq!(before.added_at, after.added_at);
    }
    assert_eq!(opened.entries().len(), ids.len());
    for (number, id) in ids.iter().take(4).enumerate() {
        assert!(opened.secret(*id).unwrap() == secret(number));
        let expected = opened.entry(*id).unwrap().parameters.code(&secret(number), NOW);
        assert_eq!(opened.code(*id, NOW).unwrap().as_str(), expected.as_str());
    }
    assert_eq!(opened.secret(ids[4]).map(|_| ()), Err(EntryError::NoSecret));
    assert!(!opened.entries()[4].has_secret());
}

#[test]
fn every_save_is_another_generation_and_shares_no_byte_of_ciphertext() {
    let (mut vault, _) = sample(1);
    let first = sealed(&mut vault, 2);
    let second = sealed(&mut vault, 3);
    assert_eq!(header_of(&first).unwrap().generation(), 1);
    assert_eq!(header_of(&second).unwrap().generation(), 2);
    assert!(header_of(&first).unwrap().has_same_key_as(&header_of(&second).unwrap()));
    assert_ne!(first[48..80], second[48..80], "the salt of the body's key");
    let end = header_end(&first);
    let same = first[end..].iter().zip(&second[end..]).filter(|(a, b)| a == b).count();
    assert!(same * 32 < first.len() - end, "{same} equal bytes are more than chance");
}

#[test]
fn equal_contents_and_randomness_give_equal_bytes() {
    let (mut one, _) = sample(1);
    let (mut two, _) = sample(1);
    assert_eq!(sealed(&mut one, 2), sealed(&mut two, 2));
}

#[test]
fn requirement_44_the_passphrase_opens_however_it_was_typed() {
    let rng = &mut rng(1);
    let long = "pässphräse 🔑 ".repeat(5_000);
    for (made, typed) in [
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{ac00}", "\u{1100}\u{1161}"),
        ("x", "x"),
        (" spaces count ", " spaces count "),
        (long.as_str(), long.as_str()),
    ] {
        let mut vault = Vault::create(&Passphrase::new(made), Cost::FLOOR, NOW, rng).unwrap();
        let bytes = vault.seal(NOW, rng).unwrap();
        Vault::open(&bytes, &Passphrase::new(typed)).unwrap();
        let wrong = Vault::open(&bytes, &Passphrase::new(&format!("{typed} "))).map(|_| ());
        assert_eq!(wrong, Err(OpenError::WrongPassphrase));
    }
}

#[test]
fn changes_are_kept_and_undone() {
    let (mut vault, ids) = sample(1);
    vault.rename(ids[0], Some("Renamed"), "new name").unwrap();
    vault.set_counter(ids[2], 6).unwrap();
    assert_eq!(vault.set_counter(ids[0], 6), Err(EntryError::NotCounterBased));
    vault.replace_secret(ids[4], Parameters::default(), &secret(9), &mut rng(3)).unwrap();
    vault.move_to(ids[3], 0).unwrap();
    let removed = vault.remove(ids[1]).unwrap();
    assert_eq!(vault.code(ids[1], NOW).map(|_| ()), Err(EntryError::NotFound));

    let mut opened = open_by_device(&sealed(&mut vault, 2)).unwrap();
    let order: Vec<_> = opened.entries().iter().map(|entry| entry.id).collect();
    assert_eq!(order, [ids[3], ids[0], ids[2], ids[4]]);
    assert_eq!(opened.entries()[1].issuer.as_deref(), Some("Renamed"));
    assert_eq!(opened.entries()[1].account, "new name");
    assert_eq!(opened.entries()[2].parameters.kind, Kind::Hotp { counter: 6 });
    assert!(opened.secret(ids[2]).unwrap() == secret(2), "a moved counter keeps the secret");
    assert!(opened.secret(ids[4]).unwrap() == secret(9), "a waiting entry was enrolled");

    opened.restore(removed.clone()).unwrap();
    assert_eq!(opened.entries()[2].id, ids[1], "back in its place");
    assert!(opened.secret(ids[1]).unwrap() == secret(1));
    assert_eq!(opened.restore(removed.clone()), Err(EntryError::AlreadyThere));
    assert_eq!(sample(9).0.restore(removed), Err(EntryError::OtherVault));
}

#[test]
fn a_secret_or_a_name_already_held_is_found() {
    let (vault, ids) = sample(1);
    assert_eq!(vault.find_same_secret(&secret(3)), [ids[3]]);
    assert_eq!(vault.find_same_secret(&secret(8)), []);
    assert_eq!(vault.find_same_names(Some("bank"), " alice a\u{30a}GREN "), [ids[1]]);
    // What cannot be seen makes no other name: marks of direction, joiners, another kind of blank.
    assert_eq!(
        vault.find_same_names(Some("ba\u{200f}nk"), "alice\u{a0}\u{200d}a\u{30a}GREN"),
        [ids[1]]
    );
    assert_eq!(vault.find_same_names(None, "Alice Ågren"), []);
    assert_eq!(vault.find_same_names(None, "counter"), [ids[2]]);
}

#[test]
fn too_long_a_name_changes_nothing() {
    let (mut vault, ids) = sample(1);
    let long = "x".repeat(1025);
    let new = named(Some("x"), &long, Parameters::default());
    let refused = vault.add(new, &secret(0), NOW, &mut rng(2));
    assert_eq!(refused, Err(EntryError::NameTooLong));
    assert_eq!(vault.rename(ids[0], Some(&long), "x"), Err(EntryError::NameTooLong));
    assert_eq!(vault.entries().len(), ids.len());
    assert_eq!(vault.entries()[0].account, "alice@example.com");
}

#[test]
fn nothing_private_is_printed() {
    let (mut vault, ids) = sample(1);
    let removed = vault.remove(ids[0]).unwrap();
    let text = format!(
        "{vault:?} {:?} {removed:?} {:?} {:?} {:?}",
        vault.entries(),
        passphrase(),
        device_key(),
        vault.secret(ids[1])
    );
    for private in ["canary", "alice", "Bank", "Example", PASSPHRASE, "horse", "7, 7", "0707"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let kind = prop_oneof![
        (1u32..=86_400).prop_map(|s| Kind::Totp { period: Period::new(s).unwrap() }),
        any::<u64>().prop_map(|counter| Kind::Hotp { counter }),
        Just(Kind::Steam),
    ];
    let algorithm =
        prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)];
    (kind, algorithm, 6u8..=10).prop_map(|(kind, algorithm, digits)| Parameters {
        kind,
        algorithm,
        digits: Digits::new(digits).unwrap(),
    })
}

type AnEntry = (Option<String>, String, Parameters, Option<Vec<u8>>, u64);

fn entries() -> impl Strategy<Value = Vec<AnEntry>> {
    let secret = proptest::option::of(proptest::collection::vec(any::<u8>(), 1..=1024));
    let entry =
        (proptest::option::of("\\PC{1,40}"), "\\PC{0,40}", parameters(), secret, any::<u64>());
    proptest::collection::vec(entry, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_content_survives(list in entries(), seed in any::<u64>(), now in any::<u64>()) {
        static EMPTY: LazyLock<Vault> = LazyLock::new(|| {
            let (mut vault, ids) = sample(1);
            ids.iter().for_each(|id| drop(vault.remove(*id).unwrap()));
            vault
        });
        let rng = &mut rng(seed);
        let mut vault = EMPTY.clone();
        let mut ids = Vec::new();
        for (issuer, account, parameters, secret, added_at) in &list {
            let new = named(issuer.as_deref(), account, *parameters);
            let added_at = UnixTime(*added_at);
            ids.push(match secret {
                Some(bytes) => {
                    let secret = Secret::from_bytes(bytes).unwrap();
                    vault.add(new, &secret, added_at, rng).unwrap()
                }
                None => vault.add_waiting(new, added_at, rng).unwrap(),
            });
        }
        let bytes = vault.seal(UnixTime(now), rng).unwrap();
        let opened = open_by_device(&bytes).unwrap();
        prop_assert_eq!(opened.header().written_at(), UnixTime(now));
        prop_assert_eq!(opened.entries().len(), list.len());
        for (id, (issuer, account, parameters, secret, added_at)) in ids.iter().zip(&list) {
            let entry = opened.entry(*id).unwrap();
            prop_assert_eq!(&entry.issuer, issuer);
            prop_assert_eq!(&entry.account, account);
            prop_assert_eq!(entry.parameters, *parameters);
            prop_assert_eq!(entry.added_at, UnixTime(*added_at));
            let found = opened.secret(*id).ok();
            prop_assert_eq!(found.as_ref().map(Secret::expose), secret.as_deref());
        }
    }
}
