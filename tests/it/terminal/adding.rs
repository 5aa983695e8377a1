//! `holdfast new`, `add` and `list`: what comes in, and that nothing is overwritten unasked.

use std::fs;

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

#[test]
fn only_new_makes_a_vault_so_that_a_mistyped_path_makes_none() {
    let home = Home::empty();
    let picture = home.picture("page.png", &[GITHUB]);
    let add = ["add".as_ref(), picture.as_os_str()];
    for said in [home.run(add), home.run(["list"]), home.run(["code", "git"])] {
        said.refused(8, "There is no vault at ");
        assert!(said.err.contains("check the path, or make a vault there with holdfast new."));
        assert!(!home.vault().exists() && !home.path("vault.lock").exists(), "{said:?}");
    }
    home.run(["new"]).done();
    assert_eq!(home.run(add).done(), "Added: GitHub (alice)\n");
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn a_new_vault_is_made_once_and_never_over_another() {
    let home = Home::empty();
    home.run_with(["new"], "short", &[]).refused(2, "fewer than 8 characters");
    assert!(!home.vault().exists());
    assert!(home.run(["new"]).done().starts_with("Made an empty vault at "));
    let before = fs::read(home.vault()).unwrap();
    home.run(["new"]).refused(1, "already; nothing was changed");
    assert_eq!(fs::read(home.vault()).unwrap(), before);
    let listed = home.run(["list"]);
    assert_eq!(listed.done(), "", "standard output is the list");
    assert_eq!(listed.err, "There is no account yet; `holdfast add` takes the first one.\n");
    assert_eq!(home.run(["list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn a_link_comes_in_as_argument_or_on_standard_input_and_so_does_a_picture() {
    let home = Home::new();
    assert_eq!(home.run(["add", GITHUB]).done(), "Added: GitHub (alice)\n");
    let other = "otpauth://totp/bob@example.org?secret=GEZDGNBVGY3TQOJQ";
    let said = home.run_with(["add", "-"], super::program::PASSPHRASE, other.as_bytes());
    assert_eq!(said.done(), "Added: bob@example.org\n");
    assert!(said.err.contains("80 bits") || said.err.contains("short"), "a remark: {said:?}");
    let hotp = "otpauth://hotp/Bank:eve?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=5";
    let bytes = fs::read(home.picture("third.png", &[hotp])).unwrap();
    let renamed = ["add", "-", "--issuer", "My bank"];
    let said = home.run_with(renamed, super::program::PASSPHRASE, &bytes);
    assert_eq!(said.done(), "Added: My bank (eve)\n");
    assert_eq!(home.run(["list"]).done().lines().count(), 3);
}

#[test]
fn standard_input_gives_the_passphrase_or_the_link() {
    let home = Home::new();
    let output = home.command(["--passphrase-fd", "0", "add", "-"]).output().unwrap();
    super::program::Said::from(output).refused(2, "cannot give both the passphrase and the link");
}

#[test]
fn codes_of_steam_are_told_as_five_letters_long() {
    let home = Home::new();
    home.run(["add", "otpauth://steam/Steam:ann?secret=JBSWY3DPEHPK3PXP"]).done();
    let list: serde_json::Value =
        serde_json::from_str(home.run(["list", "--json"]).done()).unwrap();
    assert_eq!(list[0]["digits"], 5, "{list}");
}

#[test]
fn a_bare_key_needs_a_name() {
    let home = Home::new();
    let key = b"jbsw y3dp ehpk 3pxp\n";
    home.run_with(["add", "-"], super::program::PASSPHRASE, key)
        .refused(2, "--issuer or --account");
    let named = ["add", "-", "--issuer", "Forge", "--account", "ann"];
    let said = home.run_with(named, super::program::PASSPHRASE, key);
    assert_eq!(said.done(), "Added: Forge (ann)\n");
}

#[test]
fn a_key_that_may_be_a_part_of_one_is_not_taken_unasked() {
    let home = Home::new();
    let link = "otpauth://totp/Forge:ann?secret=GE&issuer=Forge";
    home.run(["add", link]).refused(3, "only 8 bits");
    home.run(["add", link]).refused(3, "To add it all the same, say --short-key.");
    assert_eq!(home.run(["list"]).done(), "");
    let said = home.run(["add", link, "--short-key"]);
    assert_eq!(said.done(), "Added: Forge (ann)\n");
    assert!(said.err.contains("only 8 bits"), "{said:?}");
}

#[test]
fn the_same_secret_is_already_here_and_the_same_names_are_asked_about() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    let said = home.run(["add", GITHUB]);
    assert_eq!(said.done(), "Already here: GitHub (alice)\n");
    assert_eq!(said.err, "", "a short key is remarked on where it is added, and nowhere else");
    assert_eq!(home.run(["add", GITHUB, "--json"]).json()["outcome"], "already_here");
    home.run(["add", GITHUB_AGAIN]).refused(7, "--replace (you re-enrolled) or --keep-both");
    assert_eq!(fs::read(home.vault()).unwrap(), before, "asked, and not touched");
    assert_eq!(home.run(["add", GITHUB_AGAIN, "--keep-both"]).done(), "Added: GitHub (alice)\n");
    assert_eq!(home.run(["list"]).done(), "GitHub (alice), 1 of 2\nGitHub (alice), 2 of 2\n");
    let asked = home.run(["code", "alice"]);
    asked.refused(6, "2 accounts have that name");
    let told = |apart: &str| asked.err.contains(&format!("  GitHub (alice), {apart}\n"));
    assert!(told("1 of 2") && told("2 of 2"), "where one is to be chosen, too: {asked:?}");
}

#[test]
fn the_same_secret_with_other_parameters_needs_a_word_too() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    let eight = format!("{GITHUB}&digits=8");
    let said = home.run(["add", &eight]);
    said.refused(7, "is here with the same secret and 6 digits where this one says 8 digits; say");
    assert_eq!(said.err.lines().count(), 1, "no remark where nothing was added: {said:?}");
    assert_eq!(fs::read(home.vault()).unwrap(), before, "asked, and not touched");
    let both = ["add", &eight, "--keep-both", "--issuer", "Other", "--json"];
    assert_eq!(home.run(both).json()["outcome"], "added");
    let replaced = home.run(["add", &format!("{GITHUB}&digits=7"), "--replace"]);
    replaced.refused(6, "Several accounts are like this one");
    assert_eq!(home.run(["code", "github"]).done().trim().len(), 6);
    assert_eq!(home.run(["code", "other"]).done().trim().len(), 8);
    // What is here to the last parameter is kept twice only where that is said.
    assert_eq!(home.run(["add", &eight, "--replace"]).done(), "Already here: Other (alice)\n");
    assert_eq!(home.run(["add", &eight, "--keep-both"]).done(), "Added: GitHub (alice)\n");
    assert_eq!(home.opened().entries().len(), 3);
}

#[test]
fn a_counter_goes_back_only_where_that_is_said() {
    let home = Home::new();
    let bank = |counter: u32| {
        format!("otpauth://hotp/Bank:eve?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter={counter}")
    };
    let counter = || home.run(["list", "--json"]).json()[0]["counter"].as_u64().unwrap();
    home.run(["add", &bank(7)]).done();
    let said = home.run(["add", &bank(5)]);
    assert_eq!(said.done(), "Already here: Bank (eve)\n");
    assert!(said.err.contains("further on than this one's and stays"), "{said:?}");
    home.run(["add", &bank(9)]).refused(7, "its counter at 7 where this one says its counter at 9");
    assert_eq!(counter(), 7);
    for wanted in [9, 5] {
        let replaced = home.run(["add", &bank(wanted), "--replace"]);
        assert_eq!(replaced.done(), "Replaced: Bank (eve)\n");
        assert_eq!(counter(), u64::from(wanted));
    }
}

#[test]
fn a_secret_is_replaced_when_that_is_said() {
    let home = Home::new();
    let first = home.run(["add", GITHUB, "--json"]).json();
    let said = home.run(["add", GITHUB_AGAIN, "--replace"]);
    assert_eq!(said.done(), "Replaced: GitHub (alice)\n");
    let vault = home.opened();
    let [entry] = vault.entries() else { panic!("one account") };
    assert_eq!(entry.id.to_string(), first["id"], "the same account");
    let secret = vault.secret(entry.id).unwrap();
    assert_eq!(secret.to_base32().as_str(), "KRSXG5CTMVRXEZLU");
}

#[test]
fn of_two_barcodes_the_person_says_which() {
    let home = Home::new();
    let bob = "otpauth://totp/Forge:bob?secret=KRSXG5CTMVRXEZLU&issuer=Forge";
    let picture = home.picture("two.png", &[GITHUB, bob]);
    let picture = picture.to_str().unwrap();
    let said = home.run(["add", picture]);
    said.refused(2, "There are 2 accounts in this picture; say which one with --barcode:");
    assert!(said.err.contains("GitHub (alice)") && said.err.contains("Forge (bob)"), "{said:?}");
    let second = if said.err.find("GitHub") < said.err.find("Forge") { "2" } else { "1" };
    let third = "There is no number 3 among the 2 accounts in this picture; say which one";
    home.run(["add", picture, "--barcode", "3"]).refused(2, third);
    let error: serde_json::Value =
        serde_json::from_str(&home.run(["add", picture, "--json"]).err).unwrap();
    let candidates = error["error"]["candidates"].as_array().unwrap();
    let bob = candidates.iter().find(|one| one["account"] == "bob").unwrap();
    assert_eq!(bob["barcode"].to_string(), second);
    assert_eq!(home.run(["add", picture, "--barcode", second]).done(), "Added: Forge (bob)\n");
    // A web address beside it is no second account.
    let poster = home.picture("poster.png", &["https://example.org/", GITHUB]);
    assert_eq!(home.run(["add".as_ref(), poster.as_os_str()]).done(), "Added: GitHub (alice)\n");
}

#[test]
fn of_two_links_the_person_says_which() {
    let home = Home::new();
    let bob = "otpauth://totp/Forge:bob?secret=KRSXG5CTMVRXEZLU&issuer=Forge";
    for between in ["\n", " ", "\r\n\r\n  "] {
        let both = format!("{GITHUB}{between}{bob}\n");
        let said = home.run_with(["add", "-"], PASSPHRASE, both.as_bytes());
        said.refused(2, "There are 2 accounts on standard input; say which one with --barcode:");
        assert!(said.err.contains("\n  1  GitHub (alice)\n  2  Forge (bob)"), "{said:?}");
        assert!(!said.err.contains("KRSX"), "{said:?}");
    }
    // None is passed over because another is good.
    let bad = format!("{GITHUB}\notpauth://totp/Forge:bob\n");
    let said = home.run_with(["add", "-"], PASSPHRASE, bad.as_bytes());
    said.refused(3, "Link 2 of 2: ");
    assert_eq!(home.run(["list"]).done(), "");
    let both = format!("{GITHUB}\n{bob}\n");
    let second = home.run_with(["add", "-", "--barcode", "2"], PASSPHRASE, both.as_bytes());
    assert_eq!(second.done(), "Added: Forge (bob)\n");
}

#[test]
fn a_part_of_a_move_list_is_told_as_one() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let list = home.run(["move", "list"]).done().to_owned();
    let part = list.lines().find(|line| line.starts_with("HOLDFAST-MOVE:")).unwrap();
    let said = home.run_with(["add", "-"], PASSPHRASE, part.as_bytes());
    said.refused(
        3,
        "This is a part of a move list, which names accounts and holds no key; read it",
    );
}

#[test]
fn the_list_is_sorted_and_shows_no_secret_and_no_control_character() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    home.run(["add", GITHUB_AGAIN, "--issuer", "bank\u{1b}[31m", "--account", "eve"]).done();
    let listed = home.run(["list"]);
    assert_eq!(listed.done(), "bank\u{fffd}[31m (eve)\nGitHub (alice)\n");
    // What turns the text around it is as little to be seen as what colours it.
    let turned = ["add", "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", "--issuer", "\u{202e}knab"];
    assert_eq!(home.run(turned).done(), "Added: \u{fffd}knab (a)\n");
    let json = home.run(["list", "--json"]);
    assert_eq!(json.json()[1]["issuer"], "GitHub");
    assert_eq!(json.json()[1]["period"], 30);
    assert!(!json.out.contains("JBSW") && !json.out.contains("KRSX"), "{json:?}");
}

#[test]
fn a_steam_link_of_a_password_manager_is_added_and_gives_five_letters() {
    let home = Home::new();
    let link = b"steam://GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    home.run_with(["add", "-", "--account", "alice"], PASSPHRASE, link).done();
    assert_eq!(home.run(["list"]).done(), "Steam (alice)\n");
    assert_eq!(home.run(["code", "steam"]).done().trim().len(), 5);
}
