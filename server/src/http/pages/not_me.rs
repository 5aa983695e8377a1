//! "That was not me": the page that a mail's link leads to, whose buttons stop what is under way (L2).
//!
//! It is the same page for every link: only what is posted from it shows whether the link is good, and
//! for the first button only together with the password.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::account::PasswordAgain;
use super::door::device;
use super::view::{NotMe, when};
use super::{Sent, again, refused, render, trouble, with_cookie};
use crate::flows::Server;
use crate::flows::not_me::NotStopped;
use crate::http::cookies::Cookie;

/// Where the page is, once the link's word is out of the address and in a cookie.
pub const PATH: &str = "/not-me";

/// By the link: its word goes into a cookie, so that no history and no picture of the page has it. What
/// cannot be in one is no link of ours.
pub async fn come(Path(link): Path<String>) -> Response {
    with_cookie(Redirect::to(PATH).into_response(), Cookie::Link.set(&link))
}

pub async fn page(State(server): State<Arc<Server>>) -> Response {
    render(&view(&server))
}

/// Ends every session and stops changes for a day.
pub async fn stop(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let link = Cookie::Link.of(&headers).unwrap_or_default();
    match server.bar(link, &form.password, &device(&headers)).await {
        Ok(until) => {
            let page = NotMe { until: Some(when(until)), ..view(&server) };
            let gone = [Cookie::Link, Cookie::Session, Cookie::Half, Cookie::News];
            gone.into_iter().fold(render(&page), |answer, one| with_cookie(answer, one.clear()))
        }
        Err(error) => not_stopped(&server, error, "stop"),
    }
}

/// Cancels a change of phone that waits.
pub async fn keep(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let link = Cookie::Link.of(&headers).unwrap_or_default();
    match server.keep_phone(link, &device(&headers)).await {
        Ok(()) => render(&NotMe { kept: true, ..view(&server) }),
        Err(error) => not_stopped(&server, error, "keep"),
    }
}

fn not_stopped(server: &Server, error: NotStopped, wrong: &'static str) -> Response {
    let page = |problem| again(&NotMe { problem: Some(problem), wrong, ..view(server) });
    match error {
        NotStopped::Wrong | NotStopped::NothingToCancel => page(error.to_string()),
        NotStopped::Refused(why) => refused(server, why, page),
        NotStopped::Trouble(error) => trouble(error),
    }
}

fn view(server: &Server) -> NotMe<'static> {
    NotMe {
        signed_in: None,
        problem: None,
        wrong: "",
        until: None,
        kept: false,
        mail: server.post.mail.is_some(),
    }
}
