//! A vault of every format version, frozen, which must open for ever.

use super::*;
use holdfast_model::move_list::{ListId, Mark, Step};
use holdfast_model::vault::{Correction, Moving, Origin, Readiness, SaveId, SavePoint, header_of};

pub(super) const V1: &[u8] = include_bytes!("../../data/vault-v1");
pub(super) const V1_PASSPHRASE: &str = "Träumerei 1865";

#[test]
fn the_vault_of_version_1_opens() {
    let header = header_of(V1).unwrap();
    assert_eq!((header.format_version(), header.generation()), (1, 2));
    assert_eq!(header.written_at(), UnixTime(1_767_229_200));

    let vault = Vault::open(V1, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    check_version_1(&vault);
    let key = DeviceKey::from_bytes(b"a device key of thirty-two bytes");
    let slot = header.slots()[1].id();
    check_version_1(&Vault::open_with_device(V1, slot, &key).unwrap());
}

#[test]
fn the_vault_of_version_1_is_saved_again_without_loss() {
    let mut vault = Vault::open(V1, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    let saved = sealed(&mut vault, 1);
    let vault = Vault::open(&saved, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    assert_eq!(vault.generation(), 3);
    check_version_1(&vault);
}

/// Field 6 of the body came within version 1.
#[test]
fn the_vault_of_a_device_whose_clock_is_off_opens() {
    let frozen = include_bytes!("../../data/vault-v1-clock");
    let mut vault = Vault::open(frozen, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    check_version_1(&vault);
    let newest = Some(UnixTime(1_767_225_674));
    let kept = Correction { offset: 74, newest, since: UnixTime(1_767_225_600) };
    assert_eq!(vault.correction(), kept);
    let saved = sealed(&mut vault, 1);
    let vault = Vault::open(&saved, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    check_version_1(&vault);
    assert_eq!(vault.correction(), kept);
    // One of before has none.
    let vault = Vault::open(V1, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    assert_eq!(vault.correction(), Correction::default());
    assert_eq!(vault.corrected(UnixTime(5)), UnixTime(5));
}

/// So did what it keeps for a move: fields 3, 4 and 5 of the body, 8 to 11 of an account.
#[test]
fn the_vault_of_a_device_that_is_being_moved_from_opens() {
    let frozen = include_bytes!("../../data/vault-v1-move");
    let mut vault = Vault::open(frozen, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    check_move(&vault);
    // By the month's end the trash would be gone.
    let saved = vault.seal(UnixTime(1_767_232_800), &mut rng(1)).unwrap();
    check_move(&Vault::open(&saved, &Passphrase::new(V1_PASSPHRASE)).unwrap());
}

/// And field 8, the saves before.
#[test]
fn the_vault_that_knows_the_saves_before_it_opens() {
    let frozen = include_bytes!("../../data/vault-v1-trail");
    let mut vault = Vault::open(frozen, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    check_version_1(&vault);
    // Save 3 was made twice, on copies that were joined in save 4.
    let save = |generation, id| SavePoint { generation, id: Some(SaveId::from_bytes(id)) };
    let before = [save(2, ID_2), save(3, ID_3), save(3, ID_3_TOO)];
    assert_eq!(vault.generation(), 4);
    for _ in 0..2 {
        assert!(before.iter().all(|save| vault.descends_from(*save)));
        assert!(!vault.descends_from(save(2, ID_3)) && !vault.descends_from(save(3, ID_2)));
        let saved = sealed(&mut vault, 1);
        vault = Vault::open(&saved, &Passphrase::new(V1_PASSPHRASE)).unwrap();
    }
}

fn check_move(vault: &Vault) {
    check_version_1(vault);
    let at = |seconds: u64| UnixTime(1_767_225_600 + seconds);
    let under_way = Moving { list: ListId(*b"move it!"), begun_at: at(0) };
    assert_eq!(vault.moving(), Some(under_way));
    assert_eq!(vault.ask_ready_at(), Some(at(30 * 86_400)));
    let care = |number: usize| vault.entries()[number].care.clone();
    assert_eq!(care(0).note, "The card is in the drawer.");
    assert_eq!(care(1).step, Some((Step::Confirmed, at(60))));
    let ready = Readiness { recovery_codes_at: Some(at(0)), second_way_at: None };
    assert_eq!(care(2).readiness, ready);
    assert_eq!(care(3), Default::default());
    assert_eq!(care(4).origin, Some(Origin { list: ListId([3; 8]), mark: Mark([4; 4]) }));
    assert_eq!(vault.trash().len(), 1);
    let trashed = &vault.trash()[0];
    // It was saved by a clock behind the one that threw it away.
    assert_eq!((trashed.thrown_at, trashed.entry.id), (at(0), vault.entries()[0].id));
    let mut before = vault.clone();
    let mut rng = rng(7);
    before.recover(trashed.id, at(3600), &mut rng).unwrap();
    assert_eq!(before.secret(before.entries()[0].id).unwrap().expose(), [b'9'; 20]);
}

const ID_2: [u8; 8] = [212, 110, 209, 207, 213, 3, 68, 77];
const ID_3: [u8; 8] = [250, 66, 46, 75, 146, 136, 47, 221];
const ID_3_TOO: [u8; 8] = [253, 234, 68, 63, 245, 152, 196, 129];

fn check_version_1(vault: &Vault) {
    let expected = [
        (Some("Example"), "alice@example.com", Parameters::default()),
        (Some("Größte Bank"), "Алиса", totp(60, Algorithm::Sha512, 8)),
        (
            None,
            "token 42",
            Parameters {
                kind: Kind::Hotp { counter: 7 },
                algorithm: Algorithm::Sha256,
                ..Parameters::default()
            },
        ),
        (Some("Steam"), "alice", Parameters { kind: Kind::Steam, ..Parameters::default() }),
        (Some("Mail"), "alice@mail.example", Parameters::default()),
    ];
    assert!(vault.quarantined().is_empty());
    assert_eq!(vault.entries().len(), expected.len());
    for (number, (issuer, account, parameters)) in expected.into_iter().enumerate() {
        let entry = &vault.entries()[number];
        assert_eq!(entry.issuer.as_deref(), issuer);
        assert_eq!(entry.account, account);
        assert_eq!(entry.parameters, parameters);
        assert_eq!(entry.added_at, UnixTime(1_767_225_600 + number as u64));
        assert_eq!(entry.has_secret(), number < 4);
        if entry.has_secret() {
            let secret = vault.secret(entry.id).unwrap();
            assert_eq!(secret.expose(), [b'1' + number as u8; 20]);
        }
    }
}
