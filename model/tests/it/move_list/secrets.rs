//! No secret is in a list, in whatever clothes.

use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use holdfast_model::move_list::{
    ListId, ListKind, Listed, MoveList, PREFIX, Step, page, read_text, text,
};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const NOW: UnixTime = UnixTime(1_800_000_000);
/// How long a stretch of a secret must not be found, in bytes.
const STRETCH: usize = 6;

#[test]
fn m3_no_byte_of_a_secret_is_in_a_move_list() {
    let mut rng = ChaCha20Rng::seed_from_u64(77);
    let mut vault =
        Vault::create(&Passphrase::new("a passphrase"), Cost::FLOOR, NOW, &mut rng).unwrap();
    let secrets: Vec<Secret> = (0..30).map(|_| Secret::generate(&mut rng)).collect();
    for (number, secret) in secrets.iter().enumerate() {
        let entry = NewEntry {
            issuer: Some(format!("Service {number}")),
            account: "alice".to_owned(),
            parameters: Parameters::default(),
        };
        vault.add(entry, secret, NOW, &mut rng).unwrap();
    }
    let accounts = vault.entries().iter().map(|entry| Listed::of(entry, Step::ToDo)).collect();
    let id = ListId::random(&mut rng);
    let list = MoveList { id, kind: ListKind::Accounts, made_at: NOW, accounts };

    let text = text(&list).unwrap();
    assert_eq!(read_text(&text).unwrap().accounts.len(), secrets.len());
    let mut haystacks = vec![text.clone().into_bytes(), page(&list).unwrap().into_bytes()];
    let mut packed = Vec::new();
    for part in text.lines().filter(|line| line.starts_with(PREFIX)) {
        let bytes = base45(&part[PREFIX.len()..part.len() - 1]);
        packed.extend_from_slice(&bytes[21..bytes.len() - 4]);
        haystacks.push(bytes);
    }
    let json = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap();
    assert!(json.starts_with(b"{\"kind\":\"accounts\""), "the search must see the content");
    haystacks.push(json);
    haystacks.push(packed);

    for secret in &secrets {
        for needle in clothes(secret.expose()) {
            for haystack in &haystacks {
                assert!(!holds(haystack, &needle), "{needle:?} is in the list");
            }
        }
    }
    // The search would find one.
    let mut leaking = haystacks[0].clone();
    leaking.extend_from_slice(secrets[3].to_base32().to_lowercase().as_bytes());
    assert!(clothes(secrets[3].expose()).iter().any(|needle| holds(&leaking, needle)));
}

/// Every stretch of a secret: as it is, in hexadecimal, and in base32 and base64 at each alignment.
fn clothes(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    for stretch in secret.windows(STRETCH) {
        needles.push(stretch.to_vec());
        needles.push(HEXLOWER.encode(stretch).into_bytes());
        // 5 and 6 bytes end on a letter of base32 and base64; the first letters of a stretch that
        // starts within a group also hold the bits before it, and are left out by the alignment.
        needles.push(BASE32_NOPAD.encode(&stretch[..5]).to_ascii_lowercase().into_bytes());
        needles.push(BASE64.encode(stretch).to_ascii_lowercase().into_bytes());
    }
    needles
}

/// Case aside: encodings come in both.
fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let lower = needle.to_ascii_lowercase();
    haystack.windows(needle.len()).any(|window| {
        window == needle || window.iter().map(u8::to_ascii_lowercase).eq(lower.iter().copied())
    })
}

/// Base45 as RFC 9285 says it, apart from the code under test.
fn base45(text: &str) -> Vec<u8> {
    const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let digits: Vec<usize> = text.chars().map(|digit| DIGITS.find(digit).unwrap()).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(3) {
        let number: usize =
            group.iter().zip([1, 45, 45 * 45]).map(|(digit, worth)| digit * worth).sum();
        match group.len() {
            3 => bytes.extend_from_slice(&(number as u16).to_be_bytes()),
            _ => bytes.push(number as u8),
        }
    }
    bytes
}
