//! Kills the server in the middle of log-ins, enrolments and changes of phone, starts it again, and
//! looks whether it kept its word: what it had accepted stands and is not accepted again, and nobody is half
//! enrolled.
//!
//! Between kill and start nobody else has the database open, so that each start recovers it.

use std::time::Duration;

use anyhow::{Context, ensure};
use holdfast_otp::UnixTime;
use tokio::time::{Instant, sleep};

use super::race::Kind;
use super::{Answer, Arena, Crew, Dice, Person, Phase, Request, Shot, volley};
use crate::domain::ids::Token;
use crate::domain::recovery::CODES;

/// Codes of each kind that are on their way when the server is killed; an enrolment hashes ten.
const CODES_OF: [(Kind, usize); 4] =
    [(Kind::App, 6), (Kind::Recovery, 2), (Kind::Enrolment, 1), (Kind::PhoneChange, 2)];
/// Seconds for which a code is good at least.
const GOOD: u64 = 30;

/// How things stood at the kills.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Kills.
    pub kills: u32,
    /// Codes that the server had accepted, and said so.
    pub said: usize,
    /// Codes that it had accepted without having come to say so.
    pub unsaid: usize,
    /// Codes that it had not accepted: each was good afterwards.
    pub undone: usize,
    /// Of these, codes that were not good any more by the time the server was up again.
    pub late: usize,
}

/// A code on its way.
struct Case {
    kind: Kind,
    person: Person,
    code: String,
    /// Who shows it: a half log-in, or the browser with the barcode.
    holder: Token,
    made: UnixTime,
}

/// Kills the arena's one server again and again.
pub struct Killer {
    arena: Arena,
    /// How long the work takes if nobody is killed.
    calm: Duration,
    /// How things stood so far.
    pub tally: Tally,
}

impl Killer {
    /// With how long the work takes, measured once without a kill.
    pub async fn over(arena: Arena) -> anyhow::Result<Killer> {
        let mut killer = Killer { arena, calm: Duration::ZERO, tally: Tally::default() };
        let cases = killer.cases(&mut Dice::new(0)).await?;
        let began = Instant::now();
        let answers = killer.send(&cases).await;
        killer.calm = began.elapsed();
        for (case, answer) in cases.iter().zip(answers) {
            let accepted = answer.is_some_and(|answer| case.kind.accepts(&answer));
            ensure!(accepted, "{} was refused before anything was killed.", case.name());
        }
        Ok(killer)
    }

    /// Sets codes on their way, kills the server at a moment that the dice choose, starts it again and
    /// looks at each of them.
    pub async fn kill(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        let cases = self.cases(dice).await?;
        let most = u64::try_from(self.calm.as_micros())?;
        let moment = Duration::from_micros(dice.below(most + most / 8));
        let under_way = self.sending(&cases);
        let answers = tokio::spawn(volley(under_way));
        sleep(moment).await;
        self.arena.kill().await?;
        let answers = answers.await?;
        self.arena.raise().await?;
        let crew = self.arena.crew().await?;
        for (case, answer) in cases.iter().zip(answers) {
            self.look(&crew, case, answer.ok()).await.with_context(|| case.name())?;
        }
        self.tally.kills += 1;
        Ok(())
    }

    /// See [`Arena::check`].
    pub async fn check(&self) -> anyhow::Result<()> {
        self.arena.check().await
    }

    async fn cases(&self, dice: &mut Dice) -> anyhow::Result<Vec<Case>> {
        let crew = self.arena.crew().await?;
        let mut cases = Vec::new();
        for (kind, count) in CODES_OF {
            for _ in 0..count {
                let made = crew.now();
                let (person, holder) = match kind {
                    Kind::Enrolment => crew.enrolling().await?,
                    Kind::PhoneChange => crew.changing().await?,
                    Kind::App | Kind::Recovery | Kind::Sms => {
                        let person = crew.enrolled().await?;
                        let holder = half(&crew, &person).await?;
                        (person, holder)
                    }
                };
                let code = match kind {
                    Kind::Recovery => crew.recovery_code(dice.below(CODES as u64))?,
                    _ => person.code(made)?,
                };
                cases.push(Case { kind, person, code, holder, made });
            }
        }
        Ok(cases)
    }

    fn sending(&self, cases: &[Case]) -> Vec<Shot> {
        let requests = cases.iter().map(|case| case.request(&case.holder)).collect();
        // All together: the moment of the kill is what varies.
        let mut shots = self.arena.aim(requests, &mut Dice::new(0));
        shots.iter_mut().for_each(|shot| shot.late = Duration::ZERO);
        shots
    }

    async fn send(&self, cases: &[Case]) -> Vec<Option<Answer>> {
        let answers = volley(self.sending(cases)).await;
        answers.into_iter().map(Result::ok).collect()
    }

    /// Whether one code's story is whole.
    async fn look(
        &mut self,
        crew: &Crew,
        case: &Case,
        answer: Option<Answer>,
    ) -> anyhow::Result<()> {
        let done = self.is_done(crew, case).await?;
        if let Some(answer) = &answer {
            ensure!(case.kind.accepts(answer), "A good code was refused: {}", answer.head);
            ensure!(done, "It was accepted, and the server has forgotten it.");
        }
        match (&answer, done) {
            (Some(_), _) => self.tally.said += 1,
            (None, true) => self.tally.unsaid += 1,
            (None, false) => self.tally.undone += 1,
        }
        let again = self.again(crew, case).await?;
        let is_late = crew.now().0 >= case.made.0 + GOOD && case.kind != Kind::Recovery;
        match (done, case.kind.accepts(&again)) {
            (true, accepted) => ensure!(!accepted, "It was accepted, and then once more."),
            (false, true) => {}
            (false, false) if is_late => {
                self.tally.late += 1;
                return Ok(());
            }
            (false, false) => anyhow::bail!("It was lost unused: {}", again.head),
        }
        ensure!(self.is_done(crew, case).await?, "It was accepted in the end, and left no trace.");
        let last = self.again(crew, case).await?;
        ensure!(case.kind.refuses(&last), "It was not refused in the end: {}", last.head);
        ensure!(self.is_done(crew, case).await?, "It was accepted more than once in the end.");
        Ok(())
    }

    /// Whether the code has been accepted, all of it; an error where it is more than once or in part.
    async fn is_done(&self, crew: &Crew, case: &Case) -> anyhow::Result<bool> {
        let id = case.person.id;
        if case.kind == Kind::Enrolment {
            ensure!(crew.phase(id).await? != Phase::Between, "Somebody is half enrolled.");
        }
        if let Kind::Enrolment | Kind::PhoneChange = case.kind {
            ensure!(crew.signed_in(id).await? == 1, "The browser's session is gone, or doubled.");
            let logged = crew.logged(id, case.kind.what()).await?;
            ensure!(logged <= 1, "It was accepted {logged} times.");
            let is_hers = crew.has_phone(id, &case.person.secret).await?;
            ensure!(is_hers == (logged == 1), "The log and the phone that guards do not agree.");
            return Ok(is_hers);
        }
        let (logged, sessions) =
            (crew.logged(id, case.kind.what()).await?, crew.signed_in(id).await?);
        ensure!(logged == sessions, "The log says {logged} times, and {sessions} are signed in.");
        ensure!(logged <= 1, "It was accepted {logged} times.");
        Ok(logged == 1)
    }

    async fn again(&self, crew: &Crew, case: &Case) -> anyhow::Result<Answer> {
        let to = *self.arena.addresses().first().context("There is a server")?;
        match case.kind {
            Kind::Enrolment | Kind::PhoneChange => case.request(&case.holder).send(to).await,
            Kind::App | Kind::Recovery | Kind::Sms => {
                case.request(&half(crew, &case.person).await?).send(to).await
            }
        }
    }
}

impl Case {
    fn request(&self, holder: &Token) -> Request {
        match self.kind {
            Kind::Enrolment | Kind::PhoneChange => {
                Request::confirmation(self.kind, holder, &self.code)
            }
            Kind::App | Kind::Recovery | Kind::Sms => Request::second_factor(holder, &self.code),
        }
    }

    fn name(&self) -> String {
        format!("The {} of {}", self.kind.name(), self.person.email)
    }
}

async fn half(crew: &Crew, person: &Person) -> anyhow::Result<Token> {
    let mut halves = crew.halves(person.id, 1).await?;
    halves.pop().context("One was asked for")
}
