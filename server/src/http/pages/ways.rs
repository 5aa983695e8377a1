//! The ways in of somebody who has given the password and has no code from the app (L2, R3).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::clock;
use super::view::{EnterCode, Login, Lost, Outbox, Texted};
use super::{again, refused, render, trouble, with_cookie};
use crate::domain::letter::Way;
use crate::domain::number::Number;
use crate::domain::sent::Purpose;
use crate::domain::session::{Session, Stage};
use crate::flows::sign_in::NotVerified;
use crate::flows::sms::NotTexted;
use crate::flows::{Server, Trouble};
use crate::http::cookies::Cookie;
use crate::http::gate::Half;

/// The question for a code, with what this person can do about it.
pub async fn code_page(State(server): State<Arc<Server>>, Half(half): Half) -> Response {
    match question(&server, &half, None, false).await {
        Ok(page) => render(&page),
        Err(error) => trouble(error),
    }
}

/// The same with a field for letters: a phone's keyboard has none where digits are asked for.
pub async fn recovery_page(State(server): State<Arc<Server>>, Half(half): Half) -> Response {
    match question(&server, &half, None, true).await {
        Ok(page) => render(&page),
        Err(error) => trouble(error),
    }
}

/// "Send me an SMS".
pub async fn send_sms(State(server): State<Arc<Server>>, Half(half): Half) -> Response {
    match server.send_sms(&half).await {
        Ok(()) => Redirect::to("/login/second-factor").into_response(),
        Err(NotTexted::NotVerified(NotVerified::Trouble(error))) => trouble(error),
        Err(NotTexted::NotVerified(NotVerified::Refused(why))) => {
            match question(&server, &half, None, false).await {
                Ok(mut page) => refused(&server, why, |sentence| {
                    page.problem = Some(sentence);
                    again(&page)
                }),
                Err(error) => trouble(error),
            }
        }
        Err(NotTexted::NoNumber) => Redirect::to("/login/lost").into_response(),
        Err(error) => {
            let login =
                Login { signed_in: None, problem: Some(error.to_string()), email: "", mail: false };
            with_cookie(again(&login), Cookie::Half.clear())
        }
    }
}

/// "I lost my phone": this person's ways back in, told to nobody without the password.
pub async fn lost_page(State(server): State<Arc<Server>>, Half(half): Half) -> Response {
    match lost(&server, &half).await {
        Ok(page) => render(&page),
        Err(error) => trouble(error),
    }
}

/// What is shown where a code is asked for.
pub async fn question(
    server: &Server,
    half: &Session,
    problem: Option<String>,
    letters: bool,
) -> Result<EnterCode<'static>, Trouble> {
    let account = server.account(half).await?;
    let due = account.as_ref().and_then(|account| account.handover.as_ref()?.due());
    let due = due.map(super::view::when);
    let clock = Some(clock::HALF_PAGE);
    let off = account.as_ref().is_some_and(|account| account.codes_are_off());
    let letters = letters || off;
    let number = account.and_then(|account| server.sms_to(&account));
    let texted = server.sent_progress(half.digest, Purpose::LogIn).await?;
    let texted = texted.map(|(sent, progress)| Texted {
        hint: Number::parse(&sent.to).map_or_else(|_| String::new(), |number| number.hint()),
        progress: progress.word(),
    });
    let outbox = Outbox::of(server, Way::Sms);
    Ok(EnterCode { signed_in: None, problem, letters, off, due, number, texted, outbox, clock })
}

async fn lost(server: &Server, half: &Session) -> Result<Lost<'static>, Trouble> {
    let account = server.account(half).await?;
    let sessions = server.sessions(half).await?;
    let codes_left = server.recovery_set(half.account).await?.map_or(0, |set| set.left());
    let account = account.filter(|account| !account.codes_are_off());
    let phone = account.and_then(|account| account.phone);
    let phone = phone.filter(|_| server.post.sms.is_some());
    let usable = phone.as_ref().filter(|phone| phone.from <= server.now());
    Ok(Lost {
        signed_in: None,
        problem: None,
        codes_left,
        number: usable.map(|phone| phone.number.hint()),
        number_from: phone
            .as_ref()
            .filter(|phone| phone.from > server.now())
            .map(|phone| super::view::when(phone.from)),
        browsers: names(&sessions, Stage::Web),
        command_lines: names(&sessions, Stage::Cli),
    })
}

fn names(sessions: &[Session], stage: Stage) -> Vec<String> {
    sessions.iter().filter(|one| one.stage == stage).map(|one| one.device.clone()).collect()
}
