//! JSON under `/api/v1`, for `holdfastctl` and other programs.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::gate::{Bearer, Reader};
use crate::domain::code::Entered;
use crate::domain::enrolment::Enrolment;
use crate::domain::handover::Handover;
use crate::domain::ids::Token;
use crate::domain::session::{Face, Stage};
use crate::domain::throttle::Refused;
use crate::flows::enrol::NotDisabled;
use crate::flows::recovery::{NotShown, Shown};
use crate::flows::sign_in::{Arrived, NotSignedIn, NotVerified, Proof, SignedIn};
use crate::flows::sms::NotTexted;
use crate::flows::{NotThePerson, Server, Trouble};

/// The routes, relative to `/api/v1`.
pub fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/sessions", post(open_session))
        .route("/sessions/second-factor", post(second_factor))
        .route("/sessions/second-factor/sms", post(send_sms))
        .route("/sessions/current", delete(close_session))
        .route("/account", get(account))
        .route("/two-factor/disable", post(disable))
        .merge(super::services::api())
        .route("/two-factor/recovery-codes", post(view_codes))
        .route("/two-factor/recovery-codes/new", post(new_codes))
        .fallback(|| async { ApiError::NOT_FOUND })
}

/// An answer that is no success: a status, a word for programs, a sentence for people.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
struct OpenSession {
    email: String,
    password: Zeroizing<String>,
    #[serde(default)]
    device_name: String,
}

async fn open_session(
    State(server): State<Arc<Server>>,
    Body(asked): Body<OpenSession>,
) -> Result<Response, ApiError> {
    let device = match asked.device_name.trim() {
        "" => "Command line".to_owned(),
        name => name.to_owned(),
    };
    match server.sign_in(&asked.email, &asked.password, Face::Cli, device).await {
        Ok(SignedIn::Whole(token, email)) => Ok((
            StatusCode::CREATED,
            Json(json!({ "token": token.expose(), "email": email.as_str() })),
        )
            .into_response()),
        Ok(SignedIn::Half(token, sms_to)) => Ok(Json(json!({
            "second_factor_required": true,
            "challenge": token.expose(),
            "sms_to": sms_to,
        }))
        .into_response()),
        Err(NotSignedIn::Trouble(trouble)) => Err(trouble.into()),
        Err(NotSignedIn::Refused(refused)) => Err(ApiError::refused(refused, &server)),
        Err(error @ NotSignedIn::Wrong) => {
            Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", error))
        }
    }
}

#[derive(Deserialize)]
struct SecondFactor {
    challenge: Zeroizing<String>,
    code: Zeroizing<String>,
}

async fn second_factor(
    State(server): State<Arc<Server>>,
    Body(asked): Body<SecondFactor>,
) -> Result<Response, ApiError> {
    let half = server.session(&asked.challenge).await?.filter(|half| half.stage == Stage::Half);
    let half = half.ok_or_else(|| ApiError::not_verified(NotVerified::Expired, &server))?;
    let entered = Entered::parse(&asked.code)
        .map_err(|error| ApiError::new(StatusCode::UNAUTHORIZED, "invalid_code", error))?;
    match server.verify(&half, &entered, Face::Cli).await {
        Ok(Arrived { token, account, proof, clock }) => {
            let mut answer = json!({ "token": token.expose(), "email": account.email.as_str() });
            if let Proof::Recovery { left } = proof {
                answer["recovery_codes_left"] = left.into();
            }
            if let Some(off) = clock {
                answer["phone_clock_ahead"] = off.ahead.into();
            }
            Ok((StatusCode::CREATED, Json(answer)).into_response())
        }
        Err(error) => Err(ApiError::not_verified(error, &server)),
    }
}

#[derive(Deserialize)]
struct SendSms {
    challenge: Zeroizing<String>,
}

async fn send_sms(
    State(server): State<Arc<Server>>,
    Body(asked): Body<SendSms>,
) -> Result<StatusCode, ApiError> {
    let half = server.session(&asked.challenge).await?.filter(|half| half.stage == Stage::Half);
    let half = half.ok_or_else(|| ApiError::not_verified(NotVerified::Expired, &server))?;
    match server.send_sms(&half).await {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(error @ NotTexted::NoNumber) => {
            Err(ApiError::new(StatusCode::CONFLICT, "no_number", error))
        }
        Err(NotTexted::NotVerified(error)) => Err(ApiError::not_verified(error, &server)),
    }
}

async fn close_session(
    State(server): State<Arc<Server>>,
    Bearer(session): Bearer,
) -> Result<StatusCode, ApiError> {
    server.sign_out(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn account(
    State(server): State<Arc<Server>>,
    Reader(account): Reader,
) -> Result<Response, ApiError> {
    let two_factor = match &account.enrolment {
        Enrolment::Active(active) => {
            let left = server.recovery_set(account.id).await?.map_or(0, |set| set.left());
            let mut state =
                json!({ "enabled": true, "since": active.since().0, "recovery_codes_left": left });
            state["codes_off"] = active.is_off().into();
            if let Some(due) = account.handover.as_ref().and_then(Handover::due) {
                state["new_phone_at"] = due.0.into();
            }
            state
        }
        Enrolment::Off | Enrolment::Pending(_) => json!({ "enabled": false }),
    };
    let answer = json!({ "email": account.email.as_str(), "two_factor": two_factor });
    Ok(Json(answer).into_response())
}

#[derive(Deserialize)]
struct PasswordAgain {
    password: Zeroizing<String>,
}

async fn view_codes(
    State(server): State<Arc<Server>>,
    Bearer(session): Bearer,
    Body(asked): Body<PasswordAgain>,
) -> Result<Response, ApiError> {
    show_codes(server.view_codes(&session, &asked.password).await, &server)
}

async fn new_codes(
    State(server): State<Arc<Server>>,
    Bearer(session): Bearer,
    Body(asked): Body<PasswordAgain>,
) -> Result<Response, ApiError> {
    show_codes(server.regenerate_codes(&session, &asked.password, None).await, &server)
}

/// The unused codes, each with its number in the set.
fn show_codes(shown: Result<Shown, NotShown>, server: &Server) -> Result<Response, ApiError> {
    match shown {
        Ok(shown) => {
            let codes: Vec<_> = shown
                .codes
                .iter()
                .map(|(number, code)| json!({ "number": number, "code": code.as_str() }))
                .collect();
            Ok(Json(json!({ "recovery_codes": codes })).into_response())
        }
        Err(error @ NotShown::Off) => {
            Err(ApiError::new(StatusCode::CONFLICT, "not_enabled", error))
        }
        Err(error @ NotShown::NoCopy) => Err(ApiError::new(StatusCode::CONFLICT, "no_copy", error)),
        Err(error @ NotShown::Overtaken) => {
            Err(ApiError::new(StatusCode::CONFLICT, "overtaken", error))
        }
        Err(NotShown::NotThePerson(error)) => Err(ApiError::not_the_person(error, server)),
        Err(NotShown::Trouble(trouble)) => Err(trouble.into()),
    }
}

async fn disable(
    State(server): State<Arc<Server>>,
    Bearer(session): Bearer,
    Body(asked): Body<PasswordAgain>,
) -> Result<Response, ApiError> {
    match server.disable(&session, &asked.password).await {
        // As on the page: the key in the old one's place is shown here and never again.
        Ok(switched) => Ok(Json(json!({
            "two_factor": { "enabled": false },
            "api_key": switched.api_key.as_ref().map(Token::expose),
        }))
        .into_response()),
        Err(error @ NotDisabled::AlreadyOff) => {
            Err(ApiError::new(StatusCode::CONFLICT, "not_enabled", error))
        }
        Err(NotDisabled::NotThePerson(error)) => Err(ApiError::not_the_person(error, &server)),
        Err(NotDisabled::Trouble(trouble)) => Err(trouble.into()),
    }
}

/// A JSON body; what is none is answered in the API's own form.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = ApiError;

    async fn from_request(
        request: axum::extract::Request,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Body(value)),
            // The rejection's own text may quote the body, and with it a password.
            Err(rejection) => Err(ApiError::new(
                rejection.status(),
                "malformed_request",
                "The request's body is not the JSON that is expected here.",
            )),
        }
    }
}

impl ApiError {
    /// No token, or one that stands for nobody any more.
    pub const NOT_SIGNED_IN: ApiError = ApiError {
        status: StatusCode::UNAUTHORIZED,
        code: "not_signed_in",
        message: Cow::Borrowed("You are not signed in. Log in first."),
        retry_after: None,
    };
    /// There is nothing.
    pub const NOT_FOUND: ApiError = ApiError {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: Cow::Borrowed("There is nothing here."),
        retry_after: None,
    };

    /// A refusal in the API's form.
    pub fn new(status: StatusCode, code: &'static str, message: impl ToString) -> ApiError {
        ApiError { status, code, message: message.to_string().into(), retry_after: None }
    }

    fn refused(refused: Refused, server: &Server) -> ApiError {
        let code = match refused {
            Refused::Wait(_) => "too_many_tries",
            Refused::Off => "codes_switched_off",
        };
        let retry_after = refused.retry_after(server.now());
        ApiError { retry_after, ..ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, refused) }
    }

    /// The password asked for again was not given.
    pub fn not_the_person(error: NotThePerson, server: &Server) -> ApiError {
        match error {
            NotThePerson::Wrong => ApiError::new(StatusCode::UNAUTHORIZED, "wrong_password", error),
            NotThePerson::Barred(_) => {
                ApiError::new(StatusCode::CONFLICT, "changes_stopped", error)
            }
            NotThePerson::Refused(refused) => ApiError::refused(refused, server),
            NotThePerson::Gone => ApiError::NOT_SIGNED_IN,
            NotThePerson::Trouble(trouble) => trouble.into(),
        }
    }

    fn not_verified(error: NotVerified, server: &Server) -> ApiError {
        match error {
            NotVerified::Wrong
            | NotVerified::WrongOfSms
            | NotVerified::Replayed(_)
            | NotVerified::WrongRecovery
            | NotVerified::UsedRecovery => {
                ApiError::new(StatusCode::UNAUTHORIZED, "invalid_code", error)
            }
            NotVerified::Refused(refused) => ApiError::refused(refused, server),
            NotVerified::Expired => ApiError::new(StatusCode::GONE, "challenge_expired", error),
            NotVerified::Trouble(trouble) => trouble.into(),
        }
    }
}

impl From<Trouble> for ApiError {
    fn from(trouble: Trouble) -> Self {
        tracing::error!(%trouble, "a request was not answered");
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The server cannot answer now. Try again in a minute.",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "code": self.code, "message": self.message } }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.code == Self::NOT_SIGNED_IN.code {
            let bearer = header::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
