//! Enabling, step by step: get an app, scan the barcode, enter the first code (E2 to E5).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use holdfast_otp::{KeyUri, Secret};
use sha2::{Digest, Sha256};

use super::account::{PasswordAgain, not_the_person};
use super::door::FirstCode;
use super::news::{self, What};
use super::view::{Enable, Scan};
use super::who::Changing;
use super::{Sent, again, continue_as, render, trouble};
use crate::domain::code::Code;
use crate::domain::enrolment::{Enrolment, PENDING_SECONDS};
use crate::flows::enrol::{NotBegun, NotConfirmed};
use crate::flows::{NotThePerson, Server};
use crate::http::barcode;
use crate::http::gate::Web;

const START: &str = "/account/two-factor/enable";
const SCAN: &str = "/account/two-factor/enable/scan";

pub async fn start_page(Changing(web): Changing) -> Response {
    if matches!(web.account.enrolment, Enrolment::Active(_)) {
        return Redirect::to("/account").into_response();
    }
    render(&Enable { signed_in: web.who(), problem: None })
}

pub async fn start(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let signed_in = web.who();
    let page = |problem: String| again(&Enable { signed_in, problem: Some(problem) });
    match server.begin_enrolment(&web.session, &form.password).await {
        Ok(token) => continue_as(Redirect::to(SCAN).into_response(), token.as_ref()),
        Err(NotBegun::AlreadyOn) => Redirect::to(news::PATH).into_response(),
        // The same form sent twice: the barcode is there already.
        Err(NotBegun::NotThePerson(NotThePerson::Gone)) => Redirect::to(SCAN).into_response(),
        Err(NotBegun::NotThePerson(error)) => not_the_person(&server, error, page),
        Err(NotBegun::Trouble(error)) => trouble(error),
    }
}

pub async fn scan_page(State(server): State<Arc<Server>>, Changing(web): Changing) -> Response {
    scan(&server, &web, None)
}

pub async fn confirm(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<FirstCode>,
) -> Response {
    let signed_in = web.who();
    let code = match Code::parse(&form.code) {
        Ok(code) => code,
        Err(error) => return scan(&server, &web, Some((error.to_string(), &form))),
    };
    match server.confirm_enrolment(&web.session, &code).await {
        Ok(switched) => news::tell(&server, &web, What::SwitchedOn, switched),
        Err(NotConfirmed::AlreadyOn | NotConfirmed::Gone) => {
            Redirect::to(news::PATH).into_response()
        }
        Err(error @ (NotConfirmed::Wrong | NotConfirmed::ClockOff(_))) => {
            scan(&server, &web, Some((error.to_string(), &form)))
        }
        Err(error @ NotConfirmed::Expired) => {
            again(&Enable { signed_in, problem: Some(error.to_string()) })
        }
        Err(NotConfirmed::Trouble(error)) => trouble(error),
    }
}

pub async fn cancel(State(server): State<Arc<Server>>, web: Web) -> Response {
    match server.cancel_enrolment(&web.session).await {
        Ok(()) => Redirect::to("/account").into_response(),
        Err(error) => trouble(error),
    }
}

/// The barcode, or the way back to the first step where there is none for this session.
fn scan(server: &Server, web: &Web, problem: Option<(String, &FirstCode)>) -> Response {
    let uri = server.key_uri(&web.session, &web.account);
    let step = ScanStep { path: START, button: "Enable two-factor authentication", changes: false };
    show_barcode(server, web, uri.as_ref(), step, problem)
}

/// What a page with a barcode is a step of.
pub(super) struct ScanStep {
    /// Where the steps begin; below it is where the first code goes.
    pub path: &'static str,
    /// The button beside the code.
    pub button: &'static str,
    /// Whether there is a phone already.
    pub changes: bool,
}

/// The page with a new phone's barcode, or the way back to where the steps begin.
pub(super) fn show_barcode(
    server: &Server,
    web: &Web,
    uri: Option<&KeyUri>,
    step: ScanStep,
    problem: Option<(String, &FirstCode)>,
) -> Response {
    let ScanStep { path, button, changes } = step;
    let Some((uri, barcode)) = uri.and_then(|uri| Some((uri, barcode::svg(uri)?))) else {
        return Redirect::to(path).into_response();
    };
    let mark = mark_of(&uri.secret);
    let is_again = problem.is_some();
    let problem = problem.map(|(sentence, form)| {
        let is_of_this = form.barcode.is_empty() || form.barcode == mark;
        if is_of_this { sentence } else { REPLACED.to_owned() }
    });
    let page = Scan {
        signed_in: web.who(),
        problem,
        barcode: &barcode,
        mark: &mark,
        key: &uri.secret.to_base32_groups(),
        uri: &uri.to_uri(),
        minutes: PENDING_SECONDS / 60,
        issuer: &server.issuer,
        path,
        button,
        changes,
    };
    if is_again { again(&page) } else { render(&page) }
}

/// What to do with a code of a barcode that is void.
const REPLACED: &str = "A newer barcode was made in another tab or window, so the one that you scanned is void. \
     Scan the one below, enter its code, and delete the entry made before.";

/// Tells one barcode from another, and nothing of its secret: it goes to the page that shows that.
fn mark_of(secret: &Secret) -> String {
    let digest = Sha256::new_with_prefix(b"which barcode").chain_update(secret.expose()).finalize();
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
