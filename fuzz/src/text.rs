//! A text from a barcode, the clipboard or a pipe: its meaning, its key URI, its way into a vault, or
//! the time that it proves.

use std::sync::LazyLock;

use holdfast_model::clock::{Finding, judge};
use holdfast_model::intake::{self, Draft, Intake, Standing};
use holdfast_model::meaning::Meaning;
use holdfast_model::vault::{Cost, EntryError, NewEntry, Passphrase, Vault};
use holdfast_otp::{KeyUri, Kind, Parameters, Secret, TimeBarcode, UnixTime};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

const NOW: UnixTime = UnixTime(1_111_111_109);

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let _ = Meaning::of(text);
    if let Ok(barcode) = TimeBarcode::parse(text) {
        tells(&barcode, text);
        return true;
    }
    match intake::read(text) {
        Ok(Intake::Complete(draft)) => {
            enters(&draft);
            true
        }
        Ok(Intake::BareKey(key)) => {
            let secret = Secret::from_base32(key.as_str()).expect("what is called a key is one");
            let again = Secret::from_base32(&secret.to_base32()).expect("it is written as a key");
            assert!(secret == again, "a key changes when it is written and read");
            true
        }
        Err(refusal) => {
            let sentence = refusal.to_string();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "one sentence: {sentence}");
            false
        }
    }
}

/// What was read survives being written as a key URI, makes codes, and is "already here" once added.
fn enters(draft: &Draft) {
    let uri = KeyUri {
        issuer: Some(draft.issuer.clone()).filter(|issuer| !issuer.is_empty()),
        account: draft.account.clone(),
        parameters: draft.parameters,
        secret: draft.secret.clone(),
    };
    let written = uri.to_uri();
    let read = KeyUri::parse(&written).map(|parsed| parsed.uri);
    let read = read.expect("what is written as a key URI can be read");
    assert!(read.secret == uri.secret, "the secret changes when it is written and read");
    assert_eq!(read.parameters, uri.parameters);

    let code = draft.parameters.code(&draft.secret, NOW);
    let length = match draft.parameters.kind {
        Kind::Steam => 5,
        _ => draft.parameters.digits.count().into(),
    };
    assert_eq!(code.as_str().len(), length);

    let mut vault = EMPTY.clone();
    assert_eq!(intake::standing(&vault, draft), Standing::New);
    let entry = NewEntry {
        issuer: Some(draft.issuer.clone()),
        account: draft.account.clone(),
        parameters: draft.parameters,
    };
    match vault.add(entry, &draft.secret, NOW, &mut ChaCha12Rng::seed_from_u64(2)) {
        Ok(id) => {
            let here = Standing::AlreadyHere { id, further_on: false };
            assert_eq!(intake::standing(&vault, draft), here);
            assert!(vault.secret(id).is_ok_and(|secret| secret == draft.secret));
        }
        Err(refusal) => assert_eq!(refusal, EntryError::NameTooLong),
    }
}

/// A time barcode is written as it was read, and moves no clock further than it may.
fn tells(barcode: &TimeBarcode, text: &str) {
    assert_eq!(barcode.to_text(), text.trim().to_ascii_uppercase(), "it changes when written");
    assert_eq!(Meaning::of(text), Meaning::TimeBarcode);
    if let Ok(Finding::Off(off)) = judge(&ONE, barcode, None, NOW) {
        assert!(barcode.time_by(&account_secret()) == Some(off.time), "believed unproved");
        assert!((1..=600).contains(&off.offset), "moved by {}", off.offset);
    }
}

fn account_secret() -> Secret {
    Secret::from_bytes(b"12345678901234567890").expect("twenty bytes")
}

/// A vault with the account whose barcodes are among the seeds.
static ONE: LazyLock<Vault> = LazyLock::new(|| {
    let mut vault = EMPTY.clone();
    let entry =
        NewEntry { issuer: None, account: "ann".to_owned(), parameters: Parameters::default() };
    vault
        .add(entry, &account_secret(), NOW, &mut ChaCha12Rng::seed_from_u64(3))
        .expect("an account");
    vault
});

static EMPTY: LazyLock<Vault> = LazyLock::new(|| {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    Vault::create(&Passphrase::new("kelp holds to its rock"), Cost::FLOOR, NOW, &mut rng)
        .expect("an empty vault")
});

/// Key URIs as services print them, bare keys, and time barcodes: right, slow, far off.
pub fn seeds() -> Vec<Vec<u8>> {
    let time = |ahead: u64| {
        let made = TimeBarcode::make(&account_secret(), UnixTime(NOW.0 + ahead));
        made.expect("a long secret").to_text().into_bytes()
    };
    let texts = [
        "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&issuer=GitHub",
        "otpauth://totp/alice%40example.org?secret=jbsw%20y3dp%20ehpk%203pxp&period=60&digits=8",
        "otpauth://totp/A%20B:c+d?secret=GEZDGNBVGY3TQOJQ====&algorithm=SHA512&image=https%3A%2F%2Fx",
        "otpauth://hotp/Bank%3Aeve?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=42&digits=7",
        "otpauth://totp/Steam:me?secret=GEZDGNBVGY3TQOJQ&issuer=Steam&encoder=steam",
        "OTPAUTH://TOTP/a?SECRET=GEZDGNBVGY3TQOJQ&algorithm=HmacSHA256",
        "jbsw y3dp ehpk 3pxp",
        "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ======",
    ]
    .map(|text| text.as_bytes().to_vec());
    texts.into_iter().chain([0, 74, 3600].map(time)).collect()
}
