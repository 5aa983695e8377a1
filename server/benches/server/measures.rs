//! What is measured on each store.

use std::net::SocketAddr;
use std::ops::{AddAssign, Sub};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use holdfast_server::domain::password::Password;
use holdfast_server::drill::{Arena, Crew, PASSWORD};
use holdfast_server::passwords::Passwords;
use holdfast_server::random::system_random;
use holdfast_testkit::{Postgres, Process, program};

use crate::left::Left;
use crate::load::{Outcome, drive};
use crate::people::{Work, at_the_door, before_the_code, clock};
use crate::table::Table;
use crate::{fill, machine};

/// Connections at once, as the targets say.
pub const CONNECTIONS: [usize; 2] = [8, 64];
/// Rounds whose median is taken where a figure is small.
const ROUNDS: usize = 5;
const START_ROUNDS: usize = 9;
/// People of a round, and how few accounts there are at first.
const FEW: usize = 1000;
/// Log-ins of people whose accounts are spread over the tables.
const SPREAD: usize = 64;
/// Log-ins at once.
const LOG_INS: usize = 64;
/// For how long they go on before they count: the longest time that one takes.
const WARM: Duration = Duration::from_secs(2);
/// For how long hashes go on before they count, so that cores do not end theirs all at once.
const SETTLED: Duration = Duration::from_millis(300);
/// Where each counts.
const AT_ONCE: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_mins(1);
/// When a server that is asked nothing is looked at.
const IDLE: Duration = Duration::from_secs(3);

/// How much of everything.
pub struct Counts {
    /// Verifications at most for a figure.
    pub codes: usize,
    /// Seconds for a figure at most.
    pub seconds: u64,
    /// Accounts in the end.
    pub accounts: usize,
    /// People that a peer is asked for.
    pub peer_codes: usize,
}

/// What of it is measured.
pub struct Parts {
    /// How it goes with few accounts and with many.
    pub growth: bool,
    /// Second steps.
    pub codes: bool,
    /// Both steps.
    pub log_ins: bool,
}

/// Where accounts are.
pub enum Where {
    /// In one file.
    File,
    /// In a database.
    Cluster(Postgres),
}

impl Counts {
    /// As the targets say.
    pub const WHOLE: Counts =
        Counts { codes: 30_000, seconds: 15, accounts: 1_000_000, peer_codes: 5_000 };
    /// To see that it works.
    pub const QUICK: Counts =
        Counts { codes: 2_000, seconds: 3, accounts: 20_000, peer_codes: 300 };
}

impl Where {
    fn name(&self) -> &'static str {
        match self {
            Where::File => "SQLite",
            Where::Cluster(_) => "PostgreSQL",
        }
    }

    fn address(&self) -> Option<String> {
        match self {
            Where::File => None,
            Where::Cluster(cluster) => Some(cluster.address("postgres")),
        }
    }

    /// A server on a store that is empty.
    async fn arena(&self) -> anyhow::Result<Arena> {
        Arena::open(program("holdfast-server"), 1, self.address().as_deref(), clock).await
    }

    fn fill(&self, arena: &Arena, accounts: usize) -> anyhow::Result<fill::Sizes> {
        match self {
            Where::File => fill::sqlite(arena.folder(), accounts),
            Where::Cluster(cluster) => fill::postgres(cluster, &database(arena)?, accounts),
        }
    }

    fn left(&self, arena: &Arena) -> anyhow::Result<Left> {
        match self {
            Where::File => Left::sqlite(arena.folder()),
            Where::Cluster(cluster) => Left::postgres(cluster, &database(arena)?),
        }
    }
}

/// The name of its database in the cluster.
fn database(arena: &Arena) -> anyhow::Result<String> {
    let address = arena.address().context("it has a database")?;
    Ok(address.rsplit('=').next().context("it has a name")?.to_owned())
}

/// All of it that is asked for, on a store.
pub async fn all(
    place: &Where,
    counts: &Counts,
    parts: &Parts,
    table: &mut Table,
) -> anyhow::Result<()> {
    println!("\n{}", place.name());
    if let Where::File = place {
        let bytes = std::fs::metadata(program("holdfast-server"))?.len() as f64 / 1e6;
        table.hold("binary", format!("{bytes:.1} MB"), "≤ 15 MB", bytes <= 15.0);
    }
    let few = Subject::on(place, counts).await?;
    if parts.growth {
        let many = Subject::on(place, counts).await?;
        growth(&few, &many, table).await?;
        drop(many);
        machine::settle();
    }
    if parts.codes {
        for connections in CONNECTIONS {
            codes(&few, connections, table).await?;
        }
    }
    if parts.log_ins {
        log_ins(&few, table).await?;
    }
    Ok(())
}

/// A server on a store that was empty, and who asks it.
struct Subject<'a> {
    place: &'a Where,
    counts: &'a Counts,
    arena: Arena,
    crew: Arc<Crew>,
}

impl<'a> Subject<'a> {
    async fn on(place: &'a Where, counts: &'a Counts) -> anyhow::Result<Self> {
        let arena = place.arena().await?;
        let crew = Arc::new(arena.crew().await?);
        Ok(Subject { place, counts, arena, crew })
    }
}

/// How long a verification takes with few accounts and with many: both are there, and asked in turns, so that
/// what else the machine does meets both alike.
async fn growth(few: &Subject<'_>, many: &Subject<'_>, table: &mut Table) -> anyhow::Result<()> {
    let (place, accounts) = (few.place, few.counts.accounts);
    let name = place.name();
    median_of_codes(few).await?;
    idle(place, FEW, &few.arena, table).await?;
    // Of each table one row is copied, and throttles come of passwords.
    driven(&many.arena, 1, at_the_door(&many.crew, 1).await?, AT_ONCE, MINUTE).await?;
    let began = Instant::now();
    let sizes = place.fill(&many.arena, accounts)?;
    println!("  filled in {} s", began.elapsed().as_secs());
    table.note(format!("{name}, {accounts} accounts"), sizes.said());
    // A gigabyte that is still on its way to the disk would be waited for by whoever syncs next.
    machine::settle();
    median_of_codes(many).await?;
    let mut medians = (Vec::new(), Vec::new());
    let before = [few, many].map(|subject| Spent::so_far(&subject.arena).server);
    for _ in 0..ROUNDS {
        medians.0.push(median_of_codes(few).await?);
        medians.1.push(median_of_codes(many).await?);
    }
    let ms = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(ROUNDS / 2).map(|time| time.as_secs_f64() * 1000.0).context("there are rounds")
    };
    let worked = [few, many].map(|subject| Spent::so_far(&subject.arena).server);
    let each = |of: usize| {
        let worked = worked[of].saturating_sub(before[of]).as_secs_f64();
        worked * 1000.0 / (ROUNDS * FEW) as f64
    };
    let (few, with_many) = (ms(medians.0)?, ms(medians.1)?);
    let times = with_many / few;
    table.hold(
        format!(
            "{name}, p50 of a code with 8 connections, from a few {FEW} to {accounts} accounts"
        ),
        format!(
            "{few:.2} ms, {with_many:.2} ms: {times:.2} times; processor {:.2} and {:.2} ms each",
            each(0),
            each(1)
        ),
        "≤ 1.2 times",
        times <= 1.2,
    );
    idle(place, accounts, &many.arena, table).await?;
    if let Where::Cluster(cluster) = place {
        after_a_checkpoint(cluster, many, table).await?;
    }
    Ok(())
}

/// What a log-in adds to the cluster's log where each finds pages of its own that nobody has written since the last
/// checkpoint: those are written whole.
async fn after_a_checkpoint(
    cluster: &Postgres,
    many: &Subject<'_>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let Subject { place, counts, arena, crew } = many;
    fill::thin(cluster, &database(arena)?);
    let work = at_the_door(crew, SPREAD).await?;
    cluster.sql(&database(arena)?, "CHECKPOINT");
    let before = place.left(arena)?;
    let outcome = driven(arena, 1, work, AT_ONCE, MINUTE).await?;
    let what = format!(
        "{}, {} accounts, a log-in right after a checkpoint leaves",
        place.name(),
        counts.accounts
    );
    table.note(what, place.left(arena)?.since(&before, outcome.right));
    Ok(())
}

/// The median of some verifications, by people made for them.
async fn median_of_codes(subject: &Subject<'_>) -> anyhow::Result<Duration> {
    let work = before_the_code(&subject.crew, FEW).await?;
    // Making people is not what is measured: among many accounts each touches pages that nothing else has, which
    // would be on their way to the disk while codes are synced.
    machine::settle();
    Ok(driven(&subject.arena, 8, work, AT_ONCE, MINUTE).await?.within(0.5))
}

/// What a server takes that is asked nothing, and how long it takes to start: beside the one that serves, on
/// the same accounts.
async fn idle(
    place: &Where,
    accounts: usize,
    arena: &Arena,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (mut times, mut memory) = (Vec::new(), 0);
    for round in 0..START_ROUNDS {
        let mut command = Command::new(program("holdfast-server"));
        command.env_clear().args(["serve", "--dev", "--listen", "127.0.0.1:0"]);
        command.arg("--data-dir").arg(arena.folder()).stdin(Stdio::null());
        if let Some(address) = arena.address() {
            command.env("HOLDFAST_DATABASE", address);
        }
        let began = Instant::now();
        let mut server = Process::start(command);
        server
            .wait_for(Duration::from_secs(30), |line| line.contains("listening on").then_some(()));
        times.push(began.elapsed().as_millis());
        if round == 0 {
            tokio::time::sleep(IDLE).await;
            memory = machine::resident(server.id());
        }
    }
    times.sort_unstable();
    let (name, start) = (place.name(), times.get(START_ROUNDS / 2).copied().unwrap_or(u128::MAX));
    let mb = memory as f64 * 1024.0 / 1e6;
    let with = format!("{name}, {accounts} accounts");
    let worst = times.last().copied().unwrap_or_default();
    table.hold(
        format!("{with}: start to ready"),
        format!("{start} ms (worst of {START_ROUNDS}: {worst})"),
        "≤ 100 ms",
        start <= 100,
    );
    table.hold(format!("{with}: memory, idle"), format!("{mb:.1} MB"), "≤ 20 MB", mb <= 20.0);
    Ok(())
}

/// Second steps of log-ins, durable.
async fn codes(subject: &Subject<'_>, connections: usize, table: &mut Table) -> anyhow::Result<()> {
    let Subject { place, counts, arena, crew } = subject;
    let work = before_the_code(crew, counts.codes).await?;
    let before = Spent::so_far(arena);
    let longest = Duration::from_secs(counts.seconds);
    let outcome = driven(arena, connections, work, AT_ONCE, longest).await?;
    let figure = format!(
        "{:.0}/s, {}; {}",
        outcome.a_second,
        outcome.times(),
        (Spent::so_far(arena) - before).each(outcome.right)
    );
    let what = format!("{}, codes with {connections} connections", place.name());
    match place {
        Where::File => {
            let holds = outcome.within(0.99) <= Duration::from_millis(50)
                && (connections < 64 || outcome.a_second >= 2000.0);
            let target =
                if connections < 64 { "p99 ≤ 50 ms" } else { "≥ 2,000/s, p99 ≤ 50 ms" };
            table.hold(what, figure, target, holds);
        }
        // Its target is that of the peer, in the same run.
        Where::Cluster(_) => table.note(what, figure),
    }
    if let Where::Cluster(_) = place {
        table.codes.push((connections, outcome.a_second));
    }
    Ok(())
}

/// Both steps, beside what Argon2 alone would let through: in turns, so that what else the machine does meets
/// both alike.
async fn log_ins(subject: &Subject<'_>, table: &mut Table) -> anyhow::Result<()> {
    let Subject { place, counts, arena, crew } = subject;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // How long a hash takes changes by some percent from one second to the next, each time anew: many short
    // turns average that out, few long ones do not.
    let (turn, turns) = (Duration::from_secs(1), 4 * counts.seconds + 1);
    let mut alone = vec![Alone::for_a_while(cores, turn).await?];
    let (mut served, mut shares, mut right) = (Vec::new(), Vec::new(), 0);
    let longest = WARM + 2 * turn;
    let (mut spent, mut left) = (Spent::default(), String::new());
    for _ in 0..turns {
        // More than there are hashes, no log-in can be.
        let most = 2.0 * alone[alone.len() - 1].a_second * longest.as_secs_f64();
        let work = at_the_door(crew, most as usize).await?;
        let (before, left_before) = (Spent::so_far(arena), place.left(arena)?);
        let outcome = driven(arena, LOG_INS, work, WARM, longest).await?;
        spent += Spent::so_far(arena) - before;
        left = place.left(arena)?.since(&left_before, outcome.right);
        alone.push(Alone::for_a_while(cores, turn).await?);
        let beside = alone.iter().rev().take(2).map(|alone| alone.a_second).sum::<f64>() / 2.0;
        right += outcome.right;
        shares.push(outcome.a_second / beside * 100.0);
        served.push(outcome);
    }
    table.note(format!("{}, a log-in leaves", place.name()), left);
    let name = place.name();
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    let share = mean(&shares);
    let off = shares.iter().map(|one| (one - share).powi(2)).sum::<f64>() / (turns - 1) as f64;
    let off = (off / turns as f64).sqrt();
    let served = Outcome::together(served);
    let of = |figure: fn(&Alone) -> f64| mean(&alone.iter().map(figure).collect::<Vec<_>>());
    table.hold(
        format!("{name}, full log-ins"),
        format!(
            "{share:.1} ± {off:.1} % (of {turns} turns), {:.1}/s of {:.1}; {}; {}, {:.2} of Argon2 alone",
            served.a_second,
            of(|alone| alone.a_second),
            served.times(),
            spent.each(right),
            of(|alone| alone.each.as_secs_f64() * 1000.0),
        ),
        "≥ 95 % of Argon2 alone",
        share >= 95.0,
    );
    Ok(())
}

/// Passwords compared where nothing else is done.
struct Alone {
    a_second: f64,
    /// Processor time of each, which other work on the machine changes little.
    each: Duration,
}

impl Alone {
    async fn for_a_while(cores: usize, longest: Duration) -> anyhow::Result<Alone> {
        let mut rng = system_random();
        let passwords = Passwords::new(cores, &mut rng)?;
        let kept = passwords.hash(Password::typed(PASSWORD), &mut rng).await?;
        let own = || machine::worked(std::process::id());
        let (began, before, longest) = (Instant::now(), own(), longest + SETTLED);
        let mut under_way = tokio::task::JoinSet::new();
        // One more than there are cores, so that none of them waits for its next one.
        for _ in 0..=cores {
            let (passwords, kept) = (passwords.clone(), kept.clone());
            under_way.spawn(async move {
                let mut at = Vec::new();
                while began.elapsed() < longest {
                    let same = passwords.verify(Password::typed(PASSWORD), Some(&kept)).await;
                    at.extend(same.unwrap_or(false).then(|| began.elapsed()));
                }
                at
            });
        }
        let at = under_way.join_all().await.concat();
        let count = u32::try_from(at.len()).context("a number of hashes")?;
        // Not from the beginning, where all cores begin a hash at once, nor to the end, where some have nothing
        // to do any more.
        let counted = at.iter().filter(|at| (SETTLED..longest).contains(*at)).count();
        anyhow::ensure!(counted > 0, "no password was compared");
        let a_second = counted as f64 / (longest - SETTLED).as_secs_f64();
        Ok(Alone { a_second, each: own().saturating_sub(before) / count })
    }
}

async fn driven(
    arena: &Arena,
    connections: usize,
    work: Vec<Work>,
    warm: Duration,
    longest: Duration,
) -> anyhow::Result<Outcome> {
    let to: SocketAddr = *arena.addresses().first().context("there is a server")?;
    let outcome = drive(to, connections, work, warm, longest).await?;
    anyhow::ensure!(outcome.wrong == 0, "{} were answered otherwise", outcome.wrong);
    Ok(outcome)
}

/// Processor time: the server's and the load's own.
#[derive(Default)]
struct Spent {
    server: Duration,
    load: Duration,
}

impl Spent {
    fn so_far(arena: &Arena) -> Spent {
        let server = arena.processes().into_iter().map(machine::worked).sum();
        Spent { server, load: machine::worked(std::process::id()) }
    }

    /// Shared among so many, to be read.
    fn each(&self, count: usize) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / count as f64;
        format!("processor {:.2} ms each and {:.2} of the load", each(self.server), each(self.load))
    }
}

impl Sub for Spent {
    type Output = Spent;

    fn sub(self, before: Spent) -> Spent {
        Spent {
            server: self.server.saturating_sub(before.server),
            load: self.load.saturating_sub(before.load),
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Spent) {
        self.server += more.server;
        self.load += more.load;
    }
}
