//! The story of docs/moving.md, from the first picture to the last: Ann's five accounts move from her old
//! device to a new one.

use std::time::Duration;

use holdfast_model::move_list::PREFIX;
use holdfast_model::scan::{Picture, read_still};
use i_slint_backend_testing::mock_elapsed_time;
use slint::platform::Key;

use super::kit::Kit;
use super::tour::PASSPHRASE;

/// Who the accounts are with, her name there, and what its key is made of on the old device.
const ACCOUNTS: [(&str, &str, &str); 5] = [
    ("Google", "ann@example.org", "MFRGGZDF"),
    ("Bitwarden", "ann@example.org", "KRSXG5CT"),
    ("Aurora Bank", "ann.lind", "JBSWY3DP"),
    ("Codeberg", "ann", "ONSWG4TF"),
    ("Holdfast", "ann@example.org", "NRXW4Z3F"),
];

/// The barcode of an account, whose key begins so.
fn barcode((issuer, account, key): (&str, &str, &str), begins: &str) -> String {
    let name = format!("{issuer}:{account}").replace(' ', "%20").replace('@', "%40");
    format!("otpauth://totp/{name}?secret={begins}{key}{key}{key}")
}

/// Tells it on two devices that never had the app, and shows each page to `look` with its name.
pub fn story(old: &Kit, new: &Kit, mut look: impl FnMut(&Kit, &str)) {
    old.make_vault(PASSPHRASE);
    for account in ACCOUNTS {
        old.add_by_paste(&barcode(account, "GEZDGNBV"));
    }
    old.press("Settings");
    old.press("Move to another device");
    old.press("I'm moving away from this device");
    old.reach("Scan this on the new device.");
    quiet(old);
    look(old, "move-list");
    let list = seen(old);

    new.make_vault(PASSPHRASE);
    look(new, "move-new");
    new.press("Coming from another device?");
    new.put_on_clipboard(&list);
    new.key(Key::Control, Some('v'));
    new.wait_for("A move list");
    look(new, "move-received");
    new.press("Add as waiting");
    new.reach("Scan its barcode");
    quiet(new);
    look(new, "move-waits");

    for (place, account) in ACCOUNTS.into_iter().enumerate() {
        // Codeberg is left for another day.
        if account.0 == "Codeberg" {
            continue;
        }
        scan(new, &barcode(account, "MZXW6YTB"));
        if place == 0 {
            quiet(new);
            look(new, "move-code");
        }
        new.press("New code worked");
        new.wait_until("that it is noted", || {
            let name = format!("{} ({}) is marked as confirmed.", account.0, account.1);
            new.find(&name)
        });
    }
    // Google's settings are opened once more, and show another barcode.
    new.put_on_clipboard(&barcode(ACCOUNTS[0], "GEZDGNBV"));
    new.key(Key::Control, Some('v'));
    new.press("Save");
    new.wait_for("Replace or keep both?");
    quiet(new);
    look(new, "move-clash");
    new.press("Cancel");
    new.press("Cancel");
    new.press("Close");
    let progress = seen(new);

    old.put_on_clipboard(&progress);
    old.key(Key::Control, Some('v'));
    old.wait_for("A move list");
    look(old, "move-progress");
    old.press("Mark them here");
    old.press("Retire this device…");
    old.reach("Destroy this vault for good");
    quiet(old);
    look(old, "move-retire");
    old.fill("Passphrase", PASSPHRASE);
    old.press("Destroy this vault for good");
    old.wait_for("This device is retired");
    look(old, "move-retired");
}

/// Reads the barcode of the account that is first of those that wait.
fn scan(kit: &Kit, barcode: &str) {
    kit.put_on_clipboard(barcode);
    kit.press("Scan its barcode");
    kit.press("Paste");
    kit.press("Save");
    kit.reach("New code worked");
}

/// Lets what was told pass by.
fn quiet(kit: &Kit) {
    if kit.find("Dismiss the notice").is_some() {
        kit.press("Dismiss the notice");
    }
}

/// What the barcode on the page says, as the other device's camera reads it: seen in a window so high that it
/// is in sight.
fn seen(kit: &Kit) -> String {
    let (width, height) = kit.extent();
    kit.size(width as u32, 3_000);
    mock_elapsed_time(Duration::from_millis(400));
    let text = kit.wait_until("a barcode that can be read", || {
        let shown = kit.picture();
        let pixels = shown.as_bytes().to_vec();
        let found = read_still(&Picture::from_rgba(shown.width(), shown.height(), pixels)?);
        let texts = found.texts.iter().map(|text| text.as_str().to_owned());
        texts.into_iter().find(|text| text.starts_with(PREFIX))
    });
    kit.size(width as u32, height as u32);
    mock_elapsed_time(Duration::from_millis(400));
    text
}
