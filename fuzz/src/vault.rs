//! A vault file: changed anywhere, changed with its checksum made right again, or sealed with the
//! right key over any content.

use std::sync::LazyLock;

use holdfast_model::move_list::{ListId, Mark, Step};
use holdfast_model::vault::{
    Correction, Cost, DeviceKey, EntryId, MOST_OFFSET, Method, Moving, NewEntry, NewSlot, Origin,
    Passphrase, Readiness, SlotId, Vault, header_of,
};
use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Secret, UnixTime};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

const NOW: UnixTime = UnixTime(1_111_111_109);
const PASSPHRASE: &str = "kelp holds to its rock";

/// What the first byte says of the others.
const FILE: u8 = 0;
const FILE_WITH_CHECKSUM: u8 = 1;
const CONTENT: u8 = 2;

pub fn run(data: &[u8]) -> bool {
    match data.split_first() {
        Some((&FILE, file)) => open(file),
        Some((&FILE_WITH_CHECKSUM, file)) => open(&with_checksum(file)),
        Some((&CONTENT, content)) => {
            let rng = &mut ChaCha12Rng::seed_from_u64(3);
            VAULT.open.seal_content(content, rng).is_some_and(|file| open(&file))
        }
        _ => false,
    }
}

/// Opens a file with the device's key, and by passphrase where that is cheap.
fn open(file: &[u8]) -> bool {
    let header = match header_of(file) {
        Ok(header) => header,
        Err(refusal) => {
            let sentence = refusal.to_string();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "one sentence: {sentence}");
            return false;
        }
    };
    let cheap = header.slots().iter().all(|slot| match slot.method() {
        Method::Passphrase { cost } => cost == Ok(Cost::FLOOR),
        _ => true,
    });
    let opened = Vault::open_with_device(file, VAULT.slot, &VAULT.key);
    // A try by passphrase takes a thousand times as long: it is made where the key alone failed in
    // a file that states a round generation.
    if opened.is_err() && cheap && header.generation().is_multiple_of(256) {
        let _ = Vault::open(file, &Passphrase::new(PASSPHRASE));
    }
    opened.map(keeps).is_ok()
}

/// Whatever opened is used, saved and opened again, and nothing of it is lost.
fn keeps(mut vault: Vault) {
    for entry in vault.entries() {
        let made = vault.code(entry.id, NOW);
        assert_eq!(made.is_ok(), vault.secret(entry.id).is_ok());
    }
    for quarantined in vault.quarantined() {
        assert!(!quarantined.reason().to_string().is_empty());
        let _ = quarantined.label();
    }
    vault.find_same_names(Some("GitHub"), "alice");
    assert!(vault.corrected(NOW).0.abs_diff(NOW.0) <= MOST_OFFSET.into());
    let rng = &mut ChaCha12Rng::seed_from_u64(4);
    take_out_of_the_trash(vault.clone(), rng);
    // Only a generation that cannot be counted on is refused.
    let Ok(sealed) = vault.seal(NOW, rng) else { return };
    let again = vault.reopen(&sealed).expect("what was saved can be opened");
    let ids = |vault: &Vault| vault.entries().iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&vault));
    let aside = |vault: &Vault| {
        vault.quarantined().iter().map(|entry| entry.bytes().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(aside(&again), aside(&vault));
    assert_eq!(again.content(), vault.content(), "a save keeps every byte of the content");
}

/// Whatever lies in the trash and can be read is its account's again, with its parameters.
fn take_out_of_the_trash(mut vault: Vault, rng: &mut ChaCha12Rng) {
    let trash: Vec<_> = vault.trash().iter().map(|item| (item.id, item.entry.parameters)).collect();
    for (id, parameters) in trash {
        if let Ok(back) = vault.recover(id, NOW, rng) {
            let entry = vault.entry(back).expect("what was taken out is there");
            assert_eq!(entry.parameters, parameters);
        }
    }
}

/// The file with the checksum of the header that it states to have.
fn with_checksum(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let length = file.get(12..16).and_then(|length| length.try_into().ok());
    let end = length.map(|length| 16 + u64::from(u32::from_be_bytes(length))).unwrap_or_default();
    if let Some(header) = usize::try_from(end).ok().and_then(|end| file.get_mut(..end))
        && let Some((checked, checksum)) = header.split_last_chunk_mut::<32>()
    {
        *checksum = Sha256::digest(checked).into();
    }
    file
}

/// The vault that the fuzzer's files are made from.
struct Known {
    open: Vault,
    file: Vec<u8>,
    slot: SlotId,
    key: DeviceKey,
}

static VAULT: LazyLock<Known> = LazyLock::new(|| {
    let rng = &mut ChaCha12Rng::seed_from_u64(1);
    let passphrase = Passphrase::new(PASSPHRASE);
    let mut vault = Vault::create(&passphrase, Cost::FLOOR, NOW, rng).expect("an empty vault");
    let key = DeviceKey::from_bytes(&[7; 32]);
    let slot =
        vault.add_slot(NewSlot::Device { name: "", blob: &[], key: &key }, rng).expect("a slot");
    let kinds =
        [("GitHub", Kind::default()), ("Bank", Kind::Hotp { counter: 7 }), ("Steam", Kind::Steam)];
    let ids = kinds.map(|(issuer, kind)| {
        let new = NewEntry {
            issuer: Some(issuer.to_owned()),
            account: "alice".to_owned(),
            parameters: Parameters { kind, algorithm: Algorithm::Sha256, digits: Digits::SIX },
        };
        let secret = Secret::from_bytes(&[9; 20]).expect("a secret");
        vault.add(new, &secret, NOW, rng).expect("an account")
    });
    fill(&mut vault, ids, rng);
    let file = vault.seal(NOW, rng).expect("a file");
    Known { open: vault, file, slot, key }
});

/// One of everything that the content may hold beside accounts, so that the fuzzer begins with it.
fn fill(vault: &mut Vault, [first, second, third]: [EntryId; 3], rng: &mut ChaCha12Rng) {
    let list = ListId([5; 8]);
    let secret = Secret::from_bytes(&[8; 20]).expect("a secret");
    vault.exchange_secret(first, Parameters::default(), &secret, NOW, rng).expect("an exchange");
    vault.set_note(first, "the blue key").expect("a note");
    vault.set_step(second, Step::Confirmed, NOW).expect("a step");
    vault.set_origin(second, Origin { list, mark: Mark([6; 4]) }).expect("an origin");
    let ready = Readiness { recovery_codes_at: Some(NOW), second_way_at: None };
    vault.set_readiness(second, ready).expect("a way in");
    vault.spoil(third).expect("an entry that cannot be read");
    vault.set_moving(Some(Moving { list, begun_at: NOW }));
    vault.set_ask_ready_at(NOW);
    vault.set_correction(Correction { offset: 30, newest: Some(NOW), since: NOW });
}

/// The file twice, and its content.
pub fn seeds() -> Vec<Vec<u8>> {
    let content = VAULT.open.content();
    [(FILE, &VAULT.file), (FILE_WITH_CHECKSUM, &VAULT.file), (CONTENT, &content)]
        .map(|(first, rest)| [&[first], rest.as_slice()].concat())
        .into()
}
