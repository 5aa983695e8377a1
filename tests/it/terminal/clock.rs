//! `holdfast clock`: a time barcode is read, and the codes follow it until that is ended (spec P5).

use std::ffi::OsStr;

use holdfast::host::desktop::system::SystemClock;
use holdfast_model::ports::Clock;
use holdfast_otp::{Parameters, Secret, TimeBarcode, UnixTime};

use super::program::{GITHUB, Home, Said};

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn home() -> Home {
    let home = Home::new();
    home.run(["add", &format!("otpauth://totp/Example:ann?secret={KEY}")]).done();
    home
}

/// The barcode of a server whose clock is so many seconds ahead of this machine's.
fn barcode(ahead: i64) -> String {
    let time = UnixTime(SystemClock.now().0.saturating_add_signed(ahead));
    TimeBarcode::make(&Secret::from_base32(KEY).unwrap(), time).unwrap().to_text()
}

fn read(home: &Home, text: &str, words: &[&str]) -> Said {
    let arguments = ["clock", "read", "-"].iter().chain(words);
    home.run_with(arguments, super::program::PASSPHRASE, text.as_bytes())
}

/// The codes around now and so many seconds ahead of it.
fn codes(ahead: u64) -> [String; 2] {
    let secret = Secret::from_base32(KEY).unwrap();
    [0, 2].map(|late| {
        let time = UnixTime(SystemClock.now().0 + ahead - late);
        Parameters::default().code(&secret, time).as_str().to_owned()
    })
}

#[test]
fn p5_a_picture_of_the_time_corrects_the_codes_after_a_word() {
    let home = home();
    let picture = home.picture("time.png", &[&barcode(300)]);
    let arguments = |yes: bool| {
        let words = ["clock", "read"].map(OsStr::new).into_iter();
        words.chain([picture.as_os_str()]).chain(yes.then_some(OsStr::new("--yes")))
    };
    let asked = home.run(arguments(false));
    asked.refused(
        2,
        "seconds slow, says the barcode of Example (ann). To correct all codes by that, say",
    );
    assert_eq!(home.opened().correction().offset, 0);

    let said = home.run(arguments(true));
    let offset = home.opened().correction().offset;
    assert!((280..=300).contains(&offset), "{offset}");
    let line = format!("This device is {offset} seconds slow; its codes are corrected.\n");
    assert_eq!(said.done(), line);
    assert_eq!(home.run(["clock", "show", "--json"]).json()["corrected_by"], offset);

    let said = home.run(["code", "example"]);
    let code = said.done().trim();
    assert!(codes(u64::from(offset.unsigned_abs())).iter().any(|right| right == code), "{code}");
    assert_eq!(said.err, format!("holdfast: {line}"));
    let json = home.run(["code", "example", "--json"]).json();
    assert_eq!(json["corrected_by"], offset);

    // It was used, and is not good again, also once the correction is ended.
    home.run(arguments(true)).refused(1, "used already");
    assert_eq!(home.run(["clock", "end"]).done(), "The codes follow this device's own clock.\n");
    home.run(arguments(true)).refused(1, "used already");
    let said = home.run(["code", "example"]);
    assert!(codes(0).iter().any(|right| right == said.done().trim()));
    assert_eq!(said.err, "");
    assert_eq!(home.run(["code", "example", "--json"]).json()["corrected_by"], 0);
}

#[test]
fn p5_what_corrects_nothing_says_why() {
    let home = home();
    let right = read(&home, &barcode(0), &[]);
    let said =
        "This device's clock is right, to within 5 seconds, says the barcode of Example (ann).\n";
    assert_eq!(right.done(), said);
    read(&home, &barcode(-90), &["--yes"]).refused(1, "one picture cannot tell which");
    read(&home, &barcode(3600), &["--yes"]).refused(1, "corrects 10 minutes at most");
    read(&home, &barcode(-3600), &["--yes"]).refused(1, "or the barcode is that old");
    let stranger = Secret::from_bytes(&[9; 20]).unwrap();
    let strange = TimeBarcode::make(&stranger, SystemClock.now()).unwrap().to_text();
    read(&home, &strange, &["--yes"]).refused(1, "belongs to no account on this device");
    read(&home, &barcode(0)[..40], &["--yes"]).refused(3, "was not read right");
    read(&home, GITHUB, &["--yes"]).refused(3, "This is not a time barcode");
    assert_eq!(home.opened().correction(), Default::default());
    // And where an account is asked for, it is none.
    home.run(["add", &barcode(0)]).refused(3, "holdfast clock read");
}

#[test]
fn p5_a_counter_follows_no_clock() {
    let home = home();
    home.run(["add", &format!("otpauth://hotp/Bank:eve?secret={KEY}&counter=0"), "--keep-both"])
        .done();
    read(&home, &barcode(74), &["--yes"]).done();
    let said = home.run(["code", "bank"]);
    // RFC 4226 appendix D.
    assert_eq!((said.done(), said.err.as_str()), ("755224\n", ""));
}
