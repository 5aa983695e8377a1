//! Recovery codes on the page: looked at, stored (as a file, on paper, by hand), replaced (R4, R6).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::{PasswordAgain, not_the_person};
use super::door::EnteredCode;
use super::news::{self, What};
use super::view::{CodesAsk, CodesFile, CodesPage, when};
use super::who::Changing;
use super::{Sent, again, refused, render, trouble};
use crate::domain::enrolment::Enrolment;
use crate::domain::recovery::{RecoveryCode, RecoverySet};
use crate::flows::enrol::Switched;
use crate::flows::recovery::{NotShown, NotStored, Shown, set_name};
use crate::flows::{NotThePerson, Server};
use crate::http::gate::Web;

/// Where the codes are seen, after the password or just after they were made.
pub const PATH: &str = "/account/two-factor/codes";

#[derive(Deserialize)]
pub struct MakeNew {
    password: Zeroizing<String>,
    /// The set that the page spoke of.
    set: Option<String>,
}

pub async fn page(State(server): State<Arc<Server>>, web: Web) -> Response {
    codes_page(&server, &web, None).await
}

pub async fn view(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<PasswordAgain>,
) -> Response {
    let shown = server.view_codes(&web.session, &form.password).await;
    answer(&server, &web, shown, false).await
}

pub async fn new_page(State(server): State<Arc<Server>>, Changing(web): Changing) -> Response {
    match set_of(&server, &web).await {
        Ok(set) => render(&ask(&web, true, set.as_ref(), None)),
        Err(response) => response,
    }
}

pub async fn new(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<MakeNew>,
) -> Response {
    let shown = server.regenerate_codes(&web.session, &form.password, form.set.as_deref()).await;
    answer(&server, &web, shown, true).await
}

/// One of them is typed to show that they are kept.
pub async fn stored(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<EnteredCode>,
) -> Response {
    let Some(code) = RecoveryCode::parse(&form.code) else {
        let sentence = "That is not a recovery code: it has 16 letters and digits. Enter one from \
                        the list that you have stored.";
        return codes_page(&server, &web, Some(sentence.to_owned())).await;
    };
    match server.codes_are_stored(&web.session, &code).await {
        Ok(()) => Redirect::to("/account").into_response(),
        Err(NotStored::NotThePerson(NotThePerson::Refused(why))) => {
            let page = codes_page(&server, &web, Some(why.to_string())).await;
            refused(&server, why, |_| page)
        }
        Err(NotStored::NotThePerson(NotThePerson::Trouble(error)) | NotStored::Trouble(error)) => {
            trouble(error)
        }
        Err(NotStored::NotThePerson(_)) => Redirect::to("/login").into_response(),
        Err(error @ (NotStored::Wrong | NotStored::None)) => {
            codes_page(&server, &web, Some(error.to_string())).await
        }
    }
}

/// The codes as a text file, while they may be seen.
pub async fn file(State(server): State<Arc<Server>>, web: Web) -> Response {
    let set = match set_of(&server, &web).await {
        Ok(set) => set,
        Err(response) => return response,
    };
    let (Some(codes), Some(set)) = (news::codes(&server, &web, set.as_ref()), &set) else {
        return Redirect::to(PATH).into_response();
    };
    let file = CodesFile {
        email: web.account.email.as_str(),
        issuer: &server.issuer,
        codes: &codes.codes,
        made: when(set.made),
    };
    let mut response = render(&file);
    let headers = response.headers_mut();
    let text = header::HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, text);
    let name = format!("attachment; filename=\"{}\"", file_name(&server.issuer));
    if let Ok(name) = header::HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// A name that every disk takes, and that tells the codes of one service from another's.
fn file_name(issuer: &str) -> String {
    let parts = issuer.split(|letter: char| !letter.is_ascii_alphanumeric());
    let parts = parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase);
    let words: Vec<String> = parts.chain(["recovery-codes.txt".to_owned()]).collect();
    words.join("-")
}

/// The codes where they may be seen, or else the question for the password.
async fn codes_page(server: &Server, web: &Web, problem: Option<String>) -> Response {
    let set = match set_of(server, web).await {
        Ok(set) => set,
        Err(response) => return response,
    };
    let is_again = problem.is_some();
    let (Some(codes), Some(set)) = (news::codes(server, web, set.as_ref()), &set) else {
        let page = ask(web, false, set.as_ref(), problem);
        return if is_again { again(&page) } else { render(&page) };
    };
    let page = CodesPage {
        signed_in: web.who(),
        problem,
        issuer: &server.issuer,
        codes: &codes.codes,
        made: when(set.made),
        stored: set.stored.is_some(),
    };
    if is_again { again(&page) } else { render(&page) }
}

async fn answer(server: &Server, web: &Web, shown: Result<Shown, NotShown>, new: bool) -> Response {
    let mut shown = match shown {
        Ok(shown) => shown,
        Err(NotShown::Off) => return Redirect::to("/account").into_response(),
        Err(NotShown::Trouble(error)) => return trouble(error),
        // The same form sent twice: what it asked for is there.
        Err(NotShown::NotThePerson(NotThePerson::Gone)) => {
            return Redirect::to(PATH).into_response();
        }
        Err(error) => {
            let set = match set_of(server, web).await {
                Ok(set) => set,
                Err(response) => return response,
            };
            // Whose codes were overtaken wants to see the others'.
            let new = new && !matches!(error, NotShown::Overtaken);
            let page = |problem| again(&ask(web, new, set.as_ref(), Some(problem)));
            return match error {
                NotShown::NotThePerson(error) => not_the_person(server, error, page),
                error => page(error.to_string()),
            };
        }
    };
    let session = shown.session.take();
    let switched = Switched { api_key: None, session, codes: Some(shown) };
    news::tell(server, web, What::Codes, switched)
}

fn ask<'a>(
    web: &'a Web,
    new: bool,
    set: Option<&RecoverySet>,
    problem: Option<String>,
) -> CodesAsk<'a> {
    let left = set.map_or(0, RecoverySet::left);
    // Where none is left there is nothing to look at.
    let new = new || left == 0;
    CodesAsk { signed_in: web.who(), problem, new, left, set: set_name(set) }
}

/// The person's set; where two-factor authentication is off, the way back to the account.
async fn set_of(server: &Server, web: &Web) -> Result<Option<RecoverySet>, Response> {
    if !matches!(web.account.enrolment, Enrolment::Active(_)) {
        return Err(Redirect::to("/account").into_response());
    }
    server.recovery_set(web.account.id).await.map_err(trouble)
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn r4_the_files_name_says_of_which_service_it_is_and_fits_every_disk() {
        for (issuer, name) in [
            ("Holdfast", "holdfast-recovery-codes.txt"),
            ("Kelp & Tide \"Bank\"/..", "kelp-tide-bank-recovery-codes.txt"),
            ("Прилив", "recovery-codes.txt"),
        ] {
            assert_eq!(file_name(issuer), name);
        }
    }
}
