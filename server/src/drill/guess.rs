//! Many guessers at once: no more of their guesses are looked at than the limits say.

use anyhow::Context;
use tokio::time::Instant;

use super::{Answer, Arena, Crew, Dice, Person, Request, volley};
use crate::domain::audit::What;
use crate::domain::odds::most_tries;
use crate::domain::recovery::RecoveryCode;
use crate::domain::throttle::Limit;
use crate::random::system_random;

/// How many guess at once.
pub const GUESSERS: usize = 64;
/// How often each of them does.
pub const SALVOS: usize = 2;
/// Seconds on either side whose codes are no wrong guess.
const NEAR: u64 = 900;

/// What is guessed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The app's code, by guessers who know the password.
    App,
    /// A recovery code, by such guessers.
    Recovery,
    /// The password, from one address.
    Password,
    /// The password, each from an address of its own.
    PasswordFromEverywhere,
}

/// How a round came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round {
    /// Guesses that were looked at and found wrong.
    pub evaluated: usize,
    /// As many as the limit lets be looked at in the time that the round took.
    pub limit: usize,
    /// Guesses that were refused unseen.
    pub refused: usize,
    /// No answer, or one that says neither.
    pub failed: usize,
    /// How often the audit log has a wrong guess.
    pub logged: usize,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] =
        [Kind::App, Kind::Recovery, Kind::Password, Kind::PasswordFromEverywhere];

    /// What the operator reads.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::App => "app code",
            Kind::Recovery => "recovery code",
            Kind::Password => "password from one address",
            Kind::PasswordFromEverywhere => "password from everywhere",
        }
    }

    const fn limit(self) -> Limit {
        match self {
            Kind::App => Limit::Off,
            Kind::Recovery | Kind::Password => Limit::Waits,
            Kind::PasswordFromEverywhere => Limit::Breathers,
        }
    }

    const fn what(self) -> What {
        match self {
            Kind::App => What::CodeWrong,
            Kind::Recovery => What::RecoveryWrong,
            Kind::Password | Kind::PasswordFromEverywhere => What::PasswordWrong,
        }
    }
}

impl Round {
    /// Whether guesses were looked at, no more than may be, each written down, and all answered.
    pub fn is_right(&self) -> bool {
        let within = (1..=self.limit).contains(&self.evaluated);
        within && self.logged == self.evaluated && self.failed == 0
    }
}

/// Makes a person and lets [`GUESSERS`] guess at once, [`SALVOS`] times.
pub async fn round(
    arena: &Arena,
    crew: &Crew,
    kind: Kind,
    dice: &mut Dice,
) -> anyhow::Result<Round> {
    let person = crew.enrolled().await?;
    let began = Instant::now();
    let (mut evaluated, mut refused) = (0, 0);
    for _ in 0..SALVOS {
        let guesses = guesses(crew, kind, &person, dice).await?;
        let answers = volley(arena.aim(guesses, dice)).await;
        let count = |status| answers.iter().filter(|answer| has(answer, status)).count();
        evaluated += count(401);
        refused += count(429);
    }
    // The server's clock counts whole seconds.
    let limit = most_tries(kind.limit(), began.elapsed().as_secs() + 1);
    Ok(Round {
        evaluated,
        limit: usize::try_from(limit).context("A limit is a number of guesses")?,
        refused,
        failed: GUESSERS * SALVOS - evaluated - refused,
        logged: crew.logged(person.id, kind.what()).await?,
    })
}

fn has(answer: &anyhow::Result<Answer>, status: u16) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == status)
}

async fn guesses(
    crew: &Crew,
    kind: Kind,
    person: &Person,
    dice: &mut Dice,
) -> anyhow::Result<Vec<Request>> {
    let mut guesses = Vec::with_capacity(GUESSERS);
    match kind {
        Kind::App => {
            let near = near(crew, person)?;
            for half in crew.halves(person.id, GUESSERS).await? {
                guesses.push(Request::second_factor(&half, &wrong(&near, dice)));
            }
        }
        Kind::Recovery => {
            for half in crew.halves(person.id, GUESSERS).await? {
                let code = RecoveryCode::random(&mut system_random()).to_text();
                guesses.push(Request::second_factor(&half, &code));
            }
        }
        Kind::Password | Kind::PasswordFromEverywhere => {
            for guesser in 0..GUESSERS {
                let from = if kind == Kind::Password { 0 } else { guesser };
                let password = format!("a guess, {}", dice.below(u64::MAX));
                let guess = Request::password(&person.email, &password)
                    .with("x-forwarded-for", &format!("198.18.0.{from}"));
                guesses.push(guess);
            }
        }
    }
    Ok(guesses)
}

/// Codes that are right now, or were, or will be.
fn near(crew: &Crew, person: &Person) -> anyhow::Result<Vec<String>> {
    let now = crew.now().0;
    let steps = (now.saturating_sub(NEAR)..now + NEAR).step_by(30);
    steps.map(|at| person.code(holdfast_otp::UnixTime(at))).collect()
}

fn wrong(near: &[String], dice: &mut Dice) -> String {
    loop {
        let code = format!("{:06}", dice.below(1_000_000));
        if !near.contains(&code) {
            return code;
        }
    }
}
