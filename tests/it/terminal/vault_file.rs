//! What else may lie where the vault should be, and under what circumstances: told in one sentence, and
//! what was there is there afterwards.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use holdfast_testkit::installed;

use super::program::{GITHUB, Home, PASSPHRASE, Said};

const OTHER: &str = "otpauth://totp/Forge:bob?secret=KRSXG5CTMVRXEZLU&issuer=Forge";

/// Every command that opens a vault, and the one that makes it, is refused in this one sentence (`new`
/// in one of its own), and the file stays as it is.
#[track_caller]
fn refused_and_kept(home: &Home, bytes: &[u8], sentence: &str) {
    fs::write(home.vault(), bytes).unwrap();
    let begun = |arguments: &[&str]| home.run(arguments);
    for arguments in [
        &["list"][..],
        &["code", "git"],
        &["add", GITHUB],
        &["passphrase"],
        &["move", "list"],
        &["move", "retire", "--yes"],
    ] {
        let said = begun(arguments);
        said.refused(8, sentence);
        assert_eq!(said.err.lines().count(), 1, "{arguments:?}: {said:?}");
        let named = format!("holdfast: The file {} ", home.vault().display());
        assert!(said.err.starts_with(&named), "{arguments:?}: {said:?}");
    }
    let error: serde_json::Value = serde_json::from_str(&begun(&["list", "--json"]).err).unwrap();
    assert_eq!(error["error"]["code"], "no_vault", "{error}");
    begun(&["new"]).refused(1, "already; nothing was changed.");
    assert_eq!(fs::read(home.vault()).unwrap(), bytes);
}

#[test]
fn a_file_of_another_program_is_left_to_it() {
    let home = Home::empty();
    for other in [
        &b"\x89PNG\r\n\x1a\n and so on"[..],
        b"SQLite format 3\0 and so on",
        b"Holdfas, as a text begins",
        b"{\"version\":1}\n",
        &[0xff; 4096],
        &[0; 4096],
    ] {
        refused_and_kept(&home, other, " is not a Holdfast vault; choose the file that");
    }
}

#[test]
fn a_vault_of_a_newer_version_waits_for_the_newer_program() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let mut newer = fs::read(home.vault()).unwrap();
    // Version and least version (docs/vault.md), and the checksum over all before it.
    newer[8..12].copy_from_slice(&[0, 2, 0, 2]);
    let header = u32::from_be_bytes(newer[12..16].try_into().unwrap()) as usize;
    let checksum = sha256(&newer[..header - 16], &home);
    newer[header - 16..header + 16].copy_from_slice(&checksum);
    refused_and_kept(&home, &newer, "written by a newer Holdfast; update Holdfast to open it.");
}

/// As another program computes it.
fn sha256(bytes: &[u8], home: &Home) -> Vec<u8> {
    let file = home.path("to-sum");
    fs::write(&file, bytes).unwrap();
    let said = Command::new("sha256sum").arg(&file).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    (0..32).map(|at| u8::from_str_radix(&said[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn a_vault_that_was_cut_or_grew_or_was_changed_is_told_as_what_it_is() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let whole = fs::read(home.vault()).unwrap();
    // As long as there is a copy of the generation before, that is named.
    refused_and_kept(&home, &whole[..whole.len() - 1], "put the copy from before the last change");
    fs::write(home.vault(), &whole).unwrap();
    home.run(["list"]).done();
    refused_and_kept(&home, &whole[..whole.len() - 1], " is cut short; put a whole copy");
    refused_and_kept(&home, &[], " is cut short; put a whole copy");
    let grown = [&whole[..], b"\n"].concat();
    refused_and_kept(&home, &grown, "has something added to its end; put a whole copy");
    let mut zeroed = whole.clone();
    zeroed[200..].fill(0);
    refused_and_kept(&home, &zeroed, " is damaged; put a whole copy");
    fs::write(home.vault(), &whole).unwrap();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn a_folder_in_its_place_is_left_with_what_is_in_it() {
    let home = Home::empty();
    fs::create_dir(home.vault()).unwrap();
    fs::write(home.vault().join("photo"), "x").unwrap();
    for arguments in [&["list"][..], &["add", GITHUB], &["new"]] {
        let said = home.run(arguments);
        said.refused(8, "there is a folder of that name; move it away, or name a file in it.");
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
    }
    assert_eq!(fs::read(home.vault().join("photo")).unwrap(), b"x");
    assert!(!home.path("vault.lock").exists());
}

#[test]
fn a_link_leads_to_the_vault_and_stays_a_link() {
    let home = Home::new();
    fs::create_dir(home.path("disk")).unwrap();
    fs::rename(home.vault(), home.path("disk/mine")).unwrap();
    fs::remove_file(home.path("vault.lock")).unwrap();
    symlink("disk/mine", home.vault()).unwrap();
    home.run(["add", GITHUB]).done();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
    assert!(fs::symlink_metadata(home.vault()).unwrap().is_symlink());
    // What belongs to it lies where it lies (docs/vault.md).
    assert!(home.path("disk/mine.lock").exists() && !home.path("vault.lock").exists());

    fs::rename(home.path("disk"), home.path("unplugged")).unwrap();
    for arguments in [&["list"][..], &["add", GITHUB], &["new"]] {
        home.run(arguments).refused(8, "link to a file that is missing; connect the disk it is on");
    }
    fs::rename(home.path("unplugged"), home.path("disk")).unwrap();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
}

#[test]
fn links_that_lead_in_a_circle_are_told_as_that() {
    let home = Home::empty();
    symlink("vault", home.path("other")).unwrap();
    symlink("other", home.vault()).unwrap();
    for arguments in [&["list"][..], &["add", GITHUB], &["new"]] {
        let said = home.run(arguments);
        said.refused(8, "The vault file is a link that leads back to itself; remove the link");
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
    }
}

/// Runs a command under another program that changes what it meets.
fn under(home: &Home, program: &Path, before: &[&str], arguments: &[&str]) -> Said {
    let plain = home.command(arguments);
    let mut command = Command::new(program);
    command.args(before).arg(plain.get_program()).args(plain.get_args());
    command.args(["--passphrase-fd", "0"]).current_dir(home.path(""));
    command.env_remove("HOLDFAST_VAULT");
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    use std::io::Write;
    child.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes()).unwrap();
    Said::from(child.wait_with_output().unwrap())
}

#[test]
fn in_a_folder_that_may_not_be_written_the_vault_is_read_and_kept() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    let mode = |mode| fs::set_permissions(home.path(""), fs::Permissions::from_mode(mode)).unwrap();
    // Root may write everywhere, so the program runs without that privilege.
    let without = ["--bounding-set", "-all", "--inh-caps", "-all"];
    let run = |arguments: &[&str]| {
        if rustix::process::geteuid().is_root() {
            under(&home, Path::new("setpriv"), &without, arguments)
        } else {
            home.run(arguments)
        }
    };
    mode(0o500);
    let (listed, coded, added) = (run(&["list"]), run(&["code", "git"]), run(&["add", OTHER]));
    mode(0o700);
    assert_eq!(listed.done(), "GitHub (alice)\n");
    assert_eq!(coded.done().trim().len(), 6);
    added.refused(9, "The folder of the vault cannot be written to, so this was not saved;");
    assert_eq!(added.err.lines().count(), 1, "{added:?}");
    assert_eq!(fs::read(home.vault()).unwrap(), before);

    let empty = Home::empty();
    let mode =
        |mode| fs::set_permissions(empty.path(""), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    let made = if rustix::process::geteuid().is_root() {
        under(&empty, Path::new("setpriv"), &without, &["new"])
    } else {
        empty.run(["new"])
    };
    mode(0o700);
    made.refused(9, "cannot be written to, so this was not saved; check its permissions");
    assert_eq!(fs::read_dir(empty.path("")).unwrap().count(), 0);
}

#[test]
fn on_a_full_disk_a_new_vault_leaves_nothing_behind() {
    let home = Home::empty();
    // No file may grow, and the signal for it is ignored, as on a full disk.
    let full = ["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let said = under(&home, Path::new("sh"), &full, &["new"]);
    said.refused(9, "The disk is full, so this was not saved; free some space, then try again.");
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    home.run(["new"]).done();
}

#[test]
fn a_clock_that_cannot_be_right_is_remarked_on_and_refuses_nothing() {
    let Ok(faketime) = installed("faketime").map_err(|why| println!("skipped: {why}")) else {
        return;
    };
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let before = fs::read(home.vault()).unwrap();
    let at = |time: &str, arguments: &[&str]| under(&home, &faketime, &["-f", time], arguments);
    let (wrong, behind) = ("The clock of this device is wrong", "yet this vault was saved on 20");
    for (time, remark) in
        [("@1969-12-01 00:00:00", wrong), ("@2001-02-03 04:05:06", wrong), ("-2h", behind)]
    {
        let said = at(time, &["code", "git"]);
        assert_eq!(said.done().trim().len(), 6, "{time}: {said:?}");
        assert!(said.err.contains(remark) && said.err.lines().count() == 1, "{time}: {said:?}");
        let said = at(time, &["list", "--json"]);
        assert_eq!(said.json()[0]["account"], "alice");
        let warning: serde_json::Value = serde_json::from_str(&said.err).unwrap();
        assert_eq!(warning["warning"]["code"], "clock", "{time}: {said:?}");
    }
    for time in ["-2m", "+400d"] {
        assert_eq!(at(time, &["list"]).err, "", "{time}: nothing that can be told for certain");
    }
    assert_eq!(fs::read(home.vault()).unwrap(), before);
    // What is saved under such a clock is there afterwards too.
    at("@1969-12-01 00:00:00", &["add", OTHER]).done();
    assert_eq!(home.run(["list"]).done(), "Forge (bob)\nGitHub (alice)\n");
}

/// A vault begun beside a copy of another one would in time replace that copy, perhaps the last.
#[test]
fn a_vault_that_is_gone_while_its_copy_is_there_is_never_begun_anew() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    home.run(["add", OTHER]).done();
    let copy = home.path("vault.previous");
    let kept = fs::read(&copy).unwrap();
    fs::remove_file(home.vault()).unwrap();
    let sentence = format!("a copy of it from before the last change is at {}.", copy.display());
    for arguments in [&["list"][..], &["code", "git"], &["add", GITHUB], &["new"]] {
        home.run(arguments).refused(8, &sentence);
    }
    assert_eq!(fs::read(&copy).unwrap(), kept);
    assert!(!home.vault().exists());
    fs::rename(&copy, home.vault()).unwrap();
    assert_eq!(home.run(["list"]).done(), "GitHub (alice)\n");
    // Half a copy helps nobody, and keeps nobody from beginning.
    fs::remove_file(home.vault()).unwrap();
    fs::write(&copy, &kept[..kept.len() / 2]).unwrap();
    home.run(["new"]).done();
}
