//! What other programs ask of the server, by service token; people's SSH keys as JSON; and the
//! description of all of the API.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::api::{ApiError, Body};
use super::gate::{Bearer, Reader, bearer};
use crate::domain::service::{Right, Service};
use crate::domain::ssh::NamedKey;
use crate::flows::services::{NotAdded, NotShown};
use crate::flows::sign_in::NotSignedIn;
use crate::flows::{NotThePerson, Server};

const DESCRIPTION: &str = include_str!("openapi.json");

/// Routes under `/api/v1`.
pub fn api() -> Router<Arc<Server>> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/verify", post(verify))
        .route("/ssh-keys", get(ssh_keys).post(add_ssh_key))
        .route("/ssh-keys/{id}", delete(remove_ssh_key))
}

/// Routes from the root.
pub fn router() -> Router<Arc<Server>> {
    Router::new().route("/ssh/authorized-keys/{user}", get(authorized_keys))
}

async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION)
}

#[derive(Deserialize)]
struct Verify {
    email: String,
    #[serde(default)]
    password: Option<Zeroizing<String>>,
    #[serde(default)]
    code: Option<Zeroizing<String>>,
}

async fn verify(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Body(asked): Body<Verify>,
) -> Result<Json<Value>, ApiError> {
    let code = asked.code.as_ref().map(|code| code.as_str());
    let shown = match &asked.password {
        Some(password) => {
            allowed(&server, &headers, Right::Verify).await?;
            server.show_both(&asked.email, password, code).await
        }
        None => {
            allowed(&server, &headers, Right::VerifyCode).await?;
            match code {
                Some(code) => {
                    server.show_code_alone(&asked.email, code).await.map(|email| (email, true))
                }
                None => Err(NotShown::CodeMissing),
            }
        }
    };
    match shown {
        Ok((email, second_factor)) => Ok(Json(json!({
            "verified": true,
            "email": email.as_str(),
            "second_factor": second_factor,
        }))),
        Err(error) => Err(not_shown(error, &server)),
    }
}

async fn authorized_keys(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    allowed(&server, &headers, Right::AuthorizedKeys).await?;
    let keys = server.authorized_keys(&user).await?;
    let lines: String = keys.iter().map(|key| format!("{}\n", key.key.as_str())).collect();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response())
}

async fn ssh_keys(
    State(server): State<Arc<Server>>,
    Reader(account): Reader,
) -> Result<Json<Value>, ApiError> {
    let keys = server.store.ssh_keys(account.id).await.map_err(crate::flows::Trouble::from)?;
    let line = |key: &NamedKey| {
        json!({
            "id": key.key.id(),
            "fingerprint": key.key.fingerprint(),
            "key": key.key.as_str(),
            "name": key.name,
            "added": key.added.0,
        })
    };
    Ok(Json(json!({ "ssh_keys": keys.iter().map(line).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
struct AddKey {
    key: String,
    #[serde(default)]
    name: String,
    password: Zeroizing<String>,
    #[serde(default)]
    code: Zeroizing<String>,
}

async fn add_ssh_key(
    State(server): State<Arc<Server>>,
    Bearer(session): Bearer,
    Body(asked): Body<AddKey>,
) -> Result<StatusCode, ApiError> {
    let added =
        server.add_ssh_key(&session, &asked.key, &asked.name, &asked.password, &asked.code).await;
    match added {
        Ok(()) => Ok(StatusCode::CREATED),
        Err(error @ NotAdded::Key(_)) => {
            Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_key", error))
        }
        Err(error @ NotAdded::NoRoom) => Err(ApiError::new(StatusCode::CONFLICT, "no_room", error)),
        Err(NotAdded::NotThePerson(error)) => Err(ApiError::not_the_person(error, &server)),
        Err(NotAdded::NotShown(error)) => Err(not_shown(error, &server)),
    }
}

/// An API key will do: it takes a way in away and gives none.
async fn remove_ssh_key(
    State(server): State<Arc<Server>>,
    Reader(account): Reader,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    match server.remove_ssh_key(&account, "a program that acts as you", &id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NOT_FOUND),
    }
}

/// The service that asks, if it has the right.
async fn allowed(server: &Server, headers: &HeaderMap, right: Right) -> Result<Service, ApiError> {
    let shown = bearer(headers).ok_or(ApiError::NOT_SIGNED_IN)?;
    server.service(shown, right).await?.ok_or_else(|| {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "no_such_right",
            "This token is not one of a service that may do this. Ask the server's operator.",
        )
    })
}

fn not_shown(error: NotShown, server: &Server) -> ApiError {
    match error {
        NotShown::Password(NotSignedIn::Trouble(trouble)) | NotShown::Trouble(trouble) => {
            trouble.into()
        }
        NotShown::Password(NotSignedIn::Refused(refused)) | NotShown::Refused(refused) => {
            ApiError::not_the_person(NotThePerson::Refused(refused), server)
        }
        NotShown::Password(error @ NotSignedIn::Wrong) => {
            ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", error)
        }
        error @ NotShown::CodeMissing => {
            ApiError::new(StatusCode::UNAUTHORIZED, "code_missing", error)
        }
        error => ApiError::new(StatusCode::UNAUTHORIZED, "invalid_code", error),
    }
}
