//! The pages: whole without a script, each form one step of a flow.

mod account;
mod clock;
mod door;
mod enable;
mod handover;
mod keep;
mod mailed;
mod news;
mod not_me;
mod phone;
mod recovery;
mod ssh;
mod view;
mod ways;
mod who;

use std::any::Any;
use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::cookies::Cookie;
use crate::domain::ids::Token;
use crate::domain::issuer::Issuer;
use crate::domain::throttle::Refused;
use crate::flows::{Server, Trouble};

/// The routes of the pages.
pub fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/", get(async || Redirect::to("/account")))
        .route("/register", get(door::register_page).post(door::register))
        .route("/login", get(door::login_page).post(door::login))
        .route("/register/code", get(mailed::register_code_page).post(mailed::register_code))
        .route("/login/second-factor", get(ways::code_page).post(door::code))
        .route("/login/second-factor/recovery", get(ways::recovery_page))
        .route("/login/second-factor/sms", post(ways::send_sms))
        .route("/login/lost", get(ways::lost_page))
        .merge(clock::router())
        .route("/reset", get(mailed::reset_page).post(mailed::reset))
        .route("/reset/code", get(mailed::reset_code_page).post(mailed::reset_code))
        .route("/logout", post(door::logout))
        .route("/signed-out.css", get(door::signed_out))
        .route("/account", get(account::page))
        .route(news::PATH, get(news::page))
        .route("/account/sessions", get(keep::sessions_page))
        .route("/account/sessions/end", post(keep::end_session))
        .route("/account/password", get(keep::password_page).post(keep::change_password))
        .route("/account/ssh-keys", get(ssh::page).post(ssh::add))
        .route("/account/ssh-keys/remove", post(ssh::remove))
        .route("/account/api-key", get(account::api_key_page).post(account::api_key))
        .route("/account/two-factor/enable", get(enable::start_page).post(enable::start))
        .route("/account/two-factor/enable/scan", get(enable::scan_page))
        .route("/account/two-factor/enable/confirm", post(enable::confirm))
        .route("/account/two-factor/enable/cancel", post(enable::cancel))
        .route("/account/email", get(mailed::address_page).post(mailed::address))
        .route("/account/email/code", get(mailed::address_code_page).post(mailed::address_code))
        .route("/account/delete", get(account::delete_page).post(account::delete))
        .route(phone::PATH, get(phone::page).post(phone::begin))
        .route("/account/two-factor/phone/code", get(phone::code_page).post(phone::confirm))
        .route("/account/two-factor/phone/remove", post(phone::remove))
        .route(recovery::PATH, get(recovery::page).post(recovery::view))
        .route("/account/two-factor/codes/new", get(recovery::new_page).post(recovery::new))
        .route("/account/two-factor/codes/stored", post(recovery::stored))
        .route("/account/two-factor/codes.txt", get(recovery::file))
        .route(handover::PATH, get(handover::page).post(handover::begin))
        .route("/account/two-factor/change/sms", post(handover::send_sms))
        .route("/account/two-factor/change/scan", get(handover::scan_page))
        .route("/account/two-factor/change/confirm", post(handover::confirm))
        .route("/account/two-factor/change/cancel", post(handover::cancel))
        .route(not_me::PATH, get(not_me::page).post(not_me::stop))
        .route("/not-me/keep", post(not_me::keep))
        .route("/not-me/{link}", get(not_me::come))
        .route("/account/two-factor/disable", get(account::disable_page).post(account::disable))
}

/// No such page.
pub async fn not_found(State(server): State<Arc<Server>>) -> Response {
    let _ = server;
    problem(StatusCode::NOT_FOUND, "There is no such page. Go back to your account.")
}

/// A page with one sentence on it.
pub fn problem(status: StatusCode, sentence: &str) -> Response {
    let page = view::Problem { signed_in: None, problem: None, sentence };
    (status, render(&page)).into_response()
}

/// The answer when the server, not the person, is at fault.
pub fn trouble(trouble: impl Into<Trouble>) -> Response {
    let trouble = trouble.into();
    tracing::error!(%trouble, "a request was not answered");
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "The server cannot answer now. Nothing was changed; try again in a minute.",
    )
}

tokio::task_local! {
    static SERVICE: Issuer;
}

/// Every page that is drawn in the answer bears the service's name at its head, those for requests
/// that no handler takes too.
pub async fn named(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    SERVICE.scope(server.issuer.clone(), next.run(request)).await
}

/// The template as a page.
fn render(page: &impl askama::Template) -> Response {
    let service = SERVICE.try_with(|name| name.to_string()).unwrap_or_default();
    match page.render_with_values(&("service", &service as &dyn Any)) {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page was not drawn");
            let sentence = "The page could not be drawn. Go back and load your account again.\n";
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
    }
}

/// A form is shown again with what was wrong.
fn again(page: &impl askama::Template) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, render(page)).into_response()
}

/// A form is shown again because its try was refused.
fn refused(server: &Server, refused: Refused, page: impl FnOnce(String) -> Response) -> Response {
    let wait = refused.retry_after(server.now());
    let sentence = match wait {
        Some(seconds) => format!("Too many tries. Try again in {}.", view::span(seconds)),
        None => refused.to_string(),
    };
    let mut response = page(sentence);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The answer to a step-up: the browser goes on under a new token.
fn continue_as(response: Response, token: Option<&Token>) -> Response {
    with_cookie(response, token.and_then(|token| Cookie::Session.set(token.expose())))
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A form's body; what is none is answered with a page that quotes nothing of it.
struct Sent<T>(T);

impl<T, S> FromRequest<S> for Sent<T>
where
    S: Send + Sync,
    Form<T>: FromRequest<S, Rejection = FormRejection>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(value)) => Ok(Sent(value)),
            Err(rejection) => Err(problem(
                rejection.status(),
                "The form did not arrive whole. Go back and send it again.",
            )),
        }
    }
}
