//! A person's keys for SSH: seen, added with the password and a code, removed.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::not_the_person;
use super::view::when;
use super::who::Who;
use super::{Sent, again, refused, render, trouble};
use crate::domain::enrolment::Enrolment;
use crate::flows::services::{NotAdded, NotShown};
use crate::flows::sign_in::NotSignedIn;
use crate::flows::{Server, Trouble};
use crate::http::gate::Web;

const PATH: &str = "/account/ssh-keys";

#[derive(Template)]
#[template(path = "ssh-keys.html")]
struct SshKeys<'a> {
    signed_in: Option<Who<'a>>,
    problem: Option<String>,
    keys: Vec<Line>,
    needs_code: bool,
    key: &'a str,
    name: &'a str,
    /// Which field the problem is with.
    wrong: &'a str,
}

struct Line {
    name: String,
    kind: String,
    fingerprint: String,
    added: String,
    id: String,
}

#[derive(Deserialize)]
pub struct NewKey {
    key: String,
    name: String,
    password: Zeroizing<String>,
    #[serde(default)]
    code: Zeroizing<String>,
}

#[derive(Deserialize)]
pub struct Named {
    id: String,
}

pub async fn page(State(server): State<Arc<Server>>, web: Web) -> Response {
    match view(&server, &web, None, "", "", "").await {
        Ok(page) => render(&page),
        Err(error) => trouble(error),
    }
}

pub async fn add(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<NewKey>,
) -> Response {
    let added =
        server.add_ssh_key(&web.session, &form.key, &form.name, &form.password, &form.code).await;
    let error = match added {
        Ok(()) => return Redirect::to(PATH).into_response(),
        Err(error) => error,
    };
    let wrong = match &error {
        NotAdded::Key(_) | NotAdded::NoRoom => "key",
        NotAdded::NotThePerson(_) => "password",
        NotAdded::NotShown(_) => "code",
    };
    let mut page = match view(&server, &web, None, &form.key, &form.name, wrong).await {
        Ok(page) => page,
        Err(error) => return trouble(error),
    };
    let mut show = |problem: String| {
        page.problem = Some(problem);
        again(&page)
    };
    match error {
        NotAdded::NotThePerson(error) => not_the_person(&server, error, show),
        NotAdded::NotShown(NotShown::Refused(why))
        | NotAdded::NotShown(NotShown::Password(NotSignedIn::Refused(why))) => {
            refused(&server, why, show)
        }
        NotAdded::NotShown(NotShown::Trouble(error)) => trouble(error),
        error => show(error.to_string()),
    }
}

pub async fn remove(
    State(server): State<Arc<Server>>,
    web: Web,
    Sent(form): Sent<Named>,
) -> Response {
    match server.remove_ssh_key(&web.account, &web.session.device, &form.id).await {
        Ok(_) => Redirect::to(PATH).into_response(),
        Err(error) => trouble(error),
    }
}

async fn view<'a>(
    server: &Server,
    web: &'a Web,
    problem: Option<String>,
    key: &'a str,
    name: &'a str,
    wrong: &'a str,
) -> Result<SshKeys<'a>, Trouble> {
    let keys = server.store.ssh_keys(web.account.id).await?;
    let line = |key: crate::domain::ssh::NamedKey| Line {
        kind: key.key.kind().to_owned(),
        fingerprint: key.key.fingerprint(),
        added: when(key.added),
        id: key.key.id(),
        name: if key.name.is_empty() { key.key.kind().to_owned() } else { key.name },
    };
    Ok(SshKeys {
        signed_in: web.who(),
        problem,
        keys: keys.into_iter().map(line).collect(),
        needs_code: matches!(web.account.enrolment, Enrolment::Active(_)),
        key,
        name,
        wrong,
    })
}
