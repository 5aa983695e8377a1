//! Measures what the window costs while nobody does anything: `cargo run --example idle_cpu -- 12 60`
//! opens it on a vault of 12 accounts, prints the share of a core that it took over 60 seconds, and fails
//! above the limit. `./dev bench window` runs it.
//!
//! It is the real window on the real display (or `xvfb-run`), unlocked, with a file of its own.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast::ui::Actions;
use holdfast::window;
use holdfast_model::ports::Clock;
use holdfast_model::vault::{Cost, NewEntry, Passphrase, Vault};
use holdfast_otp::{Parameters, Secret};
use slint::{ComponentHandle, Timer, TimerMode};

const PASSPHRASE: &str = "brackish lantern otter violin";

/// The most that it may cost, in hundredths of a core.
const LIMIT: f64 = 2.0;

/// Until the window is drawn and the vault open.
const SETTLE: Duration = Duration::from_secs(5);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let accounts: u32 = arguments.next().context("name the number of accounts")?.parse()?;
    let seconds: u64 = arguments.next().map_or(Ok(60), |text| text.parse())?;

    let folder = tempfile::tempdir()?;
    let vault = folder.path().join("vault");
    write_vault(&vault, accounts)?;
    let shell = window::open(vault, None)?;

    let unlock = Timer::default();
    let weak = shell.window().as_weak();
    unlock.start(TimerMode::SingleShot, Duration::from_secs(1), move || {
        if let Some(window) = weak.upgrade() {
            window.global::<Actions>().invoke_unlock(PASSPHRASE.into());
        }
    });
    let weak = shell.window().as_weak();
    let above = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&above);
    std::thread::spawn(move || {
        std::thread::sleep(SETTLE);
        let before = busy_seconds();
        std::thread::sleep(Duration::from_secs(seconds));
        let after = busy_seconds();
        if let (Ok(before), Ok(after)) = (before, after) {
            let share = 100.0 * (after - before) / seconds as f64;
            report(accounts, seconds, share);
            told.store(share > LIMIT, Ordering::Relaxed);
        }
        let _ = weak.upgrade_in_event_loop(|window| {
            let _ = window.hide();
        });
    });
    shell.window().run()?;
    anyhow::ensure!(!above.load(Ordering::Relaxed), "that is more than {LIMIT} %");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figure is what this program is for")]
fn report(accounts: u32, seconds: u64, share: f64) {
    println!("{accounts} accounts: {share:.2} % of a core over {seconds} s");
}

#[expect(clippy::disallowed_methods, reason = "this program makes a vault to open")]
fn write_vault(path: &std::path::Path, accounts: u32) -> anyhow::Result<()> {
    let (now, mut rng) = (SystemClock.now(), os_rng());
    let mut vault = Vault::create(&Passphrase::new(PASSPHRASE), Cost::FLOOR, now, &mut *rng)?;
    for number in 0..accounts {
        let entry = NewEntry {
            issuer: Some(format!("Service {number}")),
            account: format!("mara{number}@example.org"),
            parameters: Parameters::default(),
        };
        vault.add(entry, &Secret::generate(&mut *rng), now, &mut *rng)?;
    }
    fs::write(path, vault.seal(now, &mut *rng)?)?;
    Ok(())
}

/// The processor time that this process took so far, in seconds (proc(5): the times in
/// `/proc/self/stat` count hundredths).
#[expect(clippy::disallowed_methods, reason = "this program reads its own times")]
fn busy_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().context("no name in stat")?;
    let ticks: Vec<&str> = fields.split_whitespace().skip(11).take(2).collect();
    let [user, system] = ticks.as_slice() else { anyhow::bail!("no times in stat") };
    Ok((user.parse::<f64>()? + system.parse::<f64>()?) / 100.0)
}
