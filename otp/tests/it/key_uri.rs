//! The key URI: what real services emit is read, what is dangerous is refused.

use std::path::Path;

use holdfast_otp::{
    Algorithm, Digits, KeyUri, KeyUriError, Kind, ParameterError, Parameters, Period, Remark,
    Secret, SecretError,
};

const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// The parts of `otpauth://totp/{label}?secret=KEY{rest}`, where no remark is expected.
fn names(label: &str, rest: &str) -> (Option<String>, String) {
    let (issuer, account, remarks) = names_and_remarks(label, rest);
    assert_eq!(remarks, [], "{label} {rest}");
    (issuer, account)
}

fn names_and_remarks(label: &str, rest: &str) -> (Option<String>, String, Vec<Remark>) {
    let text = format!("otpauth://totp/{label}?secret={KEY}{rest}");
    let parsed = KeyUri::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    (parsed.uri.issuer, parsed.uri.account, parsed.remarks)
}

fn parameters(kind: &str, rest: &str) -> Parameters {
    let text = format!("otpauth://{kind}/a?secret={KEY}{rest}");
    KeyUri::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")).uri.parameters
}

fn refused(text: &str) -> KeyUriError {
    match KeyUri::parse(text) {
        Err(error) => error,
        Ok(parsed) => panic!("{text} was read as {parsed:?}"),
    }
}

#[track_caller]
fn assert_names(read: (Option<String>, String), issuer: &str, account: &str) {
    let issuer = (!issuer.is_empty()).then(|| issuer.to_owned());
    assert_eq!(read, (issuer, account.to_owned()));
}

#[test]
fn a_full_key_uri_is_read() {
    let text = format!(
        "otpauth://totp/ACME%20Co:ann@example.com?secret={KEY}&issuer=ACME%20Co\
         &algorithm=SHA256&digits=8&period=60"
    );
    let parsed = KeyUri::parse(&text).unwrap();
    assert_eq!(parsed.uri.issuer.as_deref(), Some("ACME Co"));
    assert_eq!(parsed.uri.account, "ann@example.com");
    assert_eq!(parsed.uri.secret, Secret::from_base32(KEY).unwrap());
    let expected = Parameters {
        kind: Kind::Totp { period: Period::new(60).unwrap() },
        algorithm: Algorithm::Sha256,
        digits: Digits::new(8).unwrap(),
    };
    assert_eq!(parsed.uri.parameters, expected);
    assert_eq!(parsed.remarks, []);
}

#[test]
fn it_is_written_so_that_every_authenticator_reads_it() {
    let uri = KeyUri {
        issuer: Some("Müller & Co: Läden".to_owned()),
        account: "ann+tag@example.com".to_owned(),
        parameters: Parameters::default(),
        secret: Secret::from_base32(KEY).unwrap(),
    };
    assert_eq!(
        uri.to_uri().as_str(),
        format!(
            "otpauth://totp/M%C3%BCller%20%26%20Co%3A%20L%C3%A4den:ann%2Btag%40example.com\
             ?secret={KEY}&issuer=M%C3%BCller%20%26%20Co%3A%20L%C3%A4den\
             &algorithm=SHA1&digits=6&period=30"
        )
    );
}

#[test]
fn the_issuer_may_stand_in_one_place_only_or_nowhere() {
    assert_names(names("Shop:ann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("Shop:ann", ""), "Shop", "ann");
    assert_names(names("ann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("ann", ""), "", "ann");
    assert_names(names("Shop:ann", "&issuer="), "Shop", "ann");
    assert_names(names(":ann", ""), "", "ann");
    assert_names(names("Shop:", ""), "Shop", "");
    assert_names(names("", "&issuer=Shop"), "Shop", "");
    assert_names(names("", ""), "", "");
    assert_names(names("/Shop:ann", ""), "Shop", "ann");
}

#[test]
fn a_missing_slash_and_label_are_forgiven() {
    let parsed = KeyUri::parse(&format!("otpauth://totp?secret={KEY}&issuer=Shop")).unwrap();
    assert_eq!(parsed.uri.issuer.as_deref(), Some("Shop"));
    assert_eq!(parsed.uri.account, "");
}

#[test]
fn colons_are_read_in_every_spelling() {
    assert_names(names("Shop%3Aann", ""), "Shop", "ann");
    assert_names(names("Shop%3aann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("Shop:%20ann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("Shop%3A%20ann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("Shop : ann", "&issuer=Shop"), "Shop", "ann");
    assert_names(names("Shop:ann:work", "&issuer=Shop"), "Shop", "ann:work");
    // An issuer with a colon of its own, which only the parameter can tell.
    assert_names(
        names("https://shop:8443:ann", "&issuer=https://shop:8443"),
        "https://shop:8443",
        "ann",
    );
}

#[test]
fn spaces_are_read_in_every_spelling() {
    assert_names(names("Air%20Canada:ann", "&issuer=Air+Canada"), "Air Canada", "ann");
    assert_names(names("Air+Canada:ann", "&issuer=Air+Canada"), "Air Canada", "ann");
    assert_names(names("Air+Canada:ann", ""), "Air Canada", "ann");
    assert_names(names("Air Canada:ann", "&issuer=Air Canada"), "Air Canada", "ann");
    assert_names(names("A+%26+B:Ann+Lee", "&issuer=A+%26+B"), "A & B", "Ann Lee");
    assert_names(names("My+Shop:ann+tag@example.com", ""), "My Shop", "ann+tag@example.com");
}

#[test]
fn a_real_plus_stays_a_plus() {
    assert_names(names("Shop:ann+tag@example.com", ""), "Shop", "ann+tag@example.com");
    assert_names(names("Shop:ann+tag%40example.com", ""), "Shop", "ann+tag@example.com");
    assert_names(names("Shop%3Aann+tag%40example.com", ""), "Shop", "ann+tag@example.com");
    assert_names(names("ann+tag@example.com", ""), "", "ann+tag@example.com");
    assert_names(names("Disney+:ann", "&issuer=Disney+"), "Disney+", "ann");
    assert_names(names("Disney%2B:ann", "&issuer=Disney%2B"), "Disney+", "ann");
    assert_names(names("My%20C++:ann", "&issuer=My%20C++"), "My C++", "ann");
}

#[test]
fn double_encoded_names_are_read_and_told() {
    for (label, rest) in [
        ("My%2520Shop:ann%2540example.com", "&issuer=My%2520Shop"),
        ("My%2520Shop%253Aann%2540example.com", ""),
        ("My%2520Shop%3Aann%2540example.com", "&issuer=My%20Shop"),
    ] {
        let (issuer, account, remarks) = names_and_remarks(label, rest);
        assert_names((issuer, account), "My Shop", "ann@example.com");
        assert_eq!(remarks, [Remark::DoubleEncoded], "{label}");
    }
    // A percent sign that escapes nothing is one, and so is one that would escape what no name may have.
    assert_names(names("100%25:50%", ""), "100%", "50%");
    assert_names(names("5%250AB:ann", "&issuer=5%250AB"), "5%0AB", "ann");
}

#[test]
fn names_in_other_scripts_and_encodings_are_read() {
    assert_names(names("B%C3%BCcher:J%C3%BCrgen", ""), "Bücher", "Jürgen");
    assert_names(names("Bücher:Jürgen", ""), "Bücher", "Jürgen");
    assert_names(names("%E9%93%B6%E8%A1%8C:%F0%9F%A6%8A", ""), "银行", "🦊");
    // Right-to-left text is fine; only the invisible switches of direction are refused.
    assert_names(names("בנק:דנה", ""), "בנק", "דנה");
    let (issuer, _, remarks) = names_and_remarks("B%FCcher:ann", "");
    assert_eq!(issuer.as_deref(), Some("B\u{fffd}cher"));
    assert_eq!(remarks, [Remark::NotUtf8]);
}

#[test]
fn an_issuer_that_differs_is_told_and_the_parameter_wins() {
    let (issuer, account, remarks) = names_and_remarks("Old:ann", "&issuer=New");
    assert_names((issuer, account), "New", "ann");
    let mismatch = Remark::IssuerMismatch { label: "Old".to_owned(), parameter: "New".to_owned() };
    assert_eq!(remarks, [mismatch]);
    assert_names(names("shop:ann", "&issuer=Shop"), "Shop", "ann");
}

#[test]
fn unknown_parameters_are_ignored_and_told() {
    let (_, _, remarks) = names_and_remarks("a", "&image=https://x.example/i.png&foo&=&&");
    let unknown = |name: &str| Remark::UnknownParameter { name: name.to_owned() };
    assert_eq!(remarks, [unknown("image"), unknown("foo")]);
}

#[test]
fn row_02_a_short_secret_is_accepted_and_told() {
    let parsed = KeyUri::parse("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP").unwrap();
    assert_eq!(parsed.remarks, [Remark::ShortSecret { bits: 80 }]);
    let text = parsed.remarks[0].to_string();
    assert!(text.contains("80 bits") && text.ends_with('.'), "{text}");
    let parsed = KeyUri::parse("otpauth://totp/a?secret=JBSWY3DPEHPK2").unwrap();
    assert_eq!(parsed.remarks, [Remark::CutSecret { bits: 64 }]);
    assert!(parsed.remarks[0].to_string().contains("whether a part of it is missing"));
}

#[test]
fn secrets_are_read_in_every_spelling() {
    let expected = Secret::from_base32(KEY).unwrap();
    let spellings = [
        KEY.to_lowercase(),
        format!("{KEY}===="),
        format!("{KEY}%3D%3D"),
        KEY.replace("EHPK", "%20EHPK%20"),
        KEY.replace("EHPK", "+EHPK+"),
        KEY.replace("EHPK", "-EHPK-"),
    ];
    for secret in spellings {
        let parsed = KeyUri::parse(&format!("otpauth://totp/a?secret={secret}"));
        assert_eq!(parsed.map(|parsed| parsed.uri.secret), Ok(expected.clone()), "{secret}");
    }
}

#[test]
fn scheme_type_and_parameter_names_may_be_in_any_case() {
    let text = format!("OTPAUTH://TOTP/Shop:ann?Secret={KEY}&ISSUER=Shop&Digits=8&PERIOD=60");
    let parsed = KeyUri::parse(&text).unwrap();
    assert_eq!(parsed.uri.parameters.digits.count(), 8);
    assert_eq!(parsed.uri.parameters.kind, Kind::Totp { period: Period::new(60).unwrap() });
    assert_eq!(parsed.remarks, []);
}

#[test]
fn blanks_around_and_html_escapes_between_are_forgiven() {
    let text = format!("  otpauth://totp/ann?secret={KEY}&amp;issuer=Shop&amp;digits=8\r\n");
    let parsed = KeyUri::parse(&text).unwrap();
    assert_eq!(parsed.uri.issuer.as_deref(), Some("Shop"));
    assert_eq!(parsed.uri.parameters.digits.count(), 8);
}

#[test]
fn what_is_missing_or_empty_has_its_default() {
    assert_eq!(parameters("totp", ""), Parameters::default());
    assert_eq!(parameters("totp", "&digits=&period=&algorithm="), Parameters::default());
    let counted = Parameters { kind: Kind::Hotp { counter: 0 }, ..Parameters::default() };
    assert_eq!(parameters("hotp", "&counter=0"), counted);
    let parsed = KeyUri::parse(&format!("otpauth://hotp/a?secret={KEY}")).unwrap();
    assert_eq!((parsed.uri.parameters, parsed.remarks), (counted, vec![Remark::CounterMissing]));
}

#[test]
fn hashes_are_read_in_every_spelling() {
    for (name, expected) in [
        ("sha1", Algorithm::Sha1),
        ("HMACSHA256", Algorithm::Sha256),
        ("SHA-256", Algorithm::Sha256),
        ("HmacSHA512", Algorithm::Sha512),
        ("hmac-sha-512", Algorithm::Sha512),
        ("SHA%2D512", Algorithm::Sha512),
    ] {
        assert_eq!(parameters("totp", &format!("&algorithm={name}")).algorithm, expected, "{name}");
    }
}

#[test]
fn a_steam_link_with_a_key_is_a_steam_account() {
    for text in
        ["steam://GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", " STEAM://gezdgnbvgy3tqojqgezdgnbvgy3tqojq\n"]
    {
        let parsed = KeyUri::parse(text).unwrap();
        assert_eq!(parsed.uri.secret.expose(), b"12345678901234567890");
        assert_eq!(parsed.uri.parameters.kind, Kind::Steam);
        assert_eq!(
            (parsed.uri.issuer.as_deref(), parsed.uri.account.as_str()),
            (Some("Steam"), "")
        );
        assert!(parsed.remarks.is_empty());
    }
    // Links of Steam's own client, and what holds no whole key.
    for text in [
        "steam://",
        "steam://run/440",
        "steam://install",
        "steam://openurl/https://example.com",
        "steam://GEZDGNBVGY3TQ",
        "steam:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ] {
        assert_eq!(KeyUri::parse(text).unwrap_err(), KeyUriError::WrongScheme, "{text}");
    }
}

#[test]
fn steam_is_recognised_however_it_is_said() {
    let steam = Parameters { kind: Kind::Steam, ..Parameters::default() };
    for (kind, rest) in [
        ("steam", ""),
        ("STEAM", "&issuer=Boeing&algorithm=SHA1&digits=5&period=30"),
        ("totp", "&encoder=steam"),
        ("totp", "&encoder=Steam&digits=5"),
        ("totp", "&issuer=Steam"),
        ("totp", "&issuer=steam&digits=5&period=30&algorithm=sha1"),
    ] {
        assert_eq!(parameters(kind, rest), steam, "{kind} {rest}");
    }
    let by_label = KeyUri::parse(&format!("otpauth://totp/Steam:ann?secret={KEY}")).unwrap();
    assert_eq!(by_label.uri.parameters, steam);
    for rest in [
        "&issuer=Steam&digits=6",
        "&issuer=Steam&period=60",
        "&issuer=Steam&algorithm=SHA256",
        "&issuer=Steamboat",
    ] {
        assert!(matches!(parameters("totp", rest).kind, Kind::Totp { .. }), "{rest}");
    }
}

#[test]
fn another_scheme_or_type_is_refused() {
    for text in [
        "",
        "hello",
        "https://example.com/",
        "otpauth-migration://offline?data=AA",
        "otpauth:/totp/a",
        "xotpauth://totp/a",
        "otpauth:// totp/a",
        "ötpauth://totp",
    ] {
        let error = refused(text);
        assert!(matches!(error, KeyUriError::WrongScheme | KeyUriError::UnknownType), "{text}");
    }
    assert_eq!(refused("otpauth-migration://offline?data=AA"), KeyUriError::WrongScheme);
    assert_eq!(refused(&format!("otpauth://yaotp/a?secret={KEY}")), KeyUriError::UnknownType);
    assert_eq!(refused(&format!("otpauth:///a?secret={KEY}")), KeyUriError::UnknownType);
}

#[test]
fn hidden_characters_are_refused_escaped_or_not() {
    for hidden in [
        "\0", "\u{1b}", "\n", "\u{7f}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{202a}", "\u{2028}",
        "\u{feff}", "\u{85}", "\u{200b}", "\u{2060}", "\u{ad}", "\u{34f}", "\u{115f}", "\u{3164}",
        "\u{ffa0}", "\u{2800}", "\u{180e}", "\u{fff9}", "\u{206a}",
    ] {
        let escaped: String = hidden.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for hidden in [hidden, &escaped] {
            for text in [
                format!("otpauth://totp/Sh{hidden}op:ann?secret={KEY}"),
                format!("otpauth://totp/Shop:a{hidden}nn?secret={KEY}"),
                format!("otpauth://totp/ann?secret={KEY}&issuer=Sh{hidden}op"),
            ] {
                assert_eq!(refused(&text), KeyUriError::HiddenCharacter, "{text:?}");
            }
        }
        for hidden in [hidden, &escaped] {
            let text = format!("otpauth://totp/a?secret=JBSW{hidden}Y3DP");
            assert_eq!(refused(&text), KeyUriError::HiddenCharacter, "{text:?}");
        }
        // Escaped twice it is a name with percent signs, for all to see: who writes such a name as a key URI,
        // by the rules, writes this.
        let twice = escaped.replace('%', "%25");
        assert_names(
            names(&format!("Sh{twice}op:ann"), &format!("&issuer=Sh{twice}op")),
            &format!("Sh{escaped}op"),
            "ann",
        );
    }
}

#[test]
fn a_missing_empty_or_unusable_secret_is_refused() {
    for text in [
        "otpauth://totp/a",
        "otpauth://totp/a?",
        "otpauth://totp/a?issuer=Shop",
        "otpauth://totp/a?secret=",
        "otpauth://totp/a?secret",
        "otpauth://totp/a?secret=%20===",
    ] {
        assert_eq!(refused(text), KeyUriError::MissingSecret, "{text}");
    }
    let long = "A".repeat(1640);
    for (secret, error) in [
        (long.as_str(), SecretError::TooLong),
        ("ABC1", SecretError::NotBase32 { position: 4 }),
        ("ABC", SecretError::Incomplete),
        ("JBSW#frag", SecretError::NotBase32 { position: 5 }),
    ] {
        let text = format!("otpauth://totp/a?secret={secret}");
        assert_eq!(refused(&text), KeyUriError::Secret(error), "{secret}");
    }
    assert_eq!(refused("otpauth://totp/a?secret=%FF%FE"), KeyUriError::HiddenCharacter);
    assert_eq!(
        refused(&format!("otpauth://totp/a?secret={KEY}&secret={KEY}")),
        KeyUriError::RepeatedSecret
    );
    assert_eq!(
        refused(&format!("otpauth://totp/a?secret=&SECRET={KEY}")),
        KeyUriError::RepeatedSecret
    );
}

#[test]
fn numbers_out_of_range_are_refused() {
    let with = |rest: &str| refused(&format!("otpauth://totp/a?secret={KEY}{rest}"));
    for digits in ["0", "5", "11", "255", "256", "262"] {
        let error = KeyUriError::Parameter(ParameterError::Digits);
        assert_eq!(with(&format!("&digits={digits}")), error, "{digits}");
    }
    for period in ["0", "86401", "4294967296", "4294967326"] {
        let error = KeyUriError::Parameter(ParameterError::Period);
        assert_eq!(with(&format!("&period={period}")), error, "{period}");
    }
    for (rest, parameter) in [
        ("&digits=six", "digits"),
        ("&digits=+6", "digits"),
        ("&digits=-6", "digits"),
        ("&digits=6.0", "digits"),
        ("&period=30s", "period"),
        ("&period=99999999999999999999", "period"),
    ] {
        assert_eq!(with(rest), KeyUriError::NotANumber { parameter }, "{rest}");
    }
    let counter = format!("otpauth://hotp/a?secret={KEY}&counter=18446744073709551616");
    assert_eq!(refused(&counter), KeyUriError::NotANumber { parameter: "counter" });
    assert_eq!(with("&algorithm=MD5"), KeyUriError::UnknownAlgorithm);
}

#[test]
fn a_barcode_that_contradicts_itself_is_refused() {
    for (rest, parameter) in [
        ("&digits=6&digits=8", "digits"),
        ("&issuer=A&issuer=B", "issuer"),
        ("&period=30&Period=60", "period"),
    ] {
        let error = refused(&format!("otpauth://totp/a?secret={KEY}{rest}"));
        assert_eq!(error, KeyUriError::Contradiction { parameter });
    }
    assert_names(names("a", "&issuer=A&issuer=A"), "A", "a");
}

#[test]
fn oversized_texts_are_refused() {
    let name = "n".repeat(257);
    let text = format!("otpauth://totp/a?secret={KEY}&issuer={name}");
    assert_eq!(refused(&text), KeyUriError::NameTooLong);
    for label in [format!("{name}:a"), format!("a:{name}"), name.clone()] {
        let text = format!("otpauth://totp/{label}?secret={KEY}");
        assert_eq!(refused(&text), KeyUriError::NameTooLong, "{label}");
    }
    let text = format!("otpauth://totp/a?secret={KEY}&x={}", "y".repeat(8192));
    assert_eq!(refused(&text), KeyUriError::TooLong);
}

/// What other authenticators export, from the shared folder beside the repository.
#[test]
#[expect(clippy::disallowed_methods, reason = "the exports are files")]
fn key_uris_exported_by_other_apps_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/imports");
    let mut read = 0;
    for file in ["plain.txt", "ente_auth.txt"] {
        let path = folder.join(file);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return println!("skipped: {} is not there", path.display());
        };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let parsed = KeyUri::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(parsed.uri.issuer.is_some() && !parsed.uri.account.is_empty(), "{line}");
            let again = KeyUri::parse(&parsed.uri.to_uri()).unwrap();
            assert_eq!(again.uri, parsed.uri, "{line}");
            read += 1;
        }
    }
    assert_eq!(read, 14);
}
