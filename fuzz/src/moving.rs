//! A move list: a line of it, what its parts hold, or what they say, and its way into a vault.
//!
//! The first byte says which of them the rest is. Checksums and framing are made right again by the
//! description in `docs/move-list.md` alone, or no change would ever get past them.

use std::sync::LazyLock;

use holdfast_model::move_list::{
    Gathering, ListId, ListKind, MAX_ACCOUNTS, MoveList, PREFIX, Step, page, text,
};
use holdfast_model::moving::{self, TakeError};
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret, UnixTime, is_hidden};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

const NOW: UnixTime = UnixTime(1_111_111_109);
const LIST: [u8; 8] = *b"move it!";
/// The longest piece of a part, in bytes.
const PIECE: usize = 376;

/// Lines as they are.
const LINES: u8 = b'l';
/// The bytes of one part, before its checksum.
const PART: u8 = b'p';
/// The deflated whole.
const PACKED: u8 = b'z';
/// The JSON.
const SAID: u8 = b'j';

pub fn run(data: &[u8]) -> bool {
    let Some((kind, rest)) = data.split_first() else { return false };
    let lines = match *kind {
        LINES => match std::str::from_utf8(rest) {
            Ok(lines) => lines.lines().map(str::to_owned).collect(),
            Err(_) => return false,
        },
        PART => vec![line(rest)],
        PACKED => lines_of(rest),
        SAID => lines_of(&stored(rest)),
        _ => return false,
    };
    match gathered(&lines) {
        Some(list) => {
            comes_back(&list);
            enters(&list);
            true
        }
        None => false,
    }
}

/// The list of these lines, if they are one; each refusal is one sentence.
fn gathered(lines: &[String]) -> Option<MoveList> {
    let mut gathering = Gathering::default();
    let mut whole = None;
    for line in lines {
        match gathering.take(line) {
            Ok(list) => whole = list.or(whole),
            Err(refusal) => {
                let sentence = refusal.to_string();
                assert!(!sentence.is_empty() && !sentence.contains('\n'), "{sentence}");
            }
        }
    }
    whole
}

/// What was read is written and read as the same, on a line, in a file and on a page.
fn comes_back(list: &MoveList) {
    assert!((1..=MAX_ACCOUNTS).contains(&list.accounts.len()));
    for listed in &list.accounts {
        let names = [&listed.issuer, &listed.account];
        assert!(names.iter().all(|name| !name.chars().any(is_hidden)), "a hidden letter");
    }
    let parts = list.parts().expect("what was read can be written");
    assert_eq!(gathered(&parts).as_ref(), Some(list), "it changes when it is written and read");
    let text = text(list).expect("it can be saved");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(gathered(&lines).as_ref(), Some(list), "it changes when it is saved");
    let page = page(list).expect("it can be printed");
    assert!(!page.contains("<script"), "a name is read as markup");
}

/// It adds what waits, once, and touches nothing that is there.
fn enters(list: &MoveList) {
    let mut vault = ONE.clone();
    let mut rng = ChaCha12Rng::seed_from_u64(2);
    match list.kind {
        ListKind::Accounts => {
            let received = moving::receive(&mut vault, list, NOW, &mut rng);
            let received = received.expect("names that were read fit into a vault");
            assert_eq!(received.added.len() + received.here, list.accounts.len());
            assert_eq!(vault.entries().len(), 1 + received.added.len());
            assert!(vault.entries().iter().skip(1).all(|entry| !entry.has_secret()));
            let again = moving::receive(&mut vault, list, NOW, &mut rng).expect("as before");
            assert!(again.added.is_empty(), "it is added twice");
        }
        ListKind::Progress => {
            assert_eq!(moving::advance(&mut vault, list, NOW), Err(TakeError::NotMoving));
            let under_way =
                moving::begin(&mut vault, NOW, &mut rng).expect("nothing came here").list;
            let own = MoveList { id: under_way, ..list.clone() };
            moving::advance(&mut vault, &own, NOW).expect("a progress of this move");
            let step = moving::step_away(&vault.entries()[0]);
            assert!(step < Step::Retired, "a list retires an account");
        }
    }
    let first = &vault.entries()[0];
    assert_eq!((first.issuer.as_deref(), first.account.as_str()), (Some("Mail"), "ann"));
    assert!(vault.secret(first.id).is_ok_and(|held| held == secret()), "a secret changes");
}

/// A vault with one account.
static ONE: LazyLock<Vault> = LazyLock::new(|| {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let mut vault =
        Vault::create(&Passphrase::new("kelp holds to its rock"), Cost::FLOOR, NOW, &mut rng)
            .expect("an empty vault");
    let entry = NewEntry {
        issuer: Some("Mail".to_owned()),
        account: "ann".to_owned(),
        parameters: Parameters::default(),
    };
    vault.add(entry, &secret(), NOW, &mut rng).expect("an account");
    vault
});

fn secret() -> Secret {
    Secret::from_bytes(b"12345678901234567890").expect("twenty bytes")
}

/// The lines in which the packed whole travels.
fn lines_of(packed: &[u8]) -> Vec<String> {
    let sum = Sha256::digest(packed);
    let pieces: Vec<&[u8]> = packed.chunks(PIECE).collect();
    let of = (pieces.len() as u16).to_be_bytes();
    let parts = (1_u16..).zip(pieces).map(|(number, piece)| {
        line(&[&[1], &LIST[..], &number.to_be_bytes(), &of, &sum[..8], piece].concat())
    });
    parts.collect()
}

/// A part with its checksum, as the text of a barcode.
fn line(part: &[u8]) -> String {
    let check = Sha256::digest(part);
    format!("{PREFIX}{}.", base45(&[part, &check[..4]].concat()))
}

/// RFC 9285.
fn base45(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = String::new();
    for pair in bytes.chunks(2) {
        let (mut number, count) = match *pair {
            [high, low] => (usize::from(high) * 256 + usize::from(low), 3),
            [one] => (usize::from(one), 2),
            _ => continue,
        };
        for _ in 0..count {
            text.push(char::from(DIGITS[number % 45]));
            number /= 45;
        }
    }
    text
}

/// The bytes as zlib without compression (RFC 1950, RFC 1951 section 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x78, 0x01];
    let chunks: Vec<&[u8]> = bytes.chunks(65_535).collect();
    for (at, chunk) in chunks.iter().enumerate() {
        let length = chunk.len() as u16;
        packed.push(u8::from(at + 1 == chunks.len()));
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(chunk);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    packed.extend_from_slice(&(b << 16 | a).to_be_bytes());
    packed
}

/// A list as it is said, as it is packed, part by part, and in lines; and a progress.
pub fn seeds() -> Vec<Vec<u8>> {
    let said = r#"{"kind":"accounts","made":1800000000,"accounts":[{"mark":"01020304","issuer":"Example","account":"alice@example.com"},{"mark":"0a0b0c0d","issuer":"Größte Bank","account":"Алиса","period":60,"digits":8,"algorithm":"SHA512","step":"re-enrolled"},{"mark":"11112222","account":"token 42","kind":"hotp"},{"mark":"11112222","issuer":"MAIL","account":"Ann","kind":"steam"}]}"#;
    let progress = r#"{"kind":"progress","made":1,"accounts":[{"mark":"01020304","issuer":"Mail","account":"ann","step":"retired"},{"mark":"99999999","step":"confirmed"}]}"#;
    let packed = stored(progress.as_bytes());
    let part = [&[1], &LIST[..], &[0, 1, 0, 1], &Sha256::digest(&packed)[..8], &packed].concat();
    let list = gathered(&lines_of(&stored(said.as_bytes()))).expect("the example is a list");
    assert_eq!(list.id, ListId(LIST));
    let deflated = text(&list).expect("it can be saved");
    let with = |kind: u8, rest: &[u8]| [&[kind], rest].concat();
    vec![
        with(SAID, said.as_bytes()),
        with(SAID, progress.as_bytes()),
        with(PACKED, &packed),
        with(PART, &part),
        with(LINES, deflated.as_bytes()),
    ]
}
