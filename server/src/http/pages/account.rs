//! The account page, and what is done from it with the password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::clock;
use super::news::{self, What};
use super::view::{AccountPage, ApiKeyPage, CodesLeft, DeleteAccount, Disable, when};
use super::who::Changing;
use super::{Sent, again, refused, render, trouble, with_cookie};
use crate::domain::enrolment::Enrolment;
use crate::flows::enrol::NotDisabled;
use crate::flows::{NotThePerson, Server};
use crate::http::cookies::Cookie;
use crate::http::gate::Web;

#[derive(Deserialize)]
pub struct PasswordAgain {
    pub password: Zeroizing<String>,
}

pub async fn page(State(server): State<Arc<Server>>, web: Web) -> Response {
    let set = match server.recovery_set(web.account.id).await {
        Ok(set) => set,
        Err(error) => return trouble(error),
    };
    render(&AccountPage {
        signed_in: web.who(),
        problem: None,
        two_factor_since: match &web.account.enrolment {
            Enrolment::Active(active) => Some(when(active.since())),
            Enrolment::Off | Enrolment::Pending(_) => None,
        },
        sms: server.post.sms.is_some(),
        number: web.account.phone.as_ref().map(|phone| phone.number.hint()),
        mail: server.post.mail.is_some(),
        codes: CodesLeft::of(set.as_ref()),
        off: web.account.codes_are_off(),
        api_key_since: web.account.api_key.map(|key| when(key.made)),
        clock: server.shown_time(&web.account).map(|_| clock::WEB_PAGE),
    })
}

pub async fn disable_page(Changing(web): Changing) -> Response {
    if !matches!(web.account.enrolment, Enrolment::Active(_)) {
        return Redirect::to("/account").into_response();
    }
    render(&Disable { signed_in: web.who(), problem: None })
}

pub async fn disable(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let signed_in = web.who();
    let page = |problem: String| again(&Disable { signed_in, problem: Some(problem) });
    match server.disable(&web.session, &form.password).await {
        Ok(switched) => news::tell(&server, &web, What::SwitchedOff, switched),
        Err(NotDisabled::AlreadyOff) => Redirect::to(news::PATH).into_response(),
        Err(NotDisabled::NotThePerson(error)) => not_the_person(&server, error, page),
        Err(NotDisabled::Trouble(error)) => trouble(error),
    }
}

pub async fn delete_page(Changing(web): Changing) -> Response {
    let signed_in = web.who();
    render(&DeleteAccount { signed_in, problem: None, done: false })
}

pub async fn delete(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let signed_in = web.who();
    match server.delete_account(&web.session, &form.password).await {
        Ok(()) => {
            let page = DeleteAccount { signed_in: None, problem: None, done: true };
            with_cookie(with_cookie(render(&page), Cookie::Session.clear()), Cookie::News.clear())
        }
        Err(error) => not_the_person(&server, error, |problem| {
            again(&DeleteAccount { signed_in, problem: Some(problem), done: false })
        }),
    }
}

pub async fn api_key_page(web: Web) -> Response {
    render(&ApiKeyPage {
        signed_in: web.who(),
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
    let signed_in = web.who();
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
        NotThePerson::Wrong | NotThePerson::Barred(_) => page(error.to_string()),
        NotThePerson::Refused(why) => refused(server, why, page),
        NotThePerson::Gone => Redirect::to(news::PATH).into_response(),
        NotThePerson::Trouble(error) => trouble(error),
    }
}
