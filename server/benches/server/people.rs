//! Who is verified: people made in the server's store, each with something to be asked once.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use holdfast_otp::{Algorithm, Digits, Period, Secret, UnixTime, totp};
use holdfast_server::drill::{Crew, PASSWORD, Person};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::load::Line;

/// How many are made at once: as many as share a sync.
const AT_ONCE: usize = 256;
const JSON: &str = "application/json";

/// Something to be asked once.
pub enum Work {
    /// The second step of a log-in.
    Code { half: String, secret: Secret },
    /// Both steps.
    LogIn { email: String, secret: Secret },
    /// A code, asked of another verifier.
    Elsewhere { peer: &'static str, user: String, secret: Secret },
}

impl Work {
    /// Asks it; whether it was answered as a right code should be.
    pub async fn run(self, line: &mut Line) -> anyhow::Result<bool> {
        match self {
            Work::Code { half, secret } => second_step(line, &half, &secret).await,
            Work::LogIn { email, secret } => {
                let body = json!({ "email": email, "password": PASSWORD }).to_string();
                let (status, body) = line.post("/api/v1/sessions", JSON, &body).await?;
                anyhow::ensure!(status == 200, "the password was refused: {body}");
                let answer: Value = serde_json::from_str(&body)?;
                let half = answer["challenge"].as_str().context("a challenge")?;
                second_step(line, half, &secret).await
            }
            Work::Elsewhere { peer: "privacyIDEA", user, secret } => {
                let body = format!("serial={user}&pass={}", code(&secret));
                let kind = "application/x-www-form-urlencoded";
                let (status, body) = line.post("/validate/check", kind, &body).await?;
                let answer: Value = serde_json::from_str(&body)?;
                Ok(status == 200 && answer["result"]["value"] == true)
            }
            Work::Elsewhere { user, secret, .. } => {
                let body = json!({ "user": user, "code": code(&secret) }).to_string();
                let (status, body) = line.post("/verify", JSON, &body).await?;
                Ok(status == 200 && body == "true")
            }
        }
    }
}

async fn second_step(line: &mut Line, half: &str, secret: &Secret) -> anyhow::Result<bool> {
    let body = json!({ "challenge": half, "code": code(secret) }).to_string();
    let (status, _) = line.post("/api/v1/sessions/second-factor", JSON, &body).await?;
    Ok(status == 201)
}

/// So many people with phones, each before the second step of a log-in.
pub async fn before_the_code(crew: &Arc<Crew>, count: usize) -> anyhow::Result<Vec<Work>> {
    let make = |crew: Arc<Crew>| async move {
        let Person { id, secret, .. } = crew.enrolled().await?;
        let half = crew.halves(id, 1).await?.pop().context("one was asked for")?;
        Ok(Work::Code { half: half.expose().to_owned(), secret })
    };
    made(crew, count, make).await
}

/// So many people with phones who are at the door.
pub async fn at_the_door(crew: &Arc<Crew>, count: usize) -> anyhow::Result<Vec<Work>> {
    let make = |crew: Arc<Crew>| async move {
        let Person { email, secret, .. } = crew.enrolled().await?;
        Ok(Work::LogIn { email, secret })
    };
    made(crew, count, make).await
}

async fn made<Made>(
    crew: &Arc<Crew>,
    count: usize,
    make: impl Fn(Arc<Crew>) -> Made,
) -> anyhow::Result<Vec<Work>>
where
    Made: Future<Output = anyhow::Result<Work>> + Send + 'static,
{
    let (mut under_way, mut all) = (JoinSet::new(), Vec::with_capacity(count));
    for _ in 0..count {
        if under_way.len() == AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            all.push(done??);
        }
        under_way.spawn(make(Arc::clone(crew)));
    }
    for done in under_way.join_all().await {
        all.push(done?);
    }
    Ok(all)
}

/// The time.
pub fn clock() -> UnixTime {
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// What a phone shows now.
fn code(secret: &Secret) -> String {
    let step = totp::step(clock(), Period::default());
    totp::code(secret, Algorithm::Sha1, Digits::default(), step).as_str().to_owned()
}
