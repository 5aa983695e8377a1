//! `drill`: what the server promises, shown on the operator's own machine.

use anyhow::Context;
use clap::Subcommand;
use rand_core::Rng;
use serde_json::{Value, json};

use super::{system_clock, told_to_stop, voice, wait_for};
use crate::domain::odds;
use crate::drill::guess::{self, GUESSERS, SALVOS};
use crate::drill::kill::{Killer, Tally};
use crate::drill::race::{self, CLIENTS};
use crate::drill::{Arena, Dice};
use crate::random::system_random;

/// Kills between two looks at the whole database.
const CHECK_EVERY: u32 = 100;

#[derive(Subcommand)]
pub enum Drill {
    /// Sends each kind of code from 64 clients at once: it must be accepted once. Prints a line for
    /// each round; exit code 1 if one came out otherwise.
    Race(Rounds),
    /// Guesses from 64 clients at once: no more guesses may be looked at than the limits say. Prints
    /// a line for each round; exit code 1 if one came out otherwise.
    Guess(Rounds),
    /// Kills a server in the middle of log-ins, recovery codes and enrolments, and starts it again:
    /// what it accepted must stand, and must not be accepted again.
    Kill(Kills),
    /// Prints what somebody who knows the password can hope for in 30 days of guessing at codes, worked
    /// out from the limits of this version.
    Odds,
}

#[derive(clap::Args)]
pub struct Rounds {
    /// Rounds of each kind.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    rounds: u32,
    /// How many servers share the data directory and are asked in turn.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    servers: u8,
    /// Repeats what is left to chance, as far as the machine lets itself be repeated.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Prints JSON, an object a line.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Kills {
    /// How often it is killed.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    kills: u32,
    /// Repeats what is left to chance, as far as the machine lets itself be repeated.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// How a round came out, to be told.
struct Told {
    kind: &'static str,
    is_right: bool,
    /// Ends the line.
    short: String,
    /// What else there is to know where it came out wrong.
    long: String,
    counts: Value,
}

/// Runs one; with the address of a PostgreSQL database on one that is made beside it, and goes again.
pub fn run(drill: &Drill, database: Option<&str>) -> anyhow::Result<()> {
    let work = async {
        match drill {
            Drill::Race(asked) => race(asked, database).await,
            Drill::Guess(asked) => guess(asked, database).await,
            Drill::Kill(asked) => kill(asked, database).await,
            Drill::Odds => odds(),
        }
    };
    wait_for(async {
        // Its servers and what they work on go with it.
        let stopped = told_to_stop()?;
        tokio::select! {
            done = work => done,
            () = stopped => anyhow::bail!("The drill was broken off."),
        }
    })
}

async fn race(asked: &Rounds, database: Option<&str>) -> anyhow::Result<()> {
    let (arena, mut telling) = (asked.arena(database).await?, asked.telling("race"));
    let crew = arena.crew().await?;
    for kind in race::Kind::ALL {
        for number in 1..=asked.rounds {
            let round = race::round(&arena, &crew, kind, &mut telling.dice).await?;
            let race::Round { accepted, refused, failed, logged, sessions } = round;
            telling.tell(
                number,
                Told {
                    kind: kind.name(),
                    is_right: round.is_right(),
                    short: format!("accepted {accepted} of {CLIENTS}"),
                    long: format!(
                        "{failed} without a clear answer, {logged} in the audit log, signed in \
                         {sessions} times"
                    ),
                    counts: json!({
                        "submitted": CLIENTS, "accepted": accepted, "refused": refused,
                        "failed": failed, "logged": logged, "sessions": sessions,
                    }),
                },
            )?;
        }
    }
    telling.end()
}

async fn guess(asked: &Rounds, database: Option<&str>) -> anyhow::Result<()> {
    let (arena, mut telling) = (asked.arena(database).await?, asked.telling("guess"));
    let crew = arena.crew().await?;
    for kind in guess::Kind::ALL {
        for number in 1..=asked.rounds {
            let round = guess::round(&arena, &crew, kind, &mut telling.dice).await?;
            let guess::Round { evaluated, limit, refused, failed, logged } = round;
            let submitted = GUESSERS * SALVOS;
            telling.tell(
                number,
                Told {
                    kind: kind.name(),
                    is_right: round.is_right(),
                    short: format!("looked at {evaluated} of {submitted}, limit {limit}"),
                    long: format!("{failed} without a clear answer, {logged} in the audit log"),
                    counts: json!({
                        "submitted": submitted, "evaluated": evaluated, "limit": limit,
                        "refused": refused, "failed": failed, "logged": logged,
                    }),
                },
            )?;
        }
    }
    telling.end()
}

async fn kill(asked: &Kills, database: Option<&str>) -> anyhow::Result<()> {
    let seed = seed(asked.seed);
    let mut dice = Dice::new(seed);
    let arena = Arena::open(std::env::current_exe()?, 1, database, system_clock).await?;
    let mut killer = Killer::over(arena).await?;
    for number in 1..=asked.kills {
        let killed = killer.kill(&mut dice).await;
        killed.with_context(|| format!("Seed {seed}, kill {number} of {}", asked.kills))?;
        if number % CHECK_EVERY == 0 || number == asked.kills {
            killer.check().await?;
        }
    }
    let Tally { kills, said, unsaid, undone, late } = killer.tally;
    let line = match asked.json {
        true => json!({
            "drill": "kill", "seed": seed, "kills": kills, "said": said, "unsaid": unsaid,
            "undone": undone, "late": late,
        })
        .to_string(),
        false => format!(
            "seed {seed}, killed {kills} times: {said} codes had been accepted, {unsaid} more \
             without an answer, {undone} not yet; none was accepted twice or lost, nobody half \
             enrolled, and `check` finds all whole"
        ),
    };
    Ok(voice::say(&line)?)
}

fn odds() -> anyhow::Result<()> {
    let (guesses, right) = (odds::most_guesses(), odds::most_right());
    let percent = odds::chance(guesses, right) * 100.0;
    let days = odds::DAYS;
    voice::say(&format!("most guesses at a code in any {days} days: {guesses}"))?;
    voice::say(&format!("codes that are right at one moment: {right} of 1,000,000"))?;
    voice::say(&format!("chance that one of the guesses is right: {percent:.4} %"))?;
    Ok(())
}

impl Rounds {
    async fn arena(&self, database: Option<&str>) -> anyhow::Result<Arena> {
        let servers = usize::from(self.servers);
        Arena::open(std::env::current_exe()?, servers, database, system_clock).await
    }

    fn telling(&self, drill: &'static str) -> Telling<'_> {
        let seed = seed(self.seed);
        Telling { asked: self, drill, seed, dice: Dice::new(seed), wrong: 0 }
    }
}

/// The seed that was said, or a short one, which can be said again.
fn seed(said: Option<u64>) -> u64 {
    said.unwrap_or_else(|| u64::from(system_random().next_u32()))
}

/// Tells of a drill, round by round.
struct Telling<'a> {
    asked: &'a Rounds,
    drill: &'static str,
    seed: u64,
    dice: Dice,
    wrong: u32,
}

impl Telling<'_> {
    fn tell(&mut self, number: u32, told: Told) -> anyhow::Result<()> {
        let Told { kind, is_right, short, long, mut counts } = told;
        let (seed, Rounds { rounds, servers, json, .. }) = (self.seed, self.asked);
        self.wrong += u32::from(!is_right);
        if *json {
            counts["drill"] = self.drill.into();
            counts["kind"] = kind.into();
            counts["round"] = number.into();
            counts["rounds"] = (*rounds).into();
            counts["servers"] = (*servers).into();
            counts["seed"] = seed.into();
            counts["right"] = is_right.into();
            return Ok(voice::say(&counts.to_string())?);
        }
        let besides = if is_right { String::new() } else { format!(", WRONG: {long}") };
        voice::say(&format!("{kind}, round {number} of {rounds}, seed {seed}{besides}: {short}"))?;
        Ok(())
    }

    fn end(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.wrong == 0,
            "{} of the rounds came out otherwise than promised. Do not let people log in with this \
             version; file what was printed.",
            self.wrong
        );
        Ok(())
    }
}
