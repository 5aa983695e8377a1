//! Once through all pages, for whoever wants to look at each.

use holdfast_model::move_list::{ListId, ListKind, Listed, Mark, MoveList, Step};
use holdfast_otp::{Parameters, UnixTime};
use slint::SharedString;

use super::kit::Kit;

/// A passphrase of the stories.
pub const PASSPHRASE: &str = "brackish lantern otter violin";

/// Accounts as people have them: short and long names, and every kind of code.
pub const ACCOUNTS: &[&str] = &[
    "otpauth://totp/Aurora%20Bank:mara.lindqvist%40example.org?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK",
    "otpauth://totp/Codeberg:mlindqvist?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
    "otpauth://totp/Directory:mara?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "otpauth://totp/Harbour%20Mail:mara%40harbour.example?secret=ONSWG4TFORZWKY3SONSWG4TFORZWKY3S&digits=8&period=60",
    "otpauth://hotp/Old%20Token:warehouse?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=7",
    "otpauth://totp/University%20of%20the%20North%2C%20Department%20of%20Marine%20Biology:\
     mara.lindqvist.with.a.long.name%40north.example?secret=NRXW4Z3FOIQGC3TEEBWG63THMVZCA33G&digits=10",
];

/// Shows every page to `look`, with its name, at the size and in the scheme the window has.
pub fn tour(kit: Kit, mut look: impl FnMut(&Kit, &str)) {
    // The title of the page is out of sight where texts are large: the field is brought into it.
    kit.wait_for("Passphrase");
    kit.fill("Passphrase", PASSPHRASE);
    look(&kit, "first-start");
    kit.fill("The same passphrase again", PASSPHRASE);
    kit.press("Make the vault");
    kit.wait_for("Add an account");
    look(&kit, "empty");

    kit.press("Add an account");
    look(&kit, "add");
    kit.put_on_clipboard("https://play.google.com/store/apps/details?id=org.example");
    kit.press("Paste");
    kit.wait_until("the reason", || {
        kit.labels().iter().any(|label| label.contains("app store")).then_some(())
    });
    look(&kit, "not-a-barcode");
    kit.press("Type the key");
    look(&kit, "by-hand");
    kit.press("Unusual settings");
    look(&kit, "by-hand-more");
    kit.press("Back");
    kit.wait_until("the list or the ways in", || {
        kit.find("Scan with the camera")
            .is_some()
            .then_some(())
            .or_else(|| kit.find("Add an account").is_some().then(|| kit.press("Add an account")))
    });
    kit.press("Scan with the camera");
    kit.pass(1);
    look(&kit, "camera");
    kit.press("Back");
    kit.wait_until("the list", || {
        kit.find("Add an account").is_some().then_some(()).or_else(|| {
            if kit.find("Close").is_some() {
                kit.press("Close");
            }
            None
        })
    });

    for (place, uri) in ACCOUNTS.iter().enumerate() {
        kit.put_on_clipboard(uri);
        kit.press("Add an account");
        kit.press("Paste");
        kit.wait_for("Save this account?");
        if place == 1 {
            look(&kit, "confirm");
        }
        kit.press("Save");
        kit.wait_for("Add an account");
    }
    kit.press("Dismiss the notice");
    // From the account that was added last back to the first one.
    kit.wheel(0.3, 4000.0);
    kit.at_second(9);
    look(&kit, "codes");
    kit.at_second(22);
    look(&kit, "codes-next");
    kit.at_second(27);
    look(&kit, "codes-ebb");

    kit.put_on_clipboard(ACCOUNTS[2]);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("Already here");
    look(&kit, "known");
    kit.press("Done");
    kit.put_on_clipboard(&ACCOUNTS[2].replace("JBSWY3DP", "MFRGGZDF"));
    kit.press("Add an account");
    kit.press("Paste");
    kit.press("Save");
    kit.wait_for("Replace or keep both?");
    look(&kit, "clash");
    kit.press("Cancel");
    kit.wait_until("the list", || {
        kit.find("Add an account").is_some().then_some(()).or_else(|| {
            for way in ["Cancel", "Close", "Back"] {
                if kit.find(way).is_some() {
                    kit.press(way);
                    break;
                }
            }
            None
        })
    });

    kit.press("Details of Codeberg, mlindqvist");
    look(&kit, "entry");
    kit.press("Delete this account");
    kit.wait_for("Undo");
    look(&kit, "deleted");
    kit.press("Undo");
    kit.press("Settings");
    look(&kit, "settings");
    kit.press("Change the passphrase");
    kit.fill("New passphrase", "crabs walk sideways home");
    look(&kit, "passphrase");
    kit.press("Back");
    moving(&kit, &mut look);
    kit.press("Lock");
    kit.wait_for("Unlock");
    kit.fill("Passphrase", "wrong");
    kit.press("Unlock");
    kit.wait_until("a sentence", || {
        kit.labels().iter().any(|label| label.ends_with('.')).then_some(())
    });
    look(&kit, "unlock");

    // A month later: is there a way in without this device?
    kit.days_pass(31);
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.reach("In a month");
    look(&kit, "nudge");
    // With large texts the question scrolls in its half of the page: here until it goes no further.
    let mut at = None;
    while at != Some(kit.reach("In a month").absolute_position()) {
        at = Some(kit.reach("In a month").absolute_position());
        kit.wheel(0.5, -60.0);
    }
    kit.press("In a month");
    // Some of it is in sight as long as it is there.
    let asks = |label: &SharedString| label == "In a month" || label.contains("no way in without");
    kit.wait_until("the list alone", || (!kit.labels().iter().any(asks)).then_some(()));
    received(&kit, &mut look);
    retired(&kit, &mut look);
}

/// Another device's list, what waits of it, and an account that waits.
fn received(kit: &Kit, look: &mut impl FnMut(&Kit, &str)) {
    // Until it is saved when to ask again, nothing else is begun.
    kit.wait_until("the ways in", || {
        kit.find("Scan with the camera").is_some().then_some(()).or_else(|| {
            kit.find("Add an account").is_some().then(|| kit.press("Add an account"))?;
            None
        })
    });
    kit.put_on_clipboard(&another_list());
    kit.press("Paste");
    kit.wait_for("A move list");
    look(kit, "received");
    kit.press("Add as waiting");
    kit.reach("Scan its barcode");
    look(kit, "moving-here");
    kit.press("Back");
    kit.wait_for("Add an account");
    // With its "Undo" it stays, and with large texts it lies over most of the list.
    kit.press("Dismiss the notice");
    kit.wheel(0.3, -8000.0);
    kit.reach("Details of Sparrow Post, mara");
    kit.press("Details of Sparrow Post, mara");
    // What is further down is out of sight on the smallest phone.
    kit.reach("Website or company");
    look(kit, "waiting");
    kit.wait_until("the list", || {
        kit.find("Add an account").is_some().then_some(()).or_else(|| {
            let way = ["Close", "Back"].into_iter().find(|way| kit.find(way).is_some())?;
            kit.press(way);
            None
        })
    });
}

/// The end of a device: asked for, and done.
fn retired(kit: &Kit, look: &mut impl FnMut(&Kit, &str)) {
    kit.press("Settings");
    kit.press("Move to another device");
    // One move at a time: how far the accounts are that came here would be forgotten.
    kit.press("End the move to this device");
    // Until that is saved, no other move begins.
    kit.wait_for("The move to this device is ended; every account stays as it is, and those that wait go on waiting.");
    // With its "Undo" it stays, and on the smallest phone it lies where the button of the next page is.
    kit.press("Dismiss the notice");
    kit.press("I'm moving away from this device");
    kit.press("Retire this device…");
    kit.reach("Destroy this vault for good");
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Destroy this vault for good");
    kit.wait_for("This device is retired");
    look(kit, "retired");
}

/// The one part of a list with what people have, and a name that is long.
fn another_list() -> String {
    let names = [
        ("Gmail", "mara.lindqvist@gmail.com"),
        ("Bitwarden", "mara"),
        ("Ministry of Fisheries, Office for the Outer Islands and Lighthouses", "m.lindqvist"),
        ("Sparrow Post", "mara"),
    ];
    let listed = |(mark, (issuer, account)): (u8, (&str, &str))| Listed {
        mark: Mark([mark; 4]),
        issuer: issuer.to_owned(),
        account: account.to_owned(),
        parameters: Parameters::default(),
        step: Step::ToDo,
    };
    let accounts = (1..).zip(names).map(listed).collect();
    let (id, kind) = (ListId([7; 8]), ListKind::Accounts);
    let list = MoveList { id, kind, made_at: UnixTime(1_800_000_000), accounts };
    list.parts().expect("it can be written").swap_remove(0)
}

/// The pages of a move, up to the one on which the vault is destroyed.
fn moving(kit: &Kit, look: &mut impl FnMut(&Kit, &str)) {
    kit.press("Settings");
    kit.press("Move to another device");
    kit.reach("I'm moving away from this device");
    look(kit, "moving");
    kit.press("I'm moving away from this device");
    kit.reach("Scan this on the new device.");
    look(kit, "moving-away");
    kit.press("Retire this device…");
    kit.reach("Destroy this vault for good");
    look(kit, "retire");
    kit.press("Keep it");
    kit.press("End the move");
    // Until that is saved, "Back" waits.
    kit.wait_for("The move is ended; every account is as it was.");
    kit.press("Back");
    kit.wait_for("Add an account");
}
