//! `holdfast move` between two devices: the list, its barcodes on paper and in the terminal, the
//! progress back, and the end of the old vault.

use std::fs;

use image::{GrayImage, Luma};

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

const GITHUB_NEW: &str = "otpauth://totp/GitHub:alice?secret=KRSXG5CTMVRXEZLU&issuer=GitHub";
const MAIL: &str = "otpauth://totp/Gmail:alice@gmail.com?secret=MFRGGZDFMZTWQ2LK&issuer=Gmail";
/// The same account, as the service spells itself by now.
const MAIL_NEW: &str =
    "otpauth://totp/Google:alice@gmail.com?secret=NNSWY4DJORZWKY3S&issuer=Google";
const SHOP: &str = "otpauth://totp/Shop:al?secret=GEZDGNBVGY3TQOJQ&issuer=Shop";

/// An old device with three accounts.
fn old() -> Home {
    let old = Home::new();
    for uri in [GITHUB, MAIL, SHOP] {
        old.run_with(["add", "-"], PASSPHRASE, uri.as_bytes()).done();
    }
    old
}

fn add(home: &Home, uri: &str) -> super::program::Said {
    home.run_with(["add", "-"], PASSPHRASE, uri.as_bytes())
}

#[test]
fn m3_accounts_move_from_one_device_to_another() {
    let (old, new) = (old(), Home::new());
    let list = old.run(["move", "list"]).done().to_owned();
    assert!(list.contains("[ ] GitHub (alice), 6 digits, every 30 s, SHA1\n"), "{list}");
    let saved = new.path("list.txt");
    fs::write(&saved, &list).unwrap();

    let read = new
        .run(["move".into(), "read".into(), "--yes".into(), saved.clone().into_os_string()])
        .done()
        .to_owned();
    assert_eq!(
        read,
        "3 accounts now wait for re-enrolment.\n\
         \x20 waiting      Gmail (alice@gmail.com) - first: it resets the passwords of the others\n\
         \x20              https://support.google.com/accounts/answer/185839\n\
         \x20 waiting      GitHub (alice)\n\
         \x20              https://docs.github.com/en/authentication/securing-your-account-with-two-factor-authentication-2fa\n\
         \x20 waiting      Shop (al)\n"
    );
    let again = new
        .run(["move".into(), "read".into(), "--yes".into(), saved.into_os_string()])
        .done()
        .to_owned();
    assert!(again.starts_with("Every account of this list is here already.\n"), "{again}");

    // The barcodes tick them off: surely, under another name of the service, and not at all.
    assert_eq!(add(&new, GITHUB_NEW).done(), "Re-enrolled: GitHub (alice)\n");
    assert_eq!(add(&new, MAIL_NEW).done(), "Re-enrolled: Gmail (alice@gmail.com)\n");
    let other = SHOP.replace("Shop:al", "Shop:alice");
    let asked = add(&new, &other);
    assert_eq!(asked.exit, 7);
    assert!(
        asked.err.contains("say --waiting NAME or --keep-both:\n  1  Shop (al)"),
        "{}",
        asked.err
    );
    let filled = new.run_with(["add", "-", "--waiting", "shop"], PASSPHRASE, other.as_bytes());
    assert_eq!(filled.done(), "Re-enrolled: Shop (al)\n");
    assert_eq!(new.run(["list"]).done().lines().count(), 3);
    new.run(["move", "mark", "github", "confirmed"]).done();

    // The way back, over the barcode that the new device's terminal shows.
    let progress = picture(&new, new.run(["move", "show", "--progress"]).done());
    let said = old.run(["move".into(), "read".into(), progress.into_os_string()]).done().to_owned();
    assert_eq!(said, "3 accounts have come further.\n3 accounts: 2 re-enrolled, 1 confirmed.\n");
    let status = old.run(["move", "status"]).done().to_owned();
    assert!(status.contains("  confirmed    GitHub (alice)\n"), "{status}");
}

/// Each of two old devices is given what came of its own list, and never the other's.
#[test]
fn two_old_devices_are_each_given_their_own_progress() {
    let (old, new, other) = (old(), Home::new(), Home::new());
    add(&other, "otpauth://totp/Club:al?secret=KRSXG5CTMVRXEZLU&issuer=Club").done();
    for device in [&old, &other] {
        let list = device.run(["move", "list"]).done().to_owned();
        new.run_with(["move", "read", "--yes", "-"], PASSPHRASE, list.as_bytes()).done();
    }
    add(&new, GITHUB_NEW).done();
    add(&new, "otpauth://totp/Club:al?secret=JBSWY3DPEHPK3PXP&issuer=Club").done();

    let which = new.run(["move", "list", "--progress"]);
    which.refused(2, "Lists of several devices came here; say with --of which is meant:");
    assert!(which.err.contains("1 account, came "), "{which:?}");
    assert!(which.err.contains("\n                    Club (al)\n"), "{which:?}");
    new.run(["move", "list", "--progress", "--of", "0707"]).refused(2, "by a list 0707; without");
    let id_of = |device: &Home| {
        let listed = device.run(["move", "list", "--json"]).json();
        listed["list"].as_str().unwrap().to_owned()
    };
    let shown = new.run(["move", "show", "--progress"]).done().to_owned();
    let pieces: Vec<&str> = shown.split("For the device of list ").skip(1).collect();
    assert_eq!(pieces.len(), 2, "{shown}");
    let news = [(&old, "1 re-enrolled"), (&other, "1 account: 1 re-enrolled.")];
    for ((device, news), piece) in news.into_iter().zip(pieces) {
        let (head, barcode) = piece.split_once('\n').unwrap();
        assert!(head.starts_with(&id_of(device)), "{head}");
        let photo = picture(&new, barcode).into_os_string();
        let said = device.run(["move".into(), "read".into(), photo]).done().to_owned();
        assert!(said.starts_with("1 account has come further.\n") && said.contains(news), "{said}");
        let text =
            new.run(["move", "list", "--progress", "--of", &id_of(device)]).done().to_owned();
        let again = device.run_with(["move", "read", "-"], PASSPHRASE, text.as_bytes());
        assert!(again.done().starts_with("No account has come further"), "{again:?}");
    }
}

#[test]
fn a_barcode_in_the_terminal_is_read_off_it() {
    let (old, new) = (old(), Home::new());
    let shown = old.run(["move", "show"]).done().to_owned();
    assert!(shown.ends_with("Part 1 of 1\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "it fits 80 columns");
    let photo = picture(&new, &shown);
    let read = new
        .run(["move".into(), "read".into(), "--yes".into(), photo.into_os_string()])
        .done()
        .to_owned();
    assert!(read.starts_with("3 accounts now wait"), "{read}");
}

#[test]
fn the_printed_page_is_read_back_and_asks_for_nothing_else() {
    let (old, new) = (old(), Home::new());
    let page = old.run(["move", "list", "--page"]).done().to_owned();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<li>GitHub (alice)"));
    for foreign in ["<script", "http://", "https://", "url(", "<link", "<img"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    fs::write(new.path("page.html"), page).unwrap();
    let read = new.run(["move", "read", "--yes", "page.html"]).done().to_owned();
    assert!(read.starts_with("3 accounts now wait"), "{read}");
}

#[test]
fn what_is_no_list_changes_nothing_and_says_why() {
    let (old, new) = (old(), Home::new());
    let list = old.run(["move", "list"]).done().to_owned();
    let before = fs::read(new.vault()).unwrap();
    let read = |text: &str| {
        let said = new.run_with(["move", "read", "-"], PASSPHRASE, text.as_bytes());
        assert_eq!(said.out, "");
        (said.exit, said.err)
    };
    assert_eq!(read("").0, 3);
    assert!(read("milk, eggs").1.contains("This is not a move list"));
    assert!(read(&list.replace("HOLDFAST-MOVE:", "HOLDFAST-MOVE:A")).1.contains("not read right"));
    assert_eq!(new.run(["move", "read", "nothing.txt"]).exit, 3);
    assert_eq!(new.run(["move", "read", "."]).exit, 3);
    assert_eq!(fs::read(new.vault()).unwrap(), before);

    // A stranger's progress moves nothing, nor does one's own list.
    let own = old.run_with(["move", "read", "-"], PASSPHRASE, list.as_bytes());
    assert!(own.err.contains("This list is this device's own"), "{}", own.err);
    new.run_with(["move", "read", "--yes", "-"], PASSPHRASE, list.as_bytes()).done();
    let progress = new.run(["move", "list", "--progress"]).done().to_owned();
    let stranger = Home::new();
    add(&stranger, GITHUB).done();
    let told = stranger.run_with(["move", "read", "-"], PASSPHRASE, progress.as_bytes());
    assert!(told.err.contains("this device is not being moved"), "{}", told.err);
    stranger.run(["move", "list"]).done();
    let told = stranger.run_with(["move", "read", "-"], PASSPHRASE, progress.as_bytes());
    assert!(told.err.contains("This is the progress of another move"), "{}", told.err);
}

#[test]
fn retiring_destroys_everything_and_only_when_it_is_meant() {
    let old = old();
    let refused = old.run(["move", "retire", "--yes"]);
    assert!(refused.err.contains("No move is under way, so nothing was destroyed"));
    old.run(["move", "list"]).done();
    let refused = old.run(["move", "retire"]);
    assert_eq!(refused.exit, 2);
    assert!(refused.err.contains("3 are not confirmed: their codes are lost"), "{}", refused.err);
    let wrong = old.run_with(["move", "retire", "--yes"], "another passphrase", b"");
    assert_eq!(wrong.exit, 4);
    assert!(old.vault().exists());
    // What an interrupted save left goes too.
    fs::write(old.path("vault.new"), "half a vault").unwrap();

    fs::create_dir_all(old.path("config/holdfast")).unwrap();
    fs::write(old.path("config/holdfast/settings"), "appearance = dark\n").unwrap();
    fs::write(old.path("config/holdfast/camera"), "A camera").unwrap();
    let receipt = old.run(["move", "retire", "--yes"]).done().to_owned();
    assert!(receipt.starts_with("The vault with 3 accounts is destroyed ("), "{receipt}");
    let lost = "Not confirmed on a new device, so that you may need recovery codes for them: 3 of these \
                accounts.\n  Gmail (alice@gmail.com)\n  GitHub (alice)\n  Shop (al)\n";
    assert!(receipt.contains(lost), "{receipt}");
    for name in ["vault\n", "vault.new\n", "settings\n", "camera\n"] {
        assert!(receipt.contains(name), "{name} is not on the receipt: {receipt}");
    }
    let left: Vec<_> = files_under(old.path("")).collect();
    let [note] = &left[..] else { panic!("{left:?}") };
    assert!(receipt.contains(&format!("a note of the end, {}: ", note.display())), "{receipt}");
    assert_eq!(fs::read(note).unwrap().len(), 16);
    assert_eq!(old.run(["list"]).exit, 8);
}

#[test]
fn an_account_that_only_a_copy_holds_is_named_before_it_is_destroyed() {
    let old = old();
    old.run(["move", "list"]).done();
    let vault = fs::read(old.vault()).unwrap();
    add(&old, "otpauth://totp/Bank:al?secret=NNSWY4DJORZWKY3S&issuer=Bank").done();
    fs::rename(old.vault(), old.path("vault.set-aside")).unwrap();
    fs::write(old.vault(), vault).unwrap();
    let named = "1 account is in no vault but a copy that was set aside (vault.set-aside), and is lost with \
                 it. A copy that you move to another folder first stays.\n  Bank (al)";
    for (arguments, exit) in [(["move", "retire"].as_slice(), 2), (&["move", "retire", "--yes"], 7)]
    {
        let refused = old.run(arguments);
        assert!(refused.exit == exit && refused.err.contains(named), "{refused:?}");
        assert!(old.vault().exists() && old.path("vault.set-aside").exists());
    }
    let receipt = old.run(["move", "retire", "--yes", "--and-copies"]).done().to_owned();
    assert!(
        receipt.contains("Only in a copy of the vault or in its trash:\n  Bank (al)\n"),
        "{receipt}"
    );
    assert!(!old.path("vault.set-aside").exists());
}

#[test]
fn a_barcode_that_came_beside_the_account_that_waits_is_not_there_twice() {
    let (old, new) = (old(), Home::new());
    let list = old.run(["move", "list"]).done().to_owned();
    new.run_with(["move", "read", "--yes", "-"], PASSPHRASE, list.as_bytes()).done();
    new.run(["move", "note", "shop", "the blue card"]).done();
    let outlet = SHOP.replace("Shop:al", "Outlet:4711").replace("issuer=Shop", "issuer=Outlet");
    add(&new, &outlet).done();
    let ticks = |more: &[&str]| {
        let arguments = ["add", "--waiting", "shop"].iter().chain(more).chain(&["-"]);
        new.run_with(arguments, PASSPHRASE, outlet.as_bytes())
    };
    let told = "This barcode is already here, as Outlet (4711). If it is the waiting account Shop (al), say \
                --replace too, and the two become one.";
    ticks(&[]).refused(7, told);
    assert!(new.run(["list"]).done().contains("Outlet"));
    assert_eq!(ticks(&["--replace"]).done(), "Re-enrolled: Shop (al)\n");
    assert!(!new.run(["list"]).done().contains("Outlet"), "there is one account now");
    assert_eq!(new.run(["code", "shop"]).done().trim().len(), 6);
    let status = new.run(["move", "status"]).done().to_owned();
    assert!(status.contains("the blue card"), "{status}");
}

#[test]
fn a_note_is_kept_and_told() {
    let old = old();
    old.run(["move", "list"]).done();
    old.run(["move", "note", "github", "codes are in the drawer"]).done();
    let status = old.run(["move", "status"]).done().to_owned();
    assert!(
        status.contains("GitHub (alice)\n               codes are in the drawer\n"),
        "{status}"
    );
    let told = old.run(["move", "status", "--json"]).json();
    assert_eq!(told["accounts"][1]["note"], "codes are in the drawer");
    assert_eq!(told["accounts"][0]["issuer"], "Gmail", "mail comes first");
    old.run(["move", "stop"]).done();
    assert!(old.run(["move", "status"]).done().starts_with("No move is under way"));
}

/// One word on the new device must not cost the old one the progress that it waits for.
#[test]
fn no_move_away_begins_before_the_move_to_here_is_ended() {
    let (old, new) = (old(), Home::new());
    let list = old.run(["move", "list"]).done().to_owned();
    new.run_with(["move", "read", "--yes", "-"], PASSPHRASE, list.as_bytes()).done();
    add(&new, GITHUB_AGAIN).done();
    let progress = new.run(["move", "list", "--progress"]).done().to_owned();
    new.run(["move", "list"]).refused(1, "Accounts are still moving to this device; end that move");
    new.run(["move", "show"]).refused(1, "Accounts are still moving to this device; end that move");
    // But for when it was made, it is as it was.
    let status = new.run(["move", "status"]).done().to_owned();
    assert!(status.contains("re-enrolled"), "{status}");
    assert_eq!(
        new.run(["move", "list", "--progress"]).done().lines().count(),
        progress.lines().count()
    );
    assert_eq!(new.run(["move", "stop"]).done(), "The move to this device is ended.\n");
    let status = new.run(["move", "status"]).done().to_owned();
    assert!(status.starts_with("No move is under way; these wait for a barcode:\n"), "{status}");
    assert_eq!(new.run(["list"]).done().lines().count(), 3, "those that wait go on waiting");
    let stopped = new.run(["move", "stop", "--remove-waiting"]);
    assert_eq!(
        stopped.done(),
        "No move is under way.\n2 accounts that waited are removed:\n  Gmail (alice@gmail.com)\n  Shop (al)\n"
    );
    assert_eq!(new.run(["list"]).done(), "GitHub (alice)\n");
    new.run(["move", "list"]).done();
}

/// What a camera would see of a terminal: a barcode of half blocks, six pixels to a module.
fn picture(home: &Home, shown: &str) -> std::path::PathBuf {
    const MODULE: u32 = 6;
    let lines: Vec<Vec<char>> = shown
        .lines()
        .filter(|line| !line.starts_with("Part"))
        .map(|line| line.chars().collect())
        .collect();
    let dark = |x: u32, y: u32| {
        let line = lines.get(y as usize / 2).and_then(|line| line.get(x as usize));
        match line {
            Some('█') => true,
            Some('▀') => y.is_multiple_of(2),
            Some('▄') => !y.is_multiple_of(2),
            _ => false,
        }
    };
    let side = lines.iter().map(Vec::len).max().unwrap() as u32;
    let photo = GrayImage::from_fn(side * MODULE, side * MODULE, |x, y| {
        Luma([if dark(x / MODULE, y / MODULE) { 0 } else { 255 }])
    });
    let path = home.path("photo.png");
    photo.save(&path).unwrap();
    path
}

fn files_under(folder: std::path::PathBuf) -> Box<dyn Iterator<Item = std::path::PathBuf>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    Box::new(entries.flat_map(|path| {
        if path.is_dir() { files_under(path) } else { Box::new(std::iter::once(path)) }
    }))
}
