//! Coming in and going out: register, log in, the code, log out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::news::What;
use super::view::{EnterCode, Login, Register};
use super::{Sent, again, continue_as, mailed, news, refused, render, trouble, ways, with_cookie};
use crate::domain::code::Entered;
use crate::domain::ids::Token;
use crate::domain::session::Face;
use crate::flows::sign_in::{NotRegistered, NotSignedIn, NotVerified, Proof, Registered, SignedIn};
use crate::flows::{Server, Trouble};
use crate::http::cookies::Cookie;
use crate::http::gate::{Half, Web};

#[derive(Deserialize)]
pub struct Credentials {
    email: String,
    password: Zeroizing<String>,
}

#[derive(Deserialize)]
pub struct EnteredCode {
    pub code: Zeroizing<String>,
}

/// The first code of a phone, and which barcode it is for, where the page said so.
#[derive(Deserialize)]
pub struct FirstCode {
    pub code: Zeroizing<String>,
    #[serde(default)]
    pub barcode: String,
}

pub async fn register_page() -> Response {
    render(&Register { signed_in: None, problem: None, email: "", wrong: "" })
}

pub async fn register(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Sent(form): Sent<Credentials>,
) -> Response {
    let error = match server.register(&form.email, &form.password, device(&headers)).await {
        Ok(Registered::In(token)) => {
            return arrive(&server, &headers, &token).await.unwrap_or_else(trouble);
        }
        Ok(Registered::Mailed(holder)) => return mailed::to_register_code(&holder),
        Err(NotRegistered::Refused(why)) => {
            return refused(&server, why, |problem| {
                let problem = Some(problem);
                again(&Register { signed_in: None, problem, email: &form.email, wrong: "email" })
            });
        }
        Err(NotRegistered::Trouble(error)) => return trouble(error),
        Err(error) => error,
    };
    let wrong = match error {
        NotRegistered::Password(_) => "password",
        _ => "email",
    };
    let problem = Some(error.to_string());
    again(&Register { signed_in: None, problem, email: &form.email, wrong })
}

/// Somebody who is logged in has no use for it, and came perhaps by a form sent twice.
pub async fn login_page(State(server): State<Arc<Server>>, web: Result<Web, Response>) -> Response {
    if web.is_ok() {
        return Redirect::to(news::PATH).into_response();
    }
    let mail = server.post.mail.is_some();
    render(&Login { signed_in: None, problem: None, email: "", mail })
}

pub async fn login(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Sent(form): Sent<Credentials>,
) -> Response {
    let page = |problem: String| {
        let mail = server.post.mail.is_some();
        again(&Login { signed_in: None, problem: Some(problem), email: &form.email, mail })
    };
    match server.sign_in(&form.email, &form.password, Face::Web, device(&headers)).await {
        Ok(SignedIn::Whole(token, _)) => {
            arrive(&server, &headers, &token).await.unwrap_or_else(trouble)
        }
        Ok(SignedIn::Half(token, _)) => with_cookie(
            Redirect::to("/login/second-factor").into_response(),
            Cookie::Half.set(token.expose()),
        ),
        Err(error @ NotSignedIn::Wrong) => {
            let mut response = page(error.to_string());
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response
        }
        Err(NotSignedIn::Refused(why)) => refused(&server, why, page),
        Err(NotSignedIn::Trouble(error)) => trouble(error),
    }
}

pub async fn code(
    State(server): State<Arc<Server>>,
    Half(half): Half,
    headers: HeaderMap,
    Sent(form): Sent<EnteredCode>,
) -> Response {
    // Which keyboard the field asks for stays as it was.
    let letters = form.code.chars().any(char::is_alphabetic);
    let question = match ways::question(&server, &half, None, letters).await {
        Ok(question) => question,
        Err(error) => return trouble(error),
    };
    let page = |problem: String| again(&EnterCode { problem: Some(problem), ..question });
    let entered = match Entered::parse(&form.code) {
        Ok(entered) => entered,
        Err(error) => return page(error.to_string()),
    };
    match server.verify(&half, &entered, Face::Web).await {
        Ok(arrived) => {
            let response = match arrive(&server, &headers, &arrived.token).await {
                Ok(response) => response,
                Err(error) => return trouble(error),
            };
            let (id, token) = (arrived.account.id, &arrived.token);
            let told = |what| news::told(&server, &id, token, what);
            let response = match (arrived.proof, arrived.clock) {
                (Proof::Recovery { left }, clock) => told(What::Recovered { left, clock }),
                (Proof::App | Proof::Sms, Some(clock)) => told(What::ClockOff(clock)),
                (Proof::App | Proof::Sms, None) => response,
            };
            with_cookie(response, Cookie::Half.clear())
        }
        Err(
            error @ (NotVerified::Wrong
            | NotVerified::WrongOfSms
            | NotVerified::Replayed(_)
            | NotVerified::WrongRecovery
            | NotVerified::UsedRecovery),
        ) => page(error.to_string()),
        Err(NotVerified::Refused(why)) => refused(&server, why, page),
        Err(error @ NotVerified::Expired) => {
            let login = Login {
                signed_in: None,
                problem: Some(error.to_string()),
                email: "",
                mail: server.post.mail.is_some(),
            };
            with_cookie(again(&login), Cookie::Half.clear())
        }
        Err(NotVerified::Trouble(error)) => trouble(error),
    }
}

pub async fn logout(State(server): State<Arc<Server>>, web: Web) -> Response {
    match server.sign_out(&web.session).await {
        Ok(()) => {
            let response = Redirect::to("/login").into_response();
            with_cookie(with_cookie(response, Cookie::Session.clear()), Cookie::News.clear())
        }
        Err(error) => trouble(error),
    }
}

/// An empty sheet of style, of every page for nobody who is signed in. Chromium keeps the pages before for its
/// Back button, also those that are not to be stored, and shows a key or codes again after somebody logged
/// out; it drops them once a cookie that scripts cannot read is another one. So each such page changes one.
pub async fn signed_out(headers: HeaderMap) -> Response {
    let sheet = [(header::CONTENT_TYPE, "text/css; charset=utf-8")].into_response();
    let other = match Cookie::Out.of(&headers) {
        Some(_) => Cookie::Out.clear(),
        None => Cookie::Out.set("1"),
    };
    with_cookie(sheet, other)
}

/// The browser is in; the session that it had before ends.
pub async fn arrive(
    server: &Server,
    headers: &HeaderMap,
    token: &Token,
) -> Result<Response, Trouble> {
    if let Some(earlier) = Cookie::Session.of(headers) {
        server.replace_session(earlier).await?;
    }
    Ok(continue_as(Redirect::to("/account").into_response(), Some(token)))
}

/// What the person will recognise in the list of sessions: `Firefox on Android`.
pub fn device(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let known = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // More special marks stand before those that others carry along.
    let browser = known(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chromium"),
        ("Safari/", "Safari"),
    ]);
    let system = known(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Browser".to_owned(),
    }
}
