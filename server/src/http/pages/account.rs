//! The account page, and what is done from it with the password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::news::{self, What};
use super::view::{AccountPage, ApiKeyPage, Disable, when};
use super::{Sent, again, refused, render, trouble};
use crate::domain::enrolment::Enrolment;
use crate::flows::enrol::NotDisabled;
use crate::flows::{NotThePerson, Server};
use crate::http::gate::Web;

#[derive(Deserialize)]
pub struct PasswordAgain {
    pub password: Zeroizing<String>,
}

pub async fn page(web: Web) -> Response {
    render(&AccountPage {
        signed_in: Some(web.account.email.as_str()),
        problem: None,
        two_factor_since: match &web.account.enrolment {
            Enrolment::Active(active) => Some(when(active.since())),
            Enrolment::Off | Enrolment::Pending(_) => None,
        },
        api_key_since: web.account.api_key.map(|key| when(key.made)),
    })
}

pub async fn disable_page(web: Web) -> Response {
    if !matches!(web.account.enrolment, Enrolment::Active(_)) {
        return Redirect::to("/account").into_response();
    }
    render(&Disable { signed_in: Some(web.account.email.as_str()), problem: None })
}

pub async fn disable(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let signed_in = Some(web.account.email.as_str());
    let page = |problem: String| again(&Disable { signed_in, problem: Some(problem) });
    match server.disable(&web.session, &form.password).await {
        Ok(switched) => news::tell(&server, &web, What::SwitchedOff, switched),
        Err(NotDisabled::AlreadyOff) => Redirect::to(news::PATH).into_response(),
        Err(NotDisabled::NotThePerson(error)) => not_the_person(&server, error, page),
        Err(NotDisabled::Trouble(error)) => trouble(error),
    }
}

pub async fn api_key_page(web: Web) -> Response {
    render(&ApiKeyPage {
        signed_in: Some(web.account.email.as_str()),
        problem: None,
        key: None,
        replaces: web.account.api_key.is_some(),
    })
}

pub async fn api_key(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let signed_in = Some(web.account.email.as_str());
    let replaces = web.account.api_key.is_some();
    let page = |problem: String| {
        again(&ApiKeyPage { signed_in, problem: Some(problem), key: None, replaces })
    };
    match server.new_api_key(&web.session, &form.password).await {
        Ok(switched) => news::tell(&server, &web, What::NewApiKey, switched),
        Err(error) => not_the_person(&server, error, page),
    }
}

/// The form again, with why the password asked for again did not do.
pub fn not_the_person(
    server: &Server,
    error: NotThePerson,
    page: impl FnOnce(String) -> Response,
) -> Response {
    match error {
        NotThePerson::Wrong => page(error.to_string()),
        NotThePerson::Refused(why) => refused(server, why, page),
        NotThePerson::Gone => Redirect::to(news::PATH).into_response(),
        NotThePerson::Trouble(error) => trouble(error),
    }
}
