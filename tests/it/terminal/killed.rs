//! The real program killed while it saves, at every system call and at a great many moments: the
//! vault then opens as the one before or as the one after, and takes the next change.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use holdfast_model::ports::Clock;
use holdfast_otp::Secret;

use super::program::{Home, PASSPHRASE};

/// Kills at the moments of a quick run, and of the long proof.
const FEW: u32 = 6;
const THOUSAND: u32 = 1_000;

/// The system calls that change files, and all that touch them.
const CHANGING: &str = "fsync,rename";
const TOUCHING: &str = "openat,mkdir,flock,write,fsync,rename,unlink,close,statx,fcntl";

#[test]
fn killed_before_each_call_that_changes_a_file_the_vault_is_whole() {
    kill_at_each(CHANGING);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_killed_before_each_call_that_touches_a_file_the_vault_is_whole() {
    kill_at_each(TOUCHING);
}

#[test]
fn killed_at_some_moments_the_vault_is_whole() {
    kill_at_moments(FEW);
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_killed_at_a_thousand_moments_the_vault_is_whole() {
    kill_at_moments(THOUSAND);
}

/// Kills the program before its first of these system calls, its second, and so on to the last.
fn kill_at_each(calls: &str) {
    if Command::new("strace").arg("-V").output().is_err() {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "strace is missing; `./dev test` installs it");
        println!("skipped: strace is not installed; `./dev test` installs it");
        return;
    }
    let mut trial = Trial::new();
    // One by one: strace counts each system call for itself.
    for call in calls.split(',') {
        for time in 1.. {
            let inject = format!("inject={call}:signal=SIGKILL:when={time}");
            let trace = format!("trace={call}");
            let strace = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let done = trial.next_change("strace", &strace).output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(!said.contains("PTRACE"), "strace may not trace here: {said}");
            if trial.look() == Left::Finished {
                println!("killed before each of {} calls of {call}", time - 1);
                break;
            }
        }
    }
    println!("{trial}");
    assert!(trial.old > 0 && trial.new > 0 && trial.half_written > 0, "not at each step: {trial}");
}

/// Kills it at random moments: every second time at any moment of its run, else when it has begun to
/// write.
fn kill_at_moments(kills: u32) {
    let seed = std::env::var("HOLDFAST_SEED").map_or_else(
        |_| {
            u64::from(std::process::id()) << 32
                | holdfast::host::desktop::system::SystemClock.now().0
        },
        |seed| seed.parse().expect("a number"),
    );
    let mut random = SplitMix(seed);
    let began = Instant::now();
    let mut trial = Trial::new();
    let whole = trial.time_of_a_change();
    for kill in 0..kills {
        let new = trial.home.path("vault.new");
        let mut child = trial.next_change("env", &[]).spawn().unwrap();
        if kill % 2 == 0 {
            std::thread::sleep(random.below(whole + whole / 8));
        } else {
            while child.try_wait().unwrap().is_none() && fs::symlink_metadata(&new).is_err() {
                std::hint::spin_loop();
            }
            let until = Instant::now() + random.below(Duration::from_millis(3));
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        trial.look();
    }
    let took = began.elapsed().as_secs();
    println!("seed {seed}, {kills} kills in {took} s: {trial}");
    assert_eq!(trial.old + trial.new + trial.finished, kills);
}

/// A vault, the number of changes asked for, and how the vault was found after each kill.
struct Trial {
    home: Home,
    asked: u32,
    accounts: usize,
    generation: u64,
    old: u32,
    new: u32,
    finished: u32,
    half_written: u32,
}

/// What a kill left.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    Old,
    /// The change is there, and the program had not ended its work.
    New,
    Finished,
}

impl Trial {
    fn new() -> Self {
        let home = Home::new();
        fs::write(home.path("passphrase"), PASSPHRASE).unwrap();
        let generation = home.opened().generation();
        Self {
            home,
            asked: 0,
            accounts: 0,
            generation,
            old: 0,
            new: 0,
            finished: 0,
            half_written: 0,
        }
    }

    /// `holdfast add` of an account that is not there yet, under another program.
    fn next_change(&mut self, wrapper: &str, arguments: &[&str]) -> Command {
        self.asked += 1;
        let secret =
            Secret::from_bytes(&[&self.asked.to_be_bytes()[..], &[7; 12]].concat()).unwrap();
        let uri = format!("otpauth://totp/Killed:{}?secret={}", self.asked, *secret.to_base32());
        let plain = self.home.command(["add", &uri, "--passphrase-fd", "0"]);
        let mut command = Command::new(wrapper);
        command.args(arguments).arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(File::open(self.home.path("passphrase")).unwrap());
        // Its answer comes after all else, so whoever has it had time to end.
        command.stdout(File::create(self.home.path("answer")).unwrap()).stderr(Stdio::piped());
        command
    }

    /// How long a change takes that nobody disturbs.
    fn time_of_a_change(&mut self) -> Duration {
        let mut times: Vec<_> = (0..3)
            .map(|_| {
                let began = Instant::now();
                assert!(self.next_change("env", &[]).output().unwrap().status.success());
                self.accounts += 1;
                self.generation += 1;
                began.elapsed()
            })
            .collect();
        times.sort();
        times[1]
    }

    /// Opens the vault, which must be as it was before or one change further, with every code.
    fn look(&mut self) -> Left {
        let vault = self.home.opened();
        let (accounts, generation) = (vault.entries().len(), vault.generation());
        let changes = accounts - self.accounts;
        assert!(changes <= 1, "{changes} changes by one command");
        assert_eq!(generation, self.generation + changes as u64);
        for entry in vault.entries() {
            vault.secret(entry.id).unwrap();
        }
        assert_eq!(vault.quarantined().len(), 0);
        (self.accounts, self.generation) = (accounts, generation);
        let half_made =
            ["vault.new", "vault.previous.new"].map(|name| self.home.path(name).exists());
        self.half_written += u32::from(half_made.contains(&true));
        let answered = fs::metadata(self.home.path("answer")).unwrap().len() > 0;
        let (left, count) = match (changes, answered) {
            (0, _) => (Left::Old, &mut self.old),
            (_, false) => (Left::New, &mut self.new),
            (_, true) => (Left::Finished, &mut self.finished),
        };
        *count += 1;
        left
    }
}

impl std::fmt::Display for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} left the vault before the change, {} the one after it, {} came too late; {} left a \
             half-made file beside it; every vault opened whole",
            self.old, self.new, self.finished, self.half_written
        )
    }
}

/// Random moments that can be had again.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let nanos = limit.as_nanos().max(1) as u64;
        Duration::from_nanos((mixed ^ (mixed >> 31)) % nanos)
    }
}
