//! Opening and saving vaults of growing size, apart from Argon2id: processor time and memory.
//!
//! Prints a table and ends with 1 where a target is missed: 1,000 accounts open and are saved in at
//! most 10 ms each, memory is at most three times the file, and time grows no faster than the file.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use holdfast_model::vault::{
    Cost, DeviceKey, MAX_FILE_LEN, NewEntry, NewSlot, Passphrase, Vault, header_of,
};
use holdfast_otp::{Parameters, Secret, UnixTime};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rustix::time::{ClockId, clock_gettime};

const NOW: UnixTime = UnixTime(1_800_000_000);
const SIZES: [usize; 3] = [10, 1_000, 10_000];
const RUNS: usize = 15;
const CHILD: &str = "--open-from-standard-input";
/// For 1,000 accounts.
const TARGET: Duration = Duration::from_millis(10);
/// Ten times the accounts may take this many times as long: linear, with room for noise.
const GROWTH: u32 = 15;

struct Measured {
    accounts: usize,
    file: usize,
    open: Duration,
    save: Duration,
    find: Duration,
    /// What opening it takes of memory at its peak, in bytes.
    memory: Option<usize>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args().any(|argument| argument == CHILD) {
        return child();
    }
    println!(
        "{:>8} {:>9} {:>11} {:>11} {:>11} {:>9}",
        "accounts", "file", "open", "save", "find secret", "memory"
    );
    let mut all = Vec::new();
    for accounts in SIZES {
        let measured = measure(accounts)?;
        println!("{}", line(&measured));
        all.push(measured);
    }
    let mut missed = false;
    for (sentence, holds) in verdicts(&all) {
        println!("{}: {sentence}", if holds { "met" } else { "MISSED" });
        missed |= !holds;
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(accounts: usize) -> Result<Measured, Box<dyn Error>> {
    let rng = &mut ChaCha20Rng::seed_from_u64(accounts as u64);
    let key = device_key();
    let mut vault = Vault::create(&Passphrase::new("bench"), Cost::FLOOR, NOW, rng)?;
    let slot = vault.add_slot(NewSlot::Device { name: "bench", blob: b"", key: &key }, rng)?;
    for number in 0..accounts {
        let new = NewEntry {
            issuer: Some(format!("Service number {number}")),
            account: format!("person.{number}@mail.example"),
            parameters: Parameters::default(),
        };
        vault.add(new, &Secret::generate(rng), NOW, rng)?;
    }
    let bytes = vault.seal(NOW, rng)?;
    let memory = peak_of_opening(&bytes)?;
    let open = median(|| Ok(black_box(Vault::open_with_device(&bytes, slot, &key)?).generation()))?;
    let save = median(|| Ok(black_box(vault.seal(NOW, rng)?).len() as u64))?;
    let absent = Secret::from_bytes(b"a secret that is not in it")?;
    let find = median(|| Ok(black_box(vault.find_same_secret(&absent)).len() as u64))?;
    Ok(Measured { accounts, file: bytes.len(), open, save, find, memory })
}

fn verdicts(all: &[Measured]) -> Vec<(String, bool)> {
    let mut verdicts = Vec::new();
    for measured in all.iter().filter(|measured| measured.accounts == 1_000) {
        let sentence = format!("1,000 accounts open and are saved within {TARGET:?} each");
        verdicts.push((sentence, measured.open.max(measured.save) <= TARGET));
    }
    if let [.., thousand, ten_thousand] = all {
        let within = |small: Duration, large: Duration| large <= small * GROWTH;
        let holds =
            within(thousand.open, ten_thousand.open) && within(thousand.save, ten_thousand.save);
        verdicts.push(("time grows with the number of accounts, not faster".to_owned(), holds));
        if let Some(memory) = ten_thousand.memory {
            let sentence = "10,000 accounts take at most three times the file in memory";
            verdicts.push((sentence.to_owned(), memory <= 3 * ten_thousand.file));
        }
    }
    verdicts
}

fn line(measured: &Measured) -> String {
    let memory = measured.memory.map_or("?".to_owned(), |bytes| format!("{} KiB", bytes / 1024));
    format!(
        "{:>8} {:>9} {:>11} {:>11} {:>11} {:>9}",
        measured.accounts,
        format!("{} KiB", measured.file / 1024),
        format!("{:.2?}", measured.open),
        format!("{:.2?}", measured.save),
        format!("{:.2?}", measured.find),
        memory
    )
}

/// The median processor time of `run`.
fn median(
    mut run: impl FnMut() -> Result<u64, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let before = clock_gettime(ClockId::ThreadCPUTime);
        black_box(run()?);
        let taken = clock_gettime(ClockId::ThreadCPUTime) - before;
        times.push(Duration::new(taken.tv_sec.try_into()?, taken.tv_nsec.try_into()?));
    }
    times.sort_unstable();
    Ok(times[RUNS / 2])
}

/// How far resident memory rises while a vault is opened, in bytes: measured in a process of its
/// own, for one that has freed memory before reuses it. `None` where the kernel does not say.
fn peak_of_opening(file: &[u8]) -> Result<Option<usize>, Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(CHILD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    // Dropping the pipe ends the input.
    child.stdin.take().ok_or("no pipe")?.write_all(file)?;
    let output = String::from_utf8(child.wait_with_output()?.stdout)?;
    Ok(output.trim().parse().ok())
}

/// The other side of [`peak_of_opening`].
fn child() -> Result<ExitCode, Box<dyn Error>> {
    let mut file = Vec::with_capacity(MAX_FILE_LEN);
    std::io::stdin().read_to_end(&mut file)?;
    let slot = header_of(&file)?.slots()[1].id();
    let before = status("VmRSS:");
    let vault = Vault::open_with_device(&file, slot, &device_key())?;
    let after = status("VmHWM:");
    drop(black_box(vault));
    if let (Some(before), Some(after)) = (before, after) {
        println!("{}", after.saturating_sub(before));
    }
    Ok(ExitCode::SUCCESS)
}

fn device_key() -> DeviceKey {
    DeviceKey::from_bytes(&[1; 32])
}

#[expect(clippy::disallowed_methods, reason = "the bench asks the kernel")]
fn status(name: &str) -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kib| kib * 1024)
}
