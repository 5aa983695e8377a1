//! What can be wrong on a day of moving, in the real program: one clear sentence, nothing lost, and
//! nothing moved that nobody confirmed.

use std::fs;

use holdfast_model::move_list::{
    ListId, ListKind, Listed, MAX_ACCOUNTS, Mark, MoveList, Step, text,
};
use holdfast_otp::{Parameters, UnixTime};

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

const LATER: &str = include_str!("../../data/move-list-of-a-later-version");
const OVER: &str = include_str!("../../data/move-list-of-10001");
/// The same person's account with another service.
const SHOP: &str = "otpauth://totp/Shop:alice?secret=MFRGGZDFMZTWQ2LK&issuer=Shop";

fn read(home: &Home, list: &str) -> super::program::Said {
    home.run_with(["move", "read", "--yes", "-"], PASSPHRASE, list.as_bytes())
}

/// A list of so many accounts with names of their own.
fn list_of(accounts: usize) -> MoveList {
    let listed = |number: usize| Listed {
        mark: Mark((number as u32).to_be_bytes()),
        issuer: format!("Service {number}"),
        account: format!("person.{number}@example.org"),
        parameters: Parameters::default(),
        step: Step::ToDo,
    };
    MoveList {
        id: ListId([7; 8]),
        kind: ListKind::Accounts,
        made_at: UnixTime(1_800_000_000),
        accounts: (0..accounts).map(listed).collect(),
    }
}

#[test]
fn a_list_that_is_newer_too_long_or_not_whole_changes_nothing() {
    let home = Home::new();
    home.run_with(["add", "-"], PASSPHRASE, GITHUB.as_bytes()).done();
    let before = fs::read(home.vault()).unwrap();
    read(&home, LATER)
        .refused(3, "made by a newer Holdfast; update Holdfast on this device first.");
    read(&home, OVER).refused(3, "This move list is larger than any that Holdfast makes;");

    let whole = text(&list_of(150)).unwrap();
    let parts: Vec<&str> =
        whole.lines().filter(|line| line.starts_with("HOLDFAST-MOVE:")).collect();
    assert!(parts.len() > 2, "{}", parts.len());
    let some = [parts[0], parts[2]].join("\n");
    let refused = read(&home, &some);
    refused.refused(3, "2");
    assert!(refused.err.contains("missing"), "{refused:?}");
    let mixed = format!("{}\n{}", parts[0], LATER);
    assert_eq!(read(&home, &mixed).exit, 3);
    assert!(fs::read(home.vault()).unwrap() == before, "the vault was changed");

    // Part by part in any order, and one of them twice, it is whole.
    let shuffled: Vec<&str> = parts.iter().rev().chain(&parts[..1]).copied().collect();
    let said = read(&home, &shuffled.join("\n"));
    assert!(said.done().starts_with("150 accounts now wait"), "{said:?}");
}

#[test]
fn ten_thousand_accounts_are_taken_and_not_one_twice() {
    let home = Home::new();
    let list = text(&list_of(MAX_ACCOUNTS)).unwrap();
    let said = read(&home, &list);
    assert!(said.done().starts_with("10000 accounts now wait"), "{}", &said.out[..80]);
    assert!(read(&home, &list).done().starts_with("Every account of this list is here already."));
    assert_eq!(home.opened().entries().len(), MAX_ACCOUNTS);
}

#[test]
fn nothing_of_a_list_is_added_unasked_and_what_was_goes_again_list_by_list() {
    let home = Home::new();
    home.run_with(["add", "-"], PASSPHRASE, GITHUB.as_bytes()).done();
    let before = fs::read(home.vault()).unwrap();
    let list = text(&list_of(MAX_ACCOUNTS)).unwrap();
    let unasked = home.run_with(["move", "read", "-"], PASSPHRASE, list.as_bytes());
    unasked.refused(
        2,
        "This list of 2027-01-15 names 10000 accounts, as its sender counts. None is here yet: they \
         will wait for their new barcodes. Nothing was changed; say --yes to take it.",
    );
    assert!(fs::read(home.vault()).unwrap() == before, "the vault was changed");
    home.run(["move", "discard"]).refused(1, "No account of this list waits; nothing was changed.");

    read(&home, &list).done();
    let own = MoveList { id: ListId([9; 8]), ..list_of(2) };
    let named = |listed: &Listed| Listed { issuer: "My shop".into(), ..listed.clone() };
    let own = MoveList { accounts: own.accounts.iter().map(named).collect(), ..own };
    read(&home, &text(&own).unwrap()).done();
    let which = home.run(["move", "discard"]);
    which.refused(2, "Accounts of several lists wait; say which list is meant:");
    assert!(which.err.contains("\n  0707070707070707  10000 waiting, came "), "{which:?}");
    assert!(which.err.contains("\n  0909090909090909  2 waiting, came "), "{which:?}");
    assert!(which.err.contains("\n                    My shop ("), "{which:?}");
    home.run(["move", "discard", "0707"]).refused(1, "No account of this list waits");
    let gone = home.run(["move", "discard", "0707070707070707"]);
    assert!(gone.done().starts_with("10000 accounts that waited are removed:\n  "), "{gone:?}");
    assert!(
        gone.out.ends_with("\n  and 9990 more\n") && gone.out.lines().count() == 12,
        "{gone:?}"
    );
    assert_eq!(home.opened().entries().len(), 3, "what else waits, goes on waiting");
    let gone = home.run(["move", "discard", "--json"]).json();
    assert_eq!(gone["removed"], 2);
    assert!(gone["names"][1].as_str().is_some_and(|name| name.starts_with("My shop")), "{gone}");
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn a_strangers_list_adds_what_waits_and_touches_nothing_that_is_here() {
    let home = Home::new();
    home.run_with(["add", "-"], PASSPHRASE, GITHUB.as_bytes()).done();
    let secret = |home: &Home| {
        let vault = home.opened();
        vault.secret(vault.entries()[0].id).unwrap()
    };
    let before = secret(&home);
    let mut list = list_of(1);
    (list.accounts[0].issuer, list.accounts[0].account) = ("GitHub".into(), "alice".into());
    let said = read(&home, &text(&list).unwrap());
    assert_eq!(
        said.done(),
        "Every account of this list is here already.\n\
         \x20 here already GitHub (alice)\n\
         Where the key that is here already is the new one, say so with holdfast move mark NAME \
         re-enrolled; else add its new barcode with --replace.\n"
    );
    assert!(home.run(["move", "status"]).done().contains("1 account: 1 to do."));
    home.run(["move", "mark", "github", "re-enrolled"]).done();
    let status = home.run(["move", "status"]).done().to_owned();
    assert!(status.contains("  re-enrolled  GitHub (alice)\n"), "{status}");
    assert_eq!(home.opened().entries().len(), 1);
    assert!(secret(&home) == before);
}

#[test]
fn the_barcode_of_another_account_fills_none_that_waits() {
    let home = Home::new();
    let mut list = list_of(2);
    (list.accounts[0].issuer, list.accounts[0].account) = ("GitHub".into(), "alice".into());
    (list.accounts[1].issuer, list.accounts[1].account) = ("GitHub".into(), "bob".into());
    read(&home, &text(&list).unwrap()).done();
    let waiting =
        |home: &Home| home.opened().entries().iter().filter(|entry| !entry.has_secret()).count();
    // Neither service: a new account beside those that wait.
    home.run_with(["add", "-"], PASSPHRASE, SHOP.as_bytes()).done();
    assert_eq!((home.opened().entries().len(), waiting(&home)), (3, 2));
    // The service, and a third account there: a question, not a guess.
    let carol = GITHUB.replace("alice", "carol");
    let asked = home.run_with(["add", "-"], PASSPHRASE, carol.as_bytes());
    asked.refused(7, "say --waiting NAME or --keep-both");
    assert_eq!((home.opened().entries().len(), waiting(&home)), (3, 2));
}

#[test]
fn a_new_device_wiped_half_way_begins_again_from_the_same_list() {
    let (old, new) = (Home::new(), Home::new());
    for uri in [GITHUB, SHOP] {
        old.run_with(["add", "-"], PASSPHRASE, uri.as_bytes()).done();
    }
    let list = old.run(["move", "list"]).done().to_owned();
    read(&new, &list).done();
    new.run_with(["add", "-"], PASSPHRASE, GITHUB_AGAIN.as_bytes()).done();
    let progress = new.run(["move", "list", "--progress"]).done().to_owned();
    read(&old, &progress).done();
    drop(new);

    // The old device still has all, and knows how far the lost one was; its list serves another one.
    assert_eq!(old.run(["list"]).done().lines().count(), 2);
    let status = old.run(["move", "status"]).done().to_owned();
    assert!(status.contains("1 to do, 1 re-enrolled"), "{status}");
    let again = Home::new();
    let list = old.run(["move", "list"]).done().to_owned();
    assert!(read(&again, &list).done().starts_with("2 accounts now wait"));
    // What the lost one had counts for nothing here, and the old one is not set back unasked.
    let progress = again.run(["move", "list", "--progress"]).done().to_owned();
    assert!(read(&old, &progress).done().starts_with("No account has come further since."));
    old.run(["move", "mark", "github", "to-do"]).done();
    assert!(old.run(["move", "status"]).done().contains("2 to do"));
}

#[test]
fn a_replaced_key_comes_back_for_thirty_days() {
    let home = Home::new();
    home.run_with(["add", "-"], PASSPHRASE, GITHUB.as_bytes()).done();
    let key = |home: &Home| {
        let vault = home.opened();
        vault.secret(vault.entries()[0].id).unwrap()
    };
    let first = key(&home);
    home.run(["recover", "github"]).refused(1, "No key of this account was replaced");
    home.run_with(["add", "-", "--replace"], PASSPHRASE, GITHUB_AGAIN.as_bytes()).done();
    let second = key(&home);
    assert!(second != first);
    assert_eq!(
        home.run(["recover", "github"]).done(),
        "GitHub (alice) gives its former codes again.\n"
    );
    assert!(key(&home) == first);
    home.run(["recover", "github"]).done();
    assert!(key(&home) == second, "the same once more takes it back");
    assert_eq!(home.opened().trash().len(), 1);
}
