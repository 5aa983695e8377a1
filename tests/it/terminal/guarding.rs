//! The passphrase changed in a terminal, and an older copy of the vault file told of.

use std::fs;
use std::process::Stdio;

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Stamp, Storage};
use holdfast_model::vault::{
    Cost, DeviceKey, Method, NewSlot, OpenError, Passphrase, Vault, header_of,
};
use rexpect::session::spawn_command;

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

const NEW: &str = "crabs walk sideways home";

fn change(home: &Home, present: &str, new: &str) -> std::process::Output {
    change_with(home, present, new, &[])
}

/// `holdfast passphrase`, with both passphrases on descriptors.
fn change_with(home: &Home, present: &str, new: &str, how: &[&str]) -> std::process::Output {
    fs::write(home.path("present"), present).unwrap();
    fs::write(home.path("new"), new).unwrap();
    let plain = home.command(["passphrase", "--passphrase-fd", "7", "--new-passphrase-fd", "8"]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", r#"exec 7<"$0" 8<"$1"; shift; exec "$@""#]);
    command.arg(home.path("present")).arg(home.path("new"));
    command.arg(plain.get_program()).args(plain.get_args()).args(how);
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_changed_passphrase_leaves_nothing_that_the_one_before_opens() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    assert!(home.path("vault.previous").exists(), "the generation before the last change");
    let done = change(&home, PASSPHRASE, NEW);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let files: Vec<_> = fs::read_dir(home.path(""))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    for file in &files {
        let bytes = fs::read(file).unwrap();
        assert_ne!(bytes, before, "{}", file.display());
        let opened = Vault::open(&bytes, &Passphrase::new(PASSPHRASE)).map(|_| ());
        let expected =
            if *file == home.vault() { OpenError::WrongPassphrase } else { OpenError::CutShort };
        let no_vault = opened == Err(OpenError::NotAVault);
        assert!(opened == Err(expected) || no_vault, "{}: {opened:?}", file.display());
    }
    home.run(["list"]).refused(4, "does not open the vault");
    assert!(home.run_with(["list"], NEW, b"").done().contains("GitHub"));
    let sealed = holdfast::host::desktop::storage::VaultFile::at(home.vault()).load().unwrap();
    let vault = Vault::open(&sealed.unwrap(), &Passphrase::new(NEW)).unwrap();
    let [slot] = vault.header().slots() else { panic!("one slot") };
    let Method::Passphrase { cost: Ok(cost) } = slot.method() else { panic!("a passphrase") };
    // Found out on this machine, whatever it is: never less than the least.
    assert!(cost.memory_kib() >= Cost::FLOOR.memory_kib() && cost.passes() >= 2, "{cost:?}");
}

#[test]
fn a_passphrase_is_not_changed_without_the_present_one_or_to_a_poor_one() {
    let home = Home::new();
    let before = fs::read(home.vault()).unwrap();
    for (present, new, exit) in [("not the passphrase", NEW, 4), (PASSPHRASE, "password", 2)] {
        let done = change(&home, present, new);
        assert_eq!(done.status.code(), Some(exit), "{done:?}");
    }
    assert_eq!(fs::read(home.vault()).unwrap(), before);
}

/// A vault that two passphrases and a device open.
fn in_three_ways() -> Home {
    let home = Home::new();
    let added = change_with(&home, PASSPHRASE, SECOND, &["--beside"]);
    assert!(String::from_utf8(added.stdout).unwrap().contains("opens this vault too"));
    let (mut vault, mut rng) = (home.opened(), os_rng());
    let key = DeviceKey::generate(&mut *rng);
    let device = NewSlot::Device { name: "Pixel 7", blob: b"", key: &key };
    vault.add_slot(device, &mut *rng).unwrap();
    let sealed = vault.seal(SystemClock.now(), &mut *rng).unwrap();
    let file = VaultFile::at(home.vault());
    let present = Stamp::of(&file.load().unwrap().unwrap());
    file.save(&sealed, Expected::Stamped(present)).unwrap();
    home
}

const SECOND: &str = "seven grey herons wade home";
const WAYS: &str =
    "every other way to open this vault too: the device “Pixel 7” and another passphrase.";

#[test]
fn a_second_passphrase_opens_the_vault_beside_the_first() {
    let home = in_three_ways();
    for passphrase in [PASSPHRASE, SECOND] {
        home.run_with(["list"], passphrase, b"").done();
    }
    let again = change_with(&home, PASSPHRASE, SECOND, &["--beside"]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(String::from_utf8(again.stderr).unwrap().contains("opens the vault already"));
    assert_eq!(home.opened().header().slots().len(), 3);
}

#[test]
fn a_script_changes_no_passphrase_with_which_other_ways_would_go_unless_it_says_so() {
    let home = in_three_ways();
    let before = fs::read(home.vault()).unwrap();
    let refused = change(&home, PASSPHRASE, NEW);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(WAYS) && told.contains("say --yes"), "{told}");
    assert!(fs::read(home.vault()).unwrap() == before);

    let done = change_with(&home, PASSPHRASE, NEW, &["--yes"]);
    assert!(done.status.success(), "{done:?}");
    for passphrase in [PASSPHRASE, SECOND] {
        home.run_with(["list"], passphrase, b"").refused(4, "does not open the vault");
    }
    home.run_with(["list"], NEW, b"").done();
}

#[test]
fn whoever_changes_the_passphrase_at_the_terminal_is_told_before_which_ways_go() {
    for (answer, slots) in [("n", 3), ("y", 1)] {
        let home = in_three_ways();
        let mut terminal = spawn_command(home.command(["passphrase"]), Some(30_000)).unwrap();
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(SECOND).unwrap();
        let told = terminal.exp_string("(y/n)").unwrap();
        // This terminal shows only the letters of ASCII as they are.
        assert!(told.contains("Pixel 7") && told.contains("and another passphrase."), "{told}");
        terminal.send_line(answer).unwrap();
        if answer == "y" {
            for prompt in ["New passphrase", "The same again: "] {
                terminal.exp_string(prompt).unwrap();
                terminal.send_line(NEW).unwrap();
            }
        }
        terminal.exp_eof().unwrap();
        let sealed = VaultFile::at(home.vault()).load().unwrap().unwrap();
        assert_eq!(header_of(&sealed).unwrap().slots().len(), slots);
    }
}

#[test]
fn where_no_new_passphrase_can_be_asked_for_its_own_option_is_named() {
    let home = Home::new();
    let refused = home.run(["passphrase"]);
    refused.refused(2, "give it with --new-passphrase-fd.");
}

/// A vault that was put back as it was one account before.
fn put_back() -> Home {
    let home = Home::new();
    home.run(["list"]).done();
    let older = fs::read(home.vault()).unwrap();
    home.run(["add", GITHUB]).done();
    fs::write(home.vault(), older).unwrap();
    home
}

#[test]
fn a_script_is_told_of_an_older_copy_each_time_and_goes_on() {
    let home = put_back();
    for _ in 0..2 {
        let said = home.run(["list"]);
        said.done();
        assert!(said.err.contains("is an older copy: it was written on 20"), "{said:?}");
    }
    let said = home.run(["list", "--json"]);
    said.json();
    let warning: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(warning["warning"]["code"], "older_copy");
}

#[test]
fn a_newer_copy_beside_an_older_vault_is_set_aside_and_named() {
    let home = Home::new();
    let older = fs::read(home.vault()).unwrap();
    home.run(["add", GITHUB]).done();
    home.run(["add", "otpauth://totp/ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]).done();
    let newer = fs::read(home.path("vault.previous")).unwrap();
    fs::write(home.vault(), older).unwrap();
    for _ in 0..2 {
        let said = home.run(["list"]);
        assert_eq!(said.done(), "");
        assert!(
            said.err.contains("vault.set-aside, a copy of this vault beside it, holds"),
            "{said:?}"
        );
        assert!(said.err.contains("is an older copy"), "{said:?}");
    }
    home.run(["add", GITHUB_AGAIN]).done();
    assert_eq!(fs::read(home.path("vault.set-aside")).unwrap(), newer, "no save touches it");
    fs::rename(home.path("vault.set-aside"), home.vault()).unwrap();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn the_copy_of_another_vault_is_set_aside_and_named() {
    let (home, other) = (Home::new(), Home::new());
    home.run(["add", GITHUB]).done();
    let copy = fs::read(home.path("vault.previous")).unwrap();
    fs::copy(other.vault(), home.vault()).unwrap();
    let said = home.run(["list", "--json"]);
    said.json();
    let warning: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(warning["warning"]["code"], "set_aside");
    let sentence = warning["warning"]["message"].as_str().unwrap();
    assert!(sentence.contains("vault.set-aside, which lay beside this vault"), "{sentence}");
    assert_eq!(fs::read(home.path("vault.set-aside")).unwrap(), copy);
    home.run(["add", GITHUB]).done();
    assert_eq!(fs::read(home.path("vault.set-aside")).unwrap(), copy, "no save touches it");
    assert_eq!(home.run(["list"]).err, "", "told once");
}

#[test]
fn an_older_copy_that_a_script_saves_on_is_told_of_whatever_its_number() {
    let home = put_back();
    for (account, last) in [("ann", 'A'), ("bob", 'B'), ("cleo", 'C')] {
        let uri = format!("otpauth://totp/{account}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ{last}");
        home.run(["add", &uri]).done();
        let said = home.run(["list"]);
        said.done();
        assert!(said.err.contains("goes on from an older copy: it was written on 20"), "{said:?}");
    }
}

#[test]
fn a_vault_that_is_gone_is_told_from_one_that_never_was() {
    let home = Home::new();
    assert!(!home.run(["list"]).err.contains("One was there"));
    home.run(["add", GITHUB]).done();
    fs::remove_file(home.vault()).unwrap();
    fs::remove_file(home.path("vault.previous")).ok();
    let said = home.run(["list"]);
    assert!(said.err.contains("One was there, last saved on 20"), "{said:?}");
}

#[test]
fn a_machine_that_cannot_remember_says_so_and_answers_all_the_same() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let state = home.path("state");
    fs::remove_dir_all(&state).ok();
    fs::write(&state, "a file where the folder should be").unwrap();
    let said = home.run(["list"]);
    said.done();
    assert!(
        said.err.contains("cannot remember which save of the vault is the newest ("),
        "{said:?}"
    );
    assert!(said.err.contains(&state.display().to_string()), "{said:?}");
    let said = home.run(["list", "--json"]);
    let warning: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(warning["warning"]["code"], "no_memo");
}

#[test]
fn whoever_accepts_an_older_copy_at_the_terminal_is_not_told_again() {
    for (answer, told_again) in [("n", true), ("y", false)] {
        let home = put_back();
        let mut terminal = spawn_command(home.command(["list"]), Some(30_000)).unwrap();
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
        terminal.exp_string("is an older copy").unwrap();
        terminal.exp_string("(y/n)").unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap();
        let said = home.run(["list"]);
        said.done();
        assert_eq!(said.err.contains("is an older copy"), told_again, "{answer}: {said:?}");
    }
}
