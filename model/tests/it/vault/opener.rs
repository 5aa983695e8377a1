//! The independent opener of `docs/open_vault.py` reads what this crate writes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::attack::SLOTS_AT;
use super::frozen::{V1, V1_PASSPHRASE};
use super::slots::slot_bounds;
use super::*;

const OPENER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/open_vault.py");
const PACKAGES: &str = "import cryptography, argon2";

#[test]
fn the_opener_reads_a_vault_of_this_crate() {
    let Some(python) = python() else { return };
    let (mut vault, ids) = sample(1);
    vault.rename(ids[0], Some("Exa\"mple\n"), "näme").unwrap();
    let file = temporary("fresh", &sealed(&mut vault, 2));
    let output = open(&python, &file, PASSPHRASE);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    for (number, entry) in vault.entries().iter().enumerate() {
        let line = lines[number];
        assert!(line.contains(&format!("\"id\": \"{}\"", entry.id)), "{line}");
        assert!(line.contains(&format!("\"added_at\": {}", entry.added_at.0)), "{line}");
        let secret = match vault.secret(entry.id) {
            Ok(secret) => format!("\"{}\"", secret.to_base32().as_str()),
            Err(_) => "null".to_owned(),
        };
        assert!(line.contains(&format!("\"secret\": {secret}")), "{line}");
    }
    assert!(lines[0].contains(r#""issuer": "Exa\"mple\n", "account": "näme""#), "{}", lines[0]);
    assert!(lines[0].contains(r#""kind": "totp", "algorithm": "SHA1", "digits": 6"#));
    assert!(lines[1].contains(r#""algorithm": "SHA512", "digits": 8, "period": 60"#));
    assert!(lines[2].contains(r#""issuer": null"#) && lines[2].contains(r#""counter": 5"#));
    assert!(lines[3].contains(r#""kind": "steam""#), "{}", lines[3]);
}

#[test]
fn the_opener_takes_the_first_line_of_a_file_for_the_passphrase_as_the_program_does() {
    let Some(python) = python() else { return };
    let (mut vault, _) = sample(1);
    let file = temporary("lines", &sealed(&mut vault, 2));
    for (after, opens) in
        [("", true), ("\n", true), ("\r\n", true), ("\nand more\n", true), (" \n", false)]
    {
        let output = open(&python, &file, &format!("{PASSPHRASE}{after}"));
        assert_eq!(output.status.success(), opens, "{after:?}: {output:?}");
    }
}

#[test]
fn the_opener_reads_the_trash_and_the_notes() {
    let Some(python) = python() else { return };
    let (mut vault, ids) = sample(1);
    vault.set_note(ids[0], "a \"note\"").unwrap();
    vault.set_step(ids[0], holdfast_model::move_list::Step::Confirmed, NOW).unwrap();
    vault.exchange_secret(ids[1], Parameters::default(), &secret(9), NOW, &mut rng(3)).unwrap();
    let file = temporary("trash", &sealed(&mut vault, 2));
    let output = open(&python, &file, PASSPHRASE);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[0].contains(r#""note": "a \"note\"", "step": "confirmed""#), "{}", lines[0]);
    let former = secret(1).to_base32();
    let trashed = format!("\"secret\": \"{}\", \"in_trash_since\": {}", former.as_str(), NOW.0);
    assert!(lines[5].contains(&trashed), "{}", lines[5]);
}

#[test]
fn the_opener_reads_the_frozen_vault_with_a_passphrase_typed_otherwise() {
    let Some(python) = python() else { return };
    let file = temporary("frozen", V1);
    let output = open(&python, &file, &V1_PASSPHRASE.replace('ä', "a\u{308}"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("Größte Bank") && text.contains("GIZDEMRSGIZDEMRSGIZDEMRSGIZDEMRS"));
}

#[test]
fn the_opener_refuses_what_this_crate_refuses() {
    let Some(python) = python() else { return };
    let mut damaged = V1.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let cut = &V1[..V1.len() - 1];
    for (name, bytes, passphrase) in [
        ("wrong", V1, "wrong"),
        ("damaged", &damaged, V1_PASSPHRASE),
        ("cut", cut, V1_PASSPHRASE),
        ("foreign", b"{}", V1_PASSPHRASE),
    ] {
        let output = open(&python, &temporary(name, bytes), passphrase);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(sentence.lines().count(), 1, "{name}: {sentence}");
    }
}

/// What hung or ended in a traceback once.
#[test]
fn the_opener_gives_one_sentence_for_what_was_made_to_harm() {
    let Some(python) = python() else { return };
    let (mut vault, _) = sample(1);
    let file = sealed(&mut vault, 2);
    let with_cost = |numbers: [u32; 3]| {
        let mut file = file.clone();
        let numbers = numbers.map(u32::to_be_bytes).concat();
        file[SLOTS_AT + 4..SLOTS_AT + 16].copy_from_slice(&numbers);
        mend_checksum(&mut file);
        file
    };
    let together = seven_of_the_dearest(&vault);
    let keyless = vault.seal_content(&vault.content()[38..], &mut rng(3)).unwrap();
    for (name, bytes, passphrase, words) in [
        (
            "passes",
            with_cost([19 * 1024, u32::MAX, 1]),
            PASSPHRASE.as_bytes(),
            "more time than is safe",
        ),
        ("memory", with_cost([u32::MAX, 2, 1]), PASSPHRASE.as_bytes(), "more memory than is safe"),
        ("cores", with_cost([19 * 1024, 2, 5]), PASSPHRASE.as_bytes(), "more processor cores than"),
        ("together", together, PASSPHRASE.as_bytes(), "more time than is safe"),
        ("lanes", with_cost([19 * 1024, 2, 0]), PASSPHRASE.as_bytes(), "too weakly"),
        ("keyless", keyless, PASSPHRASE.as_bytes(), "one key of the secrets"),
        ("no text", file.clone(), b"\xff\xfe", "not UTF-8"),
    ] {
        let output = open_with(&python, &temporary(name, &bytes), passphrase);
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{name}: {sentence}");
        assert_eq!(sentence.lines().count(), 1, "{name}: {sentence}");
        assert!(sentence.contains(words), "{name}: {sentence}");
    }
}

/// The opener on a machine that has no more memory than the cheapest slot takes.
const SHORT_OF_MEMORY: &str = r#"
import importlib.util, sys
spec = importlib.util.spec_from_file_location("opener", sys.argv[1])
opener = importlib.util.module_from_spec(spec)
spec.loader.exec_module(opener)
stretch = opener.argon2.low_level.hash_secret_raw
def within(**asked):
    if asked["memory_cost"] > 19 * 1024:
        raise MemoryError
    return stretch(**asked)
opener.argon2.low_level.hash_secret_raw = within
sys.argv = sys.argv[1:]
opener.main()
"#;

#[test]
fn the_opener_calls_no_passphrase_wrong_that_it_had_no_memory_to_try() {
    let Some(python) = python() else { return };
    let (mut vault, _) = sample(1);
    let dear = Passphrase::new("the dearer one");
    let cost = Cost::new(20 * 1024, 2, 1).unwrap();
    vault.add_slot(NewSlot::Passphrase { passphrase: &dear, cost }, &mut rng(3)).unwrap();
    let file = temporary("dear", &sealed(&mut vault, 2));
    for (typed, told) in [
        (
            "the dearer one",
            "none of the ways in that could be tried; for another there is not enough",
        ),
        (PASSPHRASE, ""),
    ] {
        let script = ["-c", SHORT_OF_MEMORY, OPENER];
        let output = run(Command::new(&python).args(script).arg(&file), typed.as_bytes());
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), told.is_empty(), "{sentence}");
        assert!(sentence.contains(told), "{sentence}");
    }
    // Where there is memory for it, it opens.
    assert!(open(&python, &file, "the dearer one").status.success());
}

/// Each within its bounds, and most of a minute for all of them.
fn seven_of_the_dearest(vault: &Vault) -> Vec<u8> {
    let (mut vault, key) = (vault.clone(), device_key());
    for _ in 0..6 {
        // As long as a slot of a passphrase.
        let slot = NewSlot::Device { name: "a name of 20 letters", blob: b"wrapped", key: &key };
        vault.add_slot(slot, &mut rng(4)).unwrap();
    }
    let mut file = sealed(&mut vault, 5);
    let dearest = [512 * 1024, 4, 1].map(u32::to_be_bytes).concat();
    for (start, _) in [0, 2, 3, 4, 5, 6, 7].map(|number| slot_bounds(&file, number)) {
        file[start + 3] = 1;
        file[start + 4..start + 16].copy_from_slice(&dearest);
    }
    mend_checksum(&mut file);
    assert_eq!(
        Vault::open(&file, &passphrase()).map(|_| ()),
        Err(OpenError::TooCostly(Excess::Time))
    );
    file
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
/// The Python with the packages of the opener; `./dev` installs one and names it.
pub(super) fn python() -> Option<String> {
    let python = std::env::var("HOLDFAST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", PACKAGES]).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{python} lacks cryptography or argon2-cffi, which CI must have"
    );
    eprintln!("SKIPPED: {python} lacks cryptography or argon2-cffi");
    None
}

fn open(python: &str, vault: &Path, passphrase: &str) -> Output {
    open_with(python, vault, passphrase.as_bytes())
}

fn open_with(python: &str, vault: &Path, passphrase: &[u8]) -> Output {
    run(Command::new(python).arg(OPENER).arg(vault), passphrase)
}

fn run(command: &mut Command, passphrase: &[u8]) -> Output {
    let mut child = command
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(passphrase).unwrap();
    child.wait_with_output().unwrap()
}

/// A file that is deleted with its guard.
fn temporary(name: &str, bytes: &[u8]) -> tempfile::TempPath {
    let mut file = tempfile::Builder::new().prefix(name).tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.into_temp_path()
}
