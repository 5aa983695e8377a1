//! What a decoded text is.

use holdfast_model::meaning::{Meaning, MigrationPart};
use proptest::prelude::*;

#[test]
fn texts_are_told_apart_by_scheme_and_host() {
    use Meaning::{
        AppStoreLink, DamagedMigration, KeyUri, MoveList, Other, TimeBarcode, WebLink, Wifi,
    };
    for (text, meaning) in [
        ("otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP", KeyUri),
        ("OTPAUTH://TOTP/A:B?SECRET=JBSWY3DPEHPK3PXP", KeyUri),
        ("\u{feff} otpauth://hotp/x", KeyUri),
        ("otpauth-migration://offline?data=%%%", DamagedMigration),
        ("otpauth-migration://offline", DamagedMigration),
        ("https://example.org/login", WebLink),
        ("http://EXAMPLE.org", WebLink),
        ("www.example.org", WebLink),
        ("https://play.google.com/store/apps/details?id=org.example", AppStoreLink),
        ("https://play.google.com/music", WebLink),
        ("https://play.google.com.example.org/store/apps", WebLink),
        ("https://play.google.com@example.org/store/apps", WebLink),
        ("https://apps.apple.com:443/app/id1", AppStoreLink),
        ("market://details?id=org.example", AppStoreLink),
        ("itms-apps://apps.apple.com/app/id1", AppStoreLink),
        ("steam://GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", KeyUri),
        ("steam://run/440", Other),
        ("WIFI:T:WPA;S:net;P:word;;", Wifi),
        ("HOLDFAST-TIME:AEAAAAAAAAAAAO66", TimeBarcode),
        ("\n holdfast-time:", TimeBarcode),
        ("HOLDFAST-MOVE:58044E.", MoveList),
        ("otpauth:totp/x", Other),
        ("hello", Other),
        ("", Other),
        ("ééééééé", Other),
    ] {
        assert_eq!(Meaning::of(text), meaning, "{text}");
    }
}

/// An account with no bytes in it, then version 1, 4 parts, index 1 and a negative batch.
const PART_2_OF_4: &str = "CgAQARgEIAEo7v%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FAQ%3D%3D";

#[test]
fn a_part_of_an_export_says_which_one_it_is() {
    let expected = Meaning::MigrationPart(MigrationPart {
        part: 2,
        parts: 4,
        batch: (-18_i32).cast_unsigned(),
    });
    let plain = PART_2_OF_4.replace("%2F", "/").replace("%3D", "=");
    for data in [PART_2_OF_4, &plain, plain.trim_end_matches('='), &plain.replace('/', "_")] {
        let text = format!("otpauth-migration://offline?data={data}");
        assert_eq!(Meaning::of(&text), expected, "{text}");
    }
}

#[test]
fn an_export_without_numbers_is_the_only_part() {
    // Older versions leave zeroes and ones out.
    let meaning = Meaning::of("otpauth-migration://offline?data=CgA%3D");
    assert_eq!(meaning, Meaning::MigrationPart(MigrationPart { part: 1, parts: 1, batch: 0 }));
}

#[test]
fn an_export_cut_short_is_damaged() {
    for data in ["", "Cg", "CgIA", "EAEYBCAB", "CgAYASAC"] {
        let text = format!("otpauth-migration://offline?data={data}");
        assert_eq!(Meaning::of(&text), Meaning::DamagedMigration, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_meaning(text in ".*", scheme in "(otpauth-migration://offline\\?data=)?") {
        Meaning::of(&format!("{scheme}{text}"));
    }

    #[test]
    fn any_bytes_in_an_export_link_have_a_meaning(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let hex: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        Meaning::of(&format!("otpauth-migration://offline?data={hex}"));
    }
}
