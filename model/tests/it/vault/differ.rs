//! Thousands of vaults that another program might have written: this crate and the independent opener say
//! the same of each.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use holdfast_model::move_list::Step;
use holdfast_model::vault::Entry;
use rand_chacha::rand_core::Rng;
use serde_json::{Value, json};

use super::attack::SLOTS_AT;
use super::opener::python;
use super::*;

/// The opener over a folder of files, one line of JSON for each. What the passphrase is stretched to is
/// remembered, so that thousands take seconds.
const DRIVER: &str = r#"
import functools, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("opener", sys.argv[1])
opener = importlib.util.module_from_spec(spec)
spec.loader.exec_module(opener)
stretch = opener.argon2.low_level.hash_secret_raw
opener.argon2.low_level.hash_secret_raw = functools.lru_cache(stretch)
for number in range(int(sys.argv[3])):
    with open(f"{sys.argv[2]}/{number}", "rb") as file:
        try:
            print(json.dumps(list(opener.open_vault(file.read(), sys.argv[4]))))
        except opener.CannotOpen as error:
            print(json.dumps({"error": str(error)}))
"#;

type Fields = Vec<(u16, Vec<u8>)>;

fn fields(mut bytes: &[u8]) -> Option<Fields> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_first_chunk::<6>()?;
        let length = u32::from_be_bytes(head[2..].try_into().unwrap()) as usize;
        let (value, rest) = rest.split_at_checked(length)?;
        fields.push((u16::from_be_bytes([head[0], head[1]]), value.to_vec()));
        bytes = rest;
    }
    Some(fields)
}

fn joined(fields: &Fields) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, value) in fields {
        out.extend_from_slice(&tag.to_be_bytes());
        out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
        out.extend_from_slice(value);
    }
    out
}

/// A number below `end`.
fn below(rng: &mut impl Rng, end: usize) -> usize {
    rng.next_u32() as usize % end.max(1)
}

/// Bytes that another program could have meant, or not.
fn spoil(value: &mut Vec<u8>, rng: &mut impl Rng) {
    let at = below(rng, value.len());
    match below(rng, 6) {
        0 if !value.is_empty() => value[at] ^= 1 << below(rng, 8),
        1 if !value.is_empty() => value[at] = [0, 1, 3, 4, 5, 6, 11, 0xff][below(rng, 8)],
        2 => value.truncate(at),
        3 => value.extend_from_slice(&vec![b'x'; [1, 1_020, 1_030, 4_100][below(rng, 4)]]),
        4 => value.clear(),
        _ => value.insert(at, 0x80),
    }
}

/// One change among fields, and within an entry as often.
fn change(fields: &mut Fields, rng: &mut impl Rng) {
    let at = below(rng, fields.len());
    match below(rng, 12) {
        0 => drop(fields.remove(at)),
        1 => {
            let copy = fields[at].clone();
            fields.insert(at, copy);
        }
        2 => fields[at..].rotate_left(1),
        3 => fields[at].0 = [0, 1, 2, 3, 7, 11, 12, 40][below(rng, 8)],
        4 => fields.push((40, b"of a newer version".to_vec())),
        5 => spoil(&mut fields[at].1, rng),
        _ => {
            let (tag, value) = &mut fields[at];
            let head = if *tag == 3 { 24 } else { 0 };
            match value.get(head..).and_then(self::fields) {
                Some(mut within) if (2..=3).contains(tag) && !within.is_empty() => {
                    let field = below(rng, within.len());
                    match below(rng, 4) {
                        0 => change(&mut within, rng),
                        _ => spoil(&mut within[field].1, rng),
                    }
                    value.truncate(head);
                    value.extend(joined(&within));
                }
                _ => spoil(value, rng),
            }
        }
    }
}

/// The content with each number at, within and beyond its bounds, in an entry of each kind.
fn at_every_bound(content: &Fields) -> Vec<Fields> {
    let mut all = vec![[vec![(0, vec![])], content.clone()].concat()];
    for (at, (tag, value)) in content.iter().enumerate() {
        let head = match tag {
            2 => 0,
            3 => 24,
            _ => continue,
        };
        let record = fields(&value[head..]).unwrap();
        let mut with = |record: &Fields| {
            let mut changed = content.clone();
            changed[at].1.truncate(head);
            changed[at].1.extend(joined(record));
            all.push(changed);
        };
        for (field, (tag, value)) in record.iter().enumerate() {
            let mut set = |value: Vec<u8>| {
                let mut record = record.clone();
                record[field].1 = value;
                with(&record);
            };
            for length in
                [0, 1, 7, 8, 9, 15, 16, 17, 44, 45, 1_024, 1_025, 1_068, 1_069, 4_096, 4_097]
            {
                let mut value = value.clone();
                value.resize(length, b'x');
                set(value);
            }
            if *tag == 2 {
                for (place, number) in (0..3).flat_map(|place| (0..12).map(move |n| (place, n))) {
                    let mut value = value.clone();
                    value[place] = number;
                    set(value);
                }
                for period in [0u32, 1, 30, 86_400, 86_401] {
                    set([&value[..3], &period.to_be_bytes()].concat());
                }
            }
            if *tag == 10 {
                (0..6).for_each(|step| set([&[step], &value[1..]].concat()));
            }
        }
        for tag in 0..14 {
            with(&[record.clone(), vec![(tag, vec![1; 9]), (tag, vec![1; 9])]].concat());
        }
    }
    all
}

/// A file with its header changed, and its checksum right.
fn with_another_header(file: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut file = file.to_vec();
    let end = header_end(&file) - 32;
    let costs = SLOTS_AT + 4..SLOTS_AT + 16;
    match below(rng, 5) {
        // What a guess would cost is not left to chance, lest it costs that.
        0 => {
            let of = |numbers: [u32; 3]| numbers.map(u32::to_be_bytes).concat();
            let cost = [
                of([19 * 1024, u32::MAX, 1]),
                of([u32::MAX, 2, 1]),
                of([512 * 1024, 5, 1]),
                of([19 * 1024, 2, 0]),
                of([19 * 1024, 2, 5]),
                of([19 * 1024 - 1, 2, 1]),
                of([19 * 1024, 1, 1]),
                of([0, 0, 0]),
            ];
            file[costs].copy_from_slice(&cost[below(rng, 8)]);
        }
        1 => {
            let at = below(rng, file.len());
            file.truncate(at);
            return file;
        }
        2 => {
            file.push(0);
            return file;
        }
        _ => {
            let at = below(rng, end);
            if !costs.contains(&at) {
                file[at] = [0, 1, 2, 0xff][below(rng, 4)];
            }
        }
    }
    if header_end(&file) == end + 32 {
        mend_checksum(&mut file);
    }
    file
}

fn entry(vault: &Vault, entry: &Entry) -> Value {
    let mut told = json!({
        "id": entry.id.to_string(),
        "issuer": entry.issuer,
        "account": entry.account,
        "added_at": entry.added_at.0,
        "secret": null,
    });
    let parameters = entry.parameters;
    let (kind, period) = match parameters.kind {
        Kind::Totp { period } => ("totp", period.seconds()),
        Kind::Hotp { counter } => {
            told["counter"] = counter.into();
            ("hotp", 0)
        }
        Kind::Steam => ("steam", 30),
    };
    let is_steam = kind == "steam";
    told["kind"] = kind.into();
    if kind != "hotp" {
        told["period"] = period.into();
    }
    let algorithm = if is_steam { Algorithm::Sha1 } else { parameters.algorithm };
    told["algorithm"] = algorithm.to_string().into();
    told["digits"] = if is_steam { 5 } else { parameters.digits.count() }.into();
    if entry.has_secret() {
        match vault.secret(entry.id) {
            Ok(secret) => told["secret"] = secret.to_base32().as_str().into(),
            Err(_) => told["secret_is_damaged"] = true.into(),
        }
    }
    if !entry.care.note.is_empty() {
        told["note"] = entry.care.note.clone().into();
    }
    if let Some((step, _)) = entry.care.step {
        told["step"] = match step {
            Step::ToDo => "to do",
            Step::ReEnrolled => "re-enrolled",
            Step::Confirmed => "confirmed",
            Step::Retired => "retired",
        }
        .into();
    }
    told
}

/// What this crate says of a vault: the accounts, those that cannot be read, and the trash.
fn told_here(vault: &Vault) -> [Vec<Value>; 3] {
    let entries = vault.entries().iter().map(|one| entry(vault, one)).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let aside = vault.quarantined().iter().map(|one| hex(one.bytes()).into()).collect();
    let trash = vault.trash().iter().map(|item| {
        // Its secret opens under the account's name, so it is asked for as if it were the account's.
        let mut brought_back = vault.clone();
        while let Some(there) = brought_back.entries().first().map(|entry| entry.id) {
            brought_back.remove(there).unwrap();
        }
        brought_back.recover(item.id, NOW, &mut rng(1)).unwrap();
        let mut told = entry(&brought_back, &brought_back.entries()[0]);
        told["in_trash_since"] = item.thrown_at.0.into();
        told
    });
    [entries, aside, trash.collect()]
}

/// The same from what the opener printed.
fn told_there(printed: &Value) -> [Vec<Value>; 3] {
    let mut told = [vec![], vec![], vec![]];
    for one in printed.as_array().unwrap() {
        match one {
            _ if one["in_trash_since"].is_number() => told[2].push(one.clone()),
            // Of the trash this crate keeps what cannot be read without a word.
            _ if one["in_trash"] == true => {}
            _ if one["unreadable"].is_string() => told[1].push(one["unreadable"].clone()),
            _ => told[0].push(one.clone()),
        }
    }
    told
}

#[track_caller]
fn compare(vault: &Vault, printed: &Value) {
    let (mut here, mut there) = (told_here(vault), told_there(printed));
    let ids: Vec<_> = vault.trash().iter().map(|item| item.id).collect();
    if ids.iter().any(|id| ids.iter().filter(|other| *other == id).count() > 1) {
        // Two under one name cannot be told apart from out here.
        assert_eq!(here[2].len(), there[2].len());
        here[2].clear();
        there[2].clear();
    }
    assert_eq!(here, there);
}

/// A part of the sentence by which the opener says the same.
fn in_its_words(error: OpenError) -> &'static str {
    match error {
        OpenError::NotAVault => "not a Holdfast vault",
        OpenError::NewerVersion { .. } => "needs a reader of version",
        OpenError::CutShort => "cut short",
        OpenError::TooLong => "added to its end",
        OpenError::Damaged => "is damaged: ",
        OpenError::WrongPassphrase => "passphrase does not open",
        OpenError::NoPassphrase => "has no passphrase",
        OpenError::TooCostly(Excess::Memory) => "more memory than is safe to give",
        OpenError::TooCostly(Excess::Time) => "more time than is safe to give",
        OpenError::TooCostly(Excess::Lanes) => "more processor cores than is safe to give",
        OpenError::TooCheap => "too weakly",
        _ => "nothing that can be said of a file",
    }
}

#[expect(clippy::disallowed_methods, reason = "the opener reads files")]
fn printed_of(python: &str, files: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    for (number, file) in files.iter().enumerate() {
        fs::write(folder.path().join(number.to_string()), file).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/open_vault.py");
    let mut driver = Command::new(python);
    driver.args(["-c", DRIVER]).arg(script).arg(folder.path());
    driver.arg(files.len().to_string()).arg(PASSPHRASE).stderr(Stdio::inherit());
    let output = driver.output().unwrap();
    assert!(output.status.success(), "the opener fell over");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A vault with one of everything, its content as fields.
fn known() -> (Vault, Fields) {
    let (mut vault, ids) = sample(1);
    vault.set_note(ids[0], "a nöte").unwrap();
    vault.set_step(ids[1], Step::Confirmed, NOW).unwrap();
    vault.exchange_secret(ids[1], Parameters::default(), &secret(9), NOW, &mut rng(3)).unwrap();
    sealed(&mut vault, 1);
    let fields = fields(&vault.content()).unwrap();
    (vault, fields)
}

#[test]
fn of_any_content_this_crate_and_the_opener_say_the_same() {
    let Some(python) = python() else { return };
    let (vault, content) = known();
    let rng = &mut rng(11);
    let mut contents = at_every_bound(&content);
    for _ in 0..2_000 {
        let mut fields = content.clone();
        for _ in 0..=below(rng, 2) {
            change(&mut fields, rng);
        }
        contents.push(fields);
    }
    let files = contents.iter().map(|fields| vault.seal_content(&joined(fields), rng).unwrap());
    let files: Vec<Vec<u8>> = files.collect();
    let (mut opened, mut aside) = (0, 0);
    for (file, printed) in files.iter().zip(printed_of(&python, &files)) {
        match vault.reopen(file) {
            Ok(here) => {
                opened += 1;
                aside += here.quarantined().len();
                compare(&here, &printed);
            }
            Err(refused) => {
                let said = printed["error"].as_str().unwrap_or("nothing");
                assert!(said.starts_with("The vault is damaged: "), "{refused}, but there: {said}");
            }
        }
    }
    // Neither all of them nor none.
    let all = files.len();
    assert!(
        (all / 2..all - 100).contains(&opened) && aside > all / 4,
        "of {all} {opened} opened, {aside} entries set aside"
    );
}

#[test]
fn of_any_header_this_crate_and_the_opener_say_the_same() {
    let Some(python) = python() else { return };
    let (mut vault, _) = known();
    let file = sealed(&mut vault, 2);
    let rng = &mut rng(12);
    let files: Vec<_> = (0..200).map(|_| with_another_header(&file, rng)).collect();
    let mut refusals = std::collections::BTreeSet::new();
    for (file, printed) in files.iter().zip(printed_of(&python, &files)) {
        match Vault::open(file, &passphrase()) {
            Ok(here) => compare(&here, &printed),
            Err(refused) => {
                let said = printed["error"].as_str().unwrap_or("nothing");
                assert!(said.contains(in_its_words(refused)), "{refused}, but there: {said}");
                refusals.insert(in_its_words(refused));
            }
        }
    }
    assert!(refusals.len() >= 7, "{refusals:?}");
}
