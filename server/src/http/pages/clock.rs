//! The server's time as a barcode, for the person half-way in and for the one signed in (spec P5).
//!
//! The image is asked for each second by `static/clock.js`. Where there is no JavaScript, a page of its
//! own loads itself anew: nothing is typed there that this could take away. The page that asks for a
//! code names only the image, so that it is the same after every wrong code.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::view::ClockPage;
use super::{problem, render, trouble};
use crate::domain::account::Account;
use crate::domain::session::Stage;
use crate::flows::Server;
use crate::http::barcode;
use crate::http::cookies::Cookie;

/// The page for somebody who has given the password and not yet the code.
pub const HALF_PAGE: &str = "/login/second-factor/clock";
/// The page for somebody who is signed in.
pub const WEB_PAGE: &str = "/account/clock";

/// Its pages and images.
pub fn router() -> Router<Arc<Server>> {
    Router::new()
        .route(HALF_PAGE, get(half_page))
        .route("/login/second-factor/clock.svg", get(half_image))
        .route(WEB_PAGE, get(web_page))
        .route("/account/clock.svg", get(web_image))
}

async fn half_page(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    page(&server, Cookie::Half.of(&headers), Stage::Half).await
}

async fn half_image(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    image(&server, Cookie::Half.of(&headers), Stage::Half).await
}

async fn web_page(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    page(&server, Cookie::Session.of(&headers), Stage::Web).await
}

async fn web_image(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    image(&server, Cookie::Session.of(&headers), Stage::Web).await
}

async fn page(server: &Server, shown_token: Option<&str>, stage: Stage) -> Response {
    let (path, back) = match stage {
        Stage::Half => (HALF_PAGE, "/login/second-factor"),
        Stage::Web | Stage::Cli => (WEB_PAGE, "/account"),
    };
    let account = match server.account_unnoted(shown_token, stage).await {
        Ok(Some(account)) => account,
        Ok(None) => return Redirect::to("/login").into_response(),
        Err(error) => return trouble(error),
    };
    let Some(svg) = drawn(server, &account) else {
        return Redirect::to(back).into_response();
    };
    render(&ClockPage { signed_in: None, problem: None, svg, clock: path, back })
}

async fn image(server: &Server, shown_token: Option<&str>, stage: Stage) -> Response {
    let account = match server.account_unnoted(shown_token, stage).await {
        Ok(Some(account)) => account,
        Ok(None) => return Redirect::to("/login").into_response(),
        Err(error) => return trouble(error),
    };
    match drawn(server, &account) {
        Some(svg) => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
        None => problem(
            StatusCode::NOT_FOUND,
            "Two-factor authentication is off, so there is no phone to show the time to.",
        ),
    }
}

/// The barcode of this moment; none where there is no phone.
fn drawn(server: &Server, account: &Account) -> Option<String> {
    barcode::svg_of_time(&server.shown_time(account)?)
}
