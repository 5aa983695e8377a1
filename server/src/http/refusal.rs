//! Answers to requests that no handler takes: a page for people, JSON under `/api`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::api::ApiError;
use super::pages;

/// Most bytes of a request's body; the largest honest one is two passwords of 4,000 bytes, each byte
/// as three.
const MOST_BODY: usize = 32 * 1024;
/// Longest time in which the body arrives.
const LONGEST_BODY: Duration = Duration::from_secs(20);
/// Longest time for one answer, the arrival of the request's body included.
const LONGEST: Duration = Duration::from_secs(30);

/// A known place, asked in a way that it does not answer.
pub async fn other_method(uri: Uri) -> Response {
    refuse(
        uri.path(),
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not answer that kind of request. Start from your account.",
    )
}

/// Answers in time, or says that it took too long.
pub async fn in_time(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(
            &path,
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            "That took too long. Look whether it was done, and try again if it was not.",
        ),
    }
}

/// Takes the whole body in before anything is answered. An answer that overtakes the body, as a
/// refusal does, makes the system reset the connection, and the client may never read it. One that stalls
/// has done nothing, and is told so.
pub async fn arrived(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = timeout(LONGEST_BODY, to_bytes(body, MOST_BODY)).await else {
        return refuse(
            parts.uri.path(),
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "What you sent did not arrive within 20 seconds, and nothing was done. Send it again.",
        );
    };
    match body {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        // Where it broke off instead, nobody is there to read this.
        Err(_) => refuse(
            parts.uri.path(),
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "What was sent is too large for this form: more than 32 KiB. Go back and enter less.",
        ),
    }
}

/// The answer that fits who asked.
pub fn refuse(
    path: &str,
    status: StatusCode,
    code: &'static str,
    sentence: &'static str,
) -> Response {
    if path.starts_with("/api/") {
        ApiError::new(status, code, sentence).into_response()
    } else {
        pages::problem(status, sentence)
    }
}
