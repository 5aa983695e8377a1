//! Other programs make the same codes: pyotp, and OATH Toolkit's `oathtool`.

use std::path::Path;

use holdfast_otp::{Algorithm, Digits, KeyUri, Kind, Parameters, Period, Secret, UnixTime};
use holdfast_testkit::{installed, python, run};
use rand::RngExt;
use rand::rngs::ThreadRng;

const CASES: usize = 1_000;

struct Case {
    uri: KeyUri,
    now: UnixTime,
}

impl Case {
    /// A key of 1 to 80 bytes, any hash, any number of digits, a period of up to
    /// `longest` seconds, up to the year 2514.
    fn random(rng: &mut ThreadRng, longest: u32) -> Self {
        let length = rng.random_range(1..=80);
        let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        let hashes = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
        let period = if rng.random() { 30 } else { rng.random_range(1..=longest) };
        let kind = match rng.random_range(0..10) {
            0 => Kind::Steam,
            1..=3 => Kind::Hotp { counter: rng.random::<u64>() >> rng.random_range(1..64) },
            _ => Kind::Totp { period: Period::new(period).unwrap() },
        };
        let parameters = match kind {
            Kind::Steam => Parameters { kind, ..Parameters::default() },
            _ => Parameters {
                kind,
                algorithm: hashes[rng.random_range(0..3)],
                digits: Digits::new(rng.random_range(6..=10)).unwrap(),
            },
        };
        let uri = KeyUri {
            issuer: Some("Example & Söhne".to_owned()),
            account: "ann+tag@example.com".to_owned(),
            parameters,
            secret: Secret::from_bytes(&bytes).unwrap(),
        };
        Self { uri, now: UnixTime(rng.random_range(0..1 << 34)) }
    }

    fn code(&self) -> String {
        self.uri.parameters.code(&self.uri.secret, self.now).as_str().to_owned()
    }

    /// One line of JSON; nothing in it needs escaping.
    fn question(&self) -> String {
        let Parameters { kind, algorithm, digits } = self.uri.parameters;
        let (kind, period, counter) = match kind {
            Kind::Totp { period } => ("totp", period.seconds(), 0),
            Kind::Hotp { counter } => ("hotp", 0, counter),
            Kind::Steam => ("steam", 30, 0),
        };
        format!(
            r#"{{"kind":"{kind}","secret":"{}","algorithm":"{algorithm}","digits":{},"period":{period},"counter":{counter},"now":{},"uri":"{}","account":"{}"}}"#,
            *self.uri.secret.to_base32(),
            digits.count(),
            self.now.0,
            *self.uri.to_uri(),
            self.uri.account,
        )
    }
}

#[test]
fn pyotp_makes_the_same_1000_codes() {
    let python = match python() {
        Ok(python) => python,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let mut rng = rand::rng();
    // It refuses periods above two minutes.
    let cases: Vec<Case> = (0..CASES).map(|_| Case::random(&mut rng, 120)).collect();
    let questions: String = cases.iter().map(|case| case.question() + "\n").collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peer.py");
    // pyotp goes through local time, which must not jump.
    let ran = run(python, [script], &[("TZ", "UTC".as_ref())], questions.as_bytes());
    assert!(ran.ok(), "{}", ran.err);
    let answers: Vec<&str> = ran.out.lines().collect();
    assert_eq!(answers.len(), CASES);
    for (case, answer) in cases.iter().zip(answers) {
        assert_eq!(case.code(), answer, "{}", case.question());
    }
}

#[test]
fn oathtool_makes_the_same_1000_codes() {
    let oathtool = match installed("oathtool") {
        Ok(oathtool) => oathtool,
        Err(sentence) => return println!("skipped: {sentence}"),
    };
    let mut rng = rand::rng();
    let mut compared = 0;
    while compared < CASES {
        let case = Case::random(&mut rng, 86_400);
        let Parameters { kind, algorithm, digits } = case.uri.parameters;
        // It stops at 8 digits, with which every longer code ends.
        let shown = digits.count().min(8);
        let mut args = match kind {
            Kind::Totp { period } => vec![
                format!("--totp={}", algorithm.as_str().to_lowercase()),
                format!("--time-step-size={}s", period.seconds()),
                format!("--now=@{}", case.now.0),
            ],
            Kind::Hotp { counter } if algorithm == Algorithm::Sha1 => {
                vec!["--hotp".to_owned(), format!("--counter={counter}")]
            }
            // It has neither Steam nor other hashes for HOTP.
            Kind::Hotp { .. } | Kind::Steam => continue,
        };
        args.extend([format!("--digits={shown}"), "--base32".to_owned()]);
        args.push(case.uri.secret.to_base32().to_string());
        let ran = run(&oathtool, &args, &[("TZ", "UTC".as_ref())], b"");
        assert!(ran.ok(), "{args:?}: {}", ran.err);
        let code = case.code();
        assert_eq!(&code[code.len() - usize::from(shown)..], ran.out.trim(), "{args:?}");
        compared += 1;
    }
}
