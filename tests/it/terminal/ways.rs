//! The ways to open the vault, listed in a terminal, and one of them taken away.

use std::fs;
use std::process::{Command, Stdio};

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Stamp, Storage};
use holdfast_model::vault::{
    Cost, DeviceKey, Header, Method, NewSlot, OpenError, Passphrase, Vault, header_of,
};
use rexpect::session::spawn_command;

use super::program::{GITHUB, Home, PASSPHRASE, Said};

const SECOND: &str = "seven grey herons wade home";

/// A vault that two passphrases and then a device open, with a copy of the generation before.
fn in_three_ways() -> Home {
    let home = Home::new();
    let (mut vault, mut rng) = (home.opened(), os_rng());
    let (key, second) = (DeviceKey::generate(&mut *rng), Passphrase::new(SECOND));
    let dearer = Cost::new(20 * 1024, 3, 1).unwrap();
    let ways = [
        NewSlot::Passphrase { passphrase: &second, cost: dearer },
        NewSlot::Device { name: "Pixel 7", blob: b"", key: &key },
    ];
    for way in ways {
        vault.add_slot(way, &mut *rng).unwrap();
    }
    let sealed = vault.seal(SystemClock.now(), &mut *rng).unwrap();
    let file = VaultFile::at(home.vault());
    let present = Stamp::of(&file.load().unwrap().unwrap());
    file.save(&sealed, Expected::Stamped(present)).unwrap();
    home
}

fn header(home: &Home) -> Header {
    header_of(&fs::read(home.vault()).unwrap()).unwrap()
}

/// `holdfast ways remove`, with the passphrase and one to be kept on descriptors.
fn remove(home: &Home, passphrase: &str, how: &[&str], kept: &str) -> Said {
    fs::write(home.path("present"), passphrase).unwrap();
    fs::write(home.path("kept"), kept).unwrap();
    let plain = home.command(["ways", "remove"].iter().chain(how));
    let mut command = Command::new("sh");
    command.args(["-c", r#"exec 7<"$0" 8<"$1"; shift; exec "$@""#]);
    command.arg(home.path("present")).arg(home.path("kept"));
    command.arg(plain.get_program()).args(plain.get_args()).args(["--passphrase-fd", "7"]);
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).output().unwrap().into()
}

fn opens(home: &Home, passphrase: &str) -> Result<(), OpenError> {
    Vault::open(&fs::read(home.vault()).unwrap(), &Passphrase::new(passphrase)).map(|_| ())
}

#[test]
fn the_ways_are_listed_with_their_numbers_and_costs() {
    let home = in_three_ways();
    let said = home.run_with(["ways"], SECOND, b"");
    assert_eq!(
        said.done(),
        "1  a passphrase, 19 MiB and 2 passes a guess\n\
         2  a passphrase, 20 MiB and 3 passes a guess - the one just given\n\
         3  the device “Pixel 7”\n"
    );
    let ways = home.run_with(["ways", "--json"], SECOND, b"").json();
    assert_eq!((&ways[1]["passes"], &ways[1]["given"]), (&3.into(), &true.into()));
    assert_eq!((&ways[0]["number"], &ways[0]["given"]), (&1.into(), &false.into()));
    assert_eq!((&ways[2]["kind"], &ways[2]["name"]), (&"device".into(), &"Pixel 7".into()));
}

#[test]
fn a_way_that_is_taken_away_opens_nothing_more_and_those_that_are_given_go_on() {
    let home = in_three_ways();
    home.run(["add", GITHUB]).done();
    let before = header(&home);
    let said = remove(&home, PASSPHRASE, &["3", "--keep-passphrase-fd", "8"], SECOND);
    assert!(
        said.done().contains("Way 3, the device “Pixel 7”, opens this vault no more"),
        "{said:?}"
    );
    let after = header(&home);
    assert!(!after.has_same_key_as(&before), "the device's key still opens what it wrapped");
    assert!(!home.path("vault.previous").exists(), "the generation that the device opens");
    // Each at the cost that it had, in the order that they had.
    assert_eq!(after.slots().len(), 2);
    for (slot, former) in after.slots().iter().zip(before.slots()) {
        assert_eq!(slot.method(), former.method());
    }
    for passphrase in [PASSPHRASE, SECOND] {
        assert!(home.run_with(["list"], passphrase, b"").done().contains("GitHub"));
    }
}

#[test]
fn the_passphrase_that_was_given_can_be_the_one_that_goes() {
    let home = in_three_ways();
    let how = ["1", "--keep-passphrase-fd", "8", "--yes"];
    remove(&home, PASSPHRASE, &how, SECOND).done();
    assert_eq!(opens(&home, PASSPHRASE), Err(OpenError::WrongPassphrase));
    assert_eq!(opens(&home, SECOND), Ok(()));
    assert_eq!(header(&home).slots().len(), 1);
}

#[test]
fn a_script_takes_nothing_away_that_it_did_not_name() {
    let home = in_three_ways();
    let before = fs::read(home.vault()).unwrap();
    let keep = |number| vec![number, "--keep-passphrase-fd", "8"];
    for (how, kept, exit, words) in [
        (vec!["2"], "", 2, "goes with it, since only its own passphrase or device"),
        (vec!["2"], "", 2, "new key: 3 (the device “Pixel 7”). Nothing was changed"),
        (vec!["3"], "", 2, "new key: 2 (a passphrase). Nothing was changed"),
        (vec!["1", "--yes"], "", 2, "Without this way no passphrase would open the vault"),
        (vec!["0"], "", 2, "There is no way 0"),
        (vec!["4"], "", 2, "There is no way 4"),
        (keep("3"), "another one", 4, "on file descriptor 8, which was to be kept, does not open"),
        (keep("2"), SECOND, 2, "opens way 2, which is to go; nothing was changed"),
        (keep("3"), "", 2, "first line of file descriptor 8 is empty"),
    ] {
        remove(&home, PASSPHRASE, &how, kept).refused(exit, words);
        assert!(fs::read(home.vault()).unwrap() == before, "{how:?}");
    }
    remove(&home, "another one", &["3"], "").refused(4, "does not open the vault");
    remove(&home, PASSPHRASE, &["2", "--yes"], "").done();
    let left = header(&home);
    let [slot] = left.slots() else { panic!("{:?}", left.slots()) };
    assert!(matches!(slot.method(), Method::Passphrase { .. }), "{slot:?}");
    assert_eq!(opens(&home, PASSPHRASE), Ok(()));
}

#[test]
fn whoever_takes_one_away_at_the_terminal_is_asked_for_what_is_to_stay() {
    for (answer, slots) in [("n", 4), ("y", 2)] {
        let home = in_three_ways();
        let (mut vault, mut rng) = (home.opened(), os_rng());
        let third = Passphrase::new("a third passphrase");
        vault
            .add_slot(NewSlot::Passphrase { passphrase: &third, cost: Cost::FLOOR }, &mut *rng)
            .unwrap();
        let sealed = vault.seal(SystemClock.now(), &mut *rng).unwrap();
        let file = VaultFile::at(home.vault());
        let present = Stamp::of(&file.load().unwrap().unwrap());
        file.save(&sealed, Expected::Stamped(present)).unwrap();

        let mut terminal =
            spawn_command(home.command(["ways", "remove", "3"]), Some(30_000)).unwrap();
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
        let another = "Another passphrase that is to go on opening the vault (Enter for none): ";
        terminal.exp_string(another).unwrap();
        terminal.send_line("none of them").unwrap();
        terminal.exp_string("does not open the vault; try again.").unwrap();
        terminal.exp_string(another).unwrap();
        terminal.send_line(SECOND).unwrap();
        terminal.exp_string(another).unwrap();
        terminal.send_line("").unwrap();
        let told = terminal.exp_string("Take way 3 away? (y/n)").unwrap();
        assert!(told.contains("4 (a passphrase)."), "{told}");
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap();
        assert_eq!(header(&home).slots().len(), slots);
        assert_eq!(opens(&home, SECOND), Ok(()));
    }
}
