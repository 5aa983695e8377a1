//! A replaced key lies in the vault for a month, whatever the clock says meanwhile.

use std::fs;

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Storage};
use holdfast_model::vault::Vault;
use holdfast_otp::UnixTime;

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

const DAY: u64 = 86_400;

/// A vault with a replaced key, saved as by a clock so many days behind ours.
fn replaced(days_ago: u64) -> Home {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    home.run_with(["add", "-", "--replace"], PASSPHRASE, GITHUB_AGAIN.as_bytes()).done();
    let before = UnixTime(SystemClock.now().0 - days_ago * DAY);
    save(&home, home.opened(), before);
    home
}

fn save(home: &Home, mut vault: Vault, now: UnixTime) {
    let sealed = vault.seal(now, &mut *os_rng()).unwrap();
    let file = VaultFile::at(home.vault());
    let present = holdfast_model::ports::Stamp::of(&file.load().unwrap().unwrap());
    file.save(&sealed, Expected::Stamped(present)).unwrap();
}

#[test]
fn a_command_that_only_reads_leaves_the_vault_as_it_is() {
    // To the program, two years went by since the last save.
    let home = replaced(730);
    let before = fs::read(home.vault()).unwrap();
    for read in [["list"].as_slice(), &["code", "github"], &["move", "status"], &["clock", "show"]]
    {
        home.run(read).done();
        assert!(fs::read(home.vault()).unwrap() == before, "{read:?}");
    }
}

#[test]
fn a_clock_that_is_years_ahead_for_once_empties_no_trash() {
    let home = replaced(730);
    // A save is one look at the clock, and is not believed by itself.
    home.run(["add", "otpauth://totp/Other:bob?secret=KRSXG5CTMVRXEZLU"]).done();
    assert_eq!(
        home.run(["recover", "github"]).done(),
        "GitHub (alice) gives its former codes again.\n"
    );
}

#[test]
fn an_account_that_gave_way_to_a_copy_of_the_vault_is_brought_back() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let ours = home.opened();
    let mut copy = ours.clone();
    copy.remove(copy.entries()[0].id).unwrap();
    // As a window does it whose person uses the file as it is.
    let now = SystemClock.now();
    copy.take_place_of(&ours, now, &mut *os_rng()).unwrap();
    save(&home, copy, now);
    home.run(["code", "github"]).refused(5, "No account has that name");
    let said = home.run(["recover", "github"]).done().to_owned();
    assert_eq!(said, "GitHub (alice) gives its former codes again.\n");
    home.run(["code", "github"]).done();
}
