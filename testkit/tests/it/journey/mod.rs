//! Twelve accounts move from an old phone to a new one: two devices with a folder each, one server that
//! holds three of the accounts, and everything that goes wrong on such a day: a change that is given up,
//! a server and an app that are killed in the middle. At every step the codes of exactly one phone log in.

mod letters;
mod lost;
mod steps;
mod world;

use holdfast_testkit::installed;

use world::{OURS, Owner, Phone, World};

/// The nine accounts with other services: the barcode that the old phone once scanned, and what the
/// service shows to the new one.
const OTHERS: [(&str, &str); 9] = [
    ("GitHub:mara?issuer=GitHub&secret=", "GitHub:mara?issuer=GitHub&secret="),
    // It calls itself otherwise by now.
    (
        "Gmail:mara%40gmail.com?issuer=Gmail&secret=",
        "Google%3Amara%40gmail.com?issuer=Google&secret=",
    ),
    (
        "Microsoft:mara%40outlook.com?issuer=Microsoft&secret=",
        "Microsoft:mara%40outlook.com?issuer=Microsoft&secret=",
    ),
    ("Bitwarden:mara?issuer=Bitwarden&secret=", "Bitwarden:mara?issuer=Bitwarden&secret="),
    ("Discord:mara?issuer=Discord&secret=", "Discord:mara?issuer=Discord&secret="),
    (
        "gitlab.com:gitlab.com_mara?issuer=gitlab.com&secret=",
        "gitlab.com:gitlab.com_mara?issuer=gitlab.com&secret=",
    ),
    (
        "Nordbank:4711?issuer=Nordbank&algorithm=SHA512&digits=8&period=60&secret=",
        "Nordbank:4711?issuer=Nordbank&algorithm=SHA512&digits=8&period=60&secret=",
    ),
    (
        "Steam:mara?issuer=Steam&encoder=steam&secret=",
        "Steam:mara?issuer=Steam&encoder=steam&secret=",
    ),
    // The account has another name there by now: only its owner knows that it is the same.
    (
        "Harbour%20Shop:mara?issuer=Harbour%20Shop&secret=",
        "Harbour%20Shop:mara%40example.org?issuer=Harbour%20Shop&secret=",
    ),
];

#[test]
fn twelve_accounts_move_and_at_every_step_one_phone_logs_in() {
    for tool in ["faketime", "strace"] {
        if let Err(why) = installed(tool) {
            return println!("skipped: {why}");
        }
    }
    let mut world = World::new();
    let old = |_: &Owner| Phone::Old;
    for email in OURS {
        world.register(email);
    }
    for (number, (uri, _)) in OTHERS.iter().enumerate() {
        world.adds_other(Phone::Old, uri, number as u8 + 1, &[]);
    }
    assert_eq!(world.old.run(["list"]).out.lines().count(), 12);
    world.one_phone_logs_in("before the move", old);

    // The list goes over as barcodes, and nothing in it is a secret.
    world.shows_list();
    world.one_phone_logs_in("with the list read", old);
    let told = world.says(Phone::New, &["move", "status"]);
    assert!(told.contains("Moving to this device: 12 accounts: 12 to do."), "{told}");
    assert!(told.find("Gmail") < told.find("Bitwarden"), "mail comes first: {told}");
    assert!(told.find("Bitwarden") < told.find("Discord"), "then the passwords: {told}");

    // The nine others, one by one, each with the barcode that its service shows.
    for (number, (_, uri)) in OTHERS.iter().enumerate() {
        let choice: &[&str] = if number == 8 { &["--waiting", "harbour"] } else { &[] };
        let said = world.adds_other(Phone::New, uri, number as u8 + 101, choice);
        assert!(said.starts_with("Re-enrolled: "), "{said}");
    }
    world.reads_progress("9 accounts have come further.\n12 accounts: 3 to do, 9 re-enrolled.\n");

    // The first of ours: begun and given up. Its barcode was scanned; its codes are nobody's.
    world.begins(0, false);
    world.scans(0, &[], "Re-enrolled: ");
    world.one_phone_logs_in("with a barcode that nobody has confirmed", old);
    world.passes(16 * 60);
    let late = world.enters_first_code(0);
    assert!(late.body.contains("This barcode has expired"), "{}", late.body);
    world.one_phone_logs_in("after a change that was given up", old);

    // Begun again: the new phone asks what to do with the key that it has, and nothing moves unasked.
    world.begins(0, false);
    world.does_not_replace_unasked(0);
    world.scans(0, &["--replace"], "");
    world.one_phone_logs_in("with the second barcode", old);
    world.confirms(0);
    let moved = |count: usize| {
        move |owner: &Owner| if owner.number < count { Phone::New } else { Phone::Old }
    };
    world.one_phone_logs_in("with the first of ours moved", moved(1));

    // The second: the app is killed while it takes the barcode, and the server before the first code.
    world.begins(1, false);
    world.scans_and_is_killed(1);
    world.one_phone_logs_in("with app and server killed before the first code", moved(1));
    world.confirms(1);
    world.one_phone_logs_in("with the second of ours moved", moved(2));

    // The third: with a recovery code, and the server is killed while it does the swap.
    world.begins(2, true);
    world.scans(2, &[], "Re-enrolled: ");
    let by_then = world.confirms_and_server_is_killed(2);
    println!("killed at the swap, the account was {by_then:?}");
    let third = |owner: &Owner| if owner.number == 2 { by_then } else { Phone::New };
    world.one_phone_logs_in("with the server killed at the swap", third);
    if by_then == Phone::Old {
        world.confirms(2);
    }
    world.one_phone_logs_in("with all of ours moved", |_| Phone::New);

    // The way back: the old phone learns of it, also when it is killed while it writes that down.
    world.confirms_all();
    world.reads_progress_and_is_killed();
    let told = world.says(Phone::Old, &["move", "status"]);
    assert!(told.contains("12 accounts: 12 confirmed."), "{told}");
    assert!(told.contains("holdfast move retire destroys this vault"), "{told}");

    world.holds_no_readable_secret();
    let receipt = world.says(Phone::Old, &["move", "retire", "--yes"]);
    assert!(receipt.starts_with("The vault with 12 accounts is destroyed ("), "{receipt}");
    world.old_folder_is_empty(&receipt);
    assert_eq!(world.old.run(["list"]).code, Some(8), "there is no vault");
    world.one_phone_logs_in("with the old phone retired", |_| Phone::New);
    let told = world.says(Phone::New, &["move", "status"]);
    assert!(told.contains("12 accounts: 12 confirmed."), "{told}");
}
