//! `drill`: what the server promises, shown on the operator's own machine.

use clap::Subcommand;
use rand_core::Rng;
use serde_json::json;

use super::{system_clock, voice, wait_for};
use crate::drill::race::{self, CLIENTS, Kind, Round};
use crate::drill::{Arena, Dice};
use crate::random::system_random;

#[derive(Subcommand)]
pub enum Drill {
    /// Sends each kind of code from 64 clients at once: it must be accepted once. Prints a line for
    /// each round; exit code 1 if one came out otherwise.
    Race(Race),
}

#[derive(clap::Args)]
pub struct Race {
    /// Rounds for each kind of code.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    rounds: u32,
    /// How many servers share the data directory and are sent the codes.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    servers: u8,
    #[command(flatten)]
    manner: Manner,
}

/// How a drill is done and told.
#[derive(clap::Args)]
struct Manner {
    /// Repeats what is left to chance, as far as the machine lets itself be repeated.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Prints JSON, an object a line.
    #[arg(long)]
    json: bool,
}

impl Manner {
    /// The seed that was said, or a short one to be said.
    fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| u64::from(system_random().next_u32()))
    }
}

/// Runs one.
pub fn run(drill: &Drill) -> anyhow::Result<()> {
    wait_for(async {
        tokio::select! {
            done = async {
                match drill {
                    Drill::Race(asked) => race(asked).await,
                }
            } => done,
            _ = tokio::signal::ctrl_c() => anyhow::bail!("The drill was broken off."),
        }
    })
}

async fn race(asked: &Race) -> anyhow::Result<()> {
    let seed = asked.manner.seed();
    let mut dice = Dice::new(seed);
    let program = std::env::current_exe()?;
    let arena = Arena::open(program, usize::from(asked.servers), system_clock).await?;
    let crew = arena.crew().await?;
    let mut wrong = 0;
    for kind in Kind::ALL {
        for number in 1..=asked.rounds {
            let round = race::round(&arena, &crew, kind, &mut dice).await?;
            wrong += u32::from(!round.is_right());
            tell(asked, seed, kind, number, round)?;
        }
    }
    anyhow::ensure!(
        wrong == 0,
        "{wrong} rounds came out otherwise than promised. Do not let people log in with this \
         version; file what was printed, with its seed."
    );
    Ok(())
}

fn tell(asked: &Race, seed: u64, kind: Kind, number: u32, round: Round) -> anyhow::Result<()> {
    let Round { accepted, refused, failed, logged, sessions } = round;
    if asked.manner.json {
        let line = json!({
            "drill": "race", "kind": kind.name(), "round": number, "rounds": asked.rounds,
            "servers": asked.servers, "seed": seed, "submitted": CLIENTS, "accepted": accepted,
            "refused": refused, "failed": failed, "logged": logged, "sessions": sessions,
            "right": round.is_right(),
        });
        return Ok(voice::say(&line.to_string())?);
    }
    let (name, rounds) = (kind.name(), asked.rounds);
    let besides = match round.is_right() {
        true => String::new(),
        false => format!(
            ", WRONG: {failed} without a clear answer, {logged} in the audit log, signed in \
             {sessions} times"
        ),
    };
    voice::say(&format!(
        "{name}, round {number} of {rounds}, seed {seed}{besides}: accepted {accepted} of {CLIENTS}"
    ))?;
    Ok(())
}
