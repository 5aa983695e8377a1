//! One code sent many times at once: it must be accepted once, whatever it is a code for.

use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::time::sleep;

use super::{Answer, Arena, Crew, Dice, Person, Request, Shot, volley};
use crate::domain::audit::What;
use crate::domain::ids::Token;
use crate::domain::recovery::CODES;

/// How many clients send the same code.
pub const CLIENTS: usize = 64;
/// How often is looked for an SMS, and how often at most.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 200;

/// What kind of code is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The app's code, by clients who have each given the password.
    App,
    /// A recovery code, by such clients.
    Recovery,
    /// A code that came by SMS, for the log-in that asked for it.
    Sms,
    /// The first code of a phone, from the browser that shows the barcode.
    Enrolment,
    /// The first code of a new phone that takes over from another.
    PhoneChange,
}

/// How a round came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round {
    /// Answers that say that the code was right.
    pub accepted: usize,
    /// Answers that say that it was not, or not now.
    pub refused: usize,
    /// No answer, or one that says neither.
    pub failed: usize,
    /// How often the audit log has it.
    pub logged: usize,
    /// In how many sessions the person is signed in afterwards.
    pub sessions: usize,
}

/// Everything that stands ready for a round.
struct Ready {
    person: Person,
    shots: Vec<Shot>,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] =
        [Kind::App, Kind::Recovery, Kind::Sms, Kind::Enrolment, Kind::PhoneChange];

    /// What the operator reads.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::App => "app code",
            Kind::Recovery => "recovery code",
            Kind::Sms => "SMS code",
            Kind::Enrolment => "enrolment",
            Kind::PhoneChange => "phone change",
        }
    }

    /// What the log says where it was accepted.
    pub(super) const fn what(self) -> What {
        match self {
            Kind::App | Kind::Recovery | Kind::Sms => What::SignedIn,
            Kind::Enrolment => What::TwoFactorOn,
            Kind::PhoneChange => What::PhoneChanged,
        }
    }

    /// Whether the answer says that the code was right.
    pub(super) fn accepts(self, answer: &Answer) -> bool {
        match self {
            Kind::App | Kind::Recovery | Kind::Sms => answer.status == 201,
            Kind::Enrolment | Kind::PhoneChange => answer.status == 303 && renewed(answer),
        }
    }

    /// Whether it says that it was not, or not now.
    pub(super) fn refuses(self, answer: &Answer) -> bool {
        match self {
            Kind::App | Kind::Recovery | Kind::Sms => matches!(answer.status, 401 | 410 | 429),
            // Whoever comes second is led on to what the first has done, or to the log-in page.
            Kind::Enrolment | Kind::PhoneChange => {
                matches!(answer.status, 303 | 422) && !renewed(answer)
            }
        }
    }
}

impl Round {
    /// Whether the code was accepted once, in every respect, and everybody was answered.
    pub fn is_right(&self) -> bool {
        let once = (self.accepted, self.logged, self.sessions) == (1, 1, 1);
        once && self.refused == CLIENTS - 1 && self.failed == 0
    }
}

/// Makes a person and sends one code of hers from [`CLIENTS`] clients at once, to all servers in turn.
pub async fn round(
    arena: &Arena,
    crew: &Crew,
    kind: Kind,
    dice: &mut Dice,
) -> anyhow::Result<Round> {
    let Ready { person, shots } = match kind {
        Kind::App => app(arena, crew, dice).await?,
        Kind::Recovery => recovery(arena, crew, dice).await?,
        Kind::Sms => sms(arena, crew, dice).await?,
        Kind::Enrolment | Kind::PhoneChange => first_code(arena, crew, kind, dice).await?,
    };
    let answers = volley(shots).await;
    let count = |is: &dyn Fn(&Answer) -> bool| {
        answers.iter().filter(|answer| answer.as_ref().is_ok_and(is)).count()
    };
    let accepted = count(&|answer| kind.accepts(answer));
    let refused = count(&|answer| kind.refuses(answer));
    Ok(Round {
        accepted,
        refused,
        failed: CLIENTS - accepted - refused,
        logged: crew.logged(person.id, kind.what()).await?,
        sessions: crew.signed_in(person.id).await?,
    })
}

async fn app(arena: &Arena, crew: &Crew, dice: &mut Dice) -> anyhow::Result<Ready> {
    let person = crew.enrolled().await?;
    let halves = crew.halves(person.id, CLIENTS).await?;
    let code = person.code(crew.now())?;
    let requests = halves.iter().map(|half| Request::second_factor(half, &code)).collect();
    Ok(Ready { person, shots: arena.aim(requests, dice) })
}

async fn recovery(arena: &Arena, crew: &Crew, dice: &mut Dice) -> anyhow::Result<Ready> {
    let person = crew.enrolled().await?;
    let halves = crew.halves(person.id, CLIENTS).await?;
    let code = crew.recovery_code(dice.below(CODES as u64))?;
    let requests = halves.iter().map(|half| Request::second_factor(half, &code)).collect();
    Ok(Ready { person, shots: arena.aim(requests, dice) })
}

async fn sms(arena: &Arena, crew: &Crew, dice: &mut Dice) -> anyhow::Result<Ready> {
    let person = crew.enrolled().await?;
    let halves = crew.halves(person.id, 1).await?;
    let half = halves.first().context("There is one")?;
    let code = texted(arena, &person, half, dice).await?;
    let requests = vec![Request::second_factor(half, &code); CLIENTS];
    Ok(Ready { person, shots: arena.aim(requests, dice) })
}

async fn first_code(
    arena: &Arena,
    crew: &Crew,
    kind: Kind,
    dice: &mut Dice,
) -> anyhow::Result<Ready> {
    let (person, session) = match kind {
        Kind::PhoneChange => crew.changing().await?,
        _ => crew.enrolling().await?,
    };
    let request = Request::confirmation(kind, &session, &person.code(crew.now())?);
    Ok(Ready { person, shots: arena.aim(vec![request; CLIENTS], dice) })
}

/// Asks for an SMS, as from an address of its own, and reads it where the server puts it.
async fn texted(
    arena: &Arena,
    person: &Person,
    half: &Token,
    dice: &mut Dice,
) -> anyhow::Result<String> {
    let from = format!("198.18.{}.{}", dice.below(256), dice.below(256));
    let to = *dice.one_of(&arena.addresses()).context("There is a server")?;
    let request =
        Request::json("/api/v1/sessions/second-factor/sms", &json!({ "challenge": half.expose() }))
            .with("x-forwarded-for", &from);
    let asked = request.send(to).await?;
    anyhow::ensure!(asked.status == 202, "No SMS is sent: {}", asked.body);
    for _ in 0..LOOKS {
        if let Some(code) = arena.sms_to(person.number.as_str())? {
            return Ok(code);
        }
        sleep(LOOK_EVERY).await;
    }
    anyhow::bail!("The SMS did not come.")
}

/// Whether the browser was given the session's new token.
fn renewed(answer: &Answer) -> bool {
    answer.head.to_ascii_lowercase().contains("set-cookie: __host-holdfast=hf_web_")
}
