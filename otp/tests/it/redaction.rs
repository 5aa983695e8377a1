//! What must never show a secret, does not (requirement row 33).

use holdfast_otp::{KeyUri, KeyUriError, Secret, SecretError, UnixTime};

/// Unlike anything else in the output; its bytes as text, hexadecimal and decimal are searched too.
const CANARY: &str = "KNIUCZZNEIGZQORR";

fn assert_hidden(output: &str) {
    let bytes = Secret::from_base32(CANARY).unwrap().expose().to_vec();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let decimal = format!("{bytes:?}");
    for trace in [CANARY, "KNIU", &hex, &decimal[1..12]] {
        let found = output.to_lowercase().contains(&trace.to_lowercase());
        assert!(!found, "{trace} is in {output}");
    }
}

#[test]
fn row_33_debug_of_everything_with_a_secret_is_redacted() {
    let secret = Secret::from_base32(CANARY).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    assert_eq!(format!("{secret:#?}"), "Secret(redacted)");

    let parsed = KeyUri::parse(&format!("otpauth://totp/Shop:ann?secret={CANARY}&x=y")).unwrap();
    for output in [format!("{parsed:?}"), format!("{parsed:#?}"), format!("{:?}", parsed.remarks)] {
        assert_hidden(&output);
    }
    assert!(format!("{parsed:?}").contains("Secret(redacted)"));

    let code = parsed.uri.parameters.code(&secret, UnixTime(59));
    assert_eq!(format!("{code:?}"), "Code(redacted)");
}

#[test]
fn row_33_errors_hold_nothing_of_what_was_entered() {
    for wrong in [
        format!("{CANARY}0"),
        format!("{CANARY}A"),
        format!("0{CANARY}"),
        CANARY.repeat(200),
        format!("{CANARY}\0"),
    ] {
        let error = Secret::from_base32(&wrong).unwrap_err();
        assert_hidden(&format!("{error:?} {error}"));
        let error = KeyUri::parse(&format!("otpauth://totp/a?secret={wrong}")).unwrap_err();
        assert_hidden(&format!("{error:?} {error}"));
    }
    for wrong in [
        format!("otpauth://totp/a?secret={CANARY}&secret={CANARY}"),
        format!("otpauth://{CANARY}/a?secret={CANARY}"),
        format!("otpauth://totp/a?secret={CANARY}&digits={CANARY}"),
        format!("otpauth://totp/a?secret={CANARY}&algorithm={CANARY}"),
        CANARY.to_owned(),
    ] {
        let error = KeyUri::parse(&wrong).unwrap_err();
        assert_hidden(&format!("{error:?} {error}"));
    }
}

#[test]
fn every_message_is_one_calm_sentence() {
    let errors = [
        KeyUriError::WrongScheme,
        KeyUriError::TooLong,
        KeyUriError::HiddenCharacter,
        KeyUriError::UnknownType,
        KeyUriError::MissingSecret,
        KeyUriError::RepeatedSecret,
        KeyUriError::Contradiction { parameter: "digits" },
        KeyUriError::NotANumber { parameter: "period" },
        KeyUriError::UnknownAlgorithm,
        KeyUriError::NameTooLong,
        KeyUriError::Secret(SecretError::Empty),
        KeyUriError::Secret(SecretError::TooLong),
        KeyUriError::Secret(SecretError::NotBase32 { position: 3 }),
        KeyUriError::Secret(SecretError::Incomplete),
        KeyUriError::Parameter(holdfast_otp::ParameterError::Digits),
        KeyUriError::Parameter(holdfast_otp::ParameterError::Period),
    ];
    let texts = errors.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(texts.len(), errors.len(), "each error says something of its own");
    for text in texts {
        assert!(text.ends_with('.') && !text.contains(". ") && !text.contains('!'), "{text}");
        assert!(text.starts_with(|c: char| c.is_ascii_uppercase()) && text.len() < 160, "{text}");
    }
}
