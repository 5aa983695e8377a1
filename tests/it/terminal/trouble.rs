//! Bad input and bad circumstances: one sentence each, a code of its own, and nothing lost.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Stamp, Storage};
use holdfast_model::vault::{Cost, Method, header_of};
use image::{GrayImage, Luma};

use super::program::{GITHUB, Home, PASSPHRASE};

#[test]
fn what_is_no_account_is_refused_and_the_vault_stays_as_it_was() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    fs::write(home.path("text.png"), "not a picture").unwrap();
    GrayImage::from_pixel(300, 300, Luma([200])).save(home.path("blank.png")).unwrap();
    home.picture("store.png", &["https://play.google.com/store/apps/details?id=org.example"]);
    home.picture("wifi.png", &["WIFI:T:WPA;S:net;P:pass;;"]);
    home.picture("words.png", &["hello"]);
    let cut = fs::read(home.picture("cut.png", &[GITHUB])).unwrap();
    fs::write(home.path("cut.png"), &cut[..cut.len() / 2]).unwrap();
    for (what, words) in [
        ("text.png", "This file is not a picture."),
        ("blank.png", "No barcode was found in this picture"),
        ("store.png", "This is a link to an app store"),
        ("wifi.png", "Wi-Fi"),
        ("words.png", "neither a two-factor barcode nor a key"),
        ("cut.png", "damaged or incomplete"),
        ("none.png", "There is no file at none.png"),
        (".", "There is a folder at"),
        ("https://example.org/", "link to a web page"),
        ("otpauth://totp/x?secret=!!!", ""),
    ] {
        let said = home.run(["add", what]);
        said.refused(3, words);
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
        assert!(!said.err.contains("panicked"), "{said:?}");
    }
    home.run_with(["add", "-"], PASSPHRASE, b"").refused(3, "There is no text");
    home.run_with(["add", "-"], PASSPHRASE, &[0xff; 100]).refused(3, "not a picture");
    assert_eq!(fs::read(home.vault()).unwrap(), before);
}

#[test]
fn a_wrong_passphrase_a_damaged_vault_and_no_vault_have_codes_of_their_own() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let whole = fs::read(home.vault()).unwrap();
    let wrong = home.run_with(["list"], "wrong horse battery", &[]);
    wrong.refused(4, "This passphrase does not open the vault");
    let error: serde_json::Value =
        serde_json::from_str(&home.run_with(["list", "--json"], "wrong", &[]).err).unwrap();
    assert_eq!(error["error"]["code"], "wrong_passphrase");
    for length in [0, 1, 8, 40, whole.len() / 2, whole.len() - 1] {
        fs::write(home.vault(), &whole[..length]).unwrap();
        let said = home.run(["code", "git"]);
        said.refused(8, "");
        assert_eq!(said.err.lines().count(), 1, "{length}: {said:?}");
        assert_eq!(home.run(["add", GITHUB]).exit, 8, "never made anew over a damaged one");
        assert_eq!(fs::read(home.vault()).unwrap(), whole[..length]);
    }
    let mut flipped = whole.clone();
    flipped[whole.len() - 20] ^= 1;
    fs::write(home.vault(), &flipped).unwrap();
    home.run(["list"]).refused(8, "");
    fs::write(home.vault(), &whole).unwrap();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn an_empty_passphrase_or_name_is_told_and_nothing_is_guessed() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let empty = "The first line of file descriptor 7 is empty; put the passphrase into it.";
    for first_line in ["", "\nsecond line", "\r"] {
        home.run_with(["list"], first_line, &[]).refused(2, empty);
    }
    let long = "p".repeat(64 * 1024 + 1);
    let cut = "The first line of file descriptor 7 is longer than 64 KiB";
    home.run_with(["list"], &long, &[]).refused(2, cut);
    home.run_with(["list"], &long[1..], &[]).refused(4, "");
    for name in ["", "  "] {
        home.run(["code", name]).refused(2, "The name is empty; say a part of the account's name");
    }
}

#[test]
fn a_path_that_holds_no_picture_is_named_as_what_it_is() {
    let home = Home::new();
    fs::create_dir(home.path("pictures")).unwrap();
    fs::write(home.path("empty.png"), []).unwrap();
    for (what, words) in [
        ("mistyped.png", "There is no file at mistyped.png; check the path."),
        ("pictures", "There is a folder at pictures; name a picture file in it."),
        ("pictures/none.png", "There is no file at pictures/none.png; check the path."),
        ("empty.png", ""),
        ("odd\u{1b}[31m.png", "There is no file at odd\u{fffd}[31m.png; check the path."),
    ] {
        let said = home.run(["add", what]);
        said.refused(3, words);
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
    }
}

#[test]
fn a_vault_path_that_cannot_be_one_is_told() {
    let home = Home::new();
    fs::create_dir(home.path("folder")).unwrap();
    for (path, exit) in [("folder", 8), ("vault/below", 8), ("none/below", 8)] {
        let mut command = home.command(["list", "--passphrase-fd", "0"]);
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        assert_eq!(args[args.len() - 2], "--vault");
        command = std::process::Command::new(command.get_program());
        command.args(&args[..args.len() - 1]).arg(home.path(path)).stdin(Stdio::null());
        let done = command.output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(exit), "{path}: {err}");
        assert_eq!(err.lines().count(), 1, "{path}: {err}");
    }
}

#[test]
fn without_a_display_the_window_has_an_exit_code_of_its_own() {
    let home = Home::new();
    let mut command = home.command([""; 0]);
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    let done = command.stdin(Stdio::null()).output().unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(10), "{err}");
    assert!(err.contains("There is no display to open the window on"), "{err}");
    let help = home.run(["--help"]);
    for exit in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130] {
        assert!(help.done().contains(&format!("\n  {exit}  ")), "{exit}: {help:?}");
    }
}

#[test]
fn a_second_instance_that_hangs_is_told() {
    let home = Home::new();
    let lock = fs::File::create(home.path("vault.lock")).unwrap();
    lock.lock().unwrap();
    home.run(["list"]).refused(8, "another program is saving it");
    drop(lock);
    home.run(["list"]).done();
}

#[test]
fn a_limit_on_the_size_of_files_loses_nothing() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    let plain =
        home.command(["add", "otpauth://totp/b?secret=KRSXG5CTMVRXEZLU", "--passphrase-fd=0"]);
    let mut child = std::process::Command::new("sh")
        // 512 bytes at most, and the signal for more ignored, as on a full disk.
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("XDG_STATE_HOME", home.path("state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    use std::io::Write;
    child.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.signal(), None);
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(9), "{err}");
    assert!(err.contains("The disk is full"), "{err}");
    assert_eq!(fs::read(home.vault()).unwrap(), before);
    assert!(!home.path("vault.new").exists());
}

#[test]
fn without_a_terminal_nothing_is_asked_and_nothing_hangs() {
    let home = Home::new();
    // A session of its own has no terminal, wherever the test is run.
    let plain = home.command(["list"]);
    let done = std::process::Command::new("setsid")
        .arg("--wait")
        .arg(plain.get_program())
        .args(plain.get_args())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    let err = String::from_utf8(done.stderr).unwrap();
    assert!(err.contains("give it with --passphrase-fd"), "{err}");
    let closed = home.command(["list", "--passphrase-fd", "99"]).output().unwrap();
    assert_eq!(closed.status.code(), Some(2));
    assert!(String::from_utf8(closed.stderr).unwrap().contains("file descriptor 99"));
}

#[test]
fn a_secret_on_a_command_line_that_is_not_understood_is_not_repeated() {
    let home = Home::new();
    for arguments in [&[GITHUB][..], &["add", GITHUB, GITHUB], &["code", "x", GITHUB]] {
        let said = home.run(arguments);
        said.refused(2, "The command line was not understood");
        assert!(!said.err.contains("JBSW"), "{said:?}");
    }
    home.run(["fly"]).refused(2, "fly");
    let said = home.run(["add", GITHUB, GITHUB, "--json"]);
    assert_eq!(
        error_of(&said)["message"],
        "The command line was not understood; see holdfast --help."
    );
    let help = home.run(["--help"]);
    assert!(help.done().contains("Exit codes:"), "{help:?}");
    let program = home.command([""; 0]).get_program().to_owned();
    let asked = std::process::Command::new(program).arg("help").output().unwrap();
    assert_eq!(String::from_utf8(asked.stdout).unwrap(), help.out, "however it is asked for");
    let add = home.run(["add", "--help"]);
    assert!(add.done().contains("every user of this machine can see its arguments"), "{add:?}");
}

#[test]
fn a_key_taken_for_an_argument_is_not_repeated() {
    let home = Home::new();
    for key in ["JBSWY3DPEHPK3PXP", "jbsw y3dp ehpk 3pxp", "JBSW-Y3DP-EHPK-3PXP"] {
        let said = home.run(["add", key]);
        said.refused(3, "if it is a key, give it on standard input");
        assert!(!said.err.to_lowercase().contains("jbsw"), "{said:?}");
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
    }
    home.run(["add", "picture"]).refused(3, "There is no file at picture; check the path.");
}

#[test]
fn whoever_stops_reading_gets_no_complaint_and_a_full_disk_does() {
    let home = Home::new();
    fs::write(home.path("passphrase"), PASSPHRASE).unwrap();
    let run = |arguments: &[&str], out: Stdio, err: Stdio| {
        let mut command = home.command(arguments);
        command.args(["--passphrase-fd", "0"]).stdout(out).stderr(err);
        command.stdin(fs::File::open(home.path("passphrase")).unwrap());
        let done = command.spawn().unwrap().wait_with_output().unwrap();
        (
            done.status.code(),
            [done.stdout, done.stderr].map(|said| String::from_utf8(said).unwrap()),
        )
    };
    let full = || Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap());
    // Remarks beside the answer that nobody takes do not make it fail.
    let added = run(&["add", GITHUB], Stdio::piped(), full());
    assert_eq!(added, (Some(0), ["Added: GitHub (alice)\n".to_owned(), String::new()]));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let closed = run(&["list"], writer.into(), Stdio::piped());
    assert_eq!(closed, (Some(0), [String::new(), String::new()]));
    let (exit, [_, said]) = run(&["list"], full(), Stdio::piped());
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("could not be written") && said.lines().count() == 1, "{said}");
}

/// The one line of JSON that an error is.
#[track_caller]
/// A vault with an account and an entry that cannot be read.
fn spoiled() -> Home {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    home.run(["add", "otpauth://totp/Mail:bob?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"]).done();
    let mut vault = home.opened();
    vault.spoil(vault.entries()[1].id).unwrap();
    let sealed = vault.seal(SystemClock.now(), &mut *os_rng()).unwrap();
    let file = VaultFile::at(home.vault());
    let present = Stamp::of(&file.load().unwrap().unwrap());
    file.save(&sealed, Expected::Stamped(present)).unwrap();
    home
}

#[test]
fn an_entry_that_cannot_be_read_is_listed_for_people_and_for_scripts() {
    let home = spoiled();
    let said = home.run(["list"]);
    assert_eq!(said.done(), "GitHub (alice)\n");
    assert!(said.err.starts_with("holdfast: Mail: bob: This entry is damaged"), "{said:?}");

    let said = home.run(["list", "--json"]);
    let listed = said.json();
    assert_eq!((listed.as_array().unwrap().len(), said.err.as_str()), (2, ""));
    assert_eq!(listed[0]["account"], "alice");
    assert_eq!(listed[1]["unreadable"]["name"], "Mail: bob");
    assert!(listed[1]["unreadable"]["reason"].as_str().unwrap().contains("is damaged"));
}

#[test]
fn what_is_worth_knowing_of_a_key_is_json_where_that_is_asked_for() {
    // 80 bits: enough to be taken, and fewer than there should be.
    let said = Home::new().run(["add", GITHUB, "--json"]);
    said.json();
    let warning: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(warning["warning"]["code"], "key");
}

fn error_of(said: &super::program::Said) -> serde_json::Value {
    assert_eq!((said.out.as_str(), said.err.lines().count()), ("", 1), "{said:?}");
    let mut whole: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    whole["error"].take()
}

#[test]
fn a_script_gets_a_command_line_that_is_not_understood_as_json_too() {
    let home = Home::new();
    for (arguments, what) in [
        (&["code", "--json"][..], "not provided: <NAME>"),
        (&["--json", "fly"], "'fly'"),
        (&["list", "--json", "--passphrase-fd", "x"], "'x'"),
        (&["list", "--json", "--colour"], "'--colour'"),
        (&["move", "--json"], "requires a subcommand"),
    ] {
        let said = home.run(arguments);
        let error = error_of(&said);
        assert_eq!((said.exit, &error["code"]), (2, &"usage".into()), "{said:?}");
        assert!(error["message"].as_str().unwrap().contains(what), "{said:?}");
    }
    // What stands behind -- is no flag, and help is no error.
    assert!(home.run(["code", "a", "b", "--", "--json"]).err.starts_with("error:"));
    assert!(home.run(["--help", "--json"]).done().contains("Exit codes:"));
    let said = home.run(["--json", "--camera-file", "none.png"]);
    assert_eq!((said.exit, &error_of(&said)["code"]), (2, &"usage".into()));
}

/// Where the system gives the program little memory: from what it starts with, on.
#[test]
fn without_memory_for_a_passphrase_one_sentence_says_so() {
    let home = Home::empty();
    fs::write(home.path("typed"), "seven grey herons wade home").unwrap();
    let within = |kib: u32, arguments: &[&str]| {
        let limited = format!("ulimit -v {kib}; exec 7<typed; exec \"$@\"");
        let plain = home.command(arguments);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &limited, "sh"]).arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(home.path("")).stdin(Stdio::null()).output().unwrap()
    };
    let starts = |kib: &u32| within(*kib, &["list", "--help"]).status.success();
    let least = (20_000..1_000_000).step_by(1_000).find(starts).expect("it starts with a gigabyte");
    for more in (2_000..30_000).step_by(4_000) {
        let done = within(least + more, &["new", "--passphrase-fd", "7"]);
        let said = String::from_utf8(done.stderr).unwrap();
        // Argon2id itself takes 19 MiB at the least.
        assert_eq!(done.status.code(), Some(1), "{more} KiB: {:?} {said}", done.status);
        assert!(said.starts_with("holdfast: There is not enough free memory to set "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        if more > 16_000 {
            break;
        }
    }
    assert!(!home.vault().exists());
    // With a little more than that the least cost is taken, before a dearer one or a refusal.
    let makes =
        |more: &u32| within(least + more, &["new", "--passphrase-fd", "7"]).status.success();
    (18_000..80_000).step_by(2_000).find(makes).expect("80 MiB are enough");
    let header = header_of(&fs::read(home.vault()).unwrap()).unwrap();
    let method = header.slots()[0].method();
    let Method::Passphrase { cost: Ok(cost) } = method else { panic!("{method:?}") };
    assert_eq!(cost.memory_kib(), Cost::FLOOR.memory_kib());
}
