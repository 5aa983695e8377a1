//! "Change phone", step by step: what stands for the old one, the new barcode, its first code (M2).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::not_the_person;
use super::door::FirstCode;
use super::enable::{ScanStep, show_barcode};
use super::news::{self, What};
use super::view::{ChangePhone, Outbox, Texted};
use super::who::Changing;
use super::{Sent, again, continue_as, refused, render, trouble};
use crate::domain::code::{Code, Entered};
use crate::domain::enrolment::Enrolment;
use crate::domain::handover::Handover;
use crate::domain::letter::Way;
use crate::domain::number::Number;
use crate::domain::sent::Purpose;
use crate::flows::enrol::NotConfirmed;
use crate::flows::handover::{HandedOver, NotHandedOver};
use crate::flows::sign_in::NotVerified;
use crate::flows::sms::NotTexted;
use crate::flows::{NotThePerson, Server, Trouble};
use crate::http::gate::Web;

/// Where it starts; below it are the steps.
pub const PATH: &str = "/account/two-factor/change";
const SCAN: &str = "/account/two-factor/change/scan";

#[derive(Deserialize)]
pub struct Begin {
    password: Zeroizing<String>,
    code: Zeroizing<String>,
}

pub async fn page(State(server): State<Arc<Server>>, Changing(web): Changing) -> Response {
    if !can_change(&web) {
        return Redirect::to("/account").into_response();
    }
    match ask(&server, &web, "", None).await {
        Ok(page) => render(&page),
        Err(error) => trouble(error),
    }
}

/// "Send me an SMS".
pub async fn send_sms(State(server): State<Arc<Server>>, web: Web) -> Response {
    let why = match server.send_handover_sms(&web.session).await {
        Ok(()) | Err(NotTexted::NoNumber) => return Redirect::to(PATH).into_response(),
        Err(NotTexted::NotVerified(NotVerified::Refused(why))) => why,
        Err(NotTexted::NotVerified(NotVerified::Trouble(error))) => return trouble(error),
        Err(NotTexted::NotVerified(_)) => return Redirect::to("/account").into_response(),
    };
    match ask(&server, &web, "", None).await {
        Ok(mut page) => refused(&server, why, |sentence| {
            page.problem = Some(sentence);
            again(&page)
        }),
        Err(error) => trouble(error),
    }
}

pub async fn begin(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<Begin>,
) -> Response {
    let mut page = match ask(&server, &web, "code", None).await {
        Ok(page) => page,
        Err(error) => return trouble(error),
    };
    let mut show = |wrong, problem: String| {
        (page.wrong, page.problem) = (wrong, Some(problem));
        again(&page)
    };
    let entered = match Entered::parse(&form.code) {
        Ok(entered) => entered,
        Err(error) => return show("code", error.to_string()),
    };
    match server.begin_handover(&web.session, &form.password, &entered).await {
        Ok(token) => continue_as(Redirect::to(SCAN).into_response(), token.as_ref()),
        Err(NotHandedOver::Off | NotHandedOver::Waits) => Redirect::to("/account").into_response(),
        // The same form sent twice: the barcode is there already.
        Err(NotHandedOver::NotThePerson(NotThePerson::Gone)) => Redirect::to(SCAN).into_response(),
        Err(NotHandedOver::NotVerified(NotVerified::Expired)) => Redirect::to(SCAN).into_response(),
        Err(NotHandedOver::NotThePerson(error)) => {
            not_the_person(&server, error, |problem| show("password", problem))
        }
        Err(NotHandedOver::NotVerified(NotVerified::Refused(why))) => {
            refused(&server, why, |problem| show("code", problem))
        }
        Err(
            NotHandedOver::NotVerified(NotVerified::Trouble(error)) | NotHandedOver::Trouble(error),
        ) => trouble(error),
        Err(error) => show("code", error.to_string()),
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
    let code = match Code::parse(&form.code) {
        Ok(code) => code,
        Err(error) => return scan(&server, &web, Some((error.to_string(), &form))),
    };
    match server.confirm_handover(&web.session, &code).await {
        Ok(HandedOver::Now(switched)) => news::tell(&server, &web, What::PhoneChanged, switched),
        // The account page, like every page from now on, says when it is.
        Ok(HandedOver::Later(_)) => Redirect::to("/account").into_response(),
        Err(NotConfirmed::AlreadyOn | NotConfirmed::Gone) => {
            Redirect::to(news::PATH).into_response()
        }
        Err(error @ (NotConfirmed::Wrong | NotConfirmed::ClockOff(_))) => {
            scan(&server, &web, Some((error.to_string(), &form)))
        }
        Err(error @ NotConfirmed::Expired) if can_change(&web) => {
            match ask(&server, &web, "", Some(error.to_string())).await {
                Ok(page) => again(&page),
                Err(error) => trouble(error),
            }
        }
        Err(NotConfirmed::Expired) => Redirect::to("/account").into_response(),
        Err(NotConfirmed::Trouble(error)) => trouble(error),
    }
}

pub async fn cancel(State(server): State<Arc<Server>>, web: Web) -> Response {
    match server.cancel_handover(&web.session).await {
        Ok(_) => Redirect::to("/account").into_response(),
        Err(error) => trouble(error),
    }
}

/// Whether there is a phone to change, and none that waits to take over.
fn can_change(web: &Web) -> bool {
    matches!(web.account.enrolment, Enrolment::Active(_))
        && !matches!(web.account.handover, Some(Handover::Waiting(_)))
}

/// The first step, with how an SMS fares that was asked for.
async fn ask<'a>(
    server: &Server,
    web: &'a Web,
    wrong: &'a str,
    problem: Option<String>,
) -> Result<ChangePhone<'a>, Trouble> {
    let texted = server.sent_progress(web.session.digest, Purpose::Handover).await?;
    let texted = texted.map(|(sent, progress)| Texted {
        hint: Number::parse(&sent.to).map_or_else(|_| String::new(), |number| number.hint()),
        progress: progress.word(),
    });
    let set = server.recovery_set(web.account.id).await?;
    Ok(ChangePhone {
        signed_in: web.who(),
        problem,
        wrong,
        number: server.handover_sms_to(&web.account),
        texted,
        off: web.account.codes_are_off(),
        like_sms: set.is_some_and(|set| set.is_like_sms()),
        told: server.post.mail.is_some(),
        outbox: Outbox::of(server, Way::Sms),
    })
}

/// The barcode, or the way back to the first step where there is none for this session.
fn scan(server: &Server, web: &Web, problem: Option<(String, &FirstCode)>) -> Response {
    let uri = server.new_key_uri(&web.session, &web.account);
    let step = ScanStep { path: PATH, button: "Use the new phone", changes: true };
    show_barcode(server, web, uri.as_ref(), step, problem)
}
