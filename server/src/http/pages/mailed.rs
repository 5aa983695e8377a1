//! Pages on which the code of a mail is typed: registering, a forgotten password, a new address.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::not_the_person;
use super::door::{EnteredCode, arrive, device};
use super::view::{ChangeEmail, OnItsWay, Outbox, Reset, ResetCode, Sent as SentPage};
use super::who::Changing;
use super::{Sent, again, continue_as, problem, refused, render, trouble, with_cookie};
use crate::domain::ids::{Token, TokenDigest};
use crate::domain::letter::{Progress, Way};
use crate::domain::sent::{Purpose, SentCode};
use crate::flows::mail::{NotReset, NotSent};
use crate::flows::sent::NotProved;
use crate::flows::{NotThePerson, Server};
use crate::http::cookies::Cookie;
use crate::http::gate::Web;

const REGISTER_CODE: &str = "/register/code";
const RESET_CODE: &str = "/reset/code";
const ADDRESS_CODE: &str = "/account/email/code";

#[derive(Deserialize)]
pub struct Forgotten {
    email: String,
}

#[derive(Deserialize)]
pub struct NewPassword {
    code: Zeroizing<String>,
    new_password: Zeroizing<String>,
}

#[derive(Deserialize)]
pub struct NewAddress {
    password: Zeroizing<String>,
    email: String,
}

/// The way to the page where the code of a registration's mail is typed.
pub fn to_register_code(holder: &Token) -> Response {
    let response = Redirect::to(REGISTER_CODE).into_response();
    with_cookie(response, Cookie::Mail.set(holder.expose()))
}

pub async fn register_code_page(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let Some(sent) = sent_to(&server, &headers, Purpose::Register).await else {
        return Redirect::to("/register").into_response();
    };
    render(&SentPage::registering(None, &OnItsWay::of(Some(sent)), Outbox::of(&server, Way::Mail)))
}

pub async fn register_code(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Sent(form): Sent<EnteredCode>,
) -> Response {
    let holder = Cookie::Mail.of(&headers).unwrap_or_default();
    match server.finish_registration(holder, &form.code, device(&headers)).await {
        Ok(token) => {
            let response = arrive(&server, &headers, &token).await.unwrap_or_else(trouble);
            with_cookie(response, Cookie::Mail.clear())
        }
        Err(NotProved::Trouble(error)) => trouble(error),
        Err(error) => {
            let sent = OnItsWay::of(sent_to(&server, &headers, Purpose::Register).await);
            let sentence = Some(error.to_string());
            again(&SentPage::registering(sentence, &sent, Outbox::of(&server, Way::Mail)))
        }
    }
}

pub async fn reset_page(State(server): State<Arc<Server>>) -> Response {
    if server.post.mail.is_none() {
        return no_mail();
    }
    render(&Reset { signed_in: None, problem: None, email: "" })
}

pub async fn reset(State(server): State<Arc<Server>>, Sent(form): Sent<Forgotten>) -> Response {
    if server.post.mail.is_none() {
        return no_mail();
    }
    let page = |problem: String| {
        again(&Reset { signed_in: None, problem: Some(problem), email: &form.email })
    };
    match server.begin_reset(&form.email).await {
        Ok(holder) => {
            let response = Redirect::to(RESET_CODE).into_response();
            with_cookie(response, Cookie::Mail.set(holder.expose()))
        }
        Err(NotSent::Trouble(error)) => trouble(error),
        Err(NotSent::NotThePerson(NotThePerson::Refused(why))) => refused(&server, why, page),
        Err(NotSent::NotThePerson(NotThePerson::Trouble(error))) => trouble(error),
        Err(error) => page(error.to_string()),
    }
}

pub async fn reset_code_page(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let Some((sent, _)) = sent_to(&server, &headers, Purpose::Reset).await else {
        return Redirect::to("/reset").into_response();
    };
    // Not how the mail fares: where there is no account there is none.
    render(&ResetCode::new(None, "", &sent.to, Outbox::of(&server, Way::Mail)))
}

pub async fn reset_code(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Sent(form): Sent<NewPassword>,
) -> Response {
    let holder = Cookie::Mail.of(&headers).unwrap_or_default();
    let done = server.finish_reset(holder, &form.code, &form.new_password, &device(&headers)).await;
    let (wrong, sentence) = match done {
        Ok(()) => {
            let page = ResetCode {
                done: true,
                ..ResetCode::new(None, "", "", Outbox::of(&server, Way::Mail))
            };
            return with_cookie(render(&page), Cookie::Mail.clear());
        }
        Err(NotReset::NotProved(NotProved::Trouble(error))) => return trouble(error),
        Err(NotReset::NotProved(error)) => ("code", error.to_string()),
        Err(NotReset::Unfit(error)) => ("new", error.to_string()),
    };
    let sent = sent_to(&server, &headers, Purpose::Reset).await;
    let to = sent.map(|(sent, _)| sent.to).unwrap_or_default();
    again(&ResetCode::new(Some(sentence), wrong, &to, Outbox::of(&server, Way::Mail)))
}

pub async fn address_page(State(server): State<Arc<Server>>, Changing(web): Changing) -> Response {
    if server.post.mail.is_none() {
        return no_mail();
    }
    let signed_in = web.who();
    render(&ChangeEmail { signed_in, problem: None, email: "", wrong: "" })
}

pub async fn address(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<NewAddress>,
) -> Response {
    if server.post.mail.is_none() {
        return no_mail();
    }
    let signed_in = web.who();
    let page = |wrong, problem| {
        again(&ChangeEmail { signed_in, problem: Some(problem), email: &form.email, wrong })
    };
    match server.begin_address(&web.session, &form.password, &form.email).await {
        Ok(token) => continue_as(Redirect::to(ADDRESS_CODE).into_response(), token.as_ref()),
        Err(NotSent::Email(error)) => page("email", error.to_string()),
        Err(NotSent::NotThePerson(error)) => {
            not_the_person(&server, error, |problem| page("password", problem))
        }
        Err(NotSent::Trouble(error)) => trouble(error),
    }
}

pub async fn address_code_page(State(server): State<Arc<Server>>, web: Web) -> Response {
    match server.sent_progress(web.session.digest, Purpose::Address).await {
        Ok(sent @ Some(_)) => render(&SentPage::address(
            &web,
            None,
            &OnItsWay::of(sent),
            Outbox::of(&server, Way::Mail),
        )),
        Ok(None) => Redirect::to("/account/email").into_response(),
        Err(error) => trouble(error),
    }
}

pub async fn address_code(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<EnteredCode>,
) -> Response {
    match server.finish_address(&web.session, &form.code).await {
        Ok(()) => Redirect::to("/account").into_response(),
        Err(NotProved::Trouble(error)) => trouble(error),
        Err(error) => {
            let sent = match server.sent_progress(web.session.digest, Purpose::Address).await {
                Ok(sent) => OnItsWay::of(sent),
                Err(error) => return trouble(error),
            };
            again(&SentPage::address(
                &web,
                Some(error.to_string()),
                &sent,
                Outbox::of(&server, Way::Mail),
            ))
        }
    }
}

/// Where the code of this browser went, while it is good, and how it fares.
async fn sent_to(
    server: &Server,
    headers: &HeaderMap,
    purpose: Purpose,
) -> Option<(SentCode, Progress)> {
    let holder = TokenDigest::of(Cookie::Mail.of(headers)?);
    server.sent_progress(holder, purpose).await.ok()?
}

fn no_mail() -> Response {
    problem(
        axum::http::StatusCode::NOT_FOUND,
        "This server sends no mail, so that cannot be done here. Ask whoever runs it.",
    )
}
