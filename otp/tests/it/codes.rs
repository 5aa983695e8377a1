//! Codes: their length, their grouping, and how they follow clock and counter.

use holdfast_otp::{
    Algorithm, Digits, Kind, ParameterError, Parameters, Period, Secret, TimeStep, UnixTime, hotp,
    steam, totp,
};

fn rfc_key() -> Secret {
    Secret::from_bytes(b"12345678901234567890").unwrap()
}

#[test]
fn row_03_codes_are_zero_padded_and_of_constant_length() {
    for digits in 6..=10 {
        let digits = Digits::new(digits).unwrap();
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            let mut padded = 0;
            for counter in 0..200 {
                let code = hotp::code(&rfc_key(), algorithm, digits, counter);
                assert_eq!(code.as_str().len(), usize::from(digits.count()));
                assert!(code.as_str().bytes().all(|byte| byte.is_ascii_digit()));
                padded += usize::from(code.as_str().starts_with('0'));
            }
            assert!(padded > 0, "200 codes and none began with a zero");
        }
    }
}

#[test]
fn row_04_the_step_is_30_seconds_from_the_epoch() {
    let defaults = Parameters::default();
    assert_eq!(defaults.kind, Kind::Totp { period: Period::THIRTY });
    assert_eq!(defaults.kind.period().map(Period::seconds), Some(30));
    for (now, step, left) in [(0, 0, 30), (1, 0, 29), (29, 0, 1), (30, 1, 30), (59, 1, 1)] {
        assert_eq!(totp::step(UnixTime(now), Period::THIRTY), TimeStep(step));
        assert_eq!(totp::seconds_left(UnixTime(now), Period::THIRTY), left);
    }
}

#[test]
fn a_longer_code_ends_with_the_shorter_one() {
    let longest = hotp::code(&rfc_key(), Algorithm::Sha1, Digits::new(10).unwrap(), 0);
    // The truncated value of RFC 4226 appendix D for counter 0.
    assert_eq!(longest.as_str(), "1284755224");
    for digits in 6..10 {
        let code = hotp::code(&rfc_key(), Algorithm::Sha1, Digits::new(digits).unwrap(), 0);
        assert!(longest.as_str().ends_with(code.as_str()));
    }
}

#[test]
fn the_next_code_is_the_one_of_the_next_step_or_counter() {
    let secret = rfc_key();
    let now = UnixTime(1_111_111_111);
    let totp = Parameters::default();
    assert_eq!(totp.next_code(&secret, now), totp.code(&secret, UnixTime(now.0 + 30)));
    assert_ne!(totp.next_code(&secret, now), totp.code(&secret, now));

    let hotp = Parameters { kind: Kind::Hotp { counter: 8 }, ..Parameters::default() };
    assert_eq!(hotp.code(&secret, now).as_str(), "399871");
    assert_eq!(hotp.next_code(&secret, now).as_str(), "520489");

    let steam = Parameters { kind: Kind::Steam, ..Parameters::default() };
    assert_eq!(steam.next_code(&secret, now), steam.code(&secret, UnixTime(now.0 + 30)));
}

#[test]
fn the_last_counter_and_the_last_second_give_codes() {
    let last = Parameters { kind: Kind::Hotp { counter: u64::MAX }, ..Parameters::default() };
    let first = Parameters { kind: Kind::Hotp { counter: 0 }, ..Parameters::default() };
    let end = UnixTime(u64::MAX);
    assert_eq!(last.next_code(&rfc_key(), end), first.code(&rfc_key(), end));
    let every_second = Kind::Totp { period: Period::new(1).unwrap() };
    let fastest = Parameters { kind: every_second, ..Parameters::default() };
    assert_eq!(fastest.next_code(&rfc_key(), end), first.code(&rfc_key(), end));
}

#[test]
fn steam_codes_are_five_characters_of_its_alphabet() {
    let mut seen = std::collections::BTreeSet::new();
    for step in 0..500 {
        let code = steam::code(&rfc_key(), TimeStep(step));
        assert_eq!(code.as_str().len(), 5);
        seen.extend(code.as_str().chars());
    }
    assert_eq!(seen.into_iter().collect::<String>(), "23456789BCDFGHJKMNPQRTVWXY");
}

#[test]
fn codes_are_grouped_for_reading() {
    let grouped = |digits| {
        let digits = Digits::new(digits).unwrap();
        hotp::code(&rfc_key(), Algorithm::Sha1, digits, 0).grouped().to_string()
    };
    assert_eq!(grouped(6), "755 224");
    assert_eq!(grouped(7), "475 5224");
    assert_eq!(grouped(8), "8475 5224");
    assert_eq!(grouped(9), "284 755 224");
    assert_eq!(grouped(10), "12847 55224");
    assert!(!steam::code(&rfc_key(), TimeStep(1)).grouped().contains(' '));
}

#[test]
fn row_15_a_code_equals_only_itself() {
    let code = hotp::code(&rfc_key(), Algorithm::Sha1, Digits::SIX, 0);
    assert!(code.ct_eq("755224"));
    for other in ["", "75522", "7552240", "755225", "755 224", "655224"] {
        assert!(!code.ct_eq(other), "{other:?}");
    }
}

#[test]
fn digits_and_period_have_bounds() {
    for digits in 0..=u8::MAX {
        assert_eq!(Digits::new(digits).is_ok(), (6..=10).contains(&digits), "{digits}");
    }
    assert_eq!(Digits::new(5), Err(ParameterError::Digits));
    for (seconds, fits) in [(0, false), (1, true), (86_400, true), (86_401, false)] {
        assert_eq!(Period::new(seconds).is_ok(), fits, "{seconds}");
    }
    assert_eq!(Period::new(u32::MAX), Err(ParameterError::Period));
}

#[test]
fn hashes_are_known_by_every_spelling_in_use() {
    for (expected, names) in [
        (Algorithm::Sha1, ["SHA1", "sha1", "Sha-1", "HMACSHA1", "HmacSHA1", "hmac-sha-1"]),
        (Algorithm::Sha256, ["SHA256", "sha256", "SHA-256", "HMACSHA256", "HmacSHA256", "SHA_256"]),
        (Algorithm::Sha512, ["SHA512", "sha512", "SHA-512", "HMACSHA512", "HmacSHA512", "SHA 512"]),
    ] {
        for name in names {
            assert_eq!(Algorithm::from_name(name), Some(expected), "{name}");
        }
        assert_eq!(Algorithm::from_name(expected.as_str()), Some(expected));
    }
    for name in ["", "MD5", "SHA224", "SHA3-256", "SHA", "HMAC", "SHA1SHA1"] {
        assert_eq!(Algorithm::from_name(name), None, "{name}");
    }
}
