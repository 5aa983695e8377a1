//! Looking after the account: where one is signed in, and the password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::not_the_person;
use super::news::{self, What};
use super::view::{ChangePassword, Line, Sessions, when};
use super::{Sent, again, render, trouble};
use crate::domain::ids::TokenDigest;
use crate::domain::session::{Session, Stage};
use crate::flows::account::PasswordNotChanged;
use crate::flows::enrol::Switched;
use crate::flows::{NotThePerson, Server};
use crate::http::gate::Web;

#[derive(Deserialize)]
pub struct Named {
    session: String,
}

#[derive(Deserialize)]
pub struct Passwords {
    password: Zeroizing<String>,
    new_password: Zeroizing<String>,
}

pub async fn sessions_page(State(server): State<Arc<Server>>, web: Web) -> Response {
    let sessions = match server.sessions(&web.session).await {
        Ok(sessions) => sessions,
        Err(error) => return trouble(error),
    };
    let line = |session: Session| Line {
        cli: session.stage == Stage::Cli,
        began: when(session.began),
        seen: when(session.seen),
        current: session.digest == web.session.digest,
        name: session.digest.to_hex(),
        device: session.device,
    };
    render(&Sessions {
        signed_in: web.who(),
        problem: None,
        sessions: sessions.into_iter().map(line).collect(),
    })
}

pub async fn end_session(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<Named>,
) -> Response {
    let ended = match TokenDigest::from_hex(&form.session) {
        Some(named) => server.end_session(&web.session, named).await,
        None => Ok(()),
    };
    match ended {
        Ok(()) => Redirect::to("/account/sessions").into_response(),
        Err(error) => trouble(error),
    }
}

pub async fn password_page(web: Web) -> Response {
    let signed_in = web.who();
    render(&ChangePassword { signed_in, problem: None, wrong: "", done: false })
}

pub async fn change_password(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<Passwords>,
) -> Response {
    let signed_in = web.who();
    let page = |wrong, problem| {
        again(&ChangePassword { signed_in, problem: Some(problem), wrong, done: false })
    };
    match server.change_password(&web.session, &form.password, &form.new_password).await {
        Ok(session) => {
            let switched = Switched { api_key: None, session, codes: None };
            news::tell(&server, &web, What::NewPassword, switched)
        }
        // The same form sent twice: the old password is not the old one any more.
        Err(PasswordNotChanged::NotThePerson(NotThePerson::Wrong))
            if news::is_of(&server, &web, What::NewPassword) =>
        {
            let sentence = "Your password was changed a moment ago. To change it again, enter that \
                            one as your password now.";
            page("old", sentence.to_owned())
        }
        Err(PasswordNotChanged::NotThePerson(error)) => {
            not_the_person(&server, error, |problem| page("old", problem))
        }
        Err(PasswordNotChanged::Unfit(error)) => page("new", error.to_string()),
        Err(PasswordNotChanged::Trouble(error)) => trouble(error),
    }
}
