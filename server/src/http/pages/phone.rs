//! The phone number for log-in by SMS (R1, R2): asked for after enabling, validated, changed, removed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::{PasswordAgain, not_the_person};
use super::door::EnteredCode;
use super::news;
use super::view::{Outbox, PhoneCode, PhonePage, when};
use super::who::Changing;
use super::{Sent, again, continue_as, problem, render, trouble};
use crate::domain::enrolment::Enrolment;
use crate::domain::letter::Way;
use crate::domain::number::Number;
use crate::domain::sent::Purpose;
use crate::flows::sent::NotProved;
use crate::flows::sms::NoNumber;
use crate::flows::{NotThePerson, Server};
use crate::http::gate::Web;

/// Where the number is asked for.
pub const PATH: &str = "/account/two-factor/phone";
const CODE: &str = "/account/two-factor/phone/code";

#[derive(Deserialize)]
pub struct NewNumber {
    password: Zeroizing<String>,
    number: Zeroizing<String>,
}

pub async fn page(State(server): State<Arc<Server>>, Changing(web): Changing) -> Response {
    match unavailable(&server, &web) {
        Some(response) => response,
        None => render(&phone_page(&server, &web, "", "", None)),
    }
}

pub async fn begin(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<NewNumber>,
) -> Response {
    if let Some(response) = unavailable(&server, &web) {
        return response;
    }
    let page =
        |wrong, problem| again(&phone_page(&server, &web, &form.number, wrong, Some(problem)));
    match server.begin_number(&web.session, &form.password, &form.number).await {
        Ok(token) => {
            let response = continue_as(Redirect::to(CODE).into_response(), token.as_ref());
            news::carried(response, &server, &web, token.as_ref())
        }
        Err(NoNumber::Number(error)) => page("number", error.to_string()),
        Err(NoNumber::Off) => Redirect::to("/account").into_response(),
        Err(NoNumber::NotThePerson(NotThePerson::Gone)) => Redirect::to(CODE).into_response(),
        Err(NoNumber::NotThePerson(error)) => {
            not_the_person(&server, error, |problem| page("password", problem))
        }
        Err(NoNumber::Trouble(error)) => trouble(error),
    }
}

pub async fn code_page(State(server): State<Arc<Server>>, web: Web) -> Response {
    code(&server, &web, None).await
}

pub async fn confirm(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<EnteredCode>,
) -> Response {
    match server.confirm_number(&web.session, &form.code).await {
        Ok(()) => Redirect::to(PATH).into_response(),
        Err(NotProved::Trouble(error)) => trouble(error),
        Err(error) => code(&server, &web, Some(error.to_string())).await,
    }
}

pub async fn remove(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    match server.remove_number(&web.session, &form.password).await {
        Ok(token) => continue_as(Redirect::to("/account").into_response(), token.as_ref()),
        Err(error) => not_the_person(&server, error, |problem| {
            again(&phone_page(&server, &web, "", "remove", Some(problem)))
        }),
    }
}

/// The question for the set-up code, with how its SMS fares (requirement 26).
async fn code(server: &Server, web: &Web, sentence: Option<String>) -> Response {
    let sent = match server.sent_progress(web.session.digest, Purpose::Number).await {
        Ok(sent) => sent,
        Err(error) => return trouble(error),
    };
    let Some((sent, progress)) = sent else {
        return Redirect::to(PATH).into_response();
    };
    let is_again = sentence.is_some();
    let page = PhoneCode {
        signed_in: web.who(),
        problem: sentence,
        hint: Number::parse(&sent.to).map_or_else(|_| String::new(), |number| number.hint()),
        progress: progress.word(),
        outbox: Outbox::of(server, Way::Sms),
    };
    if is_again { again(&page) } else { render(&page) }
}

fn phone_page<'a>(
    server: &Server,
    web: &'a Web,
    number: &'a str,
    wrong: &'a str,
    problem: Option<String>,
) -> PhonePage<'a> {
    let phone = web.account.phone.as_ref();
    PhonePage {
        signed_in: web.who(),
        problem,
        hint: phone.map(|phone| phone.number.hint()),
        from: phone.map(|phone| phone.from).filter(|from| *from > server.now()).map(when),
        one_was_before: phone.is_none() && web.account.number_gone.is_some(),
        number,
        wrong,
        outbox: Outbox::of(server, Way::Sms),
    }
}

fn unavailable(server: &Server, web: &Web) -> Option<Response> {
    if !matches!(web.account.enrolment, Enrolment::Active(_)) {
        return Some(Redirect::to("/account").into_response());
    }
    let sentence = "This server sends no SMS. Keep your recovery codes where you find them.";
    server.post.sms.is_none().then(|| problem(StatusCode::NOT_FOUND, sentence))
}
