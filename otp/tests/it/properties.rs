//! Promises that hold for any input, tried on many.

use holdfast_otp::{Algorithm, Digits, KeyUri, Kind, Parameters, Period, Secret};
use proptest::prelude::*;

fn secrets() -> impl Strategy<Value = Secret> {
    prop::collection::vec(any::<u8>(), 1..=128)
        .prop_map(|bytes| Secret::from_bytes(&bytes).unwrap())
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let kinds = prop_oneof![
        (1..=86_400u32).prop_map(|s| Kind::Totp { period: Period::new(s).unwrap() }),
        any::<u64>().prop_map(|counter| Kind::Hotp { counter }),
    ];
    let hashes = prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]);
    let free = (kinds, hashes, 6..=10u8).prop_map(|(kind, algorithm, digits)| Parameters {
        kind,
        algorithm,
        digits: Digits::new(digits).unwrap(),
    });
    let steam = Parameters { kind: Kind::Steam, ..Parameters::default() };
    prop_oneof![9 => free, 1 => Just(steam)]
}

/// Names as `to_uri` promises to bring back: no blanks at the ends, nothing that looks escaped
/// already, nothing hidden; colons, pluses, ampersands and emoji are all fine.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,30}",
        "[:+&=?/#@. a-z]{1,20}",
        "\\PC{1,30}",
        "[a-z]{1,8}@[a-z]{1,8}\\.(com|org)",
    ]
    .prop_map(|name| name.trim().replace('%', "percent"))
    .prop_filter("hidden characters are refused", |name| {
        let hidden = ['\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}', '\u{e0000}'..='\u{e007f}'];
        let unseen = "\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}";
        let is_hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
                || unseen.contains(c)
                || hidden.iter().any(|range| range.contains(&c))
        };
        !name.is_empty() && !name.chars().any(is_hidden)
    })
}

/// Puts what people put between the characters of a key.
fn decorated(text: &str, choices: &[u8]) -> String {
    let mut result = String::new();
    for (index, character) in text.chars().enumerate() {
        match choices[index % choices.len()] % 6 {
            0 => result.push(' '),
            1 => result.push('-'),
            2 => result.push_str("\u{a0}\n"),
            _ => {}
        }
        let lower = choices[index % choices.len()].is_multiple_of(2);
        result.push(if lower { character.to_ascii_lowercase() } else { character });
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn base32_brings_every_secret_back(secret in secrets(), choices in prop::collection::vec(any::<u8>(), 1..50), padding in 0..8usize) {
        prop_assert_eq!(&Secret::from_base32(&secret.to_base32()).unwrap(), &secret);
        prop_assert_eq!(&Secret::from_base32(&secret.to_base32_groups()).unwrap(), &secret);
        let written = decorated(&secret.to_base32(), &choices) + &"=".repeat(padding);
        prop_assert_eq!(&Secret::from_base32(&written).unwrap(), &secret);
    }

    #[test]
    fn a_key_uri_brings_everything_back(
        issuer in prop::option::of(names()),
        account in prop_oneof![9 => names(), 1 => Just(String::new())],
        parameters in parameters(),
        secret in secrets(),
    ) {
        let uri = KeyUri { issuer, account, parameters, secret };
        let text = uri.to_uri();
        prop_assert!(text.is_ascii());
        let parsed = KeyUri::parse(&text).map_err(|error| TestCaseError::fail(format!("{error}: {}", *text)))?;
        prop_assert_eq!(&parsed.uri, &uri, "{}", *text);
        let again = parsed.uri.to_uri();
        prop_assert_eq!(again.as_str(), text.as_str());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = KeyUri::parse(&text);
        let _ = Secret::from_base32(&text);
        let _ = Algorithm::from_name(&text);
    }

    #[test]
    fn no_text_after_the_scheme_makes_the_reader_panic(
        kind in prop::sample::select(vec!["totp", "HOTP", "steam", "", "\u{e9}"]),
        label in "[%:+/a-fA-F0-9 é\u{202e}\0]{0,40}",
        query in prop::collection::vec(("(secret|Issuer|digits|period|counter|algorithm|encoder|amp;issuer|[a-z%]{0,5})", "[%+A-Z2-7a-f=é-]{0,20}"), 0..6),
    ) {
        let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if let Ok(parsed) = KeyUri::parse(&format!("otpauth://{kind}/{label}?{}", query.join("&"))) {
            // Whatever was accepted gives codes, and can be written and read again.
            let code = parsed.uri.parameters.code(&parsed.uri.secret, holdfast_otp::UnixTime(59));
            prop_assert!(!code.as_str().is_empty());
            prop_assert!(KeyUri::parse(&parsed.uri.to_uri()).is_ok());
        }
    }

    #[test]
    fn row_03_every_code_has_its_full_length(parameters in parameters(), secret in secrets(), now in any::<u64>()) {
        let code = parameters.code(&secret, holdfast_otp::UnixTime(now));
        let length = if parameters.kind == Kind::Steam { 5 } else { usize::from(parameters.digits.count()) };
        prop_assert_eq!(code.as_str().len(), length);
        let digits: String = code.grouped().split(' ').collect();
        prop_assert_eq!(digits.as_str(), code.as_str());
    }
}
