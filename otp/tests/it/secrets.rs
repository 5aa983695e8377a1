//! Secrets and their base32 spelling.

use holdfast_otp::{Secret, SecretError};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn bytes_of(text: &str) -> Vec<u8> {
    Secret::from_base32(text).unwrap_or_else(|error| panic!("{text}: {error}")).expose().to_vec()
}

/// RFC 4648 section 10, without and with padding.
#[test]
fn base32_vectors_of_rfc_4648() {
    for (plain, spelled) in [
        ("f", "MY======"),
        ("fo", "MZXQ===="),
        ("foo", "MZXW6==="),
        ("foob", "MZXW6YQ="),
        ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI======"),
    ] {
        let unpadded = spelled.trim_end_matches('=');
        assert_eq!(bytes_of(spelled), plain.as_bytes());
        assert_eq!(bytes_of(unpadded), plain.as_bytes());
        let secret = Secret::from_bytes(plain.as_bytes()).unwrap();
        assert_eq!(secret.to_base32().as_str(), unpadded);
    }
}

#[test]
fn base32_is_read_as_people_write_it() {
    let expected = bytes_of("JBSWY3DPEHPK3PXP");
    for text in [
        "jbswy3dpehpk3pxp",
        "JBSW Y3DP EHPK 3PXP",
        " jbsw-y3dp-ehpk-3pxp ",
        "JBSW\u{a0}Y3DP\u{202f}EHPK\u{2011}3PXP",
        "JBSWY3DP\r\n\tEHPK3PXP\n",
        "J B S W Y 3 D P E H P K 3 P X P",
        "JBSWY3DPEHPK3PXP====",
        "JBSWY3DPEHPK3PXP = = =",
    ] {
        assert_eq!(bytes_of(text), expected, "{text:?}");
    }
}

#[test]
fn leftover_bits_of_services_that_draw_characters_are_dropped() {
    assert_eq!(bytes_of("MZ"), bytes_of("MY"));
    assert_eq!(bytes_of("MZXW6YQ"), bytes_of("MZXW6YR"));
}

#[test]
fn what_is_no_base32_is_refused_with_its_place() {
    let refused = |text: &str| Secret::from_base32(text).unwrap_err();
    for empty in ["", " ", "--", "====", "\u{a0}"] {
        assert_eq!(refused(empty), SecretError::Empty, "{empty:?}");
    }
    for (text, position) in [
        ("JBSW0Y", 5),
        ("1BSW", 1),
        ("JBSW 8Y3D", 6),
        ("JBSWY3DÉ", 8),
        ("MY==MY", 5),
        ("JBSW\0Y3D", 5),
        ("ＪBSW", 1),
    ] {
        assert_eq!(refused(text), SecretError::NotBase32 { position }, "{text:?}");
    }
    for incomplete in ["A", "ABC", "ABCDEF", "JBSWY3DPE"] {
        assert_eq!(refused(incomplete), SecretError::Incomplete, "{incomplete}");
    }
}

#[test]
fn a_secret_has_1_to_1024_bytes() {
    assert_eq!(Secret::from_bytes(&[]), Err(SecretError::Empty));
    assert_eq!(Secret::from_bytes(&[7]).unwrap().bits(), 8);
    assert_eq!(Secret::from_bytes(&[7; 1024]).unwrap().bits(), 8192);
    assert_eq!(Secret::from_bytes(&[7; 1025]), Err(SecretError::TooLong));
    assert_eq!(Secret::from_base32(&"A".repeat(1640)), Err(SecretError::TooLong));
}

#[test]
fn row_02_a_new_secret_has_160_bits_of_the_generator() {
    let mut rng = StdRng::from_seed([9; 32]);
    let first = Secret::generate(&mut rng);
    let second = Secret::generate(&mut rng);
    assert_eq!(first.bits(), 160);
    assert!(!first.is_short());
    assert_ne!(first, second);
    let again = Secret::generate(&mut StdRng::from_seed([9; 32]));
    assert_eq!(first, again, "nothing but the generator decides");
    let all: Vec<u8> = (0..64).flat_map(|_| Secret::generate(&mut rng).expose().to_vec()).collect();
    let ones: u32 = all.iter().map(|byte| byte.count_ones()).sum();
    assert!((4_700..5_500).contains(&ones), "{ones} of 10,240 bits are ones");
}

#[test]
fn row_02_shorter_secrets_of_real_services_are_accepted() {
    let eighty = Secret::from_base32("JBSWY3DPEHPK3PXP").unwrap();
    assert_eq!(eighty.bits(), 80);
    assert!(eighty.is_short());
    assert!(Secret::from_bytes(&[1; 15]).unwrap().is_short());
    assert!(!Secret::from_bytes(&[1; 16]).unwrap().is_short());
}

#[test]
fn the_key_is_shown_in_groups_of_four() {
    let secret = Secret::from_base32("JBSWY3DPEHPK3PXPJA").unwrap();
    assert_eq!(secret.to_base32().as_str(), "JBSWY3DPEHPK3PXPJA");
    assert_eq!(secret.to_base32_groups().as_str(), "JBSW Y3DP EHPK 3PXP JA");
}

#[test]
fn secrets_are_equal_by_their_bytes() {
    let secret = |bytes: &[u8]| Secret::from_bytes(bytes).unwrap();
    assert_eq!(secret(b"abc"), secret(b"abc"));
    assert_ne!(secret(b"abc"), secret(b"abd"));
    assert_ne!(secret(b"abc"), secret(b"abcd"));
    assert_eq!(secret(b"abc").clone(), secret(b"abc"));
}
