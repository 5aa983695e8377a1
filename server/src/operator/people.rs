//! Accounts as the operator sees them, and the way back for somebody who has lost every other (L3).

use serde_json::{Value, json};

use super::args::{Place, TwoFactor, User};
use super::voice::{ask, ask_hidden, is_interactive, remark, say};
use super::{at_hand, audit, operator, wait_for};
use crate::domain::account::Account;
use crate::domain::enrolment::Enrolment;
use crate::domain::handover::Handover;
use crate::domain::session::Stage;
use crate::flows::Server;

/// Accounts read at once.
const PAGE: usize = 500;
/// How many of the last entries about a person are shown.
const LAST_ENTRIES: usize = 20;

/// `user …`
pub fn user(place: &Place, command: User) -> anyhow::Result<()> {
    let server = at_hand(place)?;
    wait_for(async {
        match command {
            User::List => list(&server).await,
            User::Show { email } => show(&server, &email).await,
            User::Add { email } => add(&server, &email).await,
            User::EndSessions { email } => {
                let count = server.end_all_sessions(&email, &operator()).await?;
                let ended = match count {
                    1 => format!("1 session of {email} is ended"),
                    _ => format!("{count} sessions of {email} are ended"),
                };
                Ok(say(&format!("{ended}. An API key that it had is void."))?)
            }
        }
    })
}

/// `2fa …`
pub fn two_factor(place: &Place, command: TwoFactor) -> anyhow::Result<()> {
    let TwoFactor::Reset { email, verified } = command;
    let server = at_hand(place)?;
    wait_for(reset(&server, &email, verified))
}

async fn reset(server: &Server, email: &str, verified: Option<String>) -> anyhow::Result<()> {
    let account = server.by_address(email).await?;
    anyhow::ensure!(
        matches!(account.enrolment, Enrolment::Active(_)),
        "Two-factor authentication of {} is off already.",
        account.email
    );
    let verified = match verified {
        Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
        None if is_interactive() => {
            remark(&format!("{} will be let in with the password alone.", account.email));
            ask("How did you make sure that this account is hers or his? ")?
        }
        None => None,
    };
    let Some(verified) = verified else {
        anyhow::bail!(
            "Nothing was changed: say with --verified how you made sure whose account it is."
        );
    };
    server.reset_two_factor(email, &verified, &operator()).await?;
    let email = account.email;
    Ok(say(&format!(
        "Two-factor authentication of {email} is off; its sessions are ended, and its API key is void."
    ))?)
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = server.store.accounts(&after, PAGE).await?;
        for found in &page {
            say(&line(&found.value).to_string())?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => last.value.email.as_str().clone_into(&mut after),
            _ => return Ok(()),
        }
    }
}

async fn show(server: &Server, email: &str) -> anyhow::Result<()> {
    let account = server.by_address(email).await?;
    let mut sessions = server.store.sessions(account.id).await?;
    let now = server.now();
    sessions.retain(|session| session.stage != Stage::Half && !session.is_over(now));
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|session| {
            let kind = if session.stage == Stage::Cli { "cli" } else { "web" };
            json!({ "kind": kind, "device": session.device, "began": session.began.0, "seen": session.seen.0 })
        })
        .collect();
    let events = audit::of(server, account.id, LAST_ENTRIES).await?;
    let mut object = line(&account);
    object["id"] = account.id.to_string().into();
    object["sessions"] = sessions.into();
    object["events"] = events.into();
    Ok(say(&serde_json::to_string_pretty(&object)?)?)
}

async fn add(server: &Server, email: &str) -> anyhow::Result<()> {
    let password = ask_hidden("Password: ")?;
    if is_interactive() {
        let again = ask_hidden("Password again: ")?;
        anyhow::ensure!(*password == *again, "The two passwords differ. Nothing was made.");
    }
    let email = server.register_by_operator(email, &password, &operator()).await?;
    Ok(say(&format!("{email} has an account."))?)
}

/// An account as JSON, without anything that lets anybody in.
fn line(account: &Account) -> Value {
    let two_factor = match &account.enrolment {
        Enrolment::Off => json!({ "state": "off" }),
        Enrolment::Pending(_) => json!({ "state": "pending" }),
        Enrolment::Active(active) => json!({
            "state": "active",
            "since": active.since().0,
            "drift_seconds": active.drift * 30,
            "codes_off": active.is_off(),
            "new_phone_at": account.handover.as_ref().and_then(Handover::due).map(|due| due.0),
        }),
    };
    json!({
        "email": account.email.as_str(),
        "created": account.created.0,
        "two_factor": two_factor,
        "api_key": account.api_key.is_some(),
    })
}
